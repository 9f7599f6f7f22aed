/// How text is written.
struct TextStyle: Hashable, Sendable {
    /// The em, in pixels: capitals are about 0.7 of it high.
    var size: Double
    /// The thickness of strokes, as a multiple of the regular one.
    var weight = 1.0

    init(size: Double, weight: Double = 1) {
        self.size = size
        self.weight = weight
    }

    /// Pixels that a unit of the font's grid spans.
    var scale: Double { size / GlyphShape.unitsPerEm }

    /// Thickness of strokes in pixels, never below one.
    var strokeWidth: Double { max(1, 9 * weight * scale) }
}

/// Where text hangs on the point that it is placed at.
struct TextAnchor: Hashable, Sendable {
    enum Height: Hashable, Sendable {
        /// The top of capitals in the first line.
        case top
        /// Half way between the capitals of the first line and the baseline of the last.
        case middle
        /// The baseline of the last line.
        case baseline
    }

    /// Where across the text: 0 is its left end, 1 its right one.
    var across: Double
    var height: Height

    init(_ across: Double, _ height: Height) {
        self.across = across
        self.height = height
    }
}

/// Lines of text turned into strokes, in pixels: x to the right from the left end, y down from the first baseline.
///
/// Strokes that run straight up or level lie on whole pixels, so small text is sharp. The same text has the same strokes wherever it
/// is placed.
struct TextLayout: Sendable {
    let style: TextStyle
    /// Of the longest line.
    let width: Double
    /// From the top of capitals to the baseline of the first line, strokes included.
    let capHeight: Double
    let lineHeight: Double
    let lineCount: Int
    private let paths: [[SIMD2<Double>]]

    /// Text longer than this is cut.
    static let greatestLength = 1000

    /// - Parameter alignment: of lines shorter than the longest: 0 left, 0.5 centred, 1 right.
    init(_ text: String, _ style: TextStyle, alignment: Double = 0) {
        self.style = style
        let fit = GridFit(style)
        lineHeight = (style.size * 1.3).rounded()
        capHeight = fit.zones.capital + style.strokeWidth
        var lines: [(paths: [[SIMD2<Double>]], width: Double)] = []
        for line in text.prefix(Self.greatestLength).split(separator: "\n", omittingEmptySubsequences: false) {
            var pen = 0.0
            var paths: [[SIMD2<Double>]] = []
            for character in line {
                guard let glyph = StrokeFont.glyph(character) else { continue }
                let fitted = fit.fitted(glyph)
                for path in fitted.paths { paths.append(path.map { SIMD2(pen + $0.x, -$0.y) }) }
                pen += fitted.advance
            }
            lines.append((paths, pen))
        }
        let width = lines.reduce(0) { max($0, $1.width) }
        self.width = width
        lineCount = lines.count
        var all: [[SIMD2<Double>]] = []
        for (index, line) in lines.enumerated() {
            let shift = SIMD2(((width - line.width) * alignment).rounded(), Double(index) * lineHeight)
            for path in line.paths { all.append(path.map { $0 + shift }) }
        }
        paths = all
    }

    /// From the top of the first line's capitals to the last baseline.
    var height: Double { capHeight + Double(lineCount - 1) * lineHeight }

    /// The text at a place of the picture, turned by quarters of a circle counterclockwise.
    func placed(at point: SIMD2<Double>, _ anchor: TextAnchor, quarterTurns: Int = 0) -> PlacedText {
        let down: Double =
            switch anchor.height {
            case .top: capHeight - style.strokeWidth * 0.5
            case .middle: capHeight * 0.5 - style.strokeWidth * 0.5 - Double(lineCount - 1) * lineHeight * 0.5
            case .baseline: -style.strokeWidth * 0.5 - Double(lineCount - 1) * lineHeight
            }
        // Centre lines of strokes an odd number of pixels wide run through the middle of pixels.
        let phase = style.strokeWidth.rounded().truncatingRemainder(dividingBy: 2) * 0.5
        func turned(_ p: SIMD2<Double>) -> SIMD2<Double> {
            switch ((quarterTurns % 4) + 4) % 4 {
            case 0: p
            case 1: SIMD2(p.y, -p.x)
            case 2: SIMD2(-p.x, -p.y)
            default: SIMD2(-p.y, p.x)
            }
        }
        let wanted = point + turned(SIMD2(-width * anchor.across, down))
        let origin = SIMD2((wanted.x - phase).rounded() + phase, (wanted.y - phase).rounded() + phase)
        return PlacedText(paths: paths.map { $0.map { turned($0) + origin } }, strokeWidth: style.strokeWidth)
    }

    /// The text turned by an angle, centred at a place.
    ///
    /// - Parameter direction: along the text, y down.
    func placed(centeredAt point: SIMD2<Double>, along direction: SIMD2<Double>) -> PlacedText {
        let length = (direction.x * direction.x + direction.y * direction.y).squareRoot()
        let along = length > 0 ? direction / length : SIMD2(1, 0)
        let middle = SIMD2(width * 0.5, -capHeight * 0.5 + style.strokeWidth * 0.5 + Double(lineCount - 1) * lineHeight * 0.5)
        let turned = paths.map {
            $0.map { p in
                let arm = p - middle
                return point + SIMD2(along.x * arm.x - along.y * arm.y, along.y * arm.x + along.x * arm.y)
            }
        }
        return PlacedText(paths: turned, strokeWidth: style.strokeWidth)
    }
}
