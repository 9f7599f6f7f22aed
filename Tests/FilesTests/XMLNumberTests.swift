import Files
import Foundation
import Testing

@Suite struct XMLNumberTests {
    private func double(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { bytes in
            guard var cursor = bytes.baseAddress else { return nil }
            let end = cursor + bytes.count
            let value = NumberParsing.double(&cursor, end)
            return cursor == end ? value : nil
        }
    }

    private func float(_ text: String) -> Float? {
        var text = text
        return text.withUTF8 { bytes in
            guard var cursor = bytes.baseAddress else { return nil }
            let end = cursor + bytes.count
            let value = NumberParsing.float(&cursor, end)
            return cursor == end ? value : nil
        }
    }

    @Test(.timeLimit(.minutes(1))) func roundsAsTheStandardLibraryDoes() {
        var texts = [
            "0", "-0", "1e22", "1e23", "9007199254740993", "9007199254740993.0000000000000000001", "2.2250738585072011e-308", "5e-324", "2.4703282292062327e-324",
            "2.4703282292062328e-324", "1.7976931348623158e308", "1.7976931348623159e308", "1e400", "1e-400", "0.1", "123456789012345678901234567890",
            "0.000000000000000000000000000000000000001234567890123456789", "1.00000005960464477539062500000000001", "16777217", "16777217.0000000001",
            "3.4028235e38", "3.4028236e38", "1.4e-45", "7e-46", "1.17549435e-38", "6.631236846766476e-316", "1.", ".5", "+3",
        ]
        var state: UInt64 = 42
        for _ in 0..<200_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            if value.isFinite { texts.append("\(value)") }
            texts.append("\(Float(bitPattern: UInt32(truncatingIfNeeded: state >> 32)))".replacingOccurrences(of: "-nan", with: "nan"))
            let exponent = Int(state >> 50 & 127) - 60
            texts.append("\(state % 100_000).\(state >> 20)e\(exponent)")
        }
        var wrong: [String] = []
        for text in texts {
            let standard = text.hasPrefix(".") || text.hasSuffix(".") ? "0\(text)0" : text
            guard let expected = Double(standard), let narrow = Float(standard), !expected.isNaN else { continue }
            if double(text)?.bitPattern != expected.bitPattern { wrong.append("\(text) as Double") }
            if float(text)?.bitPattern != narrow.bitPattern { wrong.append("\(text) as Float") }
        }
        #expect(wrong.isEmpty, "\(wrong.count), first \(wrong.prefix(5))")
    }

    @Test(.timeLimit(.minutes(1))) func knowsSpecialWordsAndRefusesOthers() {
        #expect(double("NaN")?.isNaN == true && double("-nan(ind)")?.isNaN == true)
        #expect(double("-Infinity") == -.infinity && double("inf") == .infinity)
        for text in ["", "-", ".", "e5", "abc", "--1", "1x"] { #expect(double(text) == nil, "\(text)") }
        #expect(double("1e") == nil && double("1.5D3") == 1500)
    }
}
