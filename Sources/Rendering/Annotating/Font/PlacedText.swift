import Scenes

/// Text at its place in a picture.
struct PlacedText: Sendable {
    let paths: [[SIMD2<Double>]]
    let strokeWidth: Double
    /// Around the ink; nil where there is none.
    let box: PixelBox?

    init(paths: [[SIMD2<Double>]], strokeWidth: Double) {
        self.paths = paths
        self.strokeWidth = strokeWidth
        var box: PixelBox?
        for point in paths.joined() {
            box = box?.adding(point) ?? PixelBox(lower: point, upper: point)
        }
        self.box = box?.grown(by: strokeWidth * 0.5)
    }

    func primitive(_ color: SIMD3<Float>, opacity: Float = 1) -> OverlayPrimitive {
        OverlayPrimitive(.strokes(paths, width: strokeWidth), color: color, opacity: opacity)
    }
}

/// A rectangle of a picture, in pixels from the top left corner.
struct PixelBox: Hashable, Sendable {
    var lower: SIMD2<Double>
    var upper: SIMD2<Double>

    init(lower: SIMD2<Double>, upper: SIMD2<Double>) {
        self.lower = lower
        self.upper = upper
    }

    /// A whole picture.
    init(width: Int, height: Int) { self.init(lower: SIMD2(0, 0), upper: SIMD2(Double(width), Double(height))) }

    var width: Double { upper.x - lower.x }
    var height: Double { upper.y - lower.y }
    var center: SIMD2<Double> { (lower + upper) * 0.5 }

    func adding(_ point: SIMD2<Double>) -> PixelBox {
        PixelBox(
            lower: SIMD2(min(lower.x, point.x), min(lower.y, point.y)), upper: SIMD2(max(upper.x, point.x), max(upper.y, point.y)))
    }

    func grown(by margin: Double) -> PixelBox { PixelBox(lower: lower - margin, upper: upper + margin) }

    func moved(by offset: SIMD2<Double>) -> PixelBox { PixelBox(lower: lower + offset, upper: upper + offset) }

    func overlaps(_ other: PixelBox) -> Bool {
        lower.x < other.upper.x && other.lower.x < upper.x && lower.y < other.upper.y && other.lower.y < upper.y
    }

    func contains(_ other: PixelBox) -> Bool {
        lower.x <= other.lower.x && lower.y <= other.lower.y && upper.x >= other.upper.x && upper.y >= other.upper.y
    }
}
