import CKernels
import Datasets
import Execution
import Geometry

/// One number a point: what a contour is a level set of. Numbers are read where they lie or computed, always by the same expression.
protocol PointScalars {
    func value(_ point: Int) -> Double
    /// Bits of 32 points from `first` on, `count` of them inside: whether their numbers are at least `threshold`; NaN gives 0.
    func bits(from first: Int, count: Int, atLeast threshold: Double) -> UInt32
}

extension PointScalars {
    @inline(__always) func bits(from first: Int, count: Int, atLeast threshold: Double) -> UInt32 {
        var bits: UInt32 = 0
        for index in 0..<count where value(first &+ index) >= threshold { bits |= 1 &<< UInt32(truncatingIfNeeded: index) }
        return bits
    }
}

/// Numbers of an array in Float.
struct FloatScalars: PointScalars {
    let values: UnsafePointer<Float>

    @inline(__always) func value(_ point: Int) -> Double { Double(values[point]) }

    @inline(__always) func bits(from first: Int, count: Int, atLeast threshold: Double) -> UInt32 {
        // The least Float at or above the threshold compares as the threshold does.
        var limit = Float(threshold)
        if Double(limit) < threshold { limit = limit.nextUp }
        var bits: UInt32 = 0
        if count == 32 {
            let base = values + first
            for part in 0..<4 { bits |= ck_at_least_8f(base + 8 &* part, limit) &<< UInt32(truncatingIfNeeded: 8 &* part) }
        } else {
            for index in 0..<count where values[first &+ index] >= limit { bits |= 1 &<< UInt32(truncatingIfNeeded: index) }
        }
        return bits
    }
}

/// Numbers of an array in Double.
struct DoubleScalars: PointScalars {
    let values: UnsafePointer<Double>

    @inline(__always) func value(_ point: Int) -> Double { values[point] }
}

/// Signed distances from a plane, times the length of its normal.
struct PlaneScalars<Coordinate: BinaryFloatingPoint & Sendable>: PointScalars {
    let points: UnsafePointer<Coordinate>
    let plane: Plane

    @inline(__always) func value(_ point: Int) -> Double {
        let at = points + 3 &* point
        return plane.normal.x * (Double(at[0]) - plane.origin.x) + plane.normal.y * (Double(at[1]) - plane.origin.y)
            + plane.normal.z * (Double(at[2]) - plane.origin.z)
    }
}

/// For every contour value one bit a point: whether its number is at or above the value.
struct PointBits {
    /// Bit p of a value is bit p & 31 of word p >> 5; values follow each other.
    let words: Buffer<UInt32>
    let wordsPerValue: Int

    init(_ scalars: some PointScalars, pointCount: Int, values: [Double], context: ExecutionContext) throws {
        let wordCount = (pointCount + 31) / 32
        // One word more, so that the last value has words too where there are no points.
        wordsPerValue = wordCount + 1
        let perValue = wordsPerValue
        words = try Buffer(count: perValue * values.count) { out in
            for number in values.indices { out[(number + 1) * perValue - 1] = 0 }
            try context.parallelFor(wordCount, grain: 2048) { range in
                for (number, value) in values.enumerated() {
                    let row = out + number * perValue
                    for word in range {
                        row[word] = scalars.bits(from: 32 &* word, count: min(32, pointCount &- 32 &* word), atLeast: value)
                    }
                }
            }
        }
    }
}
