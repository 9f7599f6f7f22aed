import Geometry

/// Actors drawn over those of a scene with a camera, lights and depths of their own: nothing in the scene hides them.
public struct Layer: Sendable {
    public var actors: [Actor]
    public var lights: [Light]
    public var camera: Camera
    /// Where in the picture the layer is drawn.
    public var viewport: Viewport
    /// Whether a viewer's mouse moves this layer's camera.
    public var isInteractive: Bool

    public init(
        actors: [Actor] = [], lights: [Light] = [Light()], camera: Camera = Camera(), viewport: Viewport = Viewport(),
        isInteractive: Bool = false
    ) {
        self.actors = actors
        self.lights = lights
        self.camera = camera
        self.viewport = viewport
        self.isInteractive = isInteractive
    }

    public var bounds: Bounds { actors.reduce(into: Bounds()) { $0.add($1.bounds) } }
}

/// A rectangle of a picture in fractions of its width and height, from its lower left corner, as VTK's viewports.
public struct Viewport: Hashable, Sendable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    /// The whole picture unless told otherwise.
    public init(x: Double = 0, y: Double = 0, width: Double = 1, height: Double = 1) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The pixels of the rectangle in a picture, its sides rounded to whole pixels; nil where none lie in the picture or a number
    /// is not finite.
    public func region(width pixelsAcross: Int, height pixelsDown: Int) -> PixelRegion? {
        func side(_ fraction: Double, _ pixels: Int) -> Int? {
            let place = (fraction * Double(pixels)).rounded()
            return place.isFinite ? Int(min(max(place, 0), Double(pixels))) : nil
        }
        guard let left = side(x, pixelsAcross), let right = side(x + width, pixelsAcross), let bottom = side(y, pixelsDown),
            let top = side(y + height, pixelsDown), left < right, bottom < top
        else { return nil }
        return PixelRegion(x: left, y: pixelsDown - top, width: right - left, height: top - bottom)
    }
}

/// A rectangle of pixels, counted from the top left corner of a picture.
public struct PixelRegion: Hashable, Sendable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public func contains(_ column: Int, _ row: Int) -> Bool { column >= x && column < x + width && row >= y && row < y + height }
}
