import Geometry

/// A point before division by w, with the number that decides the direction of interpolation.
struct ClipVertex {
    /// (x · w, y · w, w) in 1/256 pixels; in parallel projection x and y as they are.
    var clip: SIMD4<Double>
    var index: Int32
}

extension VertexTransform {
    /// The point of the edge that lies on the near plane, interpolated from the lower-numbered to the higher-numbered end.
    private func crossing(_ a: ClipVertex, _ b: ClipVertex) -> SIMD4<Double> {
        let (low, high) = a.index <= b.index ? (a.clip, b.clip) : (b.clip, a.clip)
        let fraction = (near - low.z) / (high.z - low.z)
        var point = low + (high - low) * fraction
        point.z = near
        return point
    }

    /// Exact coordinates of clip coordinates that lie on or beyond the near plane; nil for what is no number.
    private func exact(_ clip: SIMD4<Double>) -> (x: Int64, y: Int64, depth: Float)? {
        let scale = isParallel ? 1 : 1 / clip.z
        let x = (clip.x * scale).rounded(.toNearestOrEven)
        let y = (clip.y * scale).rounded(.toNearestOrEven)
        guard x.isFinite, y.isFinite, clip.z.isFinite else { return nil }
        let limit = Double(1 << 60)
        return (Int64(min(max(x, -limit), limit)), Int64(min(max(y, -limit), limit)), Float(isParallel ? clip.z : scale))
    }

    /// The parts of a triangle in front of the near plane: at most two triangles.
    func clipped(_ a: ClipVertex, _ b: ClipVertex, _ c: ClipVertex, id: UInt32) -> [LargeTriangle] {
        let corners = [a, b, c]
        var polygon: [(x: Int64, y: Int64, depth: Float)] = []
        for index in 0..<3 {
            let (current, next) = (corners[index], corners[(index + 1) % 3])
            let currentIn = current.clip.z > near
            if currentIn {
                guard let point = exact(current.clip) else { return [] }
                polygon.append(point)
            }
            if currentIn != (next.clip.z > near) {
                guard let point = exact(crossing(current, next)) else { return [] }
                polygon.append(point)
            }
        }
        if polygon.count < 3 { return [] }
        return (1..<polygon.count - 1).map { corner in
            LargeTriangle(
                x: SIMD3(polygon[0].x, polygon[corner].x, polygon[corner + 1].x),
                y: SIMD3(polygon[0].y, polygon[corner].y, polygon[corner + 1].y),
                depth: SIMD3(polygon[0].depth, polygon[corner].depth, polygon[corner + 1].depth), id: id)
        }
    }

    /// The ends of the part of a segment in front of the near plane; nil where there is none.
    func clipped(_ a: ClipVertex, _ b: ClipVertex) -> (a: (x: Int64, y: Int64, depth: Float), b: (x: Int64, y: Int64, depth: Float))? {
        let (aIn, bIn) = (a.clip.z > near, b.clip.z > near)
        if !aIn && !bIn { return nil }
        let middle = aIn && bIn ? a.clip : crossing(a, b)
        guard let first = exact(aIn ? a.clip : middle), let last = exact(bIn ? b.clip : middle) else { return nil }
        return (first, last)
    }
}
