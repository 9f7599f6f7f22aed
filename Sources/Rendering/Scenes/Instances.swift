import Datasets
import Geometry

/// Copies of a drawable's primitives, each with a frame of its own: one shape in memory, however often it is drawn.
public struct Instances: Sendable {
    public var frames: Buffer<InstanceFrame>
    /// The point of the dataset that each copy stands for; nil: its own number.
    public var sources: Buffer<Int32>?

    public init(frames: Buffer<InstanceFrame>, sources: Buffer<Int32>? = nil) {
        self.frames = frames
        self.sources = sources
    }

    public var count: Int { frames.count }
}
