import Execution
import Messaging
import RankDataflow
import Scenes

/// What frame after frame shows: this rank's part of a scene, and the cameras, which all ranks have the same.
public struct FrameContent: Sendable {
    /// As `ParallelRenderManager.render` takes it.
    public var scene: Scene
    public var cameras: [Camera]

    public init(scene: Scene, cameras: [Camera]) {
        self.scene = scene
        self.cameras = cameras
    }
}

extension RankExecutor {
    /// Draws what ranks hold from one camera after another, and goes on where a rank is lost: the survivors make its pieces from their source,
    /// and draw the remaining frames, whose bytes are those that all ranks would have given. Every rank calls this.
    ///
    /// Where the transport cannot go on without a rank (MPI without ULFM), its loss is an error on all ranks.
    ///
    /// - Parameters:
    ///   - manager: makes what draws, on the ranks that live.
    ///   - content: this rank's part, of pieces that this executor makes (`pieces(of:_:)`), with its communicator; called again after a loss.
    ///   - begin: called before the first frame that is drawn, and again after a loss.
    ///   - deliver: takes a finished frame and the number of its camera, on every rank; the picture is on rank 0, where alone it may fail. After a
    ///     loss the last frame can come again, the same; where rank 0 is lost, the next survivor has the pictures from then on.
    /// - Returns: for each loss the seconds from noticing it until this rank was ready to draw again.
    /// - Throws: what goes wrong on any rank, on every rank.
    @discardableResult public func drawFrames(
        manager makeManager: (Communicator) throws -> ParallelRenderManager, content: () throws -> FrameContent,
        begin: (_ manager: ParallelRenderManager, _ scene: Scene) throws -> Void = { _, _ in },
        deliver: (_ number: Int, _ frame: ParallelFrame) throws -> Void
    ) throws -> [Double] {
        var finished = 0
        var recoveries: [Double] = []
        try survivingLosses {
            // A rank may have finished a frame that another one has not.
            finished = try communicator.allReduce(finished, .minimum)
            let content = try content()
            let manager = try makeManager(communicator)
            defer { manager.close() }
            let bounds = try manager.bounds(of: content.scene)
            if losses.count > recoveries.count, let loss = losses.last {
                recoveries += Array(repeating: monotonicSeconds() - loss.noticed, count: losses.count - recoveries.count)
            }
            manager.options.frames = content.cameras.count
            var scene = content.scene
            if finished < content.cameras.count {
                scene.camera = content.cameras[finished]
                try begin(manager, scene)
            }
            while finished < content.cameras.count {
                scene.camera = content.cameras[finished]
                let frame = try context.trace.timing("render") { try manager.render(scene, bounds: bounds, in: context) }
                try communicator.together(isRootOnly: true) { try deliver(finished, frame) }
                finished += 1
            }
        }
        return recoveries
    }
}
