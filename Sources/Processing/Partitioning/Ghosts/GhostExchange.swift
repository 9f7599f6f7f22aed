import Dataflow
import Datasets
import Execution
import Filters

/// Adds ghost cells to the pieces of a dataset, by exchange between the pieces: nobody needs the whole.
///
/// Layer k are the cells that share a point with layer k − 1, points being the same where their identities are. A piece comes out as `ExtractPiece`
/// would cut it out of the whole: the same cells, points, order, levels and owners. Only what lies near points that pieces share is looked at
/// closely, and only that is exchanged.
public struct GhostExchange: Sendable {
    /// Layers of ghost cells, at most 253.
    public var levels: Int

    public init(levels: Int) { self.levels = max(0, min(levels, 253)) }

    /// Every piece with its ghosts, of pieces that are all here.
    ///
    /// - Parameter pieces: all pieces, in the order of their numbers, without ghost cells (those that they have are dropped).
    /// - Throws: `DatasetError` where pieces do not fit together; `CancelledError`.
    public func callAsFunction(_ pieces: [Dataset], context: ExecutionContext = ExecutionContext()) throws -> [Dataset] {
        try exchange(pieces, PartExchange(parts: pieces.count), context: context)
    }

    func exchange(_ pieces: [Dataset], _ exchange: PartExchange, context: ExecutionContext) throws -> [Dataset] {
        let kinds = try exchange.allGather(pieces.map { KindMark($0) })
        guard let kind = kinds.first(where: { $0.isFilled })?.kind else { return pieces.enumerated().map { $1.numbered(exchange.held.lowerBound + $0, exchange.count) } }
        if let other = kinds.first(where: { $0.isFilled && $0.kind != kind }) {
            throw DatasetError("pieces do not fit together: one is \(kind.rawValue), another \(other.kind.rawValue)")
        }
        let pieces = try exchange.alike(pieces, kinds, kind, context: context)
        switch kind {
        case .unstructured, .poly: return try exchangeCells(pieces, exchange, context: context)
        case .image, .rectilinear, .structured: return try LatticeExchange(pieces, exchange).withGhosts(levels, context: context)
        case .table: return pieces
        case .blocks: return try exchange.blockByBlock(pieces) { try self.exchange($0, exchange, context: context) }
        }
    }

    private func exchangeCells(_ pieces: [Dataset], _ exchange: PartExchange, context: ExecutionContext) throws -> [Dataset] {
        let first = exchange.held.lowerBound
        let parts = try context.mapParts(pieces.count) { index, context in
            try Part(try pieces[index].withoutGhosts(context: context), number: first + index)
        }
        let shared = try SharedPoints.find(parts, exchange, context: context)
        let bands = try context.mapParts(parts.count) { index, context in
            try Band(parts[index], shared[index], layers: levels, context: context)
        }
        let owners = try PointOwners.find(parts, shared, bands, exchange, context: context)
        let orders = try context.mapParts(parts.count) { index, context -> [PointOrder]? in
            try GhostExchange.orders(parts[index], shared[index], owners[index], context)
        }
        var fragments = [[Fragment]](repeating: [], count: parts.count)
        if levels > 0 {
            let layers = try GhostLayers.find(parts, shared, owners, bands, levels: levels, exchange, context: context)
            let outgoing = try context.mapParts(parts.count) { index, context in
                GhostExchange.fragments(parts[index], shared[index], bands[index], layers[index], orders[index])
            }
            fragments = try exchange.exchangeFragments(outgoing, context: context)
        }
        return try context.mapParts(parts.count) { index, context in
            try GhostExchange.assemble(parts[index], shared[index], owners[index], orders[index], fragments[index], exchange.count, context)
        }
    }

    /// The order of a part's points in the whole; nil where names say it.
    private static func orders(
        _ part: Part, _ shared: SharedPoints, _ owners: PointOwners, _ context: ExecutionContext
    ) throws -> [PointOrder]? {
        if shared.isInOrder { return nil }
        if try part.namesItsPointsInOrder(context: context) { return nil }
        var orders = part.pointOrders()
        for (position, point) in shared.points.enumerated() where !part.identities[Int(point)].isSource && owners.lowest[position].name != .none {
            orders[Int(point)] = PointOrder(madeFirstUsedBy: owners.lowest[position].name, corner: owners.lowest[position].corner)
        }
        return orders
    }

