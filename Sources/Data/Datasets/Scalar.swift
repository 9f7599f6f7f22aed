/// The type of the numbers in a field array.
public enum ScalarType: UInt8, Sendable, Hashable, CaseIterable {
    case int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64

    /// Bytes of one number.
    @inlinable public var byteCount: Int {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    @inlinable public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

    /// The name in reports: `float32`, `int64`, ….
    public var name: String { String(describing: self) }
}

/// A Swift type that field arrays hold.
public protocol Scalar: BitwiseCopyable, Sendable, Hashable, Comparable, Numeric {
    static var scalarType: ScalarType { get }
    /// The number as Double; 64-bit integers beyond 2⁵³ are rounded.
    var asDouble: Double { get }
    /// The number as Float, rounded.
    var asFloat: Float { get }
    /// The nearest number of this type; out of range becomes the nearest end, NaN becomes zero for integers.
    init(clampingDouble value: Double)
    /// An array's values of this type.
    static func values(_ buffer: Buffer<Self>) -> FieldValues
    /// The buffer of an array that holds this type, else nil.
    static func buffer(of values: FieldValues) -> Buffer<Self>?
}

extension Scalar where Self: BinaryInteger & FixedWidthInteger {
    @inlinable public var asDouble: Double { Double(self) }
    @inlinable public var asFloat: Float { Float(self) }
    @inlinable public init(clampingDouble value: Double) {
        if value.isNaN {
            self = 0
        } else if let exact = Self(exactly: value.rounded(.toNearestOrEven)) {
            self = exact
        } else {
            self = value < 0 ? .min : .max
        }
    }
}

extension Int8: Scalar {
    @inlinable public static var scalarType: ScalarType { .int8 }
    @inlinable public static func values(_ buffer: Buffer<Int8>) -> FieldValues { .int8(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<Int8>? {
        if case .int8(let buffer) = values { buffer } else { nil }
    }
}
extension UInt8: Scalar {
    @inlinable public static var scalarType: ScalarType { .uint8 }
    @inlinable public static func values(_ buffer: Buffer<UInt8>) -> FieldValues { .uint8(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<UInt8>? {
        if case .uint8(let buffer) = values { buffer } else { nil }
    }
}
extension Int16: Scalar {
    @inlinable public static var scalarType: ScalarType { .int16 }
    @inlinable public static func values(_ buffer: Buffer<Int16>) -> FieldValues { .int16(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<Int16>? {
        if case .int16(let buffer) = values { buffer } else { nil }
    }
}
extension UInt16: Scalar {
    @inlinable public static var scalarType: ScalarType { .uint16 }
    @inlinable public static func values(_ buffer: Buffer<UInt16>) -> FieldValues { .uint16(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<UInt16>? {
        if case .uint16(let buffer) = values { buffer } else { nil }
    }
}
extension Int32: Scalar {
    @inlinable public static var scalarType: ScalarType { .int32 }
    @inlinable public static func values(_ buffer: Buffer<Int32>) -> FieldValues { .int32(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<Int32>? {
        if case .int32(let buffer) = values { buffer } else { nil }
    }
}
extension UInt32: Scalar {
    @inlinable public static var scalarType: ScalarType { .uint32 }
    @inlinable public static func values(_ buffer: Buffer<UInt32>) -> FieldValues { .uint32(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<UInt32>? {
        if case .uint32(let buffer) = values { buffer } else { nil }
    }
}
extension Int64: Scalar {
    @inlinable public static var scalarType: ScalarType { .int64 }
    @inlinable public static func values(_ buffer: Buffer<Int64>) -> FieldValues { .int64(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<Int64>? {
        if case .int64(let buffer) = values { buffer } else { nil }
    }
}
extension UInt64: Scalar {
    @inlinable public static var scalarType: ScalarType { .uint64 }
    @inlinable public static func values(_ buffer: Buffer<UInt64>) -> FieldValues { .uint64(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<UInt64>? {
        if case .uint64(let buffer) = values { buffer } else { nil }
    }
}
extension Float: Scalar {
    @inlinable public static var scalarType: ScalarType { .float32 }
    @inlinable public var asDouble: Double { Double(self) }
    @inlinable public var asFloat: Float { self }
    @inlinable public init(clampingDouble value: Double) { self = Float(value) }
    @inlinable public static func values(_ buffer: Buffer<Float>) -> FieldValues { .float32(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<Float>? {
        if case .float32(let buffer) = values { buffer } else { nil }
    }
}
extension Double: Scalar {
    @inlinable public static var scalarType: ScalarType { .float64 }
    @inlinable public var asDouble: Double { self }
    @inlinable public var asFloat: Float { Float(self) }
    @inlinable public init(clampingDouble value: Double) { self = value }
    @inlinable public static func values(_ buffer: Buffer<Double>) -> FieldValues { .float64(buffer) }
    @inlinable public static func buffer(of values: FieldValues) -> Buffer<Double>? {
        if case .float64(let buffer) = values { buffer } else { nil }
    }
}
