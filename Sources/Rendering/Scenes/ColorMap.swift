/// Turns numbers into colours: a table over a range, with colours for what is outside it or is no number. Colours are sRGB.
public struct ColorMap: Hashable, Sendable {
    /// How numbers are spread over the table.
    public enum Scale: String, Hashable, Sendable, CaseIterable {
        /// Evenly.
        case linear
        /// Evenly by their logarithm. The range lies above zero; numbers from zero down are below it.
        case logarithmic
        /// One entry for each of `categories`; other numbers have the colour of NaN. Between points the nearest one decides.
        case categorical
    }

    /// Red, green, blue, alpha, 0…1, from the lower to the upper end of the range; not empty.
    public var table: [SIMD4<Float>]
    /// The values of the two ends; where they are equal, values from there up take the last colour.
    public var lower: Double
    public var upper: Double
    public var scale = Scale.linear
    /// What the entries of the table stand for, for categorical colours: as many as there are entries, by rising value.
    public var categories: [ColorCategory] = []
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

    /// A preset over a range, as a table of 256 colours or of fewer.
    public init(_ preset: ColorPreset, count: Int = 256, range: (lower: Double, upper: Double)) {
        self.init(table: preset.table(count: count), range: range)
    }

    /// A transfer function, linear between control points in RGB, sampled at the ends of the range and evenly between.
    ///
    /// - Parameter points: positions, rising, in fractions of the range; at least one.
    public init(points: [ColorControlPoint], count: Int = 256, range: (lower: Double, upper: Double)) {
        self.init(table: ColorControlPoint.table(points, count: count), range: range)
    }

    /// One colour for each category.
    ///
    /// - Parameter colors: taken in turn, again from the first where there are fewer than categories; not empty.
    public init(categories: [ColorCategory], colors: [SIMD4<Float>]) {
        precondition(!colors.isEmpty, "a colour table has at least one colour")
        let sorted = categories.sorted { $0.value < $1.value }
        self.init(
            table: sorted.isEmpty ? [colors[0]] : sorted.indices.map { colors[$0 % colors.count] },
            range: (sorted.first?.value ?? 0, sorted.last?.value ?? 1))
        self.categories = sorted
        scale = .categorical
    }

    /// The same colours in the other order.
    public func reversed() -> ColorMap {
        var result = self
        result.table.reverse()
        return result
    }

    /// Gives the table an opacity for each value, linear between control points and constant outside them.
    ///
    /// - Parameter points: values, rising, and their opacities, 0…1; at least one.
    public mutating func setOpacity(_ points: [(value: Double, opacity: Double)]) {
        for index in table.indices {
            let value = value(ofEntry: index)
            var opacity = points.first?.opacity ?? 1
            for (previous, next) in zip(points, points.dropFirst()) where value >= previous.value {
                let width = next.value - previous.value
                let fraction = width > 0 ? min(1, (value - previous.value) / width) : 1
                opacity = previous.opacity + (next.opacity - previous.opacity) * fraction
            }
            table[index].w = Float(min(1, max(0, opacity)))
        }
    }

    /// The middle of an entry's values.
    func value(ofEntry index: Int) -> Double {
        if scale == .categorical { return index < categories.count ? categories[index].value : .nan }
        return value(at: table.count == 1 ? 0.5 : Double(index) / Double(table.count - 1))
    }

    /// The value at a fraction of the way through the range.
    public func value(at fraction: Double) -> Double {
        if scale == .logarithmic, lower > 0, upper > 0 {
            if fraction == 0 { return lower }
            let logarithm = PortableMath.log2(lower)
            return PortableMath.exp2(logarithm + (PortableMath.log2(upper) - logarithm) * fraction)
        }
        return lower + (upper - lower) * fraction
    }

    /// The place in the table for a number inside the range: on a linear scale `clamp(floor((value − lower) ÷ (upper − lower) · count))`.
    public func index(of value: Float) -> Int {
        if scale != .linear { return min(table.count - 1, ColorLookup(self).index(of: value)) }
        let position = Double(value - Float(lower)) * entriesPerUnit
        if !(position >= 0) { return 0 }
        return position >= Double(table.count) ? table.count - 1 : Int(position)
    }

    /// The colour of a number.
    public func color(of value: Float) -> SIMD4<Float> {
        if scale != .linear {
            let lookup = ColorLookup(self)
            return lookup.entries[lookup.index(of: value)]
        }
        if value.isNaN { return nanColor }
        if let belowColor, value < Float(lower) { return belowColor }
        if let aboveColor, value > Float(upper) { return aboveColor }
        return table[index(of: value)]
    }

    /// Table entries per unit of value.
    private var entriesPerUnit: Double {
        let width = Double(Float(upper) - Float(lower))
        return width > 0 ? Double(table.count) / width : .greatestFiniteMagnitude
    }
}

/// A value that has a colour and a name of its own.
public struct ColorCategory: Hashable, Sendable {
    public var value: Double
    public var label: String

    public init(value: Double, label: String) {
        self.value = value
        self.label = label
    }
}
