import Compositing
import Geometry
import Images
import Messaging
import Scenes

/// A frame of many ranks, as one of them sees it.
public struct ParallelFrame: Sendable {
    /// The picture, on the rank that asked for it.
    public var image: ColorImage?
    public var statistics: RankFrameStatistics
}

/// What a frame took on one rank.
public struct RankFrameStatistics: Sendable, Hashable, Codable {
    public var rank: Int
    /// Primitives that this rank looked at: what lies outside of its tile is left out in runs.
    public var primitives = 0
    /// Samples that this rank's primitives cover, translucent ones included.
    public var samples = 0
    public var bytesSent = 0
    public var messagesSent = 0
    public var ties = 0
    public var renderSeconds = 0.0
    public var encodeSeconds = 0.0
    public var mergeSeconds = 0.0
    public var waitSeconds = 0.0
    public var deliverSeconds = 0.0
    /// Moving geometry to the ranks that draw it.
    public var exchangeSeconds = 0.0
    public var seconds = 0.0
    /// Of this frame: the greatest counted work of a rank over the mean of all; 0 where it was not asked for.
    public var imbalance = 0.0

    /// What this rank was counted to do.
    public var work: CountedWork { CountedWork(primitives: primitives, samples: samples) }

    init(rank: Int) { self.rank = rank }

    mutating func add(_ frame: FrameStatistics, seconds: Double, waited: Double = 0) {
        primitives += frame.primitives
        samples += frame.visiblePixels + frame.fragments
        renderSeconds += seconds
        waitSeconds += waited
    }

    mutating func add(_ compositing: CompositingStatistics) {
        bytesSent += compositing.bytesSent
        messagesSent += compositing.messagesSent
        ties += compositing.ties
        encodeSeconds += compositing.encodeSeconds
        mergeSeconds += compositing.mergeSeconds
        waitSeconds += compositing.waitSeconds
    }

    /// Adds what delivery added to the last picture's.
    mutating func addDelivery(_ compositing: CompositingStatistics) {
        bytesSent += compositing.deliveredBytes
        messagesSent += compositing.deliveredMessages
        deliverSeconds += compositing.deliverSeconds
    }
}

extension Communicator {
    /// The box of all ranks' boxes.
    public func union(_ bounds: Bounds) throws -> Bounds {
        let sides = [bounds.lower.x, bounds.lower.y, bounds.lower.z, -bounds.upper.x, -bounds.upper.y, -bounds.upper.z]
        let least = try allReduce(bounds.isEmpty ? sides.map { _ in Double.infinity } : sides, .minimum)
        guard least[0] <= -least[3] else { return Bounds() }
        return Bounds(lower: Vector3(least[0], least[1], least[2]), upper: Vector3(-least[3], -least[4], -least[5]))
    }
}

extension Annotations {
    /// Says what stands around the data where they are only a part of it.
    mutating func standAround(_ bounds: Bounds) {
        if outline != nil && outline?.bounds == nil { outline?.bounds = bounds }
        if cubeAxes != nil && cubeAxes?.bounds == nil { cubeAxes?.bounds = bounds }
    }
}
