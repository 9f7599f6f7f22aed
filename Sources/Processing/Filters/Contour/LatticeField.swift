import Datasets
import Geometry

/// A field on a lattice that is cut where it crosses zero or a value: says which points are above, and where an edge is crossed.
protocol LatticeField {
    /// Writes bit i of `words` for every point of the row (·, j, k): set where the point is at or above the value. Other bits are zero.
    func classify(_ shape: LatticeShape, _ j: Int, _ k: Int, into words: UnsafeMutablePointer<UInt64>)
    /// Where the edge along `axis` from point `p`, which is (i, j, k), is crossed: 0 … 1.
    func parameter(_ p: Int, _ i: Int, _ j: Int, _ k: Int, axis: Int, step: Int) -> Double
}

/// Samples of a point array, cut at a value. NaN is below; an edge with a NaN end is cut at its other end.
struct SampledField<Value: LatticeScalar>: LatticeField {
    let values: UnsafePointer<Value>
    let threshold: Value

    @inline(__always) func classify(_ shape: LatticeShape, _ j: Int, _ k: Int, into words: UnsafeMutablePointer<UInt64>) {
        let row = values + (k &* shape.ny &+ j) &* shape.nx
        let full = shape.nx / 64
        for word in 0..<full { words[word] = Value.atLeast64(row + 64 &* word, threshold) }
        if full < shape.words {
            var bits: UInt64 = 0
            for i in 64 &* full..<shape.nx { bits |= (row[i] >= threshold ? 1 : 0) << UInt64(i & 63) }
            words[full] = bits
        }
    }

    @inline(__always) func parameter(_ p: Int, _ i: Int, _ j: Int, _ k: Int, axis: Int, step: Int) -> Double {
        let (start, end) = (values[p], values[p &+ step])
        return Double(SampledField.parameter(threshold, start, end))
    }

    /// The part of the way from `start` to `end` at which the value is met.
    @inline(__always) static func parameter(_ value: Value, _ start: Value, _ end: Value) -> Value {
        let t = (value - start) / (end - start)
        if t >= 0 && t <= 1 { return t }
        // NaN, or infinite ends: the end that is a number; the middle between two infinities.
        return start.isNaN ? 1 : (end.isNaN ? 0 : 0.5)
    }
}

/// A plane's distance on an image or rectilinear grid, a sum of one term an axis: no point is visited to classify a row.
struct PlaneField: LatticeField {
    let x: UnsafePointer<Double>
    let y: UnsafePointer<Double>
    let z: UnsafePointer<Double>
    /// Whether `x` neither falls nor rises; only then rows are classified by search.
    let isRising: Bool
    let isFalling: Bool

    @inline(__always) func distance(_ i: Int, _ j: Int, _ k: Int) -> Double { x[i] + (y[j] + z[k]) }

    @inline(__always) func classify(_ shape: LatticeShape, _ j: Int, _ k: Int, into words: UnsafeMutablePointer<UInt64>) {
        let rest = y[j] + z[k]
        let count = shape.nx
        guard isRising || isFalling else {
            for word in 0..<shape.words {
                var bits: UInt64 = 0
                for i in 64 &* word..<min(count, 64 &* word &+ 64) { bits |= (x[i] + rest >= 0 ? 1 : 0) << UInt64(i & 63) }
                words[word] = bits
            }
            return
        }
        // Rows that rise end below and go on above.
        let edge = rowEnd(count, j, k)
        for word in 0..<shape.words {
            let before = edge &- 64 &* word
            let size = count &- 64 &* word
            let all: UInt64 = size >= 64 ? ~0 : (1 &<< UInt64(size)) &- 1
            let head: UInt64 = before >= 64 ? ~0 : (before <= 0 ? 0 : (1 &<< UInt64(before)) &- 1)
            words[word] = (isRising ? ~head : head) & all
        }
    }

    /// The number of points at the beginning of a row that lie on one side: below where rows rise, else above. Rounding keeps sums in
    /// order, so the others lie on the other side.
    @inline(__always) func rowEnd(_ count: Int, _ j: Int, _ k: Int) -> Int {
        let rest = y[j] + z[k]
        if (x[0] + rest >= 0) == isRising { return 0 }
        if (x[count &- 1] + rest >= 0) != isRising { return count }
        var low = 0
        var high = count &- 1
        // Where evenly spaced terms would be crossed, first; then halving what is left.
        let guess = (0 - rest - x[0]) / (x[high] - x[0]) * Double(high)
        var probe = guess > 0 && guess < Double(high) ? Int(guess) : high / 2
        for _ in 0..<2 where probe > low && probe < high {
            if (x[probe] + rest >= 0) != isRising {
                low = probe
                probe &+= 1
            } else {
                high = probe
                probe &-= 1
            }
        }
        while high &- low > 1 {
            let middle = (low &+ high) / 2
            if (x[middle] + rest >= 0) != isRising { low = middle } else { high = middle }
        }
        return high
    }

    @inline(__always) func parameter(_ p: Int, _ i: Int, _ j: Int, _ k: Int, axis: Int, step: Int) -> Double {
        let start = distance(i, j, k)
        let end = distance(i &+ (axis == 0 ? 1 : 0), j &+ (axis == 1 ? 1 : 0), k &+ (axis == 2 ? 1 : 0))
        return SampledField<Double>.parameter(0, start, end)
    }
}

/// A plane's distance on a structured grid, computed from the points.
struct CurvilinearPlaneField<Coordinate: Scalar & BinaryFloatingPoint>: LatticeField {
    let points: UnsafePointer<Coordinate>
    let plane: Plane

    @inline(__always) func distance(_ p: Int) -> Double {
        plane.signedDistance(to: Vector3(Double(points[3 &* p]), Double(points[3 &* p &+ 1]), Double(points[3 &* p &+ 2])))
    }

    @inline(__always) func classify(_ shape: LatticeShape, _ j: Int, _ k: Int, into words: UnsafeMutablePointer<UInt64>) {
        let first = (k &* shape.ny &+ j) &* shape.nx
        for word in 0..<shape.words {
            var bits: UInt64 = 0
            for i in 64 &* word..<min(shape.nx, 64 &* word &+ 64) { bits |= (distance(first &+ i) >= 0 ? 1 : 0) << UInt64(i & 63) }
            words[word] = bits
        }
    }

    @inline(__always) func parameter(_ p: Int, _ i: Int, _ j: Int, _ k: Int, axis: Int, step: Int) -> Double {
        SampledField<Double>.parameter(0, distance(p), distance(p &+ step))
    }
}
