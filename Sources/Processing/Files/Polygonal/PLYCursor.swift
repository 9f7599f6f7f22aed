import Datasets

/// Reads the values behind a PLY header one after the other, text or binary.
struct PLYCursor {
    var scanner: TextScanner
    let encoding: PLYHeader.Encoding

    init(_ scanner: TextScanner, encoding: PLYHeader.Encoding) {
        self.scanner = scanner
        self.encoding = encoding
        self.scanner.tellsBytes = encoding != .text
    }

    /// The next value, whatever its type, as Double; exact for every type but integers beyond 2⁵³.
    @inline(__always)
    mutating func value(_ type: ScalarType, _ what: @autoclosure () -> String) throws -> Double {
        if encoding == .text { return try scanner.number("a number (\(what()))") }
        switch type {
        case .int8: return Double(Int8(bitPattern: try bits(what())))
        case .uint8: return Double(try bits(what()) as UInt8)
        case .int16: return Double(Int16(bitPattern: try bits(what())))
        case .uint16: return Double(try bits(what()) as UInt16)
        case .int32: return Double(Int32(bitPattern: try bits(what())))
        case .uint32: return Double(try bits(what()) as UInt32)
        case .int64: return Double(Int64(bitPattern: try bits(what())))
        case .uint64: return Double(try bits(what()) as UInt64)
        case .float32: return Double(Float(bitPattern: try bits(what())))
        case .float64: return Double(bitPattern: try bits(what()))
        }
    }

    @inline(__always)
    private mutating func bits<Bits: FixedWidthInteger & UnsignedInteger>(_ what: @autoclosure () -> String) throws -> Bits {
        let address = UnsafeRawPointer(scanner.cursor)
        try scanner.skipBytes(MemoryLayout<Bits>.size, of: what())
        let value = address.loadUnaligned(as: Bits.self)
        return encoding == .littleEndian ? Bits(littleEndian: value) : Bits(bigEndian: value)
    }

    /// The length of a list.
    @inline(__always)
    mutating func length(_ property: PLYHeader.Property, _ what: @autoclosure () -> String) throws -> Int {
        let place = scanner.position
        let value = try value(property.lengthType!, what())
        let least = encoding == .text ? 1 : property.type.byteCount
        guard value >= 0, value == value.rounded(), value <= Double(scanner.remaining / least) else {
            throw scanner.error(
                expected: "the length of a list that fits the rest of the file (\(what()))", found: "\(value)", at: place)
        }
        return Int(value)
    }

    /// Moves over the values of a property.
    mutating func skip(_ property: PLYHeader.Property) throws {
        let count = property.lengthType == nil ? 1 : try length(property, property.name)
        if encoding == .text {
            for _ in 0..<count { _ = try scanner.word("a value of \(property.name)") }
        } else {
            try scanner.skipBytes(count * property.type.byteCount, of: property.name)
        }
    }
}
