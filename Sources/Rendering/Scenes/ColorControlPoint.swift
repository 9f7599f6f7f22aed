/// A colour at a position of a transfer function.
public struct ColorControlPoint: Hashable, Sendable {
    public var position: Double
    /// Red, green and blue, 0…1.
    public var color: SIMD3<Double>

    public init(_ position: Double, _ red: Double, _ green: Double, _ blue: Double) {
        self.position = position
        color = SIMD3(red, green, blue)
    }

    /// The colour at `position`, linear between the points around it in a colour space, constant outside them.
    static func color(at position: Double, in points: [ColorControlPoint], _ space: ColorSpace = .rgb) -> SIMD3<Double> {
        guard let next = points.firstIndex(where: { $0.position >= position }) else { return points[points.count - 1].color }
        if next == 0 { return points[0].color }
        let (a, b) = (points[next - 1], points[next])
        let fraction = (position - a.position) / (b.position - a.position)
        return space.mix(a.color, b.color, fraction)
    }

    static func table(_ points: [ColorControlPoint], count: Int, _ space: ColorSpace = .rgb) -> [SIMD4<Float>] {
        precondition(!points.isEmpty && count > 0, "a transfer function has at least one point and one entry")
        return (0..<count).map { index in
            let color = color(at: count == 1 ? 0 : Double(index) / Double(count - 1), in: points, space)
            return SIMD4(Float(color.x), Float(color.y), Float(color.z), 1)
        }
    }
}

/// In which quantities colours are mixed.
public enum ColorSpace: String, Hashable, Sendable, CaseIterable {
    case rgb, hsv, lab, diverging, step

    /// The colour a fraction of the way from one to another, all in sRGB.
    func mix(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ fraction: Double) -> SIMD3<Double> {
        switch self {
        case .rgb: return a + (b - a) * fraction
        case .step: return fraction < 1 ? a : b
        case .hsv: return Self.mixHSV(a, b, fraction)
        case .lab:
            let (from, to) = (Self.lab(a), Self.lab(b))
            return Self.rgb(from + (to - from) * fraction)
        case .diverging: return Self.mixDiverging(a, b, fraction)
        }
    }

    /// Hue the shorter way round.
    private static func mixHSV(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ fraction: Double) -> SIMD3<Double> {
        var (from, to) = (hsv(a), hsv(b))
        if to.x - from.x > 0.5 { from.x += 1 } else if from.x - to.x > 0.5 { to.x += 1 }
        var mixed = from + (to - from) * fraction
        if mixed.x > 1 { mixed.x -= 1 }
        let sixth = mixed.x * 6
        let sector = min(5, sixth.rounded(.down))
        let part = sixth - sector
        let (value, p) = (mixed.z, mixed.z * (1 - mixed.y))
        let (falling, rising) = (value * (1 - mixed.y * part), value * (1 - mixed.y * (1 - part)))
        switch Int(sector) {
        case 0: return SIMD3(value, rising, p)
        case 1: return SIMD3(falling, value, p)
        case 2: return SIMD3(p, value, rising)
        case 3: return SIMD3(p, falling, value)
        case 4: return SIMD3(rising, p, value)
        default: return SIMD3(value, p, falling)
        }
    }

    private static func hsv(_ c: SIMD3<Double>) -> SIMD3<Double> {
        let (greatest, least) = (c.max(), c.min())
        let spread = greatest - least
        if spread <= 0 { return SIMD3(0, 0, greatest) }
        var hue: Double
        if c.x == greatest { hue = (c.y - c.z) / spread } else if c.y == greatest { hue = 2 + (c.z - c.x) / spread } else { hue = 4 + (c.x - c.y) / spread }
        if hue < 0 { hue += 6 }
        return SIMD3(hue / 6, spread / greatest, greatest)
    }

    /// CIE L*a*b* of an sRGB colour under D65.
    private static func lab(_ c: SIMD3<Double>) -> SIMD3<Double> {
        func linear(_ v: Double) -> Double { v > 0.04045 ? PortableMath.power((v + 0.055) / 1.055, 2.4) : v / 12.92 }
        func root(_ v: Double) -> Double { v > 0.008856 ? PortableMath.power(v, 1 / 3) : 7.787 * v + 16 / 116 }
        let (r, g, b) = (linear(c.x), linear(c.y), linear(c.z))
        let x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
        let y = root(0.2126 * r + 0.7152 * g + 0.0722 * b)
        let z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
        return SIMD3(116 * y - 16, 500 * (x - y), 200 * (y - z))
    }

    private static func rgb(_ lab: SIMD3<Double>) -> SIMD3<Double> {
        func cube(_ v: Double) -> Double { v * v * v > 0.008856 ? v * v * v : (v - 16 / 116) / 7.787 }
        func encoded(_ v: Double) -> Double {
            let value = v > 0.0031308 ? 1.055 * PortableMath.power(v, 1 / 2.4) - 0.055 : 12.92 * v
            return min(1, max(0, value))
        }
        let y = (lab.x + 16) / 116
        let (X, Y, Z) = (0.9505 * cube(lab.y / 500 + y), cube(y), 1.089 * cube(y - lab.z / 200))
        return SIMD3(
            encoded(3.2406 * X - 1.5372 * Y - 0.4986 * Z), encoded(-0.9689 * X + 1.8758 * Y + 0.0415 * Z),
            encoded(0.0557 * X - 0.2040 * Y + 1.0570 * Z))
    }

    /// K. Moreland, "Diverging color maps for scientific visualization", 2009: through white or grey where two saturated colours meet.
    private static func mixDiverging(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ fraction: Double) -> SIMD3<Double> {
        // A polar form of L*a*b* is not needed for the maps that people keep: their points lie close together.
        let (from, to) = (lab(a), lab(b))
        let (strongA, strongB) = (chroma(from), chroma(to))
        if strongA > 30, strongB > 30, from.y * to.y + from.z * to.z < 0.5 * strongA * strongB {
            let white = SIMD3(max(from.x, to.x, 88), 0, 0)
            return fraction < 0.5 ? rgb(from + (white - from) * (2 * fraction)) : rgb(white + (to - white) * (2 * fraction - 1))
        }
        return rgb(from + (to - from) * fraction)
    }

    private static func chroma(_ lab: SIMD3<Double>) -> Double { (lab.y * lab.y + lab.z * lab.z).squareRoot() }
}
