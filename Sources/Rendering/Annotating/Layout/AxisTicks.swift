import Scenes

/// The values that an axis names, and where along it they lie.
struct AxisTicks: Hashable, Sendable {
    struct Tick: Hashable, Sendable {
        /// 0 at the lower end, 1 at the upper.
        var fraction: Double
        var value: Double
        var label: String
    }

    /// By rising value.
    var major: [Tick] = []
    /// Fractions of marks without numbers.
    var minor: [Double] = []
    /// What all labels are to be multiplied by, as "×10³"; empty for nothing.
    var factor = ""

    /// Values at steps of 1, 2 or 5 times a power of ten.
    ///
    /// - Parameter greatestCount: no more labels than this, at least two where the range has such values.
    static func linear(_ lower: Double, _ upper: Double, greatestCount: Int) -> AxisTicks {
        guard lower.isFinite, upper.isFinite, lower < upper else { return single(lower) }
        let width = upper - lower
        guard width.isFinite, width > 1e-290, width > 1e-13 * max(abs(lower), abs(upper)) else { return single(lower) }
        // Ends that are a value but for rounding count.
        let slack = width * 1e-6
        let smallest = DecimalNumber.magnitude(of: width / Double(max(1, greatestCount)))
        for (multiple, power) in (0..<9).map({ ([1, 2, 5][$0 % 3], smallest + $0 / 3) }) {
            let unit = DecimalNumber(digits: Int64(multiple), exponent: power).value
            guard unit > 0, unit.isFinite else { continue }
            let first = ((lower - slack) / unit).rounded(.up)
            let last = ((upper + slack) / unit).rounded(.down)
            guard abs(first) < 1e15, abs(last) < 1e15 else { continue }
            guard Int(last - first) + 1 <= max(1, greatestCount) else { continue }
            let numbers = (Int64(first)...max(Int64(first), Int64(last))).filter { Double($0) <= last }.map {
                DecimalNumber(digits: $0 * Int64(multiple), exponent: power)
            }
            var ticks = AxisTicks()
            let unitExponent = commonExponent(numbers)
            let decimals = max(0, unitExponent - power)
            for number in numbers {
                let fraction = min(1, max(0, (number.value - lower) / width))
                ticks.major.append(Tick(fraction: fraction, value: number.value, label: number.text(unit: unitExponent, decimals: decimals)))
            }
            if unitExponent != 0 { ticks.factor = "×10" + DecimalNumber.raised(unitExponent) }
            let parts = multiple == 2 ? 4 : 5
            let step = unit / Double(parts)
            for index in Int64((lower / step).rounded(.up))...max(Int64((lower / step).rounded(.up)), Int64((upper / step).rounded(.down)))
            where index % Int64(parts) != 0 {
                let value = Double(index) * step
                if value > lower && value < upper { ticks.minor.append((value - lower) / width) }
            }
            return ticks
        }
        return single(lower)
    }

    /// The power of ten that is written once for all labels: 0 where plain numbers are short.
    private static func commonExponent(_ numbers: [DecimalNumber]) -> Int {
        let greatest = numbers.reduce(0.0) { max($0, abs($1.value)) }
        guard greatest > 0, let step = numbers.first?.exponent else { return 0 }
        let magnitude = DecimalNumber.magnitude(of: greatest)
        func engineering(_ power: Int) -> Int { power >= 0 ? power / 3 * 3 : -((2 - power) / 3 * 3) }
        if magnitude >= 7 || (magnitude >= 5 && step >= 3) { return engineering(magnitude) }
        if magnitude <= -3 { return engineering(magnitude) }
        return 0
    }

    /// One label, for a range of no width.
    private static func single(_ value: Double) -> AxisTicks {
        guard value.isFinite else { return AxisTicks() }
        return AxisTicks(major: [Tick(fraction: 0.5, value: value, label: shortText(value))])
    }

