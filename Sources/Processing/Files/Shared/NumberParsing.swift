/// Numbers in text: every parser starts at `cursor`, moves it behind the number and returns nil, cursor unmoved, where there is none.
///
/// Decimal numbers are rounded correctly (to nearest, ties to even). Text is ASCII; `end` is one past the last byte.
/// Source of the conversion: D. Lemire, "Number Parsing at a Gigabyte per Second" (2021).
public enum NumberParsing {
    /// Whether a byte is a space, tab or line end.
    @inlinable public static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    /// Moves over spaces, tabs and line ends.
    @inlinable public static func skipSpaces(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        while cursor < end && isSpace(cursor.pointee) { cursor += 1 }
    }

    /// A decimal number, `inf`, `infinity` or `nan` in any case, signed or not.
    public static func double(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        let start = cursor
        guard let decimal = scan(&cursor, end) else { return special(&cursor, end).map { Double($0) } }
        if decimal.mantissa <= 1 << 53 && decimal.exponent >= -22 && decimal.exponent <= 22 && !decimal.isCut {
            // Both operands are exact, so one rounding.
            var value = Double(decimal.mantissa)
            if decimal.exponent < 0 { value /= exactPower(-decimal.exponent) } else { value *= exactPower(decimal.exponent) }
            return decimal.isNegative ? -value : value
        }
        var bits = compose(decimal.mantissa, decimal.exponent, fractionBits: 52, exponentBias: 1023)
        if decimal.isCut && compose(decimal.mantissa + 1, decimal.exponent, fractionBits: 52, exponentBias: 1023) != bits {
            return Double(text(start, cursor))
        }
        if decimal.isNegative { bits |= 1 << 63 }
        return Double(bitPattern: bits)
    }

