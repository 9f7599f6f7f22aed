import Dataflow
import Datasets
import Execution
import Filters
import Geometry

/// Names points and cells of pieces that do not know of each other, so that coincident points of different pieces count as one.
///
/// A point has a *raw index*: its place when all points of all pieces are listed piece after piece. Its name is the lowest raw index of all points
/// that coincide with it; a cell's key is its place among the cells of all pieces. Pieces come out with one point of each name, in the order of the
/// names: of points that coincide the first one's values are kept where a piece has several.
///
/// With a tolerance, points coincide that lie within it of each other, which is not transitive: a point takes the name of the lowest raw index
/// within the tolerance of it, whoever that one takes its own name from. −0 and 0 are the same; points that are nowhere (NaN) coincide with none.
///
/// Lattices name their points by their place and come back as they are.
public struct IdentifyPoints: Sendable {
    /// The greatest distance of points that are one, in the unit of the coordinates; 0: only equal ones.
    public var tolerance: Double

    public init(tolerance: Double = 0) { self.tolerance = max(0, tolerance) }

    /// The pieces, all here, with names.
    ///
    /// - Parameter pieces: without ghosts (those that they have are dropped); names that they have are replaced.
    /// - Complexity: O(points), and with a tolerance the pairs of points near each other.
    public func callAsFunction(_ pieces: [Dataset], context: ExecutionContext = ExecutionContext()) throws -> [Dataset] {
        try identify(pieces, PartExchange(parts: pieces.count), context: context)
    }

    func identify(_ pieces: [Dataset], _ exchange: PartExchange, context: ExecutionContext) throws -> [Dataset] {
        let kinds = try exchange.allGather(pieces.map { KindMark($0) })
        switch kinds.first(where: { $0.isFilled })?.kind {
        case .unstructured, .poly: break
        case .blocks: return try exchange.blockByBlock(pieces) { try identify($0, exchange, context: context) }
        default: return pieces
        }
        let bare = try pieces.map { try $0.withoutGhosts(context: context) }
        // Points come piece after piece; cells too, of poly data list after list.
        let points = try exchange.allGather(bare.map { Int64($0.pointCount) }).map { Int($0) }
        let listSizes = try (0..<4).map { list in
            try exchange.allGather(bare.map { Int64($0.explicitCells.indices.contains(list) ? $0.explicitCells[list].count : 0) }).map { Int($0) }
        }
        let first = exchange.held.lowerBound
        let matching = CoincidentPoints(tolerance: tolerance)
        let names = try matching.names(
            bare.map { $0.explicitPoints ?? Points() }, firstIndices: bare.indices.map { points[..<(first + $0)].reduce(0, +) }, exchange,
            context: context)
        return try context.mapParts(bare.count) { index, context in
            let number = first + index
            var keys: [UInt64] = []
            var before = 0
            for (list, sizes) in listSizes.enumerated() where bare[index].explicitCells.indices.contains(list) {
                let begin = before + sizes[..<number].reduce(0, +)
                keys += (begin..<begin + sizes[number]).map { UInt64($0) }
                before += sizes.reduce(0, +)
            }
            return try merged(bare[index], names[index], Buffer(keys), number, exchange.count, context)
        }
    }

    /// The piece with one point of each name, in their order.
    private func merged(
        _ piece: Dataset, _ names: [UInt64], _ keys: Buffer<UInt64>, _ number: Int, _ count: Int, _ context: ExecutionContext
    ) throws -> Dataset {
        var info = PieceInfo(piece: number, pieceCount: count)
        info.cellKeys = keys
        info.pointIdentities = Buffer(names.map { PointIdentity(sourceIndex: Int($0)) })
        var named = piece
        named.attributes.piece = info
        let part = try Part(named, number: number)
        let isInOrder = zip(names, names.dropFirst()).allSatisfy { $0 < $1 }
        if isInOrder { return named }
        let fragment = Fragment(
            source: part, cells: .all(part.cellCount), levels: nil, points: .all(part.pointCount), known: nil,
            orders: names.map { PointOrder(sourceIndex: $0) })
        let result = try PieceAssembly(base: nil, fragments: [fragment], sharedPoints: [], baseOrders: nil, context: context).joined()
        (info.cellKeys, info.pointIdentities) = (result.keys, result.identities)
        var dataset = result.dataset
        dataset.attributes.piece = info
        return dataset
    }
}
