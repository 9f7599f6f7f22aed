/// Turns numbers into colours: a table over a range, with colours for what is outside it or is no number.
public struct ColorMap: Hashable, Sendable {
    /// Red, green, blue, alpha, 0…1, from the lower to the upper end of the range; not empty.
    public var table: [SIMD4<Float>]
    /// The values of the two ends; where they are equal, values from there up take the last colour.
    public var lower: Double
    public var upper: Double
    /// The colour of NaN.
    public var nanColor = SIMD4<Float>(0.5, 0, 0, 1)
    /// The colour of values under the range; the first of the table where nil.
    public var belowColor: SIMD4<Float>?
    /// The colour of values over the range; the last of the table where nil.
    public var aboveColor: SIMD4<Float>?

    public init(table: [SIMD4<Float>], range: (lower: Double, upper: Double)) {
        precondition(!table.isEmpty, "a colour table has at least one colour")
        self.table = table
        lower = range.lower
        upper = range.upper
    }

    /// A preset over a range, as a table of 256 colours.
    public init(_ preset: ColorPreset, range: (lower: Double, upper: Double)) {
        self.init(table: preset.table(count: 256), range: range)
    }

    /// A transfer function, linear between control points in RGB, sampled at the ends of the range and evenly between.
    ///
    /// - Parameter points: positions, rising, in fractions of the range; at least one.
    public init(points: [ColorControlPoint], count: Int = 256, range: (lower: Double, upper: Double)) {
        self.init(table: ColorControlPoint.table(points, count: count), range: range)
    }

    /// The place in the table for a number inside the range: `clamp(floor((value − lower) ÷ (upper − lower) · count))`.
    public func index(of value: Float) -> Int {
        let position = Double(value - Float(lower)) * scale
        if !(position >= 0) { return 0 }
        return position >= Double(table.count) ? table.count - 1 : Int(position)
    }

    /// The colour of a number.
    public func color(of value: Float) -> SIMD4<Float> {
        if value.isNaN { return nanColor }
        if let belowColor, value < Float(lower) { return belowColor }
        if let aboveColor, value > Float(upper) { return aboveColor }
        return table[index(of: value)]
    }

    /// Table entries per unit of value.
    var scale: Double {
        let width = Double(Float(upper) - Float(lower))
        return width > 0 ? Double(table.count) / width : .greatestFiniteMagnitude
    }
}

/// A colour at a position of a transfer function.
public struct ColorControlPoint: Hashable, Sendable {
    public var position: Double
    /// Red, green and blue, 0…1.
    public var color: SIMD3<Double>

    public init(_ position: Double, _ red: Double, _ green: Double, _ blue: Double) {
        self.position = position
        color = SIMD3(red, green, blue)
    }

    /// The colour at `position`, linear between the points around it, constant outside them.
    static func color(at position: Double, in points: [ColorControlPoint]) -> SIMD3<Double> {
        guard let next = points.firstIndex(where: { $0.position >= position }) else { return points[points.count - 1].color }
        if next == 0 { return points[0].color }
        let (a, b) = (points[next - 1], points[next])
        let fraction = (position - a.position) / (b.position - a.position)
        return a.color + (b.color - a.color) * fraction
    }

    static func table(_ points: [ColorControlPoint], count: Int) -> [SIMD4<Float>] {
        precondition(!points.isEmpty && count > 0, "a transfer function has at least one point and one entry")
        return (0..<count).map { index in
            let color = color(at: count == 1 ? 0 : Double(index) / Double(count - 1), in: points)
            return SIMD4(Float(color.x), Float(color.y), Float(color.z), 1)
        }
    }
}
