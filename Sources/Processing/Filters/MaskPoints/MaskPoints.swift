import Dataflow
import Datasets
import Execution

/// Some points of a dataset, without its cells: poly data with the point arrays, in the order of the input. Of a table, rows.
///
/// Which points stay depends on their place in canonical order, never on threads or pieces. Where that order is known only for the whole
/// (points that filters made, random choices), a piece is cut out of the whole result.
///
/// Coordinates are Double where the input's are, else Float. Complexity: O(points).
public struct MaskPoints: Filter {
    /// Which points stay.
    public enum Rule: Sendable, Hashable {
        /// Points `offset`, `offset + step`, `offset + 2 step`, …; a step of at least 1.
        case every(step: Int, offset: Int)
        /// So many points (all where there are fewer), each choice as likely as another; the same for the same seed.
        case random(count: Int, seed: UInt64)
        /// Points whose value lies in the closed range; NaN lies outside of every range.
        case values(ArraySelector, ClosedRange<Double>)
    }

    public var rule: Rule

    public init(_ rule: Rule) { self.rule = rule }

    public var name: String { "mask points" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        try check()
        var result = input
        result.wholeExtent = nil
        result.pointCount = nil
        result.byteCount = nil
        result.isMapped = false
        if input.kind == .table { return result }
        result.kind = .poly
        result.arrays.removeAll { $0.association == .cell }
        result.cellCount = 0
        result.numberCells(upTo: 0)
        result.maximumCellSize = nil
        result.hasOrderedPoints = true
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = canSplit(input) ? request : request.whole
        wanted.extent = nil
        wanted.ghostLevels = 0
        if case .only(let point, _) = wanted.arrays { wanted.arrays = .only(point: point, cell: []) }
        if case .values(let array, _) = rule { wanted.arrays = wanted.arrays.adding(array) }
        return wanted
    }

    /// Whether a piece can tell which of its points stay.
    private func canSplit(_ input: DatasetDescription) -> Bool {
        guard input.hasOrderedPoints, input.kind != .table else { return false }
        switch rule {
        case .every: return input.pointCount != nil && input.keyBits == 0
        case .random: return false
        case .values: return true
        }
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        try check()
        switch input {
        case .table(let table):
            let kept = try indices(count: table.rowCount, data: table.columns, names: nil, levels: nil, context: context)
            let columns = try table.columns.map { try $0.gathered(kept, context: context) }
            return try piece(request, ofWhole: .table(Table(columns: columns, fieldData: table.fieldData)), context: context)
        default:
            if input.piece != nil { return try points(of: input, context: context) }
            return try piece(request, ofWhole: points(of: normalized(input, context: context), context: context), context: context)
        }
    }

    private func points(of input: Dataset, context: ExecutionContext) throws -> Dataset {
        guard let positions = PointPositions(input) else { throw unsupported(name, input, needs: "points") }
        let names = try input.orderedPointNames(for: name)
        let kept = try indices(
            count: input.pointCount, data: input.pointData, names: names, levels: input.piece?.pointGhostLevels, context: context)
        var provenance = Provenance()
        provenance.keptPoints = kept
        var attributes = DatasetAttributes(
            pointData: try input.pointData.map { try $0.gathered(kept, context: context) }, fieldData: input.fieldData)
        if let piece = input.piece, let names {
            attributes.piece = PieceInfo(piece: piece.piece, pieceCount: piece.pieceCount)
            attributes.piece?.cellKeys = Buffer()
            attributes.piece?.pointIdentities = try names.gathered(kept, context: context)
        }
        return .poly(PolyData(points: try positions.points(of: provenance, context: context), attributes: attributes))
    }

    /// The points that stay, rising.
    ///
    /// - Parameters:
    ///   - names: the place of each in the order of all points; nil: its index.
    ///   - levels: not zero for points of other pieces.
    private func indices(
        count: Int, data: FieldCollection, names: Buffer<PointIdentity>?, levels: Buffer<UInt8>?, context: ExecutionContext
    ) throws -> Buffer<Int32> {
        if case .every(let step, let offset) = rule, names == nil, levels == nil {
            let kept = offset < count ? (count - offset + step - 1) / step : 0
            return Buffer(count: kept) { out in
                for place in 0..<kept { out[place] = Int32(truncatingIfNeeded: offset &+ place &* step) }
            }
        }
        var states: Buffer<UInt8>
        switch rule {
        case .every(let step, let offset):
            let name = names?.pointer
            states = try Buffer(count: count) { out in
                try context.parallelFor(count, grain: 1 << 15) { range in
                    for point in range {
                        let place = name.map { Int(truncatingIfNeeded: $0[point].low) } ?? point
                        out[point] = place >= offset && (place &- offset) % step == 0 ? 1 : 0
                    }
                }
            }
            withExtendedLifetime(names) {}
        case .random(let wanted, let seed):
            return try RandomChoice(seed: seed).indices(wanted, of: count, context: context)
        case .values(let array, let range):
            let (values, _) = try array.resolve(in: DatasetAttributes(pointData: data))
            states = try marks(of: array.scalars(of: values), in: range, context: context)
        }
        if let levels {
            states.withUnsafeMutablePointer { state in
                let level = levels.pointer
                for point in 0..<count where level[point] != 0 { state[point] = 0 }
            }
        }
        return try PointSubset(marks: states, bit: 0, context: context).indices(context: context)
    }

    private func marks(of values: FieldArray, in range: ClosedRange<Double>, context: ExecutionContext) throws -> Buffer<UInt8> {
        try states(of: values, in: range, context: context)
    }

    private func check() throws {
        switch rule {
        case .every(let step, let offset):
            guard step >= 1, offset >= 0 else {
                throw DatasetError("mask points needs a step of at least 1 and an offset of at least 0, and has \(step) and \(offset)")
            }
        case .random(let count, _):
            guard count >= 0 else { throw DatasetError("mask points cannot keep \(count) points") }
        case .values: break
        }
    }
}
