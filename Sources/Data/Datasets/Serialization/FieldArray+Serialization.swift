import Serialization

extension ByteWriter {
    mutating func write(_ array: FieldArray) {
        write(array.name)
        write(array.components)
        write(array.componentNames)
        write(array.declaredType != nil)
        if let type = array.declaredType { write(type) }
        switch array.values {
        case .strings(let strings):
            write(ArrayForm.strings)
            write(strings)
        case .bits(let bytes, let count):
            write(ArrayForm.bits)
            write(count)
            write(bytes.clearingBits(behind: count))
        case .int8(let b): write(ScalarType.int8.rawValue); write(b)
        case .uint8(let b): write(ScalarType.uint8.rawValue); write(b)
        case .int16(let b): write(ScalarType.int16.rawValue); write(b)
        case .uint16(let b): write(ScalarType.uint16.rawValue); write(b)
        case .int32(let b): write(ScalarType.int32.rawValue); write(b)
        case .uint32(let b): write(ScalarType.uint32.rawValue); write(b)
        case .int64(let b): write(ScalarType.int64.rawValue); write(b)
        case .uint64(let b): write(ScalarType.uint64.rawValue); write(b)
        case .float32(let b): write(ScalarType.float32.rawValue); write(b)
        case .float64(let b): write(ScalarType.float64.rawValue); write(b)
        }
    }

    /// Arrays in their order, roles in the order of their names.
    mutating func write(_ collection: FieldCollection) {
        write(collection.count)
        for array in collection.arrays { write(array) }
        write(collection.active.count)
        for (role, name) in collection.active.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            write(role.rawValue)
            write(name)
        }
    }

    mutating func write(_ strings: [String]) {
        write(strings.count)
        for text in strings { write(text) }
    }
}

extension Buffer<UInt8> {
    /// The bytes of `count` bits, those behind the last cleared, so that equal bits have equal forms.
    fileprivate func clearingBits(behind count: Int) -> Buffer<UInt8> {
        let used = slice(0..<Swift.min(self.count, (count + 7) / 8))
        guard count % 8 > 0, used.count == (count + 7) / 8, used[used.count - 1] & (0xFF >> UInt8(count % 8)) != 0 else { return used }
        var copy = used
        copy[used.count - 1] &= ~(0xFF >> UInt8(count % 8))
        return copy
    }
}

extension ByteReader {
    mutating func readFieldArray() throws -> FieldArray {
        let name = try readString()
        let components = try readInt()
        guard components >= 1 else { throw error("1 component or more of array \(name.prefix(40))", components, back: 8) }
        let componentNames = try readStrings()
        let declaredType = try readBool() ? try readString() : nil
        let values = try readValues()
        let count = FieldArray(name: name, values: values).valueCount
        guard count % components == 0 else { throw error("whole tuples of \(components) values in array \(name.prefix(40))", "\(count) values") }
        var array = FieldArray(name: name, components: components, values: values)
        array.componentNames = componentNames
        array.declaredType = declaredType
        return array
    }

    private mutating func readValues() throws -> FieldValues {
        let form = try read(UInt8.self)
        switch form {
        case ArrayForm.strings: return .strings(try readStrings())
        case ArrayForm.bits:
            let count = try readInt()
            let bytes = try readBuffer(of: UInt8.self)
            guard count >= 0, bytes.count == count / 8 + (count % 8 > 0 ? 1 : 0) else { throw error("\(count) bits", "\(bytes.count) bytes of them") }
            return .bits(bytes, count: count)
        default:
            guard let type = ScalarType(rawValue: form) else { throw error("a type of array", form, back: 1) }
            switch type {
            case .int8: return .int8(try readBuffer())
            case .uint8: return .uint8(try readBuffer())
            case .int16: return .int16(try readBuffer())
            case .uint16: return .uint16(try readBuffer())
            case .int32: return .int32(try readBuffer())
            case .uint32: return .uint32(try readBuffer())
            case .int64: return .int64(try readBuffer())
            case .uint64: return .uint64(try readBuffer())
            case .float32: return .float32(try readBuffer())
            case .float64: return .float64(try readBuffer())
            }
        }
    }

    mutating func readFieldCollection() throws -> FieldCollection {
        var collection = FieldCollection()
        for _ in 0..<(try readCount(leastByteCount: 34)) { collection.append(try readFieldArray()) }
        for _ in 0..<(try readCount(leastByteCount: 16)) {
            let name = try readString()
            guard let role = AttributeRole(rawValue: name) else { throw error("the role of an array", name.prefix(40)) }
            collection.active[role] = try readString()
        }
        return collection
    }

    mutating func readStrings() throws -> [String] {
        let count = try readCount(leastByteCount: 8)
        var strings: [String] = []
        strings.reserveCapacity(count)
        for _ in 0..<count { strings.append(try readString()) }
        return strings
    }
}

/// The values of an array that are not of a `ScalarType`, in the form.
private enum ArrayForm {
    static let strings: UInt8 = 64
    static let bits: UInt8 = 65
}

extension FieldArray: Serializable {
    public static var formName: String { "array" }
    public static var formVersion: UInt16 { 1 }
    public func serialize(into writer: inout ByteWriter) { writer.write(self) }
    public init(from reader: inout ByteReader, version: UInt16) throws { self = try reader.readFieldArray() }
}
