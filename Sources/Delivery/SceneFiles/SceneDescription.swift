import Datasets
import Filters
import Geometry
import Scenes

/// A picture to be made, in the words of a scene file: data, filters, look, lights, camera. Numbers are as they were written.
///
/// `SceneDescription(readingFile:)` reads one, `json(relativeTo:)` writes it, `SceneBuilder` makes the scene.
public struct SceneDescription: Sendable {
    public var width = 1024
    public var height = 768
    /// A pixel, 1 to 64.
    public var samples = 1
    /// Red, green and blue, 0…1.
    public var background = SIMD3<Double>(0, 0, 0)
    public var camera = SceneCamera()
    /// Empty: one light from the camera.
    public var lights: [SceneLight] = []
    public var actors: [SceneActor] = []
    /// Drawn over the actors, each over those before it.
    public var layers: [SceneLayer] = []
    public var annotations = SceneAnnotations()

    public init() {}
}

/// Actors drawn over the others, with a camera of their own.
public struct SceneLayer: Sendable {
    public var actors: [SceneActor] = []
    public var camera = SceneCamera()
    public var lights: [SceneLight] = []
    public var viewport = Viewport()
    public var isInteractive = false

    public init() {}
}

/// Where a picture is seen from; what is nil is chosen so that everything is in view.
public struct SceneCamera: Sendable, Hashable {
    public var position: Vector3?
    public var focalPoint: Vector3?
    public var viewUp: Vector3?
    public var viewAngle: Double?
    /// Parallel projection, where there is one.
    public var parallelScale: Double?
    /// Degrees.
    public var azimuth: Double?
    public var elevation: Double?
    /// So many pictures around the focal point.
    public var orbit: Int?

    public init() {}
}

/// A light of a scene file.
public struct SceneLight: Sendable, Hashable {
    /// Where its rays go; nil without a position: along the camera's line of sight.
    public var direction: Vector3?
    public var position: Vector3?
    /// Of a spot light, in degrees to its sides.
    public var coneAngle: Double?
    public var exponent: Double?
    public var attenuation: Vector3?
    /// Whether the direction turns with the camera.
    public var followsCamera = false
    public var color: SIMD3<Double>
    public var intensity: Double

    public init(direction: Vector3? = nil, color: SIMD3<Double> = SIMD3(1, 1, 1), intensity: Double = 1) {
        self.direction = direction
        self.color = color
        self.intensity = intensity
    }
}

/// Where an actor's data come from.
public enum SceneInput: Sendable, Hashable {
    /// Relative to the folder of the data.
    case file(String)
    case source(String)
}

/// A filter as a scene file names it, and what it means.
public struct SceneStep: Sendable {
    public var operation: String
    public var values: FilterValues
    public var filters: [FilterStep]

    public init(operation: String, values: FilterValues, filters: [FilterStep]) {
        self.operation = operation
        self.values = values
        self.filters = filters
    }
}

/// Something to draw: inputs, filters, a look.
public struct SceneActor: Sendable {
    /// Drawn alike, or joined by a step.
    public var inputs: [SceneInput]
    /// Columns of a table that are coordinates; nil: x, y, z.
    public var points: [String]?
    /// The layout of files of bare numbers, as `RawVolumeLayout` reads it.
    public var raw: String?
    /// The solution of a PLOT3D grid; nil looks beside the grid, `none` reads none.
    public var solution: String?
    /// Nil: the first.
    public var time: Double?
    public var steps: [SceneStep] = []
    /// 0…1; white where nil.
    public var color: SIMD3<Double>?
    public var coloring: SceneColoring?
    public var opacity: Double?
    public var opacityBy: SceneOpacity?
    public var interpolation = Material.Interpolation.flat
    public var ambient: Double?
    public var diffuse: Double?
    public var specular: Double?
    public var specularPower: Double?
    public var specularColor: SIMD3<Double>?
    public var isUnlit = false
    public var representation: Material.Representation?
    public var showsEdges = false
    public var edgeColor: SIMD3<Double>?
    public var culling: Material.Culling?
    public var backColor: SIMD3<Double>?
    public var lineWidth: Double?
    public var pointSize: Double?

    public init(inputs: [SceneInput]) { self.inputs = inputs }
}

/// How an array says what can be seen through.
public struct SceneOpacity: Sendable {
    public var array: ArraySelector
    /// Values that are clear and opaque; nil: the data's least and greatest.
    public var range: (lower: Double, upper: Double)?
    /// Values, rising, and opacities 0…1, in place of a range.
    public var points: [SIMD2<Double>] = []

    public init(array: ArraySelector) { self.array = array }
}

/// How an array gives colours.
public struct SceneColoring: Sendable {
    public enum Map: Sendable, Hashable {
        case preset(ColorPreset)
        case points([ColorControlPoint])
    }

    public var array: ArraySelector
    /// Nil: the data's.
    public var range: (lower: Double, upper: Double)?
    public var map = Map.preset(.coolWarm)
    public var nanColor: SIMD3<Double>?
    public var belowColor: SIMD3<Double>?
    public var aboveColor: SIMD3<Double>?
    public var scale = ColorMap.Scale.linear
    /// Of the data, 0…100, where there is no range; nil: all of them.
    public var percentiles: (lower: Double, upper: Double)?
    public var isReversed = false
    /// So many colours; 256 where nil.
    public var colorCount: Int?
    /// Values, rising, and opacities 0…1; empty: opaque.
    public var opacityPoints: [SIMD2<Double>] = []
    /// The scalar bar's; the array's name where nil.
    public var barTitle: String?
    /// A scalar bar, and where: x, y, width, height in fractions from the bottom left; empty for the usual place.
    public var bar: [Double]?

    public init(array: ArraySelector) { self.array = array }
}
