import Dataflow
import Datasets
import Execution
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

    struct Result: Sendable {
        var ranks: Int
        var seconds: [Double]
        var primitives: Int
        var statistics: [RankFrameStatistics]
        var checksum: UInt64
    }

    /// Every rank calls this.
    func run(_ rank: RankExecutor, _ session: Session) throws -> Result? {
        var options = try InputOptions.parse([input])
        options.steps = steps
        guard let made = try session.pipelines([input], options).first else { return nil }
        let pipeline = try SceneBuilder.drawable(made)
        let parts = RankParts(rank) { try session.demand($0, time: $1) }
        let datasets = try parts.pieces(of: pipeline, time: nil)
        var mapper = DatasetMapper()
        mapper.shapes = try parts.sum(try datasets.map { try DatasetMapper.shapes(of: $0, context: rank.context) })
        let drawables = try datasets.flatMap { try mapper.drawables(of: $0, context: rank.context) }
        var scene = Scene(actors: [Actor(drawables)], width: width, height: height)
        let manager = try ParallelRenderManager(rank.communicator, options)
        defer { manager.close() }
        let bounds = try manager.bounds(of: scene)
        scene.camera.reset(to: bounds, aspect: Double(width) / Double(height))
        var seconds: [Double] = []
        var last: ParallelFrame?
        for frame in -3..<frames {
            scene.camera.turn(azimuth: 360 / Double(max(1, frames)))
            try rank.communicator.barrier()
            let start = monotonicSeconds()
            last = try manager.render(scene, bounds: bounds, in: rank.context)
            try rank.communicator.barrier()
            if frame >= 0 { seconds.append(monotonicSeconds() - start) }
        }
        guard let last else { return nil }
        let encoded = Array(try JSONEncoder().encode(last.statistics))
        let primitives = try rank.communicator.reduce(last.statistics.primitives, .sum, to: 0)
        guard let all = try rank.communicator.gather(encoded, to: 0), let primitives, let image = last.image else { return nil }
        return Result(
            ranks: rank.communicator.size, seconds: seconds.sorted(), primitives: primitives,
            statistics: try all.map { try JSONDecoder().decode(RankFrameStatistics.self, from: Data($0)) },
            checksum: image.withPixels { pixels in
                pixels.reduce(14_695_981_039_346_656_037) {
                    ($0 ^ (UInt64($1.red) | UInt64($1.green) << 8 | UInt64($1.blue) << 16)) &* 1_099_511_628_211
                }
            })
    }
}

extension FrameBench.Result {
    /// One line.
    func json(_ bench: FrameBench) -> String {
        func list(_ value: (RankFrameStatistics) -> Double) -> String {
            "[" + statistics.map { String(format: "%.3f", value($0) * 1e3) }.joined(separator: ", ") + "]"
        }
        let parts = [
            "\"workload\": \"frame\"", "\"decomposition\": \"\(bench.options.decomposition)\"",
            "\"compositor\": \"\(bench.options.compositing.rawValue)\"", "\"ranks\": \(ranks)", "\"width\": \(bench.width)",
            "\"height\": \(bench.height)", String(format: "\"median_ms\": %.3f", seconds[seconds.count / 2] * 1e3),
            String(format: "\"least_ms\": %.3f", seconds[0] * 1e3), "\"primitives\": \(primitives)",
            "\"bytes_sent\": \(statistics.map(\.bytesSent))", "\"messages\": \(statistics.map(\.messagesSent))",
            "\"render_ms\": " + list(\.renderSeconds), "\"encode_ms\": " + list(\.encodeSeconds), "\"merge_ms\": " + list(\.mergeSeconds),
            "\"wait_ms\": " + list(\.waitSeconds), "\"deliver_ms\": " + list(\.deliverSeconds),
            String(format: "\"checksum\": \"%016llx\"", checksum),
        ]
        return "{" + parts.joined(separator: ", ") + "}"
    }
}
