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
        let infinity = Value.infinity
        var (lowX, lowY, lowZ) = (infinity, infinity, infinity)
        var (highX, highY, highZ) = (-infinity, -infinity, -infinity)
        // Comparisons with NaN are false.
        for index in 0..<values.count / 3 {
            let (x, y, z) = (values[3 &* index], values[3 &* index &+ 1], values[3 &* index &+ 2])
            lowX = x < lowX ? x : lowX
            lowY = y < lowY ? y : lowY
            lowZ = z < lowZ ? z : lowZ
            highX = x > highX ? x : highX
            highY = y > highY ? y : highY
            highZ = z > highZ ? z : highZ
        }
        let lower = Vector3(Double(lowX), Double(lowY), Double(lowZ))
        let upper = Vector3(Double(highX), Double(highY), Double(highZ))
        if (0..<3).allSatisfy({ lower[$0].isFinite && upper[$0].isFinite }) {
            bounds.add(Bounds(lower: lower, upper: upper))
            return
        }
        // Infinities are among them, or there is nothing on an axis.
        for index in 0..<values.count / 3 {
            bounds.add(Vector3(Double(values[3 &* index]), Double(values[3 &* index &+ 1]), Double(values[3 &* index &+ 2])))
        }
    }
}