    /// A number in at most six digits.
    static func shortText(_ value: Double) -> String {
        if abs(value) < 1e-290 { return "0" }
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        let power = DecimalNumber.magnitude(of: abs(value)) - 5
        let unit = DecimalNumber(digits: 1, exponent: power).value
        var number = DecimalNumber(digits: Int64((value / unit).rounded()), exponent: power)
        while number.digits % 10 == 0 { number = DecimalNumber(digits: number.digits / 10, exponent: number.exponent + 1) }
        let magnitude = DecimalNumber.magnitude(of: abs(value))
        if magnitude >= -4 && magnitude < 7 { return number.text(decimals: max(0, -number.exponent)) }
        return number.text(unit: magnitude, decimals: max(0, magnitude - number.exponent)) + "×10" + DecimalNumber.raised(magnitude)
    }

    /// Powers of ten, and 2 and 5 times them where there are few.
    ///
    /// A range that does not lie above zero has no logarithms: it is divided evenly.
    static func logarithmic(_ lower: Double, _ upper: Double, greatestCount: Int) -> AxisTicks {
        guard lower > 0, upper.isFinite, lower < upper else { return linear(lower, upper, greatestCount: greatestCount) }
        let base = PortableMath.log2(lower)
        let octaves = PortableMath.log2(upper) - base
        guard octaves > 1e-9 else { return single(lower) }
        func fraction(_ value: Double) -> Double { min(1, max(0, (PortableMath.log2(value) - base) / octaves)) }
        func isInside(_ value: Double) -> Bool { value >= lower * (1 - 1e-6) && value <= upper * (1 + 1e-6) }
        let powers = (DecimalNumber.magnitude(of: lower)...DecimalNumber.magnitude(of: upper) + 1)
        func numbers(_ multiples: [Int64], every step: Int = 1) -> [DecimalNumber] {
            powers.filter { $0 % step == 0 }.flatMap { power in multiples.map { DecimalNumber(digits: $0, exponent: power) } }
                .filter { $0.value.isFinite && isInside($0.value) }
        }
        for multiples in [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3]] as [[Int64]] {
            let found = numbers(multiples)
            if found.count >= 3 && found.count <= greatestCount && (multiples.count < 9 || numbers([1]).count < 2) {
                return labelled(found, minor: multiples.count < 9 ? numbers([2, 3, 4, 5, 6, 7, 8, 9]) : [], fraction)
            }
        }
        var step = 1
        while numbers([1], every: step).count > max(2, greatestCount) { step += 1 }
        let found = numbers([1], every: step)
        if found.count >= 2 {
            return labelled(found, minor: step == 1 ? numbers([2, 3, 4, 5, 6, 7, 8, 9]) : numbers([1]), fraction)
        }
        // Less than a decade.
        var even = linear(lower, upper, greatestCount: greatestCount)
        even.minor = even.minor.map { fraction(lower + (upper - lower) * $0) }
        for index in even.major.indices { even.major[index].fraction = fraction(even.major[index].value) }
        return even
    }

    private static func labelled(
        _ numbers: [DecimalNumber], minor: [DecimalNumber], _ fraction: (Double) -> Double
    ) -> AxisTicks {
        var ticks = AxisTicks()
        let isPlain = numbers.allSatisfy { $0.exponent >= -3 && $0.exponent <= 4 }
        for number in numbers {
            let label: String
            if isPlain {
                label = number.text(decimals: max(0, -number.exponent))
            } else {
                label = (number.digits == 1 ? "" : "\(number.digits)×") + "10" + DecimalNumber.raised(number.exponent)
            }
            ticks.major.append(Tick(fraction: fraction(number.value), value: number.value, label: label))
        }
        ticks.minor = minor.map { fraction($0.value) }.filter { place in
            place > 0 && place < 1 && !ticks.major.contains { $0.fraction == place }
        }
        return ticks
    }

    /// The values of a colour map.
    static func of(_ map: ColorMap, greatestCount: Int) -> AxisTicks {
        map.scale == .logarithmic
            ? logarithmic(map.lower, map.upper, greatestCount: greatestCount) : linear(map.lower, map.upper, greatestCount: greatestCount)
    }
}
