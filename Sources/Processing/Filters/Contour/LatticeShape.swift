import CKernels
import Datasets
import Geometry

/// The scalar types that lattice kernels are written for.
protocol LatticeScalar: Scalar, BinaryFloatingPoint {
    /// Bit i is set where value i of 64 is at least the threshold.
    static func atLeast64(_ values: UnsafePointer<Self>, _ threshold: Self) -> UInt64
    /// The least number of this type that is not less than `value`, so that comparing with it is comparing with `value`.
    static func ceiling(of value: Double) -> Self
}

extension Float: LatticeScalar {
    @inline(__always) static func atLeast64(_ values: UnsafePointer<Float>, _ threshold: Float) -> UInt64 {
        ck_at_least_64f(values, threshold)
    }

    static func ceiling(of value: Double) -> Float {
        let rounded = Float(value)
        return Double(rounded) < value ? rounded.nextUp : rounded
    }
}

extension Double: LatticeScalar {
    @inline(__always) static func atLeast64(_ values: UnsafePointer<Double>, _ threshold: Double) -> UInt64 {
        ck_at_least_64d(values, threshold)
    }

    static func ceiling(of value: Double) -> Double { value }
}

/// The numbers of points of a lattice and how its rows are shared out.
///
/// Row r = k · ny + j holds the points (·, j, k). Chunks are runs of rows, 2^`chunkShift` long whatever the number of threads.
struct LatticeShape {
    let nx: Int
    let ny: Int
    let nz: Int
    /// 64-point words in a row.
    let words: Int
    let chunkShift: Int

    init(_ extent: Extent) {
        let size = extent.dimensions
        (nx, ny, nz) = (size.x, size.y, size.z)
        words = (nx + 63) / 64
        // Long enough that neighbouring planes are still near when they are needed again, short enough to share out.
        let target = min(max(nx * ny * nz / 48, 8192), 262_144)
        var shift = 0
        while nx << shift < target && 1 << shift < ny * nz { shift += 1 }
        chunkShift = shift
    }

    var rows: Int { ny * nz }
    var chunkRows: Int { 1 << chunkShift }
    var chunks: Int { (rows + chunkRows - 1) >> chunkShift }

    /// The step to the upper end of an edge, for each axis.
    @inline(__always) func step(_ axis: Int) -> Int { axis == 0 ? 1 : (axis == 1 ? nx : nx &* ny) }
}

/// Where the points of a lattice lie.
protocol LatticeGeometry {
    /// The number type of result points.
    associatedtype Coordinate: Scalar & BinaryFloatingPoint
    /// The point at `t` of the edge along `axis` from point `p`, which is (i, j, k).
    func position(_ p: Int, _ i: Int, _ j: Int, _ k: Int, axis: Int, t: Double) -> Vector3
    /// The gradient at point `p`, which is (i, j, k), of the field whose differences between neighbours are given.
    ///
    /// - Parameters:
    ///   - low: number of steps to the lower neighbour on each axis, 0 or 1; `high` to the higher one.
    ///   - difference: value at the higher neighbour minus value at the lower one, for each axis.
    func gradient(_ p: Int, _ i: Int, _ j: Int, _ k: Int, low: SIMD3<Int>, high: SIMD3<Int>, difference: Vector3) -> Vector3
}

/// Points of an image or a rectilinear grid: one coordinate table an axis, then a matrix where the image is turned.
struct AxisGeometry: LatticeGeometry {
    typealias Coordinate = Float
    let x: UnsafePointer<Double>
    let y: UnsafePointer<Double>
    let z: UnsafePointer<Double>
    let isTurned: Bool
    let origin: Vector3
    let rows: (Vector3, Vector3, Vector3)

    @inline(__always) func position(_ p: Int, _ i: Int, _ j: Int, _ k: Int, axis: Int, t: Double) -> Vector3 {
        // Along the two other axes the length is zero: no branch on the axis.
        let (i1, j1, k1) = (i &+ (axis == 0 ? 1 : 0), j &+ (axis == 1 ? 1 : 0), k &+ (axis == 2 ? 1 : 0))
        let point = Vector3(x[i] + t * (x[i1] - x[i]), y[j] + t * (y[j1] - y[j]), z[k] + t * (z[k1] - z[k]))
        return isTurned ? origin + turned(point) : point
    }

