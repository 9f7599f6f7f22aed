import Geometry

/// Things to draw that share a material and a colour map.
public struct Actor: Sendable {
    public var drawables: [Drawable]
    public var material: Material
    /// For drawables with scalars; their material's colour is used where it is nil.
    public var colorMap: ColorMap?

    public init(_ drawables: [Drawable], material: Material = Material(), colorMap: ColorMap? = nil) {
        self.drawables = drawables
        self.material = material
        self.colorMap = colorMap
    }

    /// The box of everything drawn, of other pieces of the same data, too.
    public var bounds: Bounds { drawables.reduce(into: Bounds()) { $0.add($1.wholeBounds) } }
}

/// A picture to be made: what is in it, the light, the camera and the size.
public struct Scene: Sendable {
    public var actors: [Actor]
    public var lights: [Light]
    /// Red, green and blue, 0…1.
    public var background: SIMD3<Float>
    public var camera: Camera
    public var width: Int
    public var height: Int
    /// Samples a pixel, at fixed places, averaged after shading; 1…64.
    public var samples: Int
    /// Drawn over the actors, each over those before it.
    public var layers: [Layer] = []
    /// Scales, axes and text around the data, under the overlay.
    public var annotations = Annotations()
    /// Drawn over everything.
    public var overlay = Overlay()

    public init(
        actors: [Actor] = [], lights: [Light] = [Light()], background: SIMD3<Float> = SIMD3(0, 0, 0), camera: Camera = Camera(),
        width: Int = 1024, height: Int = 768, samples: Int = 1
    ) {
        self.actors = actors
        self.lights = lights
        self.background = background
        self.camera = camera
        self.width = width
        self.height = height
        self.samples = samples
    }

    public var bounds: Bounds { actors.reduce(into: Bounds()) { $0.add($1.bounds) } }

    /// Moves the camera along its line of sight until everything is in view.
    public mutating func resetCamera() { camera.reset(to: bounds, aspect: Double(width) / Double(height)) }
}
