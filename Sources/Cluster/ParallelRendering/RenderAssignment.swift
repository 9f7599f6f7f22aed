import Geometry
import Scenes

/// A part of the scene that ranks draw or pass on as a whole: a run of whole cells of one drawable.
public struct ScenePart: Sendable, Hashable, BitwiseCopyable {
    /// The rank that has it from the beginning, and its number there.
    public var owner: Int32
    public var number: Int32
    /// 0: the scene's own actors; else the number of the layer, from 1.
    public var list: Int32
    public var actor: Int32
    public var primitives: Int32
    public var byteCount: Int
    public var lower: SIMD3<Double>
    public var upper: SIMD3<Double>

    public init(
        owner: Int, number: Int, list: Int = 0, actor: Int = 0, primitives: Int, byteCount: Int = 0, bounds: Bounds
    ) {
        self.owner = Int32(owner)
        self.number = Int32(number)
        self.list = Int32(list)
        self.actor = Int32(actor)
        self.primitives = Int32(primitives)
        self.byteCount = byteCount
        lower = bounds.lower
        upper = bounds.upper
    }

    public var bounds: Bounds { Bounds(lower: lower, upper: upper) }
}

/// What one rank does for a picture.
public struct RenderAssignment: Sendable, Hashable {
    public var rank: Int
    /// The group it belongs to.
    public var group: Int
    /// The pixels that its group makes.
    public var tile: PixelRegion
    /// Numbers of the parts that it draws, rising; nil: what it has itself, undivided.
    public var parts: [Int]?
}

/// Who does what for a picture: a value that every rank comes to by itself.
public struct FrameAssignment: Sendable, Hashable {
    /// Sort-last, sort-first or hybrid.
    public var decomposition: Decomposition
    public var ranks: [RenderAssignment]
    /// The ranks of each group.
    public var groups: [Range<Int>]
    /// Whether every rank may keep all parts, or gets those of its tile when it needs them.
    public var isReplicated = false

    /// Ranks in groups as even as can be, neighbours together.
    public static func groups(_ count: Int, ranks: Int) -> [Range<Int>] {
        let count = max(1, min(count, ranks))
        return (0..<count).map { ranks * $0 / count..<ranks * ($0 + 1) / count }
    }

    /// Everybody draws what it has, over the whole picture.
    public static func sortLast(ranks: Int, width: Int, height: Int) -> FrameAssignment {
        let all = PixelRegion(x: 0, y: 0, width: width, height: height)
        return FrameAssignment(
            decomposition: .sortLast, ranks: (0..<ranks).map { RenderAssignment(rank: $0, group: 0, tile: all, parts: nil) },
            groups: [0..<ranks])
    }

    /// Groups have tiles, and the ranks of a group share what shows there.
    ///
    /// - Parameters:
    ///   - tiles: of each group.
    ///   - shows: whether a part may show in a tile.
    ///   - shares: of each rank in its group's work; nil: even.
    public static func tiled(
        _ decomposition: Decomposition, groups: [Range<Int>], tiles: [PixelRegion], parts: [ScenePart], shares: [Double]? = nil,
        shows: (ScenePart, PixelRegion) -> Bool
    ) -> FrameAssignment {
        var ranks: [RenderAssignment] = []
        for (group, members) in groups.enumerated() {
            let tile = tiles[group]
            let isEmpty = tile.width == 0 || tile.height == 0
            let seen = isEmpty ? [] : parts.indices.filter { shows(parts[$0], tile) }
            let own = BalancedShares(weights: members.map { shares?[$0] ?? 1 })
            let runs = BalancedShares.runs(seen.map { Double(parts[$0].primitives) }, shares: own.shares)
            for (place, rank) in members.enumerated() {
                ranks.append(RenderAssignment(rank: rank, group: group, tile: tile, parts: Array(seen[runs[place]])))
            }
        }
        return FrameAssignment(decomposition: decomposition, ranks: ranks, groups: groups)
    }

    /// - Throws: `AssignmentError` unless each pixel is made by exactly one group and each part that shows there is drawn by exactly one rank of it.
    /// - Complexity: O(pixels + parts · groups).
    public func validate(width: Int, height: Int, parts: [ScenePart] = [], shows: (ScenePart, PixelRegion) -> Bool = { _, _ in true }) throws {
        var owners = [Int](repeating: 0, count: width * height)
        for members in groups {
            guard let leader = members.first, members.allSatisfy({ ranks[$0].tile == ranks[leader].tile }) else {
                throw AssignmentError("ranks \(members) are one group and have different tiles")
            }
            let tile = ranks[leader].tile
            if tile.width == 0 || tile.height == 0 { continue }
            for row in tile.y..<tile.y + tile.height { for column in tile.x..<tile.x + tile.width { owners[row * width + column] += 1 } }
            if ranks[leader].parts == nil { continue }
            var drawn = [Int](repeating: 0, count: parts.count)
            for rank in members { for part in ranks[rank].parts ?? [] { drawn[part] += 1 } }
            for (part, count) in drawn.enumerated() where count != (shows(parts[part], tile) ? 1 : 0) {
                throw AssignmentError("part \(part) is drawn \(count) times by ranks \(members)")
            }
        }
        if let pixel = owners.firstIndex(where: { $0 != 1 }) {
            throw AssignmentError("column \(pixel % width) of row \(pixel / width) is made by \(owners[pixel]) groups")
        }
    }
}

extension FrameAssignment: CustomStringConvertible {
    public var description: String {
        let way = "\(decomposition): \(groups.count) \(groups.count == 1 ? "tile" : "tiles")\(isReplicated ? ", geometry replicated" : "")"
        let lines = ranks.map { rank in
            let tile = "\(rank.tile.width)×\(rank.tile.height) pixels at \(rank.tile.x), \(rank.tile.y)"
            return "  rank \(rank.rank): \(tile), \(rank.parts.map { "\($0.count) parts" } ?? "what it has")"
        }
        return ([way] + lines).joined(separator: "\n")
    }
}

/// An assignment that would not make the picture.
public struct AssignmentError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
