/// A whole number times a power of ten: values of ticks, and their exact text.
struct DecimalNumber: Hashable, Sendable {
    var digits: Int64
    var exponent: Int

    /// The nearest Double.
    var value: Double {
        if digits == 0 { return 0 }
        let power = Self.powerOfTen(abs(exponent))
        if power.isFinite { return exponent >= 0 ? Double(digits) * power : Double(digits) / power }
        // Below 10⁻³⁰⁸ in two steps.
        return exponent > 0 ? Double(digits) * .infinity : Double(digits) / 1e300 / Self.powerOfTen(-exponent - 300)
    }

    /// The number in units of 10^`unit`, with a fixed count of decimals; it must need no more.
    func text(unit: Int = 0, decimals: Int) -> String {
        var text = String(digits.magnitude)
        let shift = exponent - unit + decimals
        if shift > 0 && digits != 0 { text += String(repeating: "0", count: min(shift, 400)) }
        if decimals > 0 {
            if text.utf8.count <= decimals { text = String(repeating: "0", count: decimals + 1 - text.utf8.count) + text }
            let point = text.index(text.endIndex, offsetBy: -decimals)
            text = text[..<point] + "." + text[point...]
        }
        return digits < 0 ? "−" + text : text
    }

    /// 10^n as a Double, n from 0 up.
    static func powerOfTen(_ power: Int) -> Double { power < powers.count ? powers[power] : .infinity }

    private static let powers: [Double] = (0...308).map { Double("1e\($0)") ?? .infinity }

    /// The power of ten that a positive finite number lies at or above: the exponent of its first digit.
    static func magnitude(of value: Double) -> Int {
        // From the binary exponent, then corrected by comparing.
        var power = Int((Double(value.exponent) * 0.30102999566398120).rounded(.down))
        func bound(_ power: Int) -> Double { power >= 0 ? powerOfTen(power) : DecimalNumber(digits: 1, exponent: power).value }
        while power > -324 && bound(power) > value { power -= 1 }
        while power < 308 && bound(power + 1) <= value { power += 1 }
        return power
    }

    /// The digits of a whole number raised, for exponents.
    static func raised(_ number: Int) -> String {
        let signs = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        return (number < 0 ? "⁻" : "") + String(String(number.magnitude).compactMap { $0.wholeNumberValue.map { signs[$0] } })
    }
}
