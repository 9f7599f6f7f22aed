import Execution

/// What an array's numbers are like, component by component; values that are not finite are left out.
public struct ArrayStatistics: Sendable, Hashable {
    public struct Component: Sendable, Hashable {
        /// NaN where no value is finite.
        public var minimum = Double.nan
        public var maximum = Double.nan
        public var sum = 0.0
        public var sumOfAbsolutes = 0.0
        /// How many values are finite.
        public var finiteCount = 0

        /// NaN where no value is finite.
        public var mean: Double { finiteCount == 0 ? .nan : sum / Double(finiteCount) }

        public init() {}

        mutating func join(_ other: Component) {
            if other.finiteCount == 0 { return }
            minimum = minimum <= other.minimum ? minimum : other.minimum
            maximum = maximum >= other.maximum ? maximum : other.maximum
            sum += other.sum
            sumOfAbsolutes += other.sumOfAbsolutes
            finiteCount += other.finiteCount
        }
    }

    public var components: [Component]
    /// Values that are NaN, in all components together.
    public var nanCount = 0
    /// Least and greatest length of the tuples whose components are all finite; nil where there is none.
    public var magnitudes: ClosedRange<Double>?

    public init(componentCount: Int) { components = [Component](repeating: Component(), count: componentCount) }

    mutating func join(_ other: ArrayStatistics) {
        for index in components.indices { components[index].join(other.components[index]) }
        nanCount += other.nanCount
        if let range = other.magnitudes {
            let own = magnitudes ?? range
            magnitudes = min(own.lowerBound, range.lowerBound)...max(own.upperBound, range.upperBound)
        }
    }
}

extension FieldArray {
    /// Statistics of the numbers; nil for text. Sums are folded in fixed chunks in order: the same bits on any number of threads.
    ///
    /// - Complexity: O(values).
    public func statistics(context: ExecutionContext) throws -> ArrayStatistics? {
        var visitor = StatisticsVisitor(components: components, context: context)
        return try visit(&visitor)
    }

    /// Least and greatest finite value of a component, or of the tuples' lengths; nil where there is none, and for text.
    ///
    /// −0 counts as +0.
    public func range(of component: ArraySelector.Component = .automatic, context: ExecutionContext) throws -> ClosedRange<Double>? {
        guard let statistics = try statistics(context: context) else { return nil }
        var index = 0
        switch component {
        case .index(let wanted):
            guard wanted < components else {
                throw DatasetError("array \(name) has \(components) component\(components == 1 ? "" : "s"); there is no component \(wanted)")
            }
            index = wanted
        case .magnitude: return statistics.magnitudes
        case .automatic: if components > 1 { return statistics.magnitudes }
        }
        let found = statistics.components[index]
        return found.finiteCount == 0 ? nil : found.minimum...found.maximum
    }
}

private struct StatisticsVisitor: FieldVisitor {
    typealias Failure = any Error
    let components: Int
    let context: ExecutionContext

    func visit<Value: Scalar>(_ values: Buffer<Value>) throws -> ArrayStatistics {
        let source = values.pointer
        let tuples = values.count / components
        let parts = try context.parallelMap(tuples, grain: max(1, (1 << 15) / components)) { range -> ArrayStatistics in
            var part = ArrayStatistics(componentCount: components)
            for component in 0..<components { fold(source + component, range, &part.components[component], &part.nanCount) }
            part.magnitudes = magnitudes(source, range)
            return part
        }
        var whole = ArrayStatistics(componentCount: components)
        for part in parts { whole.join(part) }
        withExtendedLifetime(values) {}
        return whole
    }

    @inline(__always) private func fold<Value: Scalar>(
        _ values: UnsafePointer<Value>, _ range: Range<Int>, _ out: inout ArrayStatistics.Component, _ nanCount: inout Int
    ) {
        var least = Double.infinity
        var greatest = -Double.infinity
        var sum = 0.0
        var absolutes = 0.0
        var finite = 0
        var missing = 0
        for tuple in range {
            let value = values[tuple &* components].asDouble
            // Also false for infinities and NaN.
            if value - value == 0 {
                least = value < least ? value : least
                greatest = value > greatest ? value : greatest
                sum += value
                absolutes += abs(value)
                finite &+= 1
            } else if value != value {
                missing &+= 1
            }
        }
        nanCount += missing
        if finite == 0 { return }
        out.minimum = least + 0
        out.maximum = greatest + 0
        out.sum = sum
        out.sumOfAbsolutes = absolutes
        out.finiteCount = finite
    }

    @inline(__always) private func magnitudes<Value: Scalar>(_ values: UnsafePointer<Value>, _ range: Range<Int>) -> ClosedRange<Double>? {
        var least = Double.infinity
        var greatest = -Double.infinity
        for tuple in range {
            var square = 0.0
            for component in 0..<components {
                let value = values[tuple &* components &+ component].asDouble
                square += value * value
            }
            if square - square == 0 {
                least = square < least ? square : least
                greatest = square > greatest ? square : greatest
            }
        }
        return least <= greatest ? least.squareRoot()...greatest.squareRoot() : nil
    }
}
