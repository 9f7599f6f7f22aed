import Scenes

/// What annotations are laid out on: a picture's size, the look of letters and lines, and what is taken already.
struct Canvas: Sendable {
    let picture: PixelBox
    /// Of letters and lines.
    let color: SIMD3<Float>
    let background: SIMD3<Float>
    /// The em of ordinary text in pixels.
    let textSize: Double
    var overlay = Overlay()
    /// What letters of later annotations must not cover.
    var occupied: [PixelBox] = []

    init(width: Int, height: Int, background: SIMD3<Float>, color: SIMD3<Float>? = nil, textSize: Double? = nil) {
        picture = PixelBox(width: width, height: height)
        self.background = background
        self.color = color ?? Self.contrasting(with: background)
        let side = min(Double(height), Double(width) * 0.75)
        self.textSize = min(max(textSize ?? max(11, side * 0.0235), 4), 2000)
    }

    /// Black or white, whichever differs more from a colour, by the contrast ratio of WCAG 2.
    static func contrasting(with color: SIMD3<Float>) -> SIMD3<Float> {
        // Relative luminance with a square for the sRGB curve: near enough to decide, and the same everywhere.
        let luminance = 0.2126 * color.x * color.x + 0.7152 * color.y * color.y + 0.0722 * color.z * color.z
        return luminance > 0.19 ? SIMD3(0.08, 0.08, 0.08) : SIMD3(1, 1, 1)
    }

    /// A line's thickness that goes with the text.
    var lineWidth: Double { max(1, (textSize / 16).rounded()) }

    /// The distance that keeps things apart.
    var gap: Double { max(2, (textSize * 0.4).rounded()) }

    /// From the picture's edge.
    var margin: Double { max(4, (textSize * 0.8).rounded()) }

    func isFree(_ box: PixelBox) -> Bool { !occupied.contains { $0.overlaps(box) } }

    mutating func add(_ text: PlacedText, color: SIMD3<Float>? = nil, keepingClear clearance: Double = 0) {
        guard let box = text.box else { return }
        overlay.append(text.primitive(color ?? self.color))
        occupied.append(box.grown(by: clearance))
    }

    /// A filled rectangle on whole pixels.
    mutating func fill(_ box: PixelBox, _ color: SIMD3<Float>, opacity: Float = 1) {
        overlay.append(
            .rectangle(x: box.lower.x, y: box.lower.y, width: box.width, height: box.height, color: color, opacity: opacity))
    }

    /// A line along an axis of the picture, sharp: `width` pixels around the place.
    mutating func rule(from a: SIMD2<Double>, to b: SIMD2<Double>, width: Double, opacity: Float = 1) {
        let half = (width * 0.5).rounded(.down)
        var box = PixelBox(lower: SIMD2(min(a.x, b.x), min(a.y, b.y)), upper: SIMD2(max(a.x, b.x), max(a.y, b.y)))
        if a.y == b.y {
            box.lower.y -= half
            box.upper.y = box.lower.y + width
        } else {
            box.lower.x -= half
            box.upper.x = box.lower.x + width
        }
        fill(box, color, opacity: opacity)
    }
}
