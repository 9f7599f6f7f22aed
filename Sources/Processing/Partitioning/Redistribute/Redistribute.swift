import Dataflow
import Datasets
import Execution
import Filters
import Geometry

/// Spreads the cells of a dataset over parts so that each has a box of space to itself and about the same weight of cells.
///
/// A k-d tree over all cells cuts space; a cell goes where the mean of its points lies. Cells and points keep their names, and come in the order of
/// the whole: gathered, the parts are the dataset again, byte for byte, and the parts are the same whatever pieces the cells were in before.
/// Lattices stay lattices, cut as `Extent.piece` says; tables are cut into equal runs of rows; of blocks every one is spread.
///
/// In the manner of the distributed-data filter D3 of Moreland, Avila and Fisk (Parallel unstructured volume rendering, 2007).
public struct Redistribute: Sendable {
    /// What happens to cells at the borders of the parts' boxes.
    public enum BorderCells: Sendable, Hashable, CaseIterable {
        /// One part gets the whole cell.
        case keptByOne
        /// Every part whose box the cell reaches into gets it: one owns it, for the others it is a ghost.
        case duplicated
        /// Cells are cut along the boxes.
        case split
    }

    public var borderCells: BorderCells
    /// The cell array that says what each cell costs (not negative); nil: all the same.
    public var weights: String?

    public init(borderCells: BorderCells = .keptByOne, weights: String? = nil) {
        self.borderCells = borderCells
        self.weights = weights
    }

    /// The greatest number of parts.
    public static let maximumPartCount = 16384

    /// The pieces of a dataset, which are all here, as `count` other pieces.
    ///
    /// - Parameter pieces: without ghost cells (those that they have are dropped), or one whole dataset.
    /// - Throws: `DatasetError` where pieces do not fit together; `CancelledError`.
    /// - Complexity: O((points + connectivity) · log count).
    public func callAsFunction(_ pieces: [Dataset], into count: Int, context: ExecutionContext = ExecutionContext()) throws -> [Dataset] {
        let total = max(count, pieces.count)
        let padded = pieces + Array(repeating: .poly(PolyData()), count: total - pieces.count)
        return Array(try redistribute(padded, into: count, PartExchange(parts: total), context: context).prefix(count))
    }

    func redistribute(_ pieces: [Dataset], into count: Int, _ exchange: PartExchange, context: ExecutionContext) throws -> [Dataset] {
        guard count >= 1 && count <= Redistribute.maximumPartCount else {
            throw DatasetError("cells go to 1 to \(Redistribute.maximumPartCount) parts, not to \(count)")
        }
        let kinds = try exchange.allGather(pieces.map { KindMark($0) })
        guard let kind = kinds.first(where: { $0.isFilled })?.kind else {
            return pieces.enumerated().map { $1.numbered(exchange.held.lowerBound + $0, count) }
        }
        if let other = kinds.first(where: { $0.isFilled && $0.kind != kind }) {
            throw DatasetError("pieces do not fit together: one is \(kind.rawValue), another \(other.kind.rawValue)")
        }
        let pieces = try exchange.alike(pieces, kinds, kind, context: context)
        switch kind {
        case .unstructured, .poly: return try spread(pieces, into: count, exchange, context: context)
        case .image, .rectilinear, .structured:
            return try LatticeExchange(pieces, exchange).redistributed(into: count, context: context)
        case .table: return try TableSpread(pieces, exchange).spread(into: count, context: context)
        case .blocks:
            return try exchange.blockByBlock(pieces) { try redistribute($0, into: count, exchange, context: context) }
        }
    }

    private func spread(_ pieces: [Dataset], into count: Int, _ exchange: PartExchange, context: ExecutionContext) throws -> [Dataset] {
        let first = exchange.held.lowerBound
        let filled = pieces.filter { !$0.isVacant }.count
        let parts = try context.mapParts(pieces.count, filled: filled) { index, context in
            try Part(try pieces[index].withoutGhosts(context: context), number: first + index, context: context)
        }
        let boxes = try context.mapParts(parts.count, filled: filled) { try FiniteBox(parts[$0].dataset.explicitPoints ?? Points(), context: $1) }
        let scale = CellCenters.Scale(try exchange.allGather(boxes))
        let costs = try cellWeights(parts, exchange)
        let centers = try context.mapParts(parts.count, filled: filled) { try CellCenters(parts[$0], scale, weights: costs[$0], context: $1) }
        let tree = try RegionTree(parts, centers, scale, count: count, exchange, context: context)
        let outgoing = try context.mapParts(parts.count, filled: filled) { index, context in
            let destinations = try tree.destinations(index, parts, centers, context: context)
            var spread = try CellSpread(parts[index], destinations, count: count, context: context)
            if borderCells != .keptByOne { spread.addReached(tree, destinations) }
            return try spread.fragments(context: context)
        }
        let incoming = try exchange.exchangeFragments(outgoing, context: context)
        let made = try context.mapParts(parts.count) { index, context in
            try Redistribute.assemble(
                incoming[index], number: first + index, count: count, like: parts[index].dataset, cuts: borderCells == .split, context)
        }
        if borderCells == .split {
            return try context.mapParts(parts.count) { index, context in
                first + index < count ? try tree.clipped(made[index], to: first + index, count: count, context: context) : made[index]
            }
        }
        if borderCells == .duplicated { return made }
        // Who owns points on the borders.
        let owned = try GhostExchange(levels: 0).exchange(made, exchange, context: context)
        return owned.enumerated().map { $1.numbered(first + $0, count) }
    }

