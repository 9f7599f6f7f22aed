/// The values of a field array.
public enum FieldValues: Sendable {
    case int8(Buffer<Int8>), uint8(Buffer<UInt8>), int16(Buffer<Int16>), uint16(Buffer<UInt16>), int32(Buffer<Int32>)
    case uint32(Buffer<UInt32>), int64(Buffer<Int64>), uint64(Buffer<UInt64>), float32(Buffer<Float>), float64(Buffer<Double>)
    case strings([String])
    /// Bits, eight to a byte, the first in the highest place, as VTK packs them; `count` of them.
    case bits(Buffer<UInt8>, count: Int)
}

/// Does something for an array whatever the type of its numbers.
public protocol FieldVisitor {
    associatedtype Result
    associatedtype Failure: Error = Never
    mutating func visit<Value: Scalar>(_ values: Buffer<Value>) throws(Failure) -> Result
}

/// A named array of tuples: one tuple a point, cell or row, `components` values each, tuple by tuple.
public struct FieldArray: Sendable {
    public var name: String
    /// Values in a tuple, at least 1.
    public let components: Int
    public let values: FieldValues
    /// Names of the components, empty where they have none.
    public var componentNames: [String] = []
    /// The name that the file gave the type, where it says more than `scalarType` (`char`, `vtkIdType`).
    public var declaredType: String?

    /// - Precondition: the buffer's count is a multiple of `components`.
    public init<Value: Scalar>(name: String, components: Int = 1, _ buffer: Buffer<Value>) {
        precondition(components >= 1 && buffer.count % components == 0, "an array holds whole tuples")
        self.name = name
        self.components = components
        values = Value.values(buffer)
    }

    public init(name: String, components: Int = 1, values: FieldValues) {
        self.name = name
        self.components = components
        self.values = values
        precondition(components >= 1 && valueCount % components == 0, "an array holds whole tuples")
    }

    public init(name: String, components: Int = 1, strings: [String]) {
        self.init(name: name, components: components, values: .strings(strings))
    }

    /// The type of the numbers; nil for strings and bits.
    public var scalarType: ScalarType? {
        switch values {
        case .int8: .int8
        case .uint8: .uint8
        case .int16: .int16
        case .uint16: .uint16
        case .int32: .int32
        case .uint32: .uint32
        case .int64: .int64
        case .uint64: .uint64
        case .float32: .float32
        case .float64: .float64
        case .strings, .bits: nil
        }
    }

    /// The type's name in reports: `float32`, …, `string`, `bit`.
    public var typeName: String {
        switch values {
        case .strings: "string"
        case .bits: "bit"
        default: declaredType == "char" ? "char8" : scalarType!.name
        }
    }

    public var valueCount: Int {
        switch values {
        case .int8(let b): b.count
        case .uint8(let b): b.count
        case .int16(let b): b.count
        case .uint16(let b): b.count
        case .int32(let b): b.count
        case .uint32(let b): b.count
        case .int64(let b): b.count
        case .uint64(let b): b.count
        case .float32(let b): b.count
        case .float64(let b): b.count
        case .strings(let strings): strings.count
        case .bits(_, let count): count
        }
    }

    public var tupleCount: Int { valueCount / components }

    /// Bytes of the values; for strings, those of their text.
    public var byteCount: Int {
        switch values {
        case .strings(let strings): strings.reduce(0) { $0 + $1.utf8.count + MemoryLayout<String>.stride }
        case .bits(let bytes, _): bytes.byteCount
        default: valueCount * scalarType!.byteCount
        }
    }

