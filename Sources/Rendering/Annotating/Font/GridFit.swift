/// Moves a glyph's strokes onto whole pixels: baseline, the heights of letters, stems and bars.
struct GridFit: Sendable {
    /// Heights that all glyphs share, in whole pixels above the baseline.
    struct Zones: Hashable, Sendable {
        var descender: Double
        var small: Double
        var capital: Double
        var ascender: Double
    }

    struct Fitted: Sendable {
        var paths: [[SIMD2<Double>]]
        var advance: Double
    }

    let zones: Zones
    private let scale: Double

    init(_ style: TextStyle) {
        scale = style.scale
        let small = max(1, (50 * scale).rounded())
        let capital = max(small + 1, (70 * scale).rounded())
        zones = Zones(
            descender: -max(1, (20 * scale).rounded()), small: small, capital: capital, ascender: max(capital, (73 * scale).rounded()))
    }

    /// The glyph in pixels, y up from the baseline, x from the pen.
    func fitted(_ glyph: GlyphShape) -> Fitted {
        let across = horizontal(glyph)
        let up = vertical(glyph)
        let advance = (glyph.advance * scale).rounded()
        let paths = glyph.paths.map { $0.map { SIMD2(across.map($0.x), up.map($0.y)) } }
        if paths.isEmpty { return Fitted(paths: paths, advance: max(1, advance)) }
        // A pixel at least between letters; the same for all digits, whose ink differs.
        let end = glyph.isTabular ? max(1, (9 * scale).rounded()) + (42 * scale).rounded() : across.to[across.to.count - 1]
        return Fitted(paths: paths, advance: max(advance, end + 1))
    }

    private func horizontal(_ glyph: GlyphShape) -> Steps {
        var knots = [0.0]
        for place in glyph.uprights + [glyph.width] where place > knots[knots.count - 1] + 6 && place <= glyph.width { knots.append(place) }
        if knots[knots.count - 1] < glyph.width {
            if knots.count > 1 { knots[knots.count - 1] = glyph.width } else if glyph.width > 0 { knots.append(glyph.width) }
        }
        let first = max(1, (glyph.left * scale).rounded())
        var to = [first]
        for index in knots.indices.dropFirst() {
            to.append(max(to[index - 1] + 1, first + (knots[index] * scale).rounded()))
        }
        return Steps(from: knots, to: to, slope: scale)
    }

    private func vertical(_ glyph: GlyphShape) -> Steps {
        let shared = Steps(
            from: [-20, 0, 50, 70, 73], to: [zones.descender, 0, zones.small, zones.capital, zones.ascender], slope: scale)
        var from: [Double] = []
        var to: [Double] = []
        for level in glyph.levels {
            if let last = from.last, level < last + 6 { continue }
            var place = shared.map(level).rounded()
            // Dots over small letters stay apart from them.
            if level > 62 && level < 69.5 { place = max(place, zones.small + 2) }
            if let last = to.last, place <= last { continue }
            from.append(level)
            to.append(place)
        }
        // Where nothing is level the shared heights still hold: of the two upper ones, that which the glyph reaches.
        let isAscender = glyph.paths.joined().contains { $0.y > 71.5 }
        for (height, place) in zip(shared.from, shared.to) where height != (isAscender ? 70 : 73) {
            let index = from.firstIndex { $0 > height } ?? from.count
            if index > 0, height < from[index - 1] + 6 || place <= to[index - 1] { continue }
            if index < from.count, height > from[index] - 6 || place >= to[index] { continue }
            from.insert(height, at: index)
            to.insert(place, at: index)
        }
        return Steps(from: from, to: to, slope: scale)
    }

    /// A map that is linear between knots, and of one slope outside them.
    private struct Steps {
        let from: [Double]
        let to: [Double]
        let slope: Double

        func map(_ value: Double) -> Double {
            let last = from.count - 1
            if value <= from[0] { return to[0] + (value - from[0]) * slope }
            if value >= from[last] { return to[last] + (value - from[last]) * slope }
            var index = 1
            while from[index] < value { index += 1 }
            let fraction = (value - from[index - 1]) / (from[index] - from[index - 1])
            return to[index - 1] + (to[index] - to[index - 1]) * fraction
        }
    }
}
