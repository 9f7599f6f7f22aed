import Datasets
import Execution
import Filters

extension Dataset {
    /// The piece without its ghost cells and the points that only they use; itself where it has none. Explicit cells only.
    func withoutGhosts(context: ExecutionContext) throws -> Dataset {
        guard var info = piece, let levels = info.cellGhostLevels, levels.elements.contains(where: { $0 != 0 }) else { return self }
        guard levels.count == cellCount, info.pointGhostLevels == nil || info.pointGhostLevels!.count == pointCount else {
            throw DatasetError("a piece has \(cellCount) cells and \(pointCount) points, but ghost levels of \(levels.count) cells")
        }
        let part = try Part(self, number: info.piece)
        let cells = (0..<levels.count).filter { levels.pointer[$0] == 0 }.map { Int32(truncatingIfNeeded: $0) }
        var stays = [Bool](repeating: false, count: pointCount)
        for point in stays.indices {
            stays[point] = part.identities[point].isSource && (info.pointGhostLevels == nil || info.pointGhostLevels![point] == 0)
        }
        part.forEachCell(cells) { points, count in for corner in 0..<count { stays[Int(points[corner])] = true } }
        let points = stays.indices.filter { stays[$0] }.map { Int32(truncatingIfNeeded: $0) }
        // The piece's own order stays.
        let orders = points.map { PointOrder(group: 0, key: UInt64($0), corner: 0) }
        let fragment = Fragment(source: part, cells: Range32(cells), levels: nil, points: Range32(points), known: nil, orders: orders)
        let result = try PieceAssembly(base: nil, fragments: [fragment], sharedPoints: [], baseOrders: nil, context: context).joined()
        info.ghostLevels = 0
        (info.cellGhostLevels, info.cellOwners) = (nil, nil)
        info.pointGhostLevels = try info.pointGhostLevels.map { try result.points.gather([$0], context: context) }
        (info.cellKeys, info.cellRanks, info.pointIdentities) = (result.keys, result.ranks, result.identities)
        var copy = result.dataset
        copy.attributes.piece = info
        return copy
    }
}
