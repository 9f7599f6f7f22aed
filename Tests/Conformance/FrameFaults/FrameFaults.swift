import Dataflow
import Datasets
import Execution
import Filters
import Foundation
import Geometry
import Images
import Mapping
import Messaging
import ParallelRendering
import RankDataflow
import Scenes

/// A mistake or a loss in the middle of frames that ranks draw together.
public struct FrameFault: Sendable {
    public let name: String
    /// Whether the last rank, which does the wrong thing, lives to see the error.
    public let reachesCulprit: Bool
    /// To be run with a deadline of a second.
    public let body: @Sendable (Communicator) throws -> Void

    /// What is wrong with a rank's outcome; nil if it is right.
    ///
    /// - Parameter seconds: since the frame with the mistake.
    public func complaint(_ outcome: Result<Void, any Error>, rank: Int, size: Int, seconds: Double) -> String? {
        if rank == size - 1, !reachesCulprit { return nil }
        guard case .failure(let error) = outcome else { return "rank \(rank) ended without an error" }
        if error is OwnError { return nil }
        let text = "\(error)"
        if seconds > 3 { return "rank \(rank) learnt only after \(seconds) s: \(text)" }
        if !text.contains("rank ") || !text.contains(".swift:") { return "the error names no rank or place: \(text)" }
        return nil
    }
}

/// What a rank of a fault throws on its own account; as though its process had died.
public struct OwnError: RankEndingError {
    public init() {}
}

/// The last rank does the wrong thing in the fourth frame.
public let frameFaults: [FrameFault] = [
    fault("a frame that one rank skips") { world, draw in
        if !isCulprit(world) { try draw() }
        try world.barrier()
    },
    fault("wrong order") { world, draw in
        if isCulprit(world) { try world.barrier() }
        try draw()
        if !isCulprit(world) { try world.barrier() }
    },
    fault("wrong shape") { world, draw in
        if isCulprit(world) { _ = try world.allGather([1.5]) } else { _ = try world.allGather(2) }
        try draw()
    },
    fault("early return") { world, draw in
        if isCulprit(world) { return }
        try draw()
    },
    fault("throw") { world, draw in
        if isCulprit(world) { throw OwnError() }
        try draw()
    },
    fault("sleep", reachesCulprit: false) { world, draw in
        if isCulprit(world) { Thread.sleep(forTimeInterval: 2.5) }
        try draw()
        try world.barrier()
    },
]

/// Frames of which the last rank does not live to see the fourth.
public func drawFrames(on world: Communicator, lose: () throws -> Void) throws {
    try DrawnSphere(world).run { world, draw in
        if isCulprit(world) { try lose() }
        for _ in 0..<100 { try draw() }
    }
}

private func isCulprit(_ world: Communicator) -> Bool { world.rank == world.size - 1 }

private func fault(
    _ name: String, reachesCulprit: Bool = true, _ body: @escaping @Sendable (Communicator, () throws -> Void) throws -> Void
) -> FrameFault {
    FrameFault(name: name, reachesCulprit: reachesCulprit) { world in try DrawnSphere(world).run(body) }
}

/// A sphere, of which every rank has a piece.
struct DrawnSphere {
    private let world: Communicator
    private let context = ExecutionContext(threads: 1)

    init(_ world: Communicator) { self.world = world }

    /// Three frames as they should be, then one with a mistake in it.
    func run(_ body: (Communicator, () throws -> Void) throws -> Void) throws {
        let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
        let sphere = Pipeline(SphereSource(thetaResolution: 64, phiResolution: 64))
        let piece = try executor.update(sphere, UpdateRequest(piece: world.rank, of: world.size))
        var scene = Scene(actors: [Actor(try DatasetMapper().drawables(of: piece, context: context))], width: 80, height: 60)
        let manager = try ParallelRenderManager(world)
        defer { manager.close() }
        let bounds = try manager.bounds(of: scene)
        scene.camera.reset(to: bounds, aspect: 4.0 / 3)
        for _ in 0..<3 {
            scene.camera.turn(azimuth: 20)
            _ = try manager.render(scene, bounds: bounds, in: context)
        }
        try body(world) { _ = try manager.render(scene, bounds: bounds, in: context) }
    }
}
