import Dataflow
import Datasets
import Execution
import Filters
import Messaging

/// The external surface of a dataset in pieces, without a single ghost cell.
///
/// Every piece makes the surface of its own cells. Faces all of whose points other pieces' surfaces have too are named, by the identities of their
/// points round the face, to whoever a hash of the name says: two of one name hide each other. What travels is the border between pieces,
/// nothing else. The result is what the surface of the pieces with a layer of ghosts is, where no face has three cells or more of which several lie in
/// one piece.
///
/// Grids with curved cells, whose faces become several triangles, get ghosts after all.
public struct SurfaceWithoutGhosts: Sendable {
    public init() {}

    /// The surfaces of pieces that are all here.
    ///
    /// - Throws: `DatasetError` where pieces do not fit together, or have no cells.
    public func callAsFunction(_ pieces: [Dataset], context: ExecutionContext = ExecutionContext()) throws -> [Dataset] {
        try surfaces(pieces, PartExchange(parts: pieces.count), context: context)
    }

    /// The surface of this rank's piece. Collective.
    public func callAsFunction(_ piece: Dataset, over communicator: Communicator, context: ExecutionContext = ExecutionContext()) throws -> Dataset {
        try surfaces([piece], try PartExchange(communicator), context: context)[0]
    }

    func surfaces(_ pieces: [Dataset], _ exchange: PartExchange, context: ExecutionContext) throws -> [Dataset] {
        let kinds = try exchange.allGather(pieces.map { KindMark($0) })
        guard let kind = kinds.first(where: { $0.isFilled })?.kind else { return pieces }
        if kind == .blocks { return try exchange.blockByBlock(pieces) { try surfaces($0, exchange, context: context) } }
        func surface(_ piece: Dataset, _ index: Int) throws -> Dataset {
            try Surface().apply(to: piece, request: UpdateRequest(piece: exchange.held.lowerBound + index, of: exchange.count), context: context)
        }
        guard kind == .unstructured, exchange.count > 1 else { return try pieces.enumerated().map { try surface($1, $0) } }
        let isCurved = try exchange.allGather(pieces.map { Surface.makesSeveralCellsOfFaces($0) ? Int32(1) : 0 }).contains(1)
        if isCurved {
            return try GhostExchange(levels: 1).exchange(pieces, exchange, context: context).enumerated().map { try surface($1, $0) }
        }
        let bare = try pieces.map { try $0.withoutGhosts(context: context) }
        let made = try bare.enumerated().map { $1.isVacant ? .poly(PolyData()) : try surface($1, $0) }
        let parts = try made.enumerated().map { try Part($1, number: exchange.held.lowerBound + $0) }
        let shared = try SharedPoints.find(parts, exchange, context: context)
        let faces = zip(parts, zip(bare, shared)).map { BorderFaces($0, of: $1.0, $1.1) }
        let hidden = try BorderFaces.hidden(faces, exchange)
        return try parts.indices.map { index in
            bare[index].isVacant ? bare[index] : try parts[index].without(polygons: hidden[index], context: context)
        }
    }
}

/// The polygons of a piece's surface that may be faces inside the whole.
struct BorderFaces {
    /// Indices of polygons of the surface, rising, and what each is called: the identities of its points round it.
    var polygons: [Int32] = []
    var names: [[UInt64]] = []
    /// The places of their cells in the order of the whole.
    var cells: [CellName] = []

    /// Faces of three-dimensional cells of `grid` in its surface, all of whose points are shared.
    init(_ surface: Part, of grid: Dataset, _ shared: SharedPoints) {
        guard case .unstructured(let cells) = grid, !shared.points.isEmpty, surface.lists.count == 4 else { return }
        var isShared = [Bool](repeating: false, count: surface.pointCount)
        for point in shared.points { isShared[Int(point)] = true }
        let keys = grid.piece?.cellKeys
        let ranks = grid.piece?.cellRanks
        var parent = 0
        let first = surface.firstCells[2]
        for polygon in 0..<surface.lists[2].count {
            // Cells of the surface lie in the order of those that they come from.
            let key = surface.keys[first + polygon] >> UInt64(Surface.gridKeyBits)
            let rank = surface.ranks?[first + polygon] ?? 0
            while parent + 1 < cells.cellCount, (ranks?[parent] ?? 0, keys?[parent] ?? UInt64(parent)) < (rank, key) { parent += 1 }
            guard cells.type(of: parent).dimension == 3 else { continue }
            let points = surface.lists[2].points(of: polygon)
            guard points.allSatisfy({ isShared[Int($0)] }) else { continue }
            polygons.append(Int32(polygon))
            names.append(BorderFaces.name(points.map { surface.identities[Int($0)] }))
            self.cells.append(surface.name(of: first + polygon))
        }
    }

    /// The identities from the lowest on, towards its lesser neighbour.
    private static func name(_ ring: [PointIdentity]) -> [UInt64] {
        let words = ring.map { [$0.high, $0.low] }
        var best: [UInt64]?
        for start in words.indices {
            for step in [1, ring.count - 1] {
                let name = words.indices.flatMap { words[(start + $0 * step) % ring.count] }
                if best == nil || name.lexicographicallyPrecedes(best!) { best = name }
            }
        }
        return best ?? []
    }

