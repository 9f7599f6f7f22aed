import Testing

@testable import Annotating

@Suite(.timeLimit(.minutes(1))) struct FontTests {
    @Test func everyCharacterOfASCIIAndScienceHasAShape() {
        let science = "°µ²³⁻×±Å·−…⁰¹⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΞΠΣΦΨΩ≤≥≈≠∞∂∇√∫→½"
        let latin = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ¡¿£¥§©®«»"
        for scalar in (32...126).compactMap(Unicode.Scalar.init) + Array((science.dropLast() + latin).unicodeScalars) {
            #expect(StrokeFont.contains(scalar), "\(scalar) U+\(String(scalar.value, radix: 16))")
            guard let glyph = StrokeFont.glyph(Character(scalar)) else {
                Issue.record("no glyph for \(scalar)")
                continue
            }
            if scalar == " " { continue }
            #expect(!glyph.paths.isEmpty, "\(scalar) is empty")
            #expect(glyph.advance > 0 && glyph.advance <= 120, "\(scalar)")
            for point in glyph.paths.joined() {
                #expect(point.x.isFinite && point.y >= -30 && point.y <= 100, "\(scalar) reaches \(point)")
            }
        }
        #expect(!StrokeFont.contains("漢"))
        #expect(StrokeFont.glyph("漢")?.paths.isEmpty == false, "a box stands for what is missing")
        #expect(StrokeFont.glyph("\u{7}") == nil)
    }

    @Test func shapesOfDifferentLettersDiffer() {
        var seen: [[SIMD2<Double>]: Unicode.Scalar] = [:]
        for scalar in (33...126).compactMap(Unicode.Scalar.init) {
            let ink = StrokeFont.glyph(Character(scalar)).map { Array($0.paths.joined()) } ?? []
            #expect(seen[ink] == nil, "\(scalar) looks like \(seen[ink] ?? " ")")
            seen[ink] = scalar
        }
    }

    @Test func digitsAreTabularAtAnySize() {
        for size in stride(from: 6.0, through: 60, by: 1) {
            let widths = Set("0123456789".map { TextLayout(String($0), TextStyle(size: size)).width })
            #expect(widths.count == 1, "\(size) px: \(widths)")
        }
    }

    @Test func accentsCombine() {
        #expect(TextLayout("é", TextStyle(size: 20)).placed(at: SIMD2(0, 0), TextAnchor(0, .baseline)).box
            == TextLayout("e\u{301}", TextStyle(size: 20)).placed(at: SIMD2(0, 0), TextAnchor(0, .baseline)).box)
    }

    @Test(arguments: [9.0, 12, 14, 17, 24, 40]) func inkStaysInItsMeasure(size: Double) throws {
        let text = "Temperature [K] 0.25 (m/s)"
        let layout = TextLayout(text, TextStyle(size: size))
        let box = try #require(layout.placed(at: SIMD2(100, 200), TextAnchor(0, .baseline)).box)
        #expect(box.lower.x >= 99 && box.upper.x <= 101 + layout.width)
        #expect(box.lower.y >= 200 - layout.capHeight - size * 0.15 && box.upper.y <= 200 + size * 0.35)
        // Anchors hang the same box elsewhere.
        let right = try #require(layout.placed(at: SIMD2(100, 200), TextAnchor(1, .baseline)).box)
        #expect(abs(right.lower.x - (box.lower.x - layout.width)) <= 1)
        let digits = TextLayout("123", TextStyle(size: size))
        let middle = try #require(digits.placed(at: SIMD2(50, 50), TextAnchor(0.5, .middle)).box)
        #expect(abs(middle.center.y - 50) <= 0.51)
        let upright = try #require(digits.placed(at: SIMD2(50, 50), TextAnchor(0.5, .middle), quarterTurns: 1).box)
        #expect(abs(upright.width - middle.height) < 1e-9 && abs(upright.height - middle.width) < 1e-9)
    }

    @Test func linesStandUnderEachOther() throws {
        let style = TextStyle(size: 16)
        let two = TextLayout("wide line\ni", style, alignment: 1)
        #expect(two.lineCount == 2 && two.height == TextLayout("x", style).height + two.lineHeight)
        #expect(two.width == TextLayout("wide line", style).width)
        #expect(TextLayout("", style).width == 0)
        #expect(TextLayout(String(repeating: "a", count: 100_000), style).width < 20_000)
    }
}
