import Datasets
import Execution
import Geometry

/// Unit normals of the polygons and strips of a `PolyData`.
enum CellNormals {
    /// Three numbers a cell, polygons first, then strips; zero where a cell has no area.
    static func make(_ poly: PolyData, context: ExecutionContext) throws -> Buffer<Double> {
        let polygons = poly.polygons
        let strips = poly.strips
        return try Buffer(count: 3 * (polygons.count + strips.count)) { out in
            nonisolated(unsafe) let out = out
            switch poly.points {
            case .float32(let buffer): try fill(polygons, buffer.pointer, out, context)
            case .float64(let buffer): try fill(polygons, buffer.pointer, out, context)
            }
            // The normal of a strip is that of its first triangle.
            for strip in 0..<strips.count {
                let points = strips.points(of: strip)
                let place = out + 3 * (polygons.count + strip)
                let normal = points.count < 3 ? Vector3() : triangle(poly.points[Int(points[0])], poly.points[Int(points[1])], poly.points[Int(points[2])])
                place[0] = normal.x
                place[1] = normal.y
                place[2] = normal.z
            }
            withExtendedLifetime(poly) {}
        }
    }

    @inline(__always) static func triangle(_ a: Vector3, _ b: Vector3, _ c: Vector3) -> Vector3 { (b - a).cross(c - a).normalized }

    /// The sum of the cross products of a polygon's fan from its first point, as a unit vector.
    @inline(__always) private static func fill<Value: Scalar & BinaryFloatingPoint>(
        _ list: CellArray, _ points: UnsafePointer<Value>, _ out: UnsafeMutablePointer<Double>, _ context: ExecutionContext
    ) throws {
        let ids = list.connectivity.pointer
        let offsets = list.offsets?.pointer
        let size = list.uniformSize
        nonisolated(unsafe) let out = out
        try context.parallelFor(list.count, grain: 1 << 14) { range in
            @inline(__always) func at(_ id: Int32) -> Vector3 {
                let p = points + 3 &* Int(id)
                return Vector3(p[0].asDouble, p[1].asDouble, p[2].asDouble)
            }
            for cell in range {
                let first = offsets.map { Int($0[cell]) } ?? cell &* size
                let end = offsets.map { Int($0[cell &+ 1]) } ?? first &+ size
                var sum = Vector3()
                if end &- first >= 3 {
                    let origin = at(ids[first])
                    var edge = at(ids[first &+ 1]) - origin
                    for corner in first &+ 2..<end {
                        let next = at(ids[corner]) - origin
                        sum += edge.cross(next)
                        edge = next
                    }
                }
                let length = sum.dot(sum).squareRoot()
                let scale = length > 0 ? length : 1
                out[3 &* cell] = sum.x / scale
                out[3 &* cell &+ 1] = sum.y / scale
                out[3 &* cell &+ 2] = sum.z / scale
            }
        }
    }
}
