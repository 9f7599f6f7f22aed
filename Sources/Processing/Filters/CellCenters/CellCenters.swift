import Dataflow
import Datasets
import Execution

/// The parametric centre of every cell, as points of poly data in the order of the cells.
///
/// - Cell arrays become point arrays; with `makesVertices` each centre is also a vertex cell that has them. Coordinates are Double.
/// - Hidden cells, cells without points and empty cells have no centre.
/// - Where the centre is, says VTK: the mean of the corners for most types, `CellCenter` for all.
/// - Pieces: needs no ghosts. A centre has the place of its cell in canonical order.
///
/// Complexity: O(connectivity). Source: `vtkCellCenters`.
public struct CellCenters: Filter {
    public var makesVertices: Bool

    public init(makesVertices: Bool = false) { self.makesVertices = makesVertices }

    public var name: String { "cell centers" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .table { throw DatasetError("\(name) needs a dataset with cells, and this is a table") }
        var result = input
        result.kind = .poly
        result.wholeExtent = nil
        result.pointCount = nil
        result.cellCount = makesVertices ? nil : 0
        result.byteCount = nil
        result.isMapped = false
        result.splitting = .none
        result.maximumCellSize = 1
        result.arrays = input.arrays.filter { $0.association != .point && (makesVertices || $0.association != .cell) }
        for var array in input.arrays where array.association == .cell {
            array.association = .point
            result.arrays.append(array)
        }
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request
        wanted.extent = nil
        if case .only(let point, let cell) = request.arrays {
            wanted.arrays = .only(point: [HiddenCells.arrayName], cell: cell.union(point).union([HiddenCells.arrayName]))
        }
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        guard let cells = CellBlocks(input), let positions = PointPositions(input) else {
            throw unsupported(name, input, needs: "a dataset with cells")
        }
        let hidden = HiddenCells(of: input)?.flags
        let chosen = try visible(cells, hidden, context)
        var centers = try CellCenter.all(of: input, cells, positions, context: context)
        if let chosen { centers = try centers.gathered(chosen, components: 3, context: context) }
        var attributes = DatasetAttributes(fieldData: input.fieldData)
        attributes.pointData = try input.cellData.map { array in try chosen.map { try array.gathered($0, context: context) } ?? array }
        let count = centers.count / 3
        var vertices = CellArray()
        if makesVertices && count > 0 {
            attributes.cellData = attributes.pointData
            vertices = CellArray(
                uniformSize: 1, connectivity: Buffer(count: count) { out in for index in 0..<count { out[index] = Int32(truncatingIfNeeded: index) } })
        }
        if let piece = input.piece { attributes.piece = try carry(piece, of: input, chosen, context) }
        withExtendedLifetime(input) {}
        return .poly(PolyData(points: .float64(centers), vertices: vertices, attributes: attributes))
    }

    /// Cells that have a centre; nil: all.
    private func visible(_ cells: CellBlocks, _ hidden: Buffer<UInt8>?, _ context: ExecutionContext) throws -> Buffer<Int32>? {
        let grain = 1 << 15
        var chosen: [[Int32]] = []
        chosen = try context.parallelMap(cells.count, grain: grain) { range in
            var found: [Int32] = []
            found.reserveCapacity(range.count)
            cells.forEach(in: range) { block in
                for index in 0..<block.count where block.size(index) > 0 && block.type != .empty {
                    let cell = block.first &+ index
                    if hidden == nil || hidden!.pointer[cell] == 0 { found.append(Int32(truncatingIfNeeded: cell)) }
                }
            }
            return found.count == range.count ? [] : [-1] + found
        }
        if chosen.allSatisfy(\.isEmpty) { return nil }
        var all: [Int32] = []
        for (chunk, found) in chosen.enumerated() {
            if found.isEmpty {
                let end = min(cells.count, (chunk + 1) * grain)
                all.append(contentsOf: (chunk * grain..<end).map { Int32(truncatingIfNeeded: $0) })
            } else {
                all.append(contentsOf: found.dropFirst())
            }
        }
        return Buffer(all)
    }

    /// A centre is a point of its own whose index in canonical order is its cell's key.
    private func carry(_ piece: PieceInfo, of input: Dataset, _ chosen: Buffer<Int32>?, _ context: ExecutionContext) throws -> PieceInfo {
        guard let names = Numbering(of: input) else { return piece }
        func pick<Value>(_ values: Buffer<Value>) throws -> Buffer<Value> { try chosen.map { try values.gathered($0, context: context) } ?? values }
        var provenance = Provenance()
        provenance.flattensLists = true
        let ranks = try provenance.ranks(piece.cellRanks, of: input).map { try pick($0) }
        let keys = try pick(names.cellKeys)
        var result = PieceInfo(piece: piece.piece, pieceCount: piece.pieceCount, ghostLevels: piece.ghostLevels)
        result.pointGhostLevels = try piece.cellGhostLevels.map { try pick($0) }
        // Cells are compared by rank first. Ranks use few of their highest bits, keys few of their lowest.
        var indices = Buffer<PointIdentity>(uninitializedCount: keys.count)
        var fits = true
        indices.withUnsafeMutablePointer { out in
            for index in 0..<keys.count {
                let (rank, key) = (UInt64(ranks?.pointer[index] ?? 0), keys.pointer[index])
                if rank & 0xFFFF != 0 || ranks != nil && key >> 48 != 0 { fits = false }
                out[index] = PointIdentity(high: 0, low: (rank &>> 16) &<< 48 | key)
            }
        }
        if !fits { throw DatasetError("this chain of filters has too many cells for pieces to number their centres: use fewer filters in one chain") }
        result.pointIdentities = indices
        if makesVertices {
            result.cellKeys = keys
            result.cellRanks = ranks
            result.cellGhostLevels = result.pointGhostLevels
            result.cellOwners = try piece.cellOwners.map { try pick($0) }
        } else {
            result.cellKeys = Buffer()
        }
        return result
    }
}
