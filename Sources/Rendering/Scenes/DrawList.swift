import Execution
import Geometry
import Images

/// What a renderer draws: the visible drawables of a scene and all that their colours depend on.
public struct DrawList: Sendable {
    public struct Item: Sendable {
        public var drawable: Drawable
        public var material: Material
        public var colorMap: ColorMap?
        /// The id of the drawable's first primitive: the number of primitives before it in the scene, culled ones included.
        public var base: UInt32
        /// The actor's place among the actors of its scene or layer.
        public var actor = 0
        /// The drawable's place in its actor.
        public var part = 0

        public init(drawable: Drawable, material: Material, colorMap: ColorMap?, base: UInt32) {
            self.drawable = drawable
            self.material = material
            self.colorMap = colorMap
            self.base = base
        }
    }

    /// In the scene's order, so with rising bases.
    public var items: [Item]
    public var lights: [Light]
    public var background: SIMD3<Float>
    public var projection: ViewProjection
    public var samples: Int
    public var culling: CullingStatistics
    /// Where in the picture this list is drawn; its size is that of the projection.
    public var region: PixelRegion
    /// Drawn over this list into the same picture, each over those before it; the background is what is below.
    public var layers: [DrawList] = []
    /// Drawn over everything.
    public var overlay = Overlay()

    public init(
        items: [Item], lights: [Light], background: SIMD3<Float>, projection: ViewProjection, samples: Int, culling: CullingStatistics
    ) {
        self.items = items
        self.lights = lights
        self.background = background
        self.projection = projection
        self.samples = samples
        self.culling = culling
        region = PixelRegion(x: 0, y: 0, width: projection.width, height: projection.height)
    }
}

/// How much of a scene was left out because the camera cannot see it.
public struct CullingStatistics: Sendable, Hashable {
    public var drawables = 0
    public var culledDrawables = 0
    public var primitives = 0
    public var culledPrimitives = 0
    public var seconds = 0.0

    public init() {}

    public mutating func add(_ other: CullingStatistics) {
        drawables += other.drawables
        culledDrawables += other.culledDrawables
        primitives += other.primitives
        culledPrimitives += other.culledPrimitives
        seconds += other.seconds
    }
}

/// A finished picture and what it took.
public struct RenderedFrame: Sendable {
    public var image: ColorImage
    public var statistics: FrameStatistics

    public init(image: ColorImage, statistics: FrameStatistics) {
        self.image = image
        self.statistics = statistics
    }
}

/// What a frame took, in seconds and things drawn.
public struct FrameStatistics: Sendable, Hashable {
    public var culling = CullingStatistics()
    public var primitives = 0
    public var visiblePixels = 0
    /// Samples of translucent primitives that were blended.
    public var fragments = 0
    /// Bands of rows that the frame was made in because its fragments did not fit the memory; 0 where they did.
    public var bands = 0
    public var transformSeconds = 0.0
    public var rasterSeconds = 0.0
    public var resolveSeconds = 0.0

    public init() {}
}

/// Draws lists of drawables into pictures.
public protocol Renderer {
    /// - Throws: an error for a list that cannot be drawn, `CancelledError`, `MemoryExceededError`.
    mutating func render(_ list: DrawList, in context: ExecutionContext) throws -> RenderedFrame
}
