import Execution
import Files
import Foundation
import Images
import Messaging
import ParallelRendering
import Planning
import RankDataflow
import SceneFiles
import Scenes

/// A picture, or those of an orbit, that many ranks draw together: each draws its pieces, the first writes.
struct RankPicture: Sendable {
    var description: SceneDescription
    var folder: String
    /// Files whose checksums the picture tells.
    var inputs: [String]
    var output: String
    var quality: Int
}

extension Session {
    /// Every rank calls this.
    func draw(_ picture: RankPicture, _ options: ParallelRenderOptions) throws {
        _ = try onEveryRank { rank in try draw(picture, on: rank, options) }
    }

    private func draw(_ picture: RankPicture, on rank: RankExecutor, _ options: ParallelRenderOptions) throws {
        let parts = RankParts(rank) { try demand($0, time: $1) }
        let builder = SceneBuilder(context: rank.context, folder: picture.folder, others: parts) { try parts.pieces(of: $0, time: $1) }
        var scene = try builder.scene(picture.description)
        let manager = try ParallelRenderManager(rank.communicator, options)
        defer { manager.close() }
        let bounds = try manager.bounds(of: scene)
        if explains && rank.isRoot && options.compositing == .automatic {
            printError(CompositingMethod.choice(rankCount: rank.communicator.size, rowCount: scene.height).explanation)
        }
        let provenance = try rank.communicator.together(isRootOnly: true) {
            rank.isRoot ? try self.provenance(inputs: picture.inputs, output: picture.output) : nil
        }
        let cameras = builder.cameras(picture.description, in: scene)
        manager.options.frames = cameras.count
        for (index, camera) in cameras.enumerated() {
            scene.camera = camera
            if index == 0 && explains {
                let plan = try manager.plan(scene, in: rank.context)
                if rank.isRoot { printError(plan) }
            }
            let frame = try rank.context.trace.timing("render") { try manager.render(scene, bounds: bounds, in: rank.context) }
            try note(frame.statistics, rank.communicator)
            try rank.communicator.together(isRootOnly: true) {
                guard let image = frame.image, let provenance else { return }
                let path = picture.description.camera.orbit == nil ? picture.output : RenderCommand.numbered(picture.output, index + 1)
                try rank.context.trace.timing("write picture") {
                    try image.write(to: path, quality: picture.quality, text: provenance.entries, in: rank.context)
                }
            }
        }
    }

    /// Notes what a frame took on every rank. Every rank calls this.
    private func note(_ own: RankFrameStatistics, _ world: Communicator) throws {
        if statisticsPath == nil { return }
        guard let all = try world.gather(Array(try JSONEncoder().encode(own)), to: 0) else { return }
        log.add(frame: try all.map { try JSONDecoder().decode(RankFrameStatistics.self, from: Data($0)) })
    }
}
