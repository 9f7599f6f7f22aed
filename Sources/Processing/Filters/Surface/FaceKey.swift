import Datasets

/// Numbers that faces are recognised by, whatever the point and the direction that their corners are listed from.
///
/// Two triangles are the same face if they have the same points; two quads and polygons if one lists the other's points in the same
/// cyclic order from the first lowest one, forwards or backwards. As VTK compares them: collapsed quads that name their lowest point
/// twice equal only those that name it twice from the same side.
enum FaceKey {
    /// An arbitrary large odd number.
    private static let shift: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The weight of a point: the square of its number plus a constant D.
    ///
    /// Sums of weights of two points are quadratic in D and tell every pair from every other one, so the keys below are different
    /// polynomials in D for different faces at a point: two of them are equal for about one choice of D in 2⁶¹ only.
    @inline(__always) static func weight(_ point: Int32) -> UInt64 {
        let x = UInt64(UInt32(bitPattern: point)) &+ shift
        return x &* x
    }

    /// The key of a triangle from the sum of its weights.
    @inline(__always) static func triangle(_ sum: UInt64) -> UInt64 { sum &* sum }

    /// The key of a quad from the weights of its corners in cyclic order.
    @inline(__always) static func quad(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> UInt64 { (a &+ c) &* (b &+ d) }

    /// The key of a face with `count` corners.
    @inline(__always) static func face(_ points: UnsafePointer<Int32>, _ count: Int) -> UInt64 {
        if count == 3 { return triangle(weight(points[0]) &+ weight(points[1]) &+ weight(points[2])) }
        if count == 4 { return quad(weight(points[0]), weight(points[1]), weight(points[2]), weight(points[3])) }
        var sum: UInt64 = 0
        for corner in 0..<count {
            let next = corner &+ 1 == count ? 0 : corner &+ 1
            sum &+= weight(points[corner]) &* weight(points[next])
        }
        return sum
    }
}

/// A face that may be external: what it is told from others by, and where it comes from.
struct FaceCandidate: BitwiseCopyable, Sendable {
    /// A triangle's points, rising, and -1; a quad's points round from the first lowest one, towards its lesser neighbour; of other faces
    /// minus the count of corners, the lowest point and a hash, so that equal ones may still differ.
    var a: Int32
    var b: Int32
    var c: Int32
    var d: Int32
    var cell: Int32
    /// Its number among the cell's faces.
    var face: Int32

    @inline(__always) init(_ points: UnsafePointer<Int32>, _ count: Int, cell: Int, face: Int) {
        self.cell = Int32(truncatingIfNeeded: cell)
        self.face = Int32(truncatingIfNeeded: face)
        if count == 3 {
            let (x, y, z) = (points[0], points[1], points[2])
            let low = min(x, y)
            let high = max(x, y)
            a = min(low, z)
            c = max(high, z)
            b = max(low, min(high, z))
            d = -1
        } else if count == 4 {
            var lowest = 0
            for corner in 1..<4 where points[corner] < points[lowest] { lowest = corner }
            let (one, two) = (points[(lowest &+ 1) & 3], points[(lowest &+ 3) & 3])
            a = points[lowest]
            b = min(one, two)
            c = points[(lowest &+ 2) & 3]
            d = max(one, two)
        } else {
            let hash = FaceKey.face(points, count)
            var lowest = Int32.max
            for corner in 0..<count { lowest = min(lowest, points[corner]) }
            a = Int32(truncatingIfNeeded: -count)
            b = lowest
            c = Int32(truncatingIfNeeded: hash)
            d = Int32(truncatingIfNeeded: hash >> 32)
        }
    }

    /// Whether equal numbers say that the faces are equal.
    @inline(__always) var isExact: Bool { a >= 0 }

    @inline(__always) func matches(_ other: FaceCandidate) -> Bool { a == other.a && b == other.b && c == other.c && d == other.d }

    @inline(__always) var hash: UInt64 {
        var x = UInt64(UInt32(bitPattern: a)) | UInt64(UInt32(bitPattern: b)) << 32
        x = x &* 0xBF58_476D_1CE4_E5B9
        x ^= UInt64(UInt32(bitPattern: c)) << 32 | UInt64(UInt32(bitPattern: d))
        x ^= x &>> 29
        x = x &* 0x94D0_49BB_1331_11EB
        return x ^ (x &>> 32)
    }
}

/// Whether two rings of points are the same from their first lowest point on, in one direction or the other.
func isSameRing(_ a: UnsafeBufferPointer<Int32>, _ b: UnsafeBufferPointer<Int32>) -> Bool {
    let count = a.count
    if b.count != count { return false }
    var (first, second) = (0, 0)
    for corner in 0..<count {
        if a[corner] < a[first] { first = corner }
        if b[corner] < b[second] { second = corner }
    }
    var forward = true
    var backward = true
    for step in 0..<count {
        let point = a[(first + step) % count]
        if point != b[(second + step) % count] { forward = false }
        if point != b[(second + count - step) % count] { backward = false }
    }
    return forward || backward
}
