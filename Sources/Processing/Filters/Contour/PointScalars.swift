import Datasets
import Execution
import Geometry

/// One number a point: what a contour is a level set of. Numbers are read where they lie or computed, always by the same expression.
protocol PointScalars {
    func value(_ point: Int) -> Double
}

/// Numbers of an array in Float.
struct FloatScalars: PointScalars {
    let values: UnsafePointer<Float>

    @inline(__always) func value(_ point: Int) -> Double { Double(values[point]) }
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

/// For every point how many contour values its number reaches: one byte, whatever the number of values.
///
/// A cell is crossed by some value exactly where its points differ.
struct PointRanks {
    /// One a point: values at or below the point's number; 0 for NaN.
    let ranks: Buffer<UInt8>
    /// For each value number the greatest rank of points below the value. No point is above a value that is NaN.
    let thresholds: [UInt8]

    /// - Precondition: there are at most 255 values.
    init(_ scalars: some PointScalars, pointCount: Int, values: [Double], context: ExecutionContext) throws {
        precondition(values.count <= 255, "ranks fit a byte")
        let rising = values.indices.filter { !values[$0].isNaN }.sorted { (values[$0], $0) < (values[$1], $1) }
        var thresholds = [UInt8](repeating: 255, count: values.count)
        for (place, number) in rising.enumerated() { thresholds[number] = UInt8(place) }
        self.thresholds = thresholds
        let levels = rising.map { values[$0] }
        ranks = try Buffer(count: pointCount) { out in
            // Blocks small enough to be in the first-level cache for every value.
            try context.parallelFor(pointCount, grain: 1 << 16) { range in
                var first = range.lowerBound
                while first < range.upperBound {
                    let end = min(range.upperBound, first + 2048)
                    if levels.isEmpty { (out + first).initialize(repeating: 0, count: end - first) }
                    for (place, level) in levels.enumerated() {
                        if place == 0 {
                            for point in first..<end { out[point] = scalars.value(point) >= level ? 1 : 0 }
                        } else {
                            for point in first..<end { out[point] &+= scalars.value(point) >= level ? 1 : 0 }
                        }
                    }
                    first = end
                }
            }
        }
    }
}
