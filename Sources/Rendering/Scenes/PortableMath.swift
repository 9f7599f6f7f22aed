/// Logarithms, powers and sines from the four operations alone, so that every machine gets the same bits: the C library's differ.
///
/// Errors are below 10⁻¹⁴, relatively.
public enum PortableMath {
    private static let naturalLogarithmOfTwo = 0.693147180559945309417

    /// The logarithm to base two; −∞ of zero, NaN of what is negative.
    public static func log2(_ value: Double) -> Double {
        if !(value > 0) { return value == 0 ? -.infinity : .nan }
        if value == .infinity { return value }
        var exponent = Double(value.exponent)
        var significand = value.significand
        if significand > 1.4142135623730951 {
            significand *= 0.5
            exponent += 1
        }
        // ln m = 2 · artanh((m − 1) ÷ (m + 1)), by its series.
        let s = (significand - 1) / (significand + 1)
        let square = s * s
        var sum = 0.0
        for term in stride(from: 25.0, through: 1, by: -2) { sum = sum * square + 1 / term }
        return exponent + 2 * s * sum / naturalLogarithmOfTwo
    }

    /// The logarithm to base ten.
    public static func log10(_ value: Double) -> Double { log2(value) / 3.32192809488736234787 }

    /// Two to a power.
    public static func exp2(_ power: Double) -> Double {
        if power.isNaN { return power }
        if power > 1100 { return .infinity }
        if power < -1100 { return 0 }
        let whole = power.rounded(.toNearestOrEven)
        let x = (power - whole) * naturalLogarithmOfTwo
        var sum = 1.0
        for term in stride(from: 18.0, through: 1, by: -1) { sum = 1 + sum * x / term }
        // In two steps, so that results below the least normal number are right too.
        let half = (whole * 0.5).rounded(.down)
        return sum * Double(sign: .plus, exponent: Int(half), significand: 1) * Double(sign: .plus, exponent: Int(whole - half), significand: 1)
    }

    /// A number that is not negative to a power.
    public static func power(_ base: Double, _ exponent: Double) -> Double { base > 0 ? exp2(log2(base) * exponent) : 0 }

    /// Sine and cosine of an angle in degrees; exact for multiples of 90.
    public static func sineAndCosine(degrees: Double) -> (sine: Double, cosine: Double) {
        guard degrees.isFinite else { return (0, 1) }
        let turn = degrees - 360 * (degrees / 360).rounded(.down)
        let quarter = (turn / 90).rounded(.toNearestOrEven)
        let x = (turn - quarter * 90) * 0.0174532925199432957692
        let square = x * x
        var (sine, cosine) = (1.0, 1.0)
        for term in stride(from: 20.0, through: 2, by: -2) {
            sine = 1 - sine * square / (term * (term + 1))
            cosine = 1 - cosine * square / (term * (term - 1))
        }
        sine *= x
        switch Int(quarter) & 3 {
        case 0: return (sine, cosine)
        case 1: return (cosine, -sine)
        case 2: return (-sine, -cosine)
        default: return (-cosine, sine)
        }
    }
}
