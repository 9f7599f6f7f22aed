/// Finds colours of many numbers: a colour map with what has to be known beforehand.
///
/// Entries of logarithmic maps are decided by comparing with numbers found beforehand by `PortableMath`, so they are the same on
/// every machine.
public struct ColorLookup: Sendable {
    /// The table, then the colours of values below, above, and of NaN.
    public let entries: [SIMD4<Float>]
    public let scale: ColorMap.Scale
    /// Linear: the range. Logarithmic: too.
    public let lower: Float
    public let width: Float
    /// Logarithmic: the least value of each entry, then the upper end. Categorical: the values of the entries.
    @usableFromInline let bounds: [Float]
    /// Entries an octave, and `approximateLog2` of the lower end.
    @usableFromInline let density: Float
    @usableFromInline let offset: Float

    public init(_ map: ColorMap) {
        let count = map.table.count
        entries = map.table + [map.belowColor ?? map.table[0], map.aboveColor ?? map.table[count - 1], map.nanColor]
        scale = map.scale
        lower = Float(map.lower)
        width = Float(map.upper) - Float(map.lower)
        switch map.scale {
        case .linear:
            bounds = []
            (density, offset) = (0, 0)
        case .categorical:
            bounds = map.categories.prefix(count).map { Float($0.value) }
            (density, offset) = (0, 0)
        case .logarithmic:
            var bounds = (0...count).map { Float(map.value(at: Double($0) / Double(count))) }
            bounds[0] = Float(map.lower)
            bounds[count] = Float(map.upper)
            let octaves = Self.approximateLog2(bounds[count]) - Self.approximateLog2(bounds[0])
            density = octaves > 0 ? Float(count) / octaves : 0
            offset = Self.approximateLog2(bounds[0])
            self.bounds = bounds
        }
    }

    /// The place among `entries` of any number.
    @inlinable public func index(of value: Float) -> Int {
        switch scale {
        case .linear: linearIndex(value)
        case .logarithmic: bounds.withUnsafeBufferPointer { logarithmicIndex(value, $0) }
        case .categorical: bounds.withUnsafeBufferPointer { categoryIndex(value, $0) }
        }
    }

    /// Runs `body` with the numbers that the two functions below take.
    @inlinable public func withBounds<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        try bounds.withUnsafeBufferPointer(body)
    }

    @inlinable @inline(__always) public func linearIndex(_ value: Float) -> Int {
        let last = entries.count &- 4
        // The order matters: comparisons with NaN are false.
        if value >= lower {
            if value <= lower + width {
                let position = (value - lower) / width * Float(last &+ 1)
                return position < Float(last) ? Int(position) : last
            }
            return last &+ 2
        }
        return value < lower ? last &+ 1 : last &+ 3
    }

    /// The entry on a logarithmic scale: guessed, then corrected by comparing.
    @inlinable @inline(__always) public func logarithmicIndex(_ value: Float, _ bounds: UnsafeBufferPointer<Float>) -> Int {
        let count = bounds.count &- 1
        if value >= bounds[0] && value > 0 {
            if value <= bounds[count] {
                let guess = (Self.approximateLog2(value) - offset) * density
                var index = guess < Float(count &- 1) ? (guess > 0 ? Int(guess) : 0) : count &- 1
                while index &+ 1 < count && value >= bounds[index &+ 1] { index &+= 1 }
                while index > 0 && value < bounds[index] { index &-= 1 }
                return index
            }
            return count &+ 1
        }
        return value.isNaN ? count &+ 2 : count
    }

    /// The entry of a category's value; that of NaN for any other number.
    @inlinable @inline(__always) public func categoryIndex(_ value: Float, _ bounds: UnsafeBufferPointer<Float>) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low &+ high) &>> 1
            if bounds[middle] < value { low = middle &+ 1 } else { high = middle }
        }
        return low < bounds.count && bounds[low] == value ? low : entries.count &- 1
    }

    /// The logarithm to base two of a positive normal number, within 0.0002.
    @inlinable @inline(__always) static func approximateLog2(_ value: Float) -> Float {
        let bits = value.bitPattern
        let exponent = Float(Int32(truncatingIfNeeded: bits &>> 23) &- 127)
        let t = Float(bitPattern: bits & 0x7F_FFFF | 0x3F80_0000) - 1
        return exponent + t * (1.4425334 + t * (-0.71610806 + t * (0.43954931 + t * (-0.22510145 + t * 0.05924357))))
    }
}
