import Datasets
import Geometry

/// Cuts a polygon into triangles between its own points: three entries a triangle, appended to `triangles`.
///
/// Convex polygons become fans around their first point, others lose ears (in order, the first that holds no other point) until
/// a triangle is left. The polygon is seen along its mean normal; where it has no area, a fan it is. Repeated points are allowed.
///
/// - Complexity: O(n) for convex polygons, else O(n³) at worst.
func triangulatePolygon(_ polygon: UnsafeBufferPointer<Int32>, of points: Points, into triangles: inout GrowingBuffer<Int32>) {
    let count = polygon.count
    guard count >= 3 else { return }
    triangles.reserve(3 * (count - 2))
    func fan() {
        for corner in 1..<count - 1 {
            triangles.write(polygon[0])
            triangles.write(polygon[corner])
            triangles.write(polygon[corner + 1])
        }
    }
    if count == 3 { return fan() }

    // Relative to the first point, so that places far from the origin lose nothing.
    let origin = points[Int(polygon[0])]
    let corners = polygon.map { points[Int($0)] - origin }
    var normal = Vector3()
    for corner in 1..<count - 1 { normal += corners[corner].cross(corners[corner + 1]) }
    let size = Vector3(abs(normal.x), abs(normal.y), abs(normal.z))
    // The two axes that show most of the area, in the order that keeps the orientation.
    let axes: (Int, Int)
    if size.z >= size.x && size.z >= size.y {
        axes = normal.z >= 0 ? (0, 1) : (1, 0)
    } else if size.y >= size.x {
        axes = normal.y >= 0 ? (2, 0) : (0, 2)
    } else {
        axes = normal.x >= 0 ? (1, 2) : (2, 1)
    }
    let flat = corners.map { SIMD2($0[axes.0], $0[axes.1]) }
    func turn(_ a: Int, _ b: Int, _ c: Int) -> Double {
        let u = flat[b] - flat[a]
        let v = flat[c] - flat[a]
        return u.x * v.y - u.y * v.x
    }

    if (0..<count).allSatisfy({ turn($0, ($0 + 1) % count, ($0 + 2) % count) >= 0 }) { return fan() }
    var ring = Array(0..<count)
    while ring.count > 3 {
        let size = ring.count
        var ear = 0
        search: for place in 0..<size {
            let (a, b, c) = (ring[(place + size - 1) % size], ring[place], ring[(place + 1) % size])
            if turn(a, b, c) <= 0 { continue }
            for other in ring where other != a && other != b && other != c && flat[other] != flat[a] && flat[other] != flat[c] {
                if turn(a, b, other) >= 0 && turn(b, c, other) >= 0 && turn(c, a, other) >= 0 { continue search }
            }
            ear = place
            break
        }
        for corner in [ring[(ear + size - 1) % size], ring[ear], ring[(ear + 1) % size]] { triangles.write(polygon[corner]) }
        ring.remove(at: ear)
    }
    for corner in ring { triangles.write(polygon[corner]) }
}
