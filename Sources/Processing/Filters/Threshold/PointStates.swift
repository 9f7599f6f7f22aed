import Datasets
import Execution
import Geometry

/// What a filter needs to know of each point, in one byte.
enum PointState {
    /// Kept.
    static let kept: UInt8 = 1
    /// Kept, and not only just: strictly above the value that cuts.
    static let strict: UInt8 = 2
    /// Has no value (NaN) or is hidden: no cell with such a point is cut.
    static let invalid: UInt8 = 4
    /// Used by a cell of the result.
    static let usedBit = 3
    static let used: UInt8 = 8
}

extension ClosedRange<Double> {
    /// The same range among Floats: the least and greatest Float inside, or nil where there is none.
    fileprivate var narrowed: ClosedRange<Float>? {
        var low = Float(lowerBound)
        if Double(low) < lowerBound { low = low.nextUp }
        var high = Float(upperBound)
        if Double(high) > upperBound { high = high.nextDown }
        return low <= high ? low...high : nil
    }
}

/// States by value: one kernel for Float and for Double.
private func classify<Value: BinaryFloatingPoint>(
    _ values: UnsafePointer<Value>, _ range: ClosedRange<Value>, _ points: Range<Int>, _ out: UnsafeMutablePointer<UInt8>
) {
    let low = range.lowerBound
    let high = range.upperBound
    for point in points {
        let value = values[point]
        out[point] = value >= low && value <= high ? PointState.kept : 0
    }
}

/// One byte a point: whether its value lies in the closed range; NaN does not.
func states(of scalars: FieldArray, in range: ClosedRange<Double>, context: ExecutionContext) throws -> Buffer<UInt8> {
    try Buffer<UInt8>(count: scalars.tupleCount) { out in
        switch scalars.values {
        case .float32(let buffer):
            guard let narrowed = range.narrowed else {
                out.initialize(repeating: 0, count: buffer.count)
                return
            }
            let values = buffer.pointer
            try context.parallelFor(buffer.count, grain: 1 << 16) { classify(values, narrowed, $0, out) }
        case .float64(let buffer):
            let values = buffer.pointer
            try context.parallelFor(buffer.count, grain: 1 << 16) { classify(values, range, $0, out) }
        default: out.initialize(repeating: 0, count: scalars.tupleCount)
        }
    }
}

extension Buffer where Element == UInt8 {
    /// Marks hidden points as invalid.
    mutating func invalidate(_ hidden: Buffer<UInt8>?) {
        guard let hidden, hidden.count == count else { return }
        withUnsafeMutablePointer { out in
            for point in 0..<hidden.count where hidden[point] & 2 != 0 { out[point] = PointState.invalid }
        }
    }
}
