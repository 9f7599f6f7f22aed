import Execution
import Geometry
import Images
import Messaging
import Rasterizing
import Scenes
import Visibility

/// What a pixel of a picture of many ranks shows.
public struct ParallelPick: Sendable {
    /// The rank that drew it.
    public var rank: Int
    /// On that rank: what it drew, its cell and point counted in that rank's piece; nil on the others.
    public var pick: Pick?
}

extension Communicator {
    /// Finds what the picture of a scene, of which every rank has a part, shows at the centre of a pixel: what one rank with everything would
    /// find. Every rank calls this.
    ///
    /// - Parameters:
    ///   - scene: this rank's part, as `ParallelRenderManager` takes it.
    ///   - bounds: the box of the whole scene, where annotations stand around it.
    /// - Returns: nil where nothing is drawn.
    /// - Throws: what drawing and messaging throw.
    /// - Complexity: that of drawing the rank's part, without colours.
    public func pick(_ scene: Scene, bounds: Bounds? = nil, x: Int, y: Int, in context: ExecutionContext) throws -> ParallelPick? {
        var scene = scene
        if rank != 0 {
            scene.annotations = Annotations()
            scene.overlay = Overlay()
        } else if let bounds {
            scene.annotations.standAround(bounds)
        }
        let own = try Rasterizer().pick(try scene.makeDrawList(), x: x, y: y, in: context)
        let all = try allGather([own.map(Candidate.init) ?? .none])
        let candidates = all.enumerated().compactMap { rank, found in found.first.flatMap { $0.layer < 0 ? nil : (rank: rank, found: $0) } }
        guard let best = candidates.min(by: { $0.found < $1.found }) else { return nil }
        return ParallelPick(rank: best.rank, pick: best.rank == rank ? own : nil)
    }
}

/// What a rank found, as far as it decides.
private struct Candidate: BitwiseCopyable, Sendable, Comparable {
    var layer: Int
    var depth: Int32
    var order: SampleOrder

    static let none = Candidate(layer: -1, depth: .max, order: SampleOrder(actor: 0, part: 0, rank: 0, key: 0, number: 0))

    init(layer: Int, depth: Int32, order: SampleOrder) {
        self.layer = layer
        self.depth = depth
        self.order = order
    }

    init(_ pick: Pick) {
        layer = pick.layer
        depth = pick.depth
        // Copies are on one rank, so that their actor tells them from what others have.
        order = pick.order
            ?? SampleOrder(actor: UInt32(truncatingIfNeeded: pick.actor), part: UInt32(truncatingIfNeeded: pick.drawable), rank: 0, key: 0, number: 0)
    }

    /// The topmost layer is seen, in it what is nearest, of that what the scene has first.
    static func < (a: Candidate, b: Candidate) -> Bool {
        if a.layer != b.layer { return a.layer > b.layer }
        return a.depth != b.depth ? a.depth < b.depth : a.order < b.order
    }
}