    /// The part that consists of the fragments.
    private static func assemble(
        _ fragments: [Fragment], number: Int, count: Int, like piece: Dataset, cuts: Bool, _ context: ExecutionContext
    ) throws -> Dataset {
        var info = PieceInfo(piece: number, pieceCount: count)
        if fragments.isEmpty {
            var empty = try piece.withoutCells(context: context)
            (info.cellKeys, info.pointIdentities) = (Buffer(), Buffer())
            empty.attributes.piece = info
            return empty
        }
        let result = try PieceAssembly(base: nil, fragments: fragments, sharedPoints: [], baseOrders: nil, context: context).joined()
        (info.cellKeys, info.cellRanks, info.pointIdentities) = (result.keys, result.ranks, result.identities)
        if fragments.contains(where: { $0.levels != nil }) && !cuts { add(fragments, result, number, to: &info) }
        var dataset = result.dataset
        dataset.attributes.piece = info
        return dataset
    }

    /// Levels and owners of cells that lie in several parts; a point is a ghost where only ghost cells use it.
    private static func add(_ fragments: [Fragment], _ result: PieceAssembly.Result, _ number: Int, to info: inout PieceInfo) {
        var next = [Int](repeating: 0, count: fragments.count)
        var levels = Buffer<UInt8>(repeating: 0, count: result.cells.count)
        var owners = Buffer<Int32>(repeating: Int32(number), count: result.cells.count)
        var points = Buffer<UInt8>(repeating: 0, count: result.points.count)
        for run in result.cells.runs {
            for place in 0..<Int(run.count) {
                let fragment = fragments[Int(run.source)]
                levels[Int(run.target) + place] = fragment.levels?[next[Int(run.source)]] ?? 0
                owners[Int(run.target) + place] = fragment.owners?[next[Int(run.source)]] ?? Int32(number)
                next[Int(run.source)] += 1
            }
        }
        for level: UInt8 in [1, 0] {
            var cell = 0
            for list in result.dataset.explicitCells {
                for index in 0..<list.count {
                    if levels[cell] == level { for point in list.points(of: index) { points[Int(point)] = level } }
                    cell += 1
                }
            }
        }
        if levels.elements.contains(1) {
            info.ghostLevels = 1
            info.cellGhostLevels = levels
            info.cellOwners = owners
        }
        if points.elements.contains(1) { info.pointGhostLevels = points }
    }

    /// What each cell costs as a whole number, so that sums do not depend on their order; nil where all cost the same. Collective.
    private func cellWeights(_ parts: [Part], _ exchange: PartExchange) throws -> [Buffer<UInt32>?] {
        guard let weights else { return parts.map { _ in nil } }
        let arrays = try parts.map { part -> Buffer<Double> in
            if part.cellCount == 0 { return Buffer() }
            guard let array = part.dataset.cellData[weights], array.components == 1, let values = array.doubles() else {
                throw DatasetError("cells have no array of one number named \(weights) to balance by")
            }
            return values
        }
        var greatest = 0.0
        for array in arrays {
            for value in array.elements {
                guard value >= 0 && value < .infinity else { throw DatasetError("the weight \(value) in \(weights) is not a number from 0 up") }
                greatest = max(greatest, value)
            }
        }
        greatest = try exchange.allGather(parts.map { _ in greatest }).max() ?? 0
        if greatest == 0 { return parts.map { _ in nil } }
        return arrays.map { array in
            Buffer(count: array.count) { out in
                for cell in 0..<array.count { out[cell] = UInt32((array.pointer[cell] / greatest * 4_294_967_295).rounded(.up)) }
            }
        }
    }
}

extension Dataset {
    /// A dataset of its kind with the names and types of its arrays and nothing in them; nothing where it has no explicit cells.
    func withoutCells(context: ExecutionContext) throws -> Dataset {
        let none = Buffer<Int32>()
        var attributes = DatasetAttributes(fieldData: fieldData)
        attributes.pointData = try pointData.map { try $0.gathered(none, context: context) }
        attributes.cellData = try cellData.map { try $0.gathered(none, context: context) }
        let points = try (explicitPoints ?? Points()).gathered(none, context: context)
        if case .unstructured = self { return .unstructured(UnstructuredGrid(points: points, attributes: attributes)) }
        return .poly(PolyData(points: points, attributes: attributes))
    }
}
