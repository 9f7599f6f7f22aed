import Geometry
import Images

/// What a picture shows at the centre of one pixel.
public struct Pick: Hashable, Sendable {
    /// 0 for the scene's own actors, 1 for the first layer over them, and so on.
    public var layer: Int
    /// The actor's place in its layer.
    public var actor: Int
    /// The drawable's place in its actor.
    public var drawable: Int
    /// The cell of the dataset that the drawable was made of; of a copy, the shape's.
    public var cell: Int
    /// The nearest of the primitive's points, a point of the dataset; of a copy, the point that it stands for.
    public var point: Int
    /// The copy's number, where the drawable is drawn in copies.
    public var instance: Int?
    /// Where the ray through the pixel's centre meets the primitive, in the world.
    public var position: Vector3
    /// From the camera along its line of sight.
    public var distance: Double
    /// The number that gives the colour there, interpolated; nil where colours are not from numbers.
    public var value: Double?
    /// The cell of the dataset that filters began with, where its numbers were carried along.
    public var originalCell: Int64?
    /// What decides between the picks of ranks that have parts of one scene: the depth, less is nearer, and the order of the scene; nil for copies.
    public var depth = Int32.max
    public var order: SampleOrder?

    public init(layer: Int, actor: Int, drawable: Int, cell: Int, point: Int, position: Vector3, distance: Double) {
        self.layer = layer
        self.actor = actor
        self.drawable = drawable
        self.cell = cell
        self.point = point
        self.position = position
        self.distance = distance
    }
}
