import Dataflow
import Datasets
import Execution
import Filters

/// Moves parts of a lattice between pieces: which points each piece has and needs follows from extents alone.
struct LatticeExchange {
    private let pieces: [Dataset]
    private let exchange: PartExchange
    private let whole: Extent
    /// The points of the cells that each part owns, all parts.
    private let owned: [Extent]

    /// An extent as it travels.
    private struct Box: BitwiseCopyable, Sendable {
        var lower: SIMD3<Int>
        var upper: SIMD3<Int>
        var extent: Extent { Extent(lower: lower, upper: upper) }

        init(_ extent: Extent) { (lower, upper) = (extent.lower, extent.upper) }
    }

    /// Collective.
    ///
    /// - Throws: `DatasetError` where pieces are of different wholes.
    init(_ pieces: [Dataset], _ exchange: PartExchange) throws {
        self.pieces = pieces
        self.exchange = exchange
        let wholes = try exchange.allGather(pieces.map { Box($0.piece?.wholeExtent ?? $0.extent ?? .empty) }).map(\.extent)
        let owned = try exchange.allGather(pieces.map { Box(LatticeExchange.owned($0)) }).map(\.extent)
        self.owned = owned
        let filled = owned.indices.filter { !owned[$0].isEmpty }
        let whole = filled.first.map { wholes[$0] } ?? .empty
        self.whole = whole
        if let other = filled.first(where: { wholes[$0] != whole }) {
            throw DatasetError("structured pieces are parts of different wholes: \(whole) and \(wholes[other])")
        }
    }

    /// The points of the cells that a piece owns: a box.
    private static func owned(_ piece: Dataset) -> Extent {
        guard let extent = piece.extent, !extent.isEmpty else { return .empty }
        guard let levels = piece.piece?.cellGhostLevels, levels.count == extent.cellCount else { return extent }
        guard let first = levels.elements.firstIndex(of: 0), let last = levels.elements.lastIndex(of: 0) else { return .empty }
        let cells = Extent(lower: extent.lower, upper: extent.lower &+ extent.cellDimensions &- 1)
        return points(ofCells: Extent(lower: cells.point(at: first), upper: cells.point(at: last)), in: extent)
    }

    private static func points(ofCells cells: Extent, in whole: Extent) -> Extent {
        if cells.isEmpty { return .empty }
        var points = cells
        for axis in 0..<3 where whole.upper[axis] > whole.lower[axis] { points.upper[axis] += 1 }
        return points
    }

    /// Every piece with `levels` layers of ghosts. Collective.
    func withGhosts(_ levels: Int, context: ExecutionContext) throws -> [Dataset] {
        try moved(to: owned, held: owned.map { $0.grown(by: levels, within: whole) }, count: owned.count, context: context)
    }

    /// The lattice cut into the parts that `Extent.piece` says. Collective.
    func redistributed(into count: Int, context: ExecutionContext) throws -> [Dataset] {
        let targets = owned.indices.map { whole.piece($0, of: count) }
        return try moved(to: targets, held: targets, count: count, context: context)
    }

    /// Pieces that own the cells of `targets` and hold the points `held`, which lie anywhere now.
    private func moved(to targets: [Extent], held: [Extent], count: Int, context: ExecutionContext) throws -> [Dataset] {
        let outgoing = try pieces.indices.map { index -> [(part: Int, dataset: Dataset)] in
            let sender = exchange.held.lowerBound + index
            let mine = LatticePiece.cells(owned[sender], in: whole)
            return try held.indices.compactMap { receiver in
                if held[receiver].isEmpty || owned[sender].isEmpty { return nil }
                let cells = LatticePiece.cells(held[receiver], in: whole).intersection(mine)
                if cells.isEmpty { return nil }
                var request = UpdateRequest()
                request.extent = LatticeExchange.points(ofCells: cells, in: whole)
                return (receiver, try ExtractPiece().extract(request, from: pieces[index], wholeExtent: whole, context: context))
            }
        }
        let incoming = try exchange.exchangeDatasets(outgoing, context: context)
        return try context.mapParts(pieces.count) { index, context in
            let number = exchange.held.lowerBound + index
            let info = LatticePiece.info(number, of: count, owned: targets[number], held: held[number], whole: whole) { targets[$0] }
            return try assemble(incoming[index], held[number], info, like: pieces[index], context)
        }
    }

    private func assemble(
        _ sources: [Dataset], _ held: Extent, _ info: PieceInfo, like piece: Dataset, _ context: ExecutionContext
    ) throws -> Dataset {
        guard let model = sources.first, !held.isEmpty else {
            var empty = piece.extent?.isEmpty == false ? try piece.emptied(context: context) : piece
            empty.attributes.piece = info
            return empty
        }
        let extents = sources.map { $0.extent! }
        let points = try runs(extents, held)
        let cells = try runs(
            extents.map { LatticePiece.cells($0, in: whole) }, LatticePiece.cells(held, in: whole))
        var attributes = DatasetAttributes(fieldData: model.fieldData, piece: info)
        attributes.pointData = try points.gather(sources.map(\.pointData), counts: sources.map(\.pointCount), of: "point", context: context)
        attributes.cellData = try cells.gather(sources.map(\.cellData), counts: sources.map(\.cellCount), of: "cell", context: context)
        switch model {
        case .image(var image):
            image.extent = held
            image.attributes = attributes
            return .image(image)
        case .rectilinear(let grid):
            let grids = sources.map { if case .rectilinear(let grid) = $0 { grid } else { grid } }
            func axis(_ axis: Int, _ array: (RectilinearGrid) -> FieldArray) throws -> FieldArray {
                // One line of the lattice at a time.
                func line(_ extent: Extent) -> Extent { Extent(extent.lower[axis], extent.upper[axis], 0, 0, 0, 0) }
                return try runs(extents.map(line), line(held)).gather(grids.map(array), like: array(grid), context: context)
            }
            return .rectilinear(
                RectilinearGrid(
                    extent: held, x: try axis(0) { $0.coordinates.x }, y: try axis(1) { $0.coordinates.y },
                    z: try axis(2) { $0.coordinates.z }, attributes: attributes))
        case .structured:
            return .structured(
                StructuredGrid(
                    extent: held, points: try points.gather(sources.map { $0.explicitPoints ?? Points() }, context: context),
                    attributes: attributes))
        default: throw DatasetError("\(model.kind.rawValue) is not structured")
        }
    }

    /// Where each place of a box comes from; of several that have it, from the lowest.
    private func runs(_ boxes: [Extent], _ target: Extent) throws -> RunList {
        var source = [Int32](repeating: -1, count: target.pointCount)
        for (number, box) in boxes.enumerated().reversed() {
            let common = box.intersection(target)
            if common.isEmpty { continue }
            for k in common.lower.z...common.upper.z {
                for j in common.lower.y...common.upper.y {
                    let first = target.pointIndex(SIMD3(common.lower.x, j, k))
                    for place in first..<first + common.dimensions.x { source[place] = Int32(number) }
                }
            }
        }
        var runs = RunList()
        var first = 0
        let width = target.dimensions.x
        while first < source.count {
            var end = first + 1
            while end % width != 0 && source[end] == source[first] { end += 1 }
            guard source[first] >= 0 else { throw DatasetError("pieces do not fill their whole extent \(whole)") }
            let number = Int(source[first])
            runs.append(source: number, first: boxes[number].pointIndex(target.point(at: first)), count: end - first)
            first = end
        }
        return runs
    }
}