    /// For every part here the polygons that are hidden. Collective.
    static func hidden(_ faces: [BorderFaces], _ exchange: PartExchange) throws -> [Set<Int32>] {
        // A face as words: how many follow, list and rank of its cell, the cell's key, the name.
        var asked: [[[Int32]]] = []
        let outgoing = faces.map { face -> [PartExchange.Message<UInt64>] in
            var messages = [[UInt64]](repeating: [], count: exchange.count)
            var polygons = [[Int32]](repeating: [], count: exchange.count)
            for index in face.polygons.indices {
                var hash: UInt64 = 0
                for word in face.names[index] {
                    hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
                    hash ^= hash &>> 31
                }
                let judge = Int(hash.multipliedFullWidth(by: UInt64(exchange.count)).high)
                messages[judge] += [UInt64(face.names[index].count), face.cells[index].group, face.cells[index].key] + face.names[index]
                polygons[judge].append(face.polygons[index])
            }
            asked.append(polygons)
            return messages.indices.filter { !messages[$0].isEmpty }.map { .init(part: $0, values: messages[$0]) }
        }
        let answers = try exchange.exchange(try exchange.exchange(outgoing).map(judged))
        return answers.enumerated().map { index, messages in
            var hidden: Set<Int32> = []
            for message in messages {
                for (polygon, verdict) in zip(asked[index][message.part], message.values) where verdict == 1 { hidden.insert(polygon) }
            }
            return hidden
        }
    }

    /// 1 for each face that is hidden: those that come in even numbers, and of an odd number all but the first.
    private static func judged(_ messages: [PartExchange.Message<UInt64>]) -> [PartExchange.Message<UInt8>] {
        struct Seen { var count = 0; var first: CellName; var place: (Int, Int) }
        var seen: [[UInt64]: Seen] = [:]
        var faces: [(name: [UInt64], message: Int, position: Int)] = []
        for (number, message) in messages.enumerated() {
            var next = 0
            var position = 0
            while next + 3 <= message.values.count {
                let count = min(Int(message.values[next]), message.values.count - next - 3)
                let cell = CellName(group: message.values[next + 1], key: message.values[next + 2])
                let name = Array(message.values[next + 3..<next + 3 + count])
                var entry = seen[name] ?? Seen(first: cell, place: (number, position))
                entry.count += 1
                if cell < entry.first { (entry.first, entry.place) = (cell, (number, position)) }
                seen[name] = entry
                faces.append((name, number, position))
                next += 3 + count
                position += 1
            }
        }
        var answers = messages.map { PartExchange.Message<UInt8>(part: $0.part, values: []) }
        for face in faces {
            let entry = seen[face.name]!
            let isHidden = entry.count % 2 == 0 || entry.place != (face.message, face.position)
            answers[face.message].values.append(isHidden ? 1 : 0)
        }
        return answers
    }
}

extension Part {
    /// The surface without some of its polygons and the points that only they use; keys number the faces of a cell anew.
    fileprivate func without(polygons hidden: Set<Int32>, context: ExecutionContext) throws -> Dataset {
        if hidden.isEmpty { return dataset }
        let first = firstCells[2]
        let end = first + lists[2].count
        let cells = (0..<cellCount).filter { $0 < first || $0 >= end || !hidden.contains(Int32($0 - first)) }.map { Int32($0) }
        var isUsed = [Bool](repeating: false, count: pointCount)
        forEachCell(cells) { points, count in for corner in 0..<count { isUsed[Int(points[corner])] = true } }
        let points = isUsed.indices.filter { isUsed[$0] }.map { Int32($0) }
        let fragment = Fragment(
            source: self, cells: Range32(cells), levels: nil, points: Range32(points), known: nil,
            orders: points.map { PointOrder(group: 0, key: UInt64($0), corner: 0) })
        let result = try PieceAssembly(base: nil, fragments: [fragment], sharedPoints: [], baseOrders: nil, context: context).joined()
        var info = dataset.piece ?? PieceInfo(piece: number, pieceCount: 1)
        let bits = UInt64(Surface.gridKeyBits)
        info.cellKeys = Buffer(count: cells.count) { out in
            var face: UInt64 = 0
            for (place, cell) in cells.enumerated() {
                let parent = keys[Int(cell)] >> bits
                let isNext = place > 0 && keys[Int(cells[place - 1])] >> bits == parent && list(of: Int(cells[place - 1])) == list(of: Int(cell))
                face = isNext ? face + 1 : 0
                out[place] = parent << bits | face
            }
        }
        (info.cellRanks, info.pointIdentities) = (result.ranks, result.identities)
        info.cellGhostLevels = nil
        info.cellOwners = nil
        info.pointGhostLevels = try info.pointGhostLevels.map { try result.points.gather([$0], context: context) }
        if info.pointGhostLevels?.elements.contains(where: { $0 != 0 }) != true { info.pointGhostLevels = nil }
        var copy = result.dataset
        copy.attributes.piece = info
        return copy
    }
}
