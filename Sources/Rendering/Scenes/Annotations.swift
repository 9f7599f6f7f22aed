import Geometry

/// What is drawn around the data of a scene: scales of colours, axes, text. Laid out when the picture is made.
public struct Annotations: Hashable, Sendable {
    public var scalarBars: [ScalarBar] = []
    public var orientationAxes: OrientationAxes?
    public var cubeAxes: CubeAxes?
    /// The edges of the box around the data.
    public var outline: OutlineBox?
    public var texts: [TextAnnotation] = []
    /// Of letters and lines; black or white, whichever stands out from the background, where nil.
    public var color: SIMD3<Float>?
    /// The height of letters (the em) in pixels; in proportion to the picture where nil.
    public var textSize: Double?

    public init() {}

    public var isEmpty: Bool {
        scalarBars.isEmpty && orientationAxes == nil && cubeAxes == nil && outline == nil && texts.isEmpty
    }
}

/// A rectangle in fractions of a picture, from its bottom left corner up.
public struct FractionRectangle: Hashable, Sendable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// The scale of a colour map: the colours, what values they stand for, and of what.
public struct ScalarBar: Hashable, Sendable {
    public enum Orientation: String, Hashable, Sendable, CaseIterable {
        case vertical, horizontal
    }

    public var colorMap: ColorMap
    /// The array's name, with its unit; empty for none.
    public var title: String
    /// Everything of the scale lies in it; at the right side of the picture where nil.
    public var place: FractionRectangle?
    /// Along the longer side of `place` where nil.
    public var orientation: Orientation?
    /// The greatest number of values; as many as there is room for where nil.
    public var labelCount: Int?
    /// Shows the colour of NaN.
    public var showsNaN = false

    public init(_ colorMap: ColorMap, title: String = "", place: FractionRectangle? = nil) {
        self.colorMap = colorMap
        self.title = title
        self.place = place
    }
}

/// Three arrows in a corner that show where the axes of the world point.
public struct OrientationAxes: Hashable, Sendable {
    public var labels = ["X", "Y", "Z"]
    /// Red, green and blue of each, 0…1.
    public var colors = [SIMD3<Float>(0.86, 0.2, 0.18), SIMD3<Float>(0.25, 0.65, 0.22), SIMD3<Float>(0.2, 0.42, 0.9)]
    /// The corner or side they are in.
    public var corner = PictureCorner.bottomLeft
    /// The width of the square that they need, as a fraction of the picture's shorter side.
    public var size = 0.2

    public init() {}
}

/// A box around the data with numbers and titles along its outer edges.
public struct CubeAxes: Hashable, Sendable {
    /// Around all actors where nil.
    public var bounds: Bounds?
    public var titles = ["X", "Y", "Z"]
    /// Draws lines through the values on the sides that lie behind the data.
    public var showsGrid = true

    public init() {}
}

/// The edges of a box.
public struct OutlineBox: Hashable, Sendable {
    /// Around all actors where nil.
    public var bounds: Bounds?

    public init(bounds: Bounds? = nil) { self.bounds = bounds }
}

/// A corner, a side, or the middle of a picture.
public enum PictureCorner: String, Hashable, Sendable, CaseIterable {
    case topLeft = "top-left"
    case top
    case topRight = "top-right"
    case left, center, right
    case bottomLeft = "bottom-left"
    case bottom
    case bottomRight = "bottom-right"

    /// Fractions of the picture: 0 left, 1 right.
    public var across: Double {
        switch self {
        case .topLeft, .left, .bottomLeft: 0
        case .top, .center, .bottom: 0.5
        case .topRight, .right, .bottomRight: 1
        }
    }

    /// Fractions of the picture: 0 top, 1 bottom.
    public var down: Double {
        switch self {
        case .topLeft, .top, .topRight: 0
        case .left, .center, .right: 0.5
        case .bottomLeft, .bottom, .bottomRight: 1
        }
    }
}

/// Lines of text in a picture.
public struct TextAnnotation: Hashable, Sendable {
    public enum Place: Hashable, Sendable {
        /// In a corner or at a side.
        case corner(PictureCorner)
        /// The bottom left end of the text, in fractions of the picture from its bottom left corner up.
        case position(SIMD2<Double>)
    }

    public var text: String
    public var place: Place
    /// A multiple of the size of the annotations' text.
    public var scale: Double
    public var isBold = false
    /// That of the annotations where nil.
    public var color: SIMD3<Float>?

    public init(_ text: String, at place: Place = .corner(.topLeft), scale: Double = 1) {
        self.text = text
        self.place = place
        self.scale = scale
    }

    /// Large letters over the middle of the picture.
    public static func title(_ text: String) -> TextAnnotation {
        var title = TextAnnotation(text, at: .corner(.top), scale: 1.4)
        title.isBold = true
        return title
    }
}
