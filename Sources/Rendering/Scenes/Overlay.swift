/// Flat shapes over a finished picture, each over those before it: text, scales, frames.
///
/// Places are pixels from the top left corner of the picture, y down; the centre of the first pixel is (0.5, 0.5). What lies
/// outside the picture is left out.
public struct Overlay: Hashable, Sendable {
    public var primitives: [OverlayPrimitive]

    public init(_ primitives: [OverlayPrimitive] = []) { self.primitives = primitives }

    public var isEmpty: Bool { primitives.isEmpty }

    public mutating func append(_ primitive: OverlayPrimitive) { primitives.append(primitive) }

    /// Adds everything of another overlay over what is there.
    public mutating func append(_ other: Overlay) { primitives += other.primitives }
}

/// A shape of one colour over a picture, with edges smoothed by 8×8 samples a pixel.
public struct OverlayPrimitive: Hashable, Sendable {
    public enum Shape: Hashable, Sendable {
        /// A filled polygon, convex or not; where it crosses itself, points enclosed an even number of times are outside.
        case polygon([SIMD2<Double>])
        /// Lines through the points of each path, `width` pixels wide, with round ends and corners; a path of one point is a
        /// disc. Where lines cross or overlap they are drawn once: a whole word is best one primitive.
        case strokes([[SIMD2<Double>]], width: Double)
    }

    public var shape: Shape
    /// Red, green and blue, 0…1.
    public var color: SIMD3<Float>
    /// 1 hides what is below.
    public var opacity: Float

    public init(_ shape: Shape, color: SIMD3<Float>, opacity: Float = 1) {
        self.shape = shape
        self.color = color
        self.opacity = opacity
    }

    /// A filled rectangle with two sides along the picture's; whole numbers give sharp edges.
    public static func rectangle(
        x: Double, y: Double, width: Double, height: Double, color: SIMD3<Float>, opacity: Float = 1
    ) -> OverlayPrimitive {
        let corners = [SIMD2(x, y), SIMD2(x + width, y), SIMD2(x + width, y + height), SIMD2(x, y + height)]
        return OverlayPrimitive(.polygon(corners), color: color, opacity: opacity)
    }

    /// A line with round ends.
    public static func line(
        from a: SIMD2<Double>, to b: SIMD2<Double>, width: Double = 1, color: SIMD3<Float>, opacity: Float = 1
    ) -> OverlayPrimitive {
        OverlayPrimitive(.strokes([[a, b]], width: width), color: color, opacity: opacity)
    }
}