    @inline(__always) func turned(_ v: Vector3) -> Vector3 { Vector3(rows.0.dot(v), rows.1.dot(v), rows.2.dot(v)) }

    @inline(__always) func gradient(
        _ p: Int, _ i: Int, _ j: Int, _ k: Int, low: SIMD3<Int>, high: SIMD3<Int>, difference: Vector3
    ) -> Vector3 {
        let span = Vector3(x[i &+ high.x] - x[i &- low.x], y[j &+ high.y] - y[j &- low.y], z[k &+ high.z] - z[k &- low.z])
        let gradient = Vector3(
            span.x != 0 ? difference.x / span.x : 0, span.y != 0 ? difference.y / span.y : 0,
            span.z != 0 ? difference.z / span.z : 0)
        return isTurned ? turned(gradient) : gradient
    }
}

/// Points of a structured grid.
struct CurvilinearGeometry<Coordinate: Scalar & BinaryFloatingPoint>: LatticeGeometry {
    let points: UnsafePointer<Coordinate>
    let stepY: Int
    let stepZ: Int

    @inline(__always) func point(_ p: Int) -> Vector3 {
        Vector3(Double(points[3 &* p]), Double(points[3 &* p &+ 1]), Double(points[3 &* p &+ 2]))
    }

    @inline(__always) func position(_ p: Int, _ i: Int, _ j: Int, _ k: Int, axis: Int, t: Double) -> Vector3 {
        let start = point(p)
        let end = point(p &+ (axis == 0 ? 1 : (axis == 1 ? stepY : stepZ)))
        return start + t * (end - start)
    }

    /// Solves (differences of position) · gradient = (differences of value), axis by axis.
    @inline(__always) func gradient(
        _ p: Int, _ i: Int, _ j: Int, _ k: Int, low: SIMD3<Int>, high: SIMD3<Int>, difference: Vector3
    ) -> Vector3 {
        let a = point(p &+ high.x) - point(p &- low.x)
        let b = point(p &+ high.y &* stepY) - point(p &- low.y &* stepY)
        let c = point(p &+ high.z &* stepZ) - point(p &- low.z &* stepZ)
        let (bc, ca, ab) = (b.cross(c), c.cross(a), a.cross(b))
        let determinant = a.dot(bc)
        if determinant == 0 { return Vector3() }
        return (difference.x * bc + difference.y * ca + difference.z * ab) / determinant
    }
}

/// The coordinate tables of an image or rectilinear grid, in Double.
struct AxisTables {
    var x: [Double]
    var y: [Double]
    var z: [Double]
    var isTurned = false
    var origin = Vector3()
    var direction = ImageData.straight

    init(_ image: ImageData) {
        let (extent, turned) = (image.extent, !image.isAxisAligned)
        func table(_ axis: Int) -> [Double] {
            extent.isEmpty
                ? [] : (extent.lower[axis]...extent.upper[axis]).map { (turned ? 0 : image.origin[axis]) + image.spacing[axis] * Double($0) }
        }
        (x, y, z) = (table(0), table(1), table(2))
        isTurned = turned
        origin = image.origin
        direction = image.direction
    }

    init(_ grid: RectilinearGrid) {
        func table(_ array: FieldArray) -> [Double] { (0..<array.tupleCount).map { array.value($0) } }
        (x, y, z) = (table(grid.coordinates.x), table(grid.coordinates.y), table(grid.coordinates.z))
    }

    /// Lends the tables as a geometry.
    func withGeometry<Result>(_ body: (AxisGeometry) throws -> Result) rethrows -> Result {
        try x.withUnsafeBufferPointer { x in
            try y.withUnsafeBufferPointer { y in
                try z.withUnsafeBufferPointer { z in
                    try body(
                        AxisGeometry(
                            x: x.baseAddress!, y: y.baseAddress!, z: z.baseAddress!, isTurned: isTurned, origin: origin,
                            rows: (
                                Vector3(direction[0], direction[1], direction[2]), Vector3(direction[3], direction[4], direction[5]),
                                Vector3(direction[6], direction[7], direction[8])
                            )))
                }
            }
        }
    }
}
