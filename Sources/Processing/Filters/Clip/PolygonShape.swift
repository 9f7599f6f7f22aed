import Geometry

/// Whether a fan around any corner of the polygon has its area: no corner turns back, and all lie in one plane but for rounding.
func isFlatAndConvex(_ ring: [Vector3]) -> Bool {
    var normal = Vector3()
    for (index, point) in ring.enumerated() {
        normal += (point - ring[0]).cross(ring[(index + 1) % ring.count] - ring[0])
    }
    let size = normal.length.squareRoot()
    if !(size > 0) { return false }
    for (index, point) in ring.enumerated() {
        let before = ring[(index + ring.count - 1) % ring.count]
        let behind = ring[(index + 1) % ring.count]
        if (point - before).cross(behind - point).dot(normal) < 0 { return false }
        if abs((point - ring[0]).dot(normal)) > 1e-6 * size * size * size { return false }
    }
    return true
}
