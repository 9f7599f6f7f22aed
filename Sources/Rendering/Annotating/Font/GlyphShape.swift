/// The centre lines of one character's strokes, in units of the grid of `GlyphTable`.
struct GlyphShape: Sendable {
    /// From the pen's place to the ink.
    var left: Double
    /// Of the ink, between the outermost centre lines.
    var width: Double
    /// From the ink to the pen's next place.
    var right: Double
    /// Whether it is a digit: as wide as the others whatever its ink.
    var isTabular = false
    /// x from 0 to `width`, y up from the baseline.
    var paths: [[SIMD2<Double>]]
    /// Where strokes or ovals run straight up: places worth putting on whole pixels. Rising.
    var uprights: [Double]
    /// Where they run level. Rising.
    var levels: [Double]

    var advance: Double { left + width + right }

    /// Units of the grid in one em.
    static let unitsPerEm = 110.0

    /// Reads a path of `GlyphTable`.
    init(left: Double, width: Double, right: Double, path: Substring) {
        self.left = left
        self.width = width
        self.right = right
        var pen = GlyphPen()
        pen.draw(path)
        paths = pen.paths
        uprights = Self.sorted(pen.uprights)
        levels = Self.sorted(pen.levels)
    }

    /// The glyph made smaller about the baseline and raised.
    func scaled(by factor: Double, raisedBy rise: Double) -> GlyphShape {
        var result = self
        result.isTabular = false
        result.left *= factor
        result.width *= factor
        result.right *= factor
        result.paths = paths.map { $0.map { SIMD2($0.x * factor, $0.y * factor + rise) } }
        result.uprights = uprights.map { $0 * factor }
        result.levels = levels.map { $0 * factor + rise }
        return result
    }

    /// The glyph with a mark centred over its ink, or under it.
    func adding(_ mark: GlyphShape, raisedBy rise: Double) -> GlyphShape {
        var result = self
        let middle = width * 0.5
        result.paths += mark.paths.map { $0.map { SIMD2($0.x + middle, $0.y + rise) } }
        result.levels = Self.sorted(levels + mark.levels.map { $0 + rise })
        let reach = (mark.paths.joined().reduce(0) { max($0, abs($1.x)) }) - middle
        if reach > left - 4 { result.left = reach + 4 }
        if reach > right - 4 { result.right = reach + 4 }
        return result
    }

    private static func sorted(_ values: [Double]) -> [Double] {
        var result: [Double] = []
        for value in values.sorted() where result.last != value { result.append(value) }
        return result
    }
}

/// Follows the commands of a path.
private struct GlyphPen {
    var paths: [[SIMD2<Double>]] = []
    var uprights: [Double] = []
    var levels: [Double] = []
    private var place = SIMD2<Double>(0, 0)

    /// Lines in a curve.
    private static let steps = 10
    /// How far the handles of an oval's quarter reach; 0.5523 would be a circle's.
    private static let roundness = 0.58
    /// Half the side of the square whose outline is a dot.
    private static let dot = 1.8

    mutating func draw(_ path: Substring) {
        var text = path.utf8[...]
        while let command = text.popFirst() {
            switch command {
            case UInt8(ascii: "M"):
                place = point(&text)
                paths.append([place])
            case UInt8(ascii: "L"): line(to: point(&text))
            case UInt8(ascii: "H"): line(to: SIMD2(number(&text), place.y))
            case UInt8(ascii: "V"): line(to: SIMD2(place.x, number(&text)))
            case UInt8(ascii: "C"):
                let (a, b, c) = (point(&text), point(&text), point(&text))
                curve(a, b, c)
            case UInt8(ascii: "h"):
                let end = point(&text)
                levels.append(place.y)
                uprights.append(end.x)
                curve(
                    SIMD2(place.x + (end.x - place.x) * Self.roundness, place.y), SIMD2(end.x, end.y - (end.y - place.y) * Self.roundness), end)
            case UInt8(ascii: "v"):
                let end = point(&text)
                uprights.append(place.x)
                levels.append(end.y)
                curve(
                    SIMD2(place.x, place.y + (end.y - place.y) * Self.roundness), SIMD2(end.x - (end.x - place.x) * Self.roundness, end.y), end)
            case UInt8(ascii: "o"):
                let center = point(&text)
                let d = Self.dot
                paths.append(
                    [(-d, -d), (d, -d), (d, d), (-d, d), (-d, -d)].map { SIMD2(center.x + $0.0, center.y + $0.1) })
                uprights.append(center.x)
                levels.append(center.y)
            default: break
            }
        }
    }

    private mutating func line(to end: SIMD2<Double>) {
        if end.x == place.x { uprights.append(end.x) }
        if end.y == place.y { levels.append(end.y) }
        paths[paths.count - 1].append(end)
        place = end
    }

    private mutating func curve(_ a: SIMD2<Double>, _ b: SIMD2<Double>, _ end: SIMD2<Double>) {
        let start = place
        for step in 1...Self.steps {
            let t = Double(step) / Double(Self.steps)
            let u = 1 - t
            let head = start * (u * u * u) + a * (3 * u * u * t)
            paths[paths.count - 1].append(head + b * (3 * u * t * t) + end * (t * t * t))
        }
        paths[paths.count - 1][paths[paths.count - 1].count - 1] = end
        place = end
    }

    private func point(_ text: inout Substring.UTF8View.SubSequence) -> SIMD2<Double> {
        let x = number(&text)
        return SIMD2(x, number(&text))
    }

    private func number(_ text: inout Substring.UTF8View.SubSequence) -> Double {
        while text.first == UInt8(ascii: " ") { text.removeFirst() }
        var end = text.startIndex
        while end < text.endIndex {
            let byte = text[end]
            let isSign = byte == UInt8(ascii: "-") && end == text.startIndex
            guard isSign || byte == UInt8(ascii: ".") || (byte >= 48 && byte <= 57) else { break }
            end = text.index(after: end)
        }
        defer { text = text[end...] }
        return Double(Substring(text[..<end])) ?? 0
    }
}
