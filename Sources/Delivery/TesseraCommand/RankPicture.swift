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

    /// Where a rank is lost and the others can go on, they make its pieces and draw what is left of the orbit.
    private func draw(_ picture: RankPicture, on rank: RankExecutor, _ options: ParallelRenderOptions) throws {
        var provenance: ProvenanceRecord?
        let recoveries = try rank.drawFrames(
            manager: { try ParallelRenderManager($0, options) },
            content: {
                let parts = RankParts(rank) { try demand($0, time: $1) }
                let builder = SceneBuilder(context: rank.context, folder: picture.folder, others: parts) { try parts.pieces(of: $0, time: $1) }
                let scene = try builder.scene(picture.description)
                if explains && rank.isRoot && options.compositing == .automatic {
                    printError(CompositingMethod.choice(rankCount: rank.communicator.size, rowCount: scene.height).explanation)
                }
                provenance = try rank.communicator.together(isRootOnly: true) {
                    rank.isRoot ? try self.provenance(inputs: picture.inputs, output: picture.output) : nil
                }
                return FrameContent(scene: scene, cameras: builder.cameras(picture.description, in: scene))
            },
            begin: { manager, scene in
                guard explains else { return }
                let plan = try manager.plan(scene, in: rank.context)
                if rank.isRoot { printError(plan) }
            },
            deliver: { number, frame in
                try note(frame.statistics, rank.communicator)
                guard let image = frame.image, let provenance else { return }
                let path = picture.description.camera.orbit == nil ? picture.output : RenderCommand.numbered(picture.output, number + 1)
                try rank.context.trace.timing("write picture") {
                    try image.write(to: path, quality: picture.quality, text: provenance.entries, in: rank.context)
                }
            })
        for (loss, seconds) in zip(rank.losses, recoveries) where rank.isRoot {
            let ranks = loss.ranks.map(String.init).joined(separator: ", ")
            let time = String(format: "%.3f", seconds)
            rank.context.trace.record(warning: "\(time) s after the loss of rank \(ranks) its pieces were drawn by the others")
        }
    }

    /// Notes what a frame took on every rank. Every rank calls this.
    private func note(_ own: RankFrameStatistics, _ world: Communicator) throws {
        if statisticsPath == nil { return }
        guard let all = try world.gather(Array(try JSONEncoder().encode(own)), to: 0) else { return }
        log.add(frame: try all.map { try JSONDecoder().decode(RankFrameStatistics.self, from: Data($0)) })
    }
}
