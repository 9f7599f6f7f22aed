import Execution

extension FieldArray {
    /// How many finite values (of tuples: their lengths) fall into each of `count` equal parts of a range; nil for text.
    ///
    /// Values outside the range are left out; the upper end belongs to the last part. Complexity: O(values).
    public func histogram(in range: ClosedRange<Double>, count: Int, context: ExecutionContext) throws -> [Int]? {
        precondition(count > 0, "a histogram has at least one part")
        var visitor = HistogramVisitor(components: components, range: range, count: count, context: context)
        return try visit(&visitor)
    }
}

private struct HistogramVisitor: FieldVisitor {
    typealias Failure = any Error
    let components: Int
    let range: ClosedRange<Double>
    let count: Int
    let context: ExecutionContext

    func visit<Value: Scalar>(_ values: Buffer<Value>) throws -> [Int] {
        let source = values.pointer
        let tuples = values.count / components
        let lower = range.lowerBound
        let scale = range.upperBound > lower ? Double(count) / (range.upperBound - lower) : 0
        let parts = try context.parallelMap(tuples, grain: max(1, (1 << 16) / components)) { chunk -> [Int] in
            var counts = [Int](repeating: 0, count: count)
            counts.withUnsafeMutableBufferPointer { counts in
                for tuple in chunk {
                    var value = source[tuple &* components].asDouble
                    if components > 1 {
                        var square = value * value
                        for component in 1..<components {
                            let part = source[tuple &* components &+ component].asDouble
                            square += part * part
                        }
                        value = square.squareRoot()
                    }
                    guard value >= lower && value <= range.upperBound else { continue }
                    let place = (value - lower) * scale
                    // Also false where the scale overflowed.
                    counts[place < Double(count) ? Int(place) : count &- 1] &+= 1
                }
            }
            return counts
        }
        withExtendedLifetime(values) {}
        var whole = [Int](repeating: 0, count: count)
        for part in parts { for index in 0..<count { whole[index] += part[index] } }
        return whole
    }
}