    /// Calls the visitor with the numbers; bits become UInt8. Nil for strings.
    public func visit<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) -> Visitor.Result? {
        switch values {
        case .int8(let b): try visitor.visit(b)
        case .uint8(let b): try visitor.visit(b)
        case .int16(let b): try visitor.visit(b)
        case .uint16(let b): try visitor.visit(b)
        case .int32(let b): try visitor.visit(b)
        case .uint32(let b): try visitor.visit(b)
        case .int64(let b): try visitor.visit(b)
        case .uint64(let b): try visitor.visit(b)
        case .float32(let b): try visitor.visit(b)
        case .float64(let b): try visitor.visit(b)
        case .bits: try visitor.visit(unpackedBits)
        case .strings: nil
        }
    }

    /// The buffer where the numbers have exactly this type.
    public func buffer<Value: Scalar>(of type: Value.Type) -> Buffer<Value>? { Value.buffer(of: values) }

    /// One value as Double; NaN for a string.
    public func value(_ tuple: Int, _ component: Int = 0) -> Double {
        let index = tuple * components + component
        return switch values {
        case .int8(let b): b[index].asDouble
        case .uint8(let b): b[index].asDouble
        case .int16(let b): b[index].asDouble
        case .uint16(let b): b[index].asDouble
        case .int32(let b): b[index].asDouble
        case .uint32(let b): b[index].asDouble
        case .int64(let b): b[index].asDouble
        case .uint64(let b): b[index].asDouble
        case .float32(let b): b[index].asDouble
        case .float64(let b): b[index]
        case .bits(let bytes, _): (bytes[index >> 3] >> (7 - UInt8(index & 7))) & 1 == 1 ? 1 : 0
        case .strings: .nan
        }
    }

    private var unpackedBits: Buffer<UInt8> {
        guard case .bits(let bytes, let count) = values else { return Buffer() }
        return Buffer(count: count) { out in
            let source = bytes.pointer
            for index in 0..<count { out[index] = (source[index >> 3] >> (7 - UInt8(index & 7))) & 1 }
        }
    }

    /// All numbers as Double, not copied where they are. Nil for strings.
    public func doubles() -> Buffer<Double>? {
        if case .float64(let buffer) = values { return buffer }
        var visitor = ToDouble()
        return visit(&visitor)
    }

    /// All numbers as Float, not copied where they are; wider ones are rounded. Nil for strings.
    public func floats() -> Buffer<Float>? {
        if case .float32(let buffer) = values { return buffer }
        var visitor = ToFloat()
        return visit(&visitor)
    }

    private struct ToDouble: FieldVisitor {
        func visit<Value: Scalar>(_ values: Buffer<Value>) -> Buffer<Double> {
            Buffer(count: values.count) { out in
                let source = values.pointer
                for index in 0..<values.count { out[index] = source[index].asDouble }
            }
        }
    }

    private struct ToFloat: FieldVisitor {
        func visit<Value: Scalar>(_ values: Buffer<Value>) -> Buffer<Float> {
            Buffer(count: values.count) { out in
                let source = values.pointer
                for index in 0..<values.count { out[index] = source[index].asFloat }
            }
        }
    }

    /// The tuples at `indices`, in that order.
    ///
    /// - Precondition: every index lies in `0 ..< tupleCount`.
    public func gathered(_ indices: UnsafeBufferPointer<Int32>) -> FieldArray {
        var copy: FieldArray
        switch values {
        case .strings(let strings):
            var picked: [String] = []
            picked.reserveCapacity(indices.count * components)
            for index in indices { picked.append(contentsOf: strings[Int(index) * components..<(Int(index) + 1) * components]) }
            copy = FieldArray(name: name, components: components, strings: picked)
        case .bits:
            let unpacked = unpackedBits
            let count = indices.count * components
            var packed = Buffer<UInt8>(repeating: 0, count: (count + 7) / 8)
            packed.withUnsafeMutablePointer { out in
                for (position, index) in indices.enumerated() {
                    for component in 0..<components where unpacked[Int(index) * components + component] != 0 {
                        let bit = position * components + component
                        out[bit >> 3] |= 0x80 >> UInt8(bit & 7)
                    }
                }
            }
            copy = FieldArray(name: name, components: components, values: .bits(packed, count: count))
        default:
            var visitor = Gather(indices: indices, components: components, name: name)
            copy = visit(&visitor)!
        }
        copy.componentNames = componentNames
        copy.declaredType = declaredType
        return copy
    }

    private struct Gather: FieldVisitor {
        let indices: UnsafeBufferPointer<Int32>
        let components: Int
        let name: String

        func visit<Value: Scalar>(_ values: Buffer<Value>) -> FieldArray {
            let source = values.pointer
            let gathered = Buffer<Value>(count: indices.count * components) { out in
                if components == 1 {
                    for position in 0..<indices.count { out[position] = source[Int(indices[position])] }
                } else {
                    for position in 0..<indices.count {
                        let from = source + Int(indices[position]) * components
                        let to = out + position * components
                        for component in 0..<components { to[component] = from[component] }
                    }
                }
            }
            return FieldArray(name: name, components: components, gathered)
        }
    }

    /// The same values under another name.
    public func renamed(_ name: String) -> FieldArray {
        var copy = self
        copy.name = name
        return copy
    }
}
