import Dataflow
import Datasets
import Files
import Filters
import Foundation
import Geometry
import Mapping
import Messaging
import ParallelRendering
import RankDataflow
import SceneFiles
import Scenes

/// Times whole frames while the camera goes round: data made once, then for each frame every rank draws its piece and the pixels come to rank 0.
struct FrameBench: Sendable {
    var input: String
    /// Filters, as the command has them.
    var steps: [String]
    var width: Int
    var height: Int
    var options: ParallelRenderOptions
    var frames: Int

    /// Every rank calls this.
    ///
    /// - Returns: one line of JSON, on rank 0.
    func run(_ rank: RankExecutor, _ session: Session) throws -> String? {
        var inputs = try InputOptions.parse([input])
        inputs.steps = steps
        guard let made = try session.pipelines([input], inputs).first else { return nil }
        let pipeline = try SceneBuilder.drawable(made)
        let parts = RankParts(rank) { try session.demand($0, time: $1) }
        let datasets = try parts.pieces(of: pipeline, time: nil)
        var mapper = DatasetMapper()
        mapper.shapes = try parts.sum(try datasets.map { try DatasetMapper.shapes(of: $0, context: rank.context) })
        let drawables = try datasets.flatMap { try mapper.drawables(of: $0, context: rank.context) }
        var scene = Scene(actors: [Actor(drawables)], width: width, height: height)
        let manager = try ParallelRenderManager(rank.communicator, options)
        defer { manager.close() }
        manager.options.frames = frames
        let bounds = try manager.bounds(of: scene)
        scene.camera.reset(to: bounds, aspect: Double(width) / Double(height))
        var last: ParallelFrame?
        let bench = RankBench(workload: "frame", method: options.compositing, width: width, height: height, frames: frames)
        let result = try bench.run(on: rank.communicator) { _ in
            scene.camera.turn(azimuth: 360 / Double(max(1, frames)))
            last = try manager.render(scene, bounds: bounds, in: rank.context)
        } share: {
            last.map { RankBench.Share($0.statistics) } ?? RankBench.Share()
        } pixels: { body in
            last?.image?.withPixels { body(UnsafeRawBufferPointer($0)) } ?? 0
        }
        let primitives = try rank.communicator.reduce(last?.statistics.primitives ?? 0, .sum, to: 0)
        return result.map { bench.json($0, [("decomposition", "\"\(options.decomposition)\""), ("primitives", "\(primitives ?? 0)"), ("imbalance", String(format: "%.3f", last?.statistics.imbalance ?? 0))]) }
    }
}

extension RankBench.Share {
    init(_ statistics: RankFrameStatistics) {
        bytes = statistics.bytesSent
        messages = statistics.messagesSent
        render = statistics.renderSeconds
        encode = statistics.encodeSeconds
        merge = statistics.mergeSeconds
        wait = statistics.waitSeconds
        deliver = statistics.deliverSeconds
    }
}