    /// What a part sends to the others.
    private static func fragments(
        _ part: Part, _ shared: SharedPoints, _ band: Band, _ layers: GhostLayers, _ orders: [PointOrder]?
    ) -> [(part: Int, fragment: Fragment)] {
        var bits = [UInt64](repeating: 0, count: band.points.count / 64 + 1)
        return layers.outgoing.map { goods in
            for place in goods.places {
                for entry in Int(band.offsets[Int(place)])..<Int(band.offsets[Int(place) + 1]) {
                    bits[Int(band.slots[entry]) >> 6] |= 1 << UInt64(band.slots[entry] & 63)
                }
            }
            var points: [Int32] = []
            var known: [Int32] = []
            for word in bits.indices where bits[word] != 0 {
                var rest = bits[word]
                bits[word] = 0
                while rest != 0 {
                    let slot = word * 64 + rest.trailingZeroBitCount
                    rest &= rest &- 1
                    points.append(band.points[slot])
                    let place = Int(band.sharedPlaces[slot])
                    var position: Int32 = -1
                    if place >= 0 {
                        for sharer in Int(shared.offsets[place])..<Int(shared.offsets[place + 1])
                        where Int(shared.sharers[sharer].part) == goods.part { position = shared.sharers[sharer].position }
                    }
                    known.append(position)
                }
            }
            return (
                goods.part,
                Fragment(
                    source: part, cells: Range32(goods.places.map { band.cells[Int($0)] }), levels: goods.levels, points: Range32(points),
                    known: known, orders: orders.map { orders in points.map { orders[Int($0)] } })
            )
        }
    }

    private static func assemble(
        _ part: Part, _ shared: SharedPoints, _ owners: PointOwners, _ orders: [PointOrder]?, _ fragments: [Fragment], _ count: Int,
        _ context: ExecutionContext
    ) throws -> Dataset {
        let foreign = shared.points.indices.filter { Int(owners.owners[$0]) != part.number }.map { shared.points[$0] }
        var info = part.dataset.piece ?? PieceInfo(piece: part.number, pieceCount: count)
        (info.piece, info.pieceCount, info.ghostLevels) = (part.number, count, 0)
        (info.cellGhostLevels, info.cellOwners, info.pointGhostLevels) = (nil, nil, nil)
        if fragments.isEmpty {
            info.cellKeys = part.keys
            info.pointIdentities = part.identities
            if !foreign.isEmpty {
                var levels = Buffer<UInt8>(repeating: 0, count: part.pointCount)
                levels.withUnsafeMutablePointer { level in for point in foreign { level[Int(point)] = 1 } }
                info.pointGhostLevels = levels
            }
            var dataset = part.dataset
            dataset.attributes.piece = info
            return dataset
        }
        let result = try PieceAssembly(
            base: part, fragments: fragments, sharedPoints: shared.points, baseOrders: orders, context: context
        ).joined()
        let levels = GhostExchange.levels(fragments, result)
        info.cellKeys = result.keys
        info.cellRanks = result.ranks
        info.pointIdentities = result.identities
        info.cellGhostLevels = levels.cells
        info.cellOwners = Buffer(count: result.cells.count) { out in
            for run in result.cells.runs {
                let owner = run.source == 0 ? part.number : fragments[Int(run.source) - 1].source.number
                (out + Int(run.target)).initialize(repeating: Int32(truncatingIfNeeded: owner), count: Int(run.count))
            }
        }
        info.ghostLevels = Int(fragments.map { $0.levels?.max() ?? 0 }.max() ?? 0)
        var pointLevels = levels.points
        var anyGhost = false
        pointLevels.withUnsafeMutablePointer { level in
            for point in foreign { level[Int(result.pointPlaces[0][Int(point)])] = 1 }
            for point in 0..<result.points.count where level[point] != 0 {
                anyGhost = true
                break
            }
        }
        info.pointGhostLevels = anyGhost ? pointLevels : nil
        var dataset = result.dataset
        dataset.attributes.piece = info
        return dataset
    }

    /// The levels of all cells, and of points: 0 for the piece's own, else the lowest of the cells that brought them.
    private static func levels(_ fragments: [Fragment], _ result: PieceAssembly.Result) -> (cells: Buffer<UInt8>, points: Buffer<UInt8>) {
        // Cells of each fragment come in its order.
        var next = [Int](repeating: 0, count: fragments.count)
        let cells = Buffer<UInt8>(count: result.cells.count) { out in
            for run in result.cells.runs {
                if run.source == 0 {
                    (out + Int(run.target)).initialize(repeating: 0, count: Int(run.count))
                    continue
                }
                let fragment = Int(run.source) - 1
                for place in 0..<Int(run.count) {
                    out[Int(run.target) + place] = fragments[fragment].levels?[next[fragment]] ?? 0
                    next[fragment] += 1
                }
            }
        }
        let points = Buffer<UInt8>(count: result.points.count) { out in
            for run in result.points.runs {
                (out + Int(run.target)).initialize(repeating: run.source == 0 ? 0 : 255, count: Int(run.count))
            }
            for (number, fragment) in fragments.enumerated() {
                guard let levels = fragment.levels else { continue }
                let place = result.pointPlaces[number + 1].pointer
                let cells = (0..<fragment.cells.count).map { fragment.cells.pointer?[$0] ?? Int32(truncatingIfNeeded: $0) }
                var index = 0
                fragment.source.forEachCell(cells) { points, count in
                    for corner in 0..<count {
                        let point = Int(place[Int(points[corner])])
                        if out[point] > levels[index] { out[point] = levels[index] }
                    }
                    index += 1
                }
            }
        }
        withExtendedLifetime((fragments, result)) {}
        return (cells, points)
    }
}
