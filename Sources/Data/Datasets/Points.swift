import Geometry

/// Point coordinates, x y z of one point after the other, in Float or Double.
public enum Points: Sendable {
    case float32(Buffer<Float>)
    case float64(Buffer<Double>)

    public init() { self = .float32(Buffer()) }

    /// Points from a list, in Float.
    public init(_ points: [Vector3]) { self = .float32(Buffer(points.flatMap { [Float($0.x), Float($0.y), Float($0.z)] })) }

    public var count: Int {
        switch self {
        case .float32(let b): b.count / 3
        case .float64(let b): b.count / 3
        }
    }

    public var scalarType: ScalarType {
        switch self {
        case .float32: .float32
        case .float64: .float64
        }
    }

    public subscript(index: Int) -> Vector3 {
        switch self {
        case .float32(let b): Vector3(Double(b[3 * index]), Double(b[3 * index + 1]), Double(b[3 * index + 2]))
        case .float64(let b): Vector3(b[3 * index], b[3 * index + 1], b[3 * index + 2])
        }
    }

    public var byteCount: Int {
        switch self {
        case .float32(let b): b.byteCount
        case .float64(let b): b.byteCount
        }
    }

    /// The coordinates as an array of three components named `Points`.
    public var array: FieldArray {
        switch self {
        case .float32(let b): FieldArray(name: "Points", components: 3, b)
        case .float64(let b): FieldArray(name: "Points", components: 3, b)
        }
    }

    /// Points from an array of three components; types other than Float are widened to Double.
    public init?(_ array: FieldArray) {
        guard array.components == 3 else { return nil }
        if case .float32(let buffer) = array.values {
            self = .float32(buffer)
        } else if let buffer = array.doubles() {
            self = .float64(buffer)
        } else {
            return nil
        }
    }

    /// The box of all points; coordinates that are not finite are ignored.
    public var bounds: Bounds {
        var bounds = Bounds()
        switch self {
        case .float32(let b): Points.add(b.elements, to: &bounds)
        case .float64(let b): Points.add(b.elements, to: &bounds)
        }
        return bounds
    }

    private static func add<Value: Scalar & BinaryFloatingPoint & SIMDScalar>(_ values: UnsafeBufferPointer<Value>, to bounds: inout Bounds) {
        var lower = SIMD3<Value>(repeating: .infinity)
        var upper = SIMD3<Value>(repeating: -.infinity)
        for index in 0..<values.count / 3 {
            let point = SIMD3(values[3 &* index], values[3 &* index &+ 1], values[3 &* index &+ 2])
            for axis in 0..<3 {
                let value = point[axis]
                if value < lower[axis] && value > -.infinity { lower[axis] = value }
                if value > upper[axis] && value < .infinity { upper[axis] = value }
            }
        }
        bounds.add(
            Bounds(
                lower: Vector3(Double(lower.x), Double(lower.y), Double(lower.z)),
                upper: Vector3(Double(upper.x), Double(upper.y), Double(upper.z))))
    }
}