    /// As `double`, rounded once to Float.
    public static func float(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Float? {
        let start = cursor
        guard let decimal = scan(&cursor, end) else { return special(&cursor, end) }
        if decimal.mantissa <= 1 << 24 && decimal.exponent >= -10 && decimal.exponent <= 10 && !decimal.isCut {
            var value = Float(decimal.mantissa)
            if decimal.exponent < 0 { value /= Float(exactPower(-decimal.exponent)) } else { value *= Float(exactPower(decimal.exponent)) }
            return decimal.isNegative ? -value : value
        }
        var bits = compose(decimal.mantissa, decimal.exponent, fractionBits: 23, exponentBias: 127)
        if decimal.isCut && compose(decimal.mantissa + 1, decimal.exponent, fractionBits: 23, exponentBias: 127) != bits {
            return Float(text(start, cursor))
        }
        if decimal.isNegative { bits |= 1 << 31 }
        return Float(bitPattern: UInt32(truncatingIfNeeded: bits))
    }

    /// A whole number with or without sign; nil where it does not fit Int64.
    public static func int64(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int64? {
        var place = cursor
        let isNegative = place < end && place.pointee == UInt8(ascii: "-")
        if place < end && (isNegative || place.pointee == UInt8(ascii: "+")) { place += 1 }
        guard let magnitude = digits(&place, end) else { return nil }
        let limit: UInt64 = isNegative ? 1 << 63 : 1 << 63 - 1
        guard magnitude <= limit else { return nil }
        cursor = place
        return isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(truncatingIfNeeded: magnitude)
    }

    /// A whole number without minus sign; nil where it does not fit UInt64.
    public static func uint64(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt64? {
        var place = cursor
        if place < end && place.pointee == UInt8(ascii: "+") { place += 1 }
        guard let magnitude = digits(&place, end) else { return nil }
        cursor = place
        return magnitude
    }

    private static func digits(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt64? {
        var place = cursor
        var value: UInt64 = 0
        while place < end {
            let digit = place.pointee &- 48
            if digit > 9 { break }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            value = sum
            place += 1
        }
        if place == cursor { return nil }
        cursor = place
        return value
    }

    // MARK: Decimal text

    private struct Decimal {
        var mantissa: UInt64 = 0
        var exponent = 0
        var isNegative = false
        /// Digits behind the 19th that are not all zero were left out.
        var isCut = false
    }

    /// Reads sign, digits, point and exponent; nil and cursor unmoved where there is no digit.
    @inline(__always)
    private static func scan(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Decimal? {
        var place = cursor
        var decimal = Decimal()
        if place < end && (place.pointee == UInt8(ascii: "-") || place.pointee == UInt8(ascii: "+")) {
            decimal.isNegative = place.pointee == UInt8(ascii: "-")
            place += 1
        }
        var mantissa: UInt64 = 0
        let whole = place
        while place < end {
            let digit = place.pointee &- 48
            if digit > 9 { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            place += 1
        }
        var digitCount = place - whole
        var exponent = 0
        if place < end && place.pointee == UInt8(ascii: ".") {
            place += 1
            let fraction = place
            while place < end {
                let digit = place.pointee &- 48
                if digit > 9 { break }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                place += 1
            }
            exponent = fraction - place
            digitCount += place - fraction
        }
        if digitCount == 0 { return nil }
        let numberEnd = place
        if place < end && (place.pointee | 32 == UInt8(ascii: "e") || place.pointee | 32 == UInt8(ascii: "d")) {
            var mark = place + 1
            var isNegative = false
            if mark < end && (mark.pointee == UInt8(ascii: "-") || mark.pointee == UInt8(ascii: "+")) {
                isNegative = mark.pointee == UInt8(ascii: "-")
                mark += 1
            }
            if mark < end && mark.pointee &- 48 <= 9 {
                var value = 0
                while mark < end && mark.pointee &- 48 <= 9 {
                    if value < 100_000 { value = value &* 10 &+ Int(mark.pointee &- 48) }
                    mark += 1
                }
                exponent += isNegative ? -value : value
                place = mark
            }
        }
        decimal.mantissa = mantissa
        decimal.exponent = exponent
        if digitCount > 19 { keepNineteenDigits(whole, numberEnd, written: exponent, &decimal) }
        cursor = place
        return decimal
    }

    /// Reads the digits again: the first 19 that count, and whether any later one is not zero.
    private static func keepNineteenDigits(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, written: Int, _ decimal: inout Decimal
    ) {
        var mantissa: UInt64 = 0
        var kept = 0
        var dropped = 0
        var isCut = false
        for place in start..<end where place.pointee != UInt8(ascii: ".") {
            let digit = place.pointee &- 48
            if kept == 0 && digit == 0 { continue }
            if kept < 19 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                kept += 1
            } else {
                dropped += 1
                if digit != 0 { isCut = true }
            }
        }
        decimal.mantissa = mantissa
        decimal.exponent = written + dropped
        decimal.isCut = isCut
    }

    private static func special(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Float? {
        var place = cursor
        var isNegative = false
        if place < end && (place.pointee == UInt8(ascii: "-") || place.pointee == UInt8(ascii: "+")) {
            isNegative = place.pointee == UInt8(ascii: "-")
            place += 1
        }
        func take(_ word: StaticString) -> Bool {
            guard end - place >= word.utf8CodeUnitCount else { return false }
            for index in 0..<word.utf8CodeUnitCount where place[index] | 32 != word.utf8Start[index] { return false }
            place += word.utf8CodeUnitCount
            return true
        }
        if take("infinity") || take("inf") {
            cursor = place
            return isNegative ? -.infinity : .infinity
        }
        if take("nan") {
            if place < end && place.pointee == UInt8(ascii: "(") {
                var close = place
                while close < end && close - place < 32 && close.pointee != UInt8(ascii: ")") { close += 1 }
                if close < end && close.pointee == UInt8(ascii: ")") { place = close + 1 }
            }
            cursor = place
            return .nan
        }
        return nil
    }

    private static func text(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> String {
        let text = String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
        return String(text.map { $0 == "d" || $0 == "D" ? "e" : $0 })
    }

    // MARK: Conversion

    private static let exactPowers: [Double] = (0...22).map { power in (0..<power).reduce(1.0) { value, _ in value * 10 } }

    @inline(__always) private static func exactPower(_ power: Int) -> Double {
        exactPowers.withUnsafeBufferPointer { $0.baseAddress![power] }
    }

    /// The bits of `mantissa · 10^exponent` in a binary format with so many fraction bits, rounded to nearest, ties to even.
    private static func compose(_ mantissa: UInt64, _ exponent: Int, fractionBits: UInt64, exponentBias: Int) -> UInt64 {
        let infinity = UInt64(2 * exponentBias + 1) << fractionBits
        if mantissa == 0 || exponent < PowersOfFive.smallest { return 0 }
        if exponent > PowersOfFive.greatest { return infinity }
        let zeros = mantissa.leadingZeroBitCount
        let shifted = mantissa << UInt64(zeros)
        let power = PowersOfFive.table.withUnsafeBufferPointer { $0[exponent - PowersOfFive.smallest] }
        var product = shifted.multipliedFullWidth(by: power.high)
        let precise = UInt64.max >> (fractionBits + 3)
        if product.high & precise == precise {
            let second = shifted.multipliedFullWidth(by: power.low)
            let (low, carry) = product.low.addingReportingOverflow(second.high)
            product = (product.high &+ (carry ? 1 : 0), low)
        }
        let upper = product.high >> 63
        let shift = upper + 64 - fractionBits - 3
        var fraction = product.high >> shift
        var binary = ((217_706 * exponent) >> 16) + 63 + Int(upper) - zeros + exponentBias
        if binary <= 0 {
            if 1 - binary >= 64 { return 0 }
            fraction >>= UInt64(1 - binary)
            fraction += fraction & 1
            fraction >>= 1
            return fraction
        }
        let tieRange = fractionBits == 52 ? -4...23 : -17...10
        if product.low <= 1 && tieRange.contains(exponent) && fraction & 3 == 1 && fraction << shift == product.high {
            fraction &= ~1
        }
        fraction += fraction & 1
        fraction >>= 1
        if fraction >= 2 << fractionBits {
            fraction = 1 << fractionBits
            binary += 1
        }
        if binary >= 2 * exponentBias + 1 { return infinity }
        return UInt64(binary) << fractionBits | fraction & ~(1 << fractionBits)
    }
}
