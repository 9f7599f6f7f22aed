import Datasets
import Execution
import Geometry

/// The value at each point that says what a clip keeps.
enum ClipFunction {
    /// Signed distance (times the normal's length).
    case plane(Plane, PointPositions)
    case float32(Buffer<Float>, Double, keepsAbove: Bool)
    case float64(Buffer<Double>, Double, keepsAbove: Bool)

    /// One byte a point: kept at or beyond the value, strict beyond it, invalid where there is no finite value.
    func states(pointCount: Int, context: ExecutionContext) throws -> Buffer<UInt8> {
        try Buffer<UInt8>(count: pointCount) { out in
            try context.parallelFor(pointCount, grain: 1 << 15) { range in
                switch self {
                case .plane(let plane, .float32(let points)): ClipFunction.byPlane(plane, points.pointer, range, out)
                case .plane(let plane, .float64(let points)): ClipFunction.byPlane(plane, points.pointer, range, out)
                case .plane(let plane, .image(let image)): ClipFunction.byRow(plane, image, range, out)
                case .plane(let plane, .rectilinear(let x, let y, let z, let size)):
                    for point in range {
                        let position = Vector3(x[point % size.x], y[point / size.x % size.y], z[point / (size.x &* size.y)])
                        out[point] = ClipFunction.state(plane.signedDistance(to: position))
                    }
                case .float32(let values, let value, let keepsAbove):
                    let source = values.pointer
                    let sign: Double = keepsAbove ? 1 : -1
                    for point in range { out[point] = ClipFunction.state((Double(source[point]) - value) * sign) }
                case .float64(let values, let value, let keepsAbove):
                    let source = values.pointer
                    let sign: Double = keepsAbove ? 1 : -1
                    for point in range { out[point] = ClipFunction.state((source[point] - value) * sign) }
                }
            }
        }
    }

    /// The function's value at one point.
    func value(at point: Int) -> Double {
        switch self {
        case .plane(let plane, let positions): plane.signedDistance(to: positions[point])
        case .float32(let values, _, _): Double(values[point])
        case .float64(let values, _, _): values[point]
        }
    }

    /// The state of a point by what it is beyond the value.
    @inline(__always) private static func state(_ excess: Double) -> UInt8 {
        let kept: UInt8 = excess >= 0 ? PointState.kept : 0
        let strict: UInt8 = excess > 0 ? PointState.strict : 0
        let valid: UInt8 = excess.magnitude < .infinity ? 0 : PointState.invalid
        return valid == 0 ? kept | strict : PointState.invalid
    }

    private static func byPlane<Value: BinaryFloatingPoint>(
        _ plane: Plane, _ points: UnsafePointer<Value>, _ range: Range<Int>, _ out: UnsafeMutablePointer<UInt8>
    ) {
        let (o, n) = (plane.origin, plane.normal)
        let (ox, oy, oz, nx, ny, nz) = (o.x, o.y, o.z, n.x, n.y, n.z)
        for point in range {
            let p = points + 3 &* point
            let x = nx * (Double(p[0]) - ox)
            let y = ny * (Double(p[1]) - oy)
            let z = nz * (Double(p[2]) - oz)
            out[point] = state(x + y + z)
        }
    }

    private static func byRow(_ plane: Plane, _ image: ImageData, _ range: Range<Int>, _ out: UnsafeMutablePointer<UInt8>) {
        let size = image.extent.dimensions
        var point = range.lowerBound
        while point < range.upperBound {
            let i = point % size.x
            let end = min(range.upperBound, point - i + size.x)
            var index = image.extent.lower &+ SIMD3(i, point / size.x % size.y, point / (size.x * size.y))
            while point < end {
                out[point] = state(plane.signedDistance(to: image.position(index)))
                point &+= 1
                index.x &+= 1
            }
        }
    }

    /// How far along each edge, from its lower end, the value lies; always in 0…1.
    func parameters(of edges: EdgeNumbering, context: ExecutionContext) throws -> Buffer<Double> {
        let lower = edges.lower.pointer
        let upper = edges.upper.pointer
        let result = try Buffer<Double>(count: edges.count) { out in
            try context.parallelFor(edges.count, grain: 1 << 13) { range in
                switch self {
                case .plane(let plane, let positions):
                    for edge in range {
                        let start = plane.signedDistance(to: positions[Int(lower[edge])])
                        let end = plane.signedDistance(to: positions[Int(upper[edge])])
                        out[edge] = ClipFunction.parameter(0, start, end)
                    }
                case .float32(let values, let value, _):
                    let source = values.pointer
                    for edge in range {
                        out[edge] = ClipFunction.parameter(value, Double(source[Int(lower[edge])]), Double(source[Int(upper[edge])]))
                    }
                case .float64(let values, let value, _):
                    let source = values.pointer
                    for edge in range {
                        out[edge] = ClipFunction.parameter(value, source[Int(lower[edge])], source[Int(upper[edge])])
                    }
                }
            }
        }
        withExtendedLifetime((edges, self)) {}
        return result
    }

    /// Ends lie on both sides of the value (or at it), so only an overflow of their difference could leave 0…1.
    @inline(__always) private static func parameter(_ value: Double, _ start: Double, _ end: Double) -> Double {
        let t = (value - start) / (end - start)
        return t >= 0 && t <= 1 ? t : (t > 1 ? 1 : (t < 0 ? 0 : 0.5))
    }
}
