import Datasets
import Execution

/// Turns located arrays of a legacy file into field arrays.
struct LegacyLoader {
    let file: MappedFile
    let isBinary: Bool
    let context: ExecutionContext
    let benches = WorkbenchPool(.none)

    private var bytes: UnsafePointer<UInt8> { file.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) }
    private var end: UnsafePointer<UInt8> { bytes + file.count }

    /// Bytes converted by one thread at a time.
    private static let grain = 1 << 18

    /// All of an array, or a part of it. Of binary numbers only the part is touched; of text, strings and bits everything.
    ///
    /// - Throws: `FileError` for a word that is not a number of the type.
    func load(_ slot: LegacySlot, _ part: ArrayPart? = nil) throws -> FieldArray {
        var array: FieldArray
        switch slot.type {
        case .number(.int8): array = try numbers(slot, part, Int8.self)
        case .number(.uint8): array = try numbers(slot, part, UInt8.self)
        case .number(.int16): array = try numbers(slot, part, Int16.self)
        case .number(.uint16): array = try numbers(slot, part, UInt16.self)
        case .number(.int32): array = try numbers(slot, part, Int32.self)
        case .number(.uint32): array = try numbers(slot, part, UInt32.self)
        case .number(.int64): array = try numbers(slot, part, Int64.self)
        case .number(.uint64): array = try numbers(slot, part, UInt64.self)
        case .number(.float32):
            let values = try buffer(slot, part, Float.self)
            array =
                slot.isColor
                ? FieldArray(name: slot.name, components: slot.components, colors(values))
                : FieldArray(name: slot.name, components: slot.components, values)
        case .number(.float64): array = try numbers(slot, part, Double.self)
        case .identifier: array = try FieldArray(name: slot.name, components: slot.components, identifiers(slot, part))
        case .bit: array = try bits(slot, part)
        case .string: array = FieldArray(name: slot.name, components: slot.components, strings: try strings(slot, part))
        }
        array.componentNames = slot.componentNames
        switch slot.declaredType {
        case "char", "signed_char": array.declaredType = "char"
        case "vtkidtype": array.declaredType = "vtkIdType"
        default: break
        }
        return array
    }

    private func numbers<Value: TextNumber>(_ slot: LegacySlot, _ part: ArrayPart?, _: Value.Type) throws -> FieldArray {
        FieldArray(name: slot.name, components: slot.components, try buffer(slot, part, Value.self))
    }

    /// A part of the values of a slot whose type in the file is `Value`; all of them where no part is named.
    private func buffer<Value: TextNumber>(_ slot: LegacySlot, _ part: ArrayPart?, _: Value.Type) throws -> Buffer<Value> {
        guard let part else { return try buffer(slot, Value.self) }
        let count = part.tuples * slot.components
        if count == 0 { return Buffer() }
        let width = MemoryLayout<Value>.size
        let tupleWidth = width * slot.components
        if isBinary {
            let payload = payload(slot, width: width)
            return try at(slot) {
                try Buffer<Value>(count: count) { out in
                    if case .tuples(let places, _) = part {
                        try payload.gather(places, tupleWidth: tupleWidth, width: width, to: UnsafeMutableRawPointer(out), benches, context: context)
                    } else {
                        try payload.copy(part.layout(width: tupleWidth), width: width, to: UnsafeMutableRawPointer(out), benches, context: context)
                    }
                }
            }
        }
        let all: Buffer<Value> = try parsed(slot)
        return Buffer(count: count) { out in
            var next = out
            part.forEachRun { tuple, count in
                next.update(from: all.pointer + tuple * slot.components, count: count * slot.components)
                next += count * slot.components
            }
            withExtendedLifetime(all) {}
        }
    }

    /// The bytes of a binary slot's numbers.
    func payload(_ slot: LegacySlot, width: Int) -> XMLPayload {
        let count = slot.valueCount * width
        let stored = StoredBytes(base: UnsafeRawPointer(bytes + slot.start), count: count, owner: file, isBase64: false, fileOffset: slot.start)
        return XMLPayload(stored: stored, byteCount: count, blocks: nil, byteOrder: .bigEndian)
    }

    /// Runs `body`; what is wrong becomes a `FileError` that names the slot.
    func at<Result>(_ slot: LegacySlot, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let problem as FormatProblem {
            throw problem.at(.part(slot.name), of: file.path)
        }
    }

    /// The values of a slot whose type in the file is `Value`.
    func buffer<Value: TextNumber>(_ slot: LegacySlot, _: Value.Type) throws -> Buffer<Value> {
        let count = slot.valueCount
        if count == 0 { return Buffer() }
        if !isBinary { return try parsed(slot) }
        let width = MemoryLayout<Value>.size
        if width == 1, let view = file.view(of: Value.self, at: slot.start, count: count) { return view }
        return try Buffer<Value>(count: count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(count, grain: LegacyLoader.grain) { range in
                let source = UnsafeRawPointer(bytes) + slot.start + range.lowerBound * width
                let target = UnsafeMutableRawPointer(out + range.lowerBound)
                if ByteOrder.native == .bigEndian {
                    target.copyMemory(from: source, byteCount: range.count * width)
                } else {
                    swapBytes(from: source, to: target, count: range.count, width: width)
                }
            }
        }
    }

    private func parsed<Value: TextNumber>(_ slot: LegacySlot) throws -> Buffer<Value> {
        let count = slot.valueCount
        let end = end
        return try Buffer<Value>(count: count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(slot.runs.count, grain: 1) { range in
                for run in range {
                    let first = run * LegacySlot.runLength
                    let last = min(count, first + LegacySlot.runLength)
                    var cursor = bytes + slot.runs[run]
                    for index in first..<last {
                        NumberParsing.skipSpaces(&cursor, end)
                        guard let value = Value(parsing: &cursor, end), cursor == end || NumberParsing.isSpace(cursor.pointee) else {
                            throw wrongNumber(slot, cursor, "a number of type \(Value.scalarType.name)")
                        }
                        out[index] = value
                    }
                }
            }
        }
    }

    private func wrongNumber(_ slot: LegacySlot, _ cursor: UnsafePointer<UInt8>, _ expected: String) -> FileError {
        guard var scanner = try? TextScanner(file) else {
            return FileError(file: file.path, place: .part(slot.name), expected: expected, found: "something else")
        }
        var word = cursor
        while word > bytes && !NumberParsing.isSpace(word[-1]) { word -= 1 }
        scanner.position = word - bytes
        return scanner.error(expected: expected + " in \(slot.name)")
    }

    /// 0…1 as 0…255, rounded as VTK rounds.
    private func colors(_ values: Buffer<Float>) -> Buffer<UInt8> {
        Buffer(count: values.count) { out in
            let source = values.pointer
            for index in 0..<values.count {
                let value = 255 * Double(source[index]) + 0.5
                out[index] = value >= 0 ? UInt8(truncatingIfNeeded: Int(value < 255.5 ? value : 255)) : 0
            }
        }
    }

    private func identifiers(_ slot: LegacySlot, _ part: ArrayPart?) throws -> Buffer<Int64> {
        let narrow: Buffer<Int32>
        if isBinary { narrow = try buffer(slot, part, Int32.self) } else { return try buffer(slot, part, Int64.self) }
        defer { withExtendedLifetime(narrow) {} }
        return Buffer(count: narrow.count) { out in
            let source = narrow.pointer
            for index in 0..<narrow.count { out[index] = Int64(source[index]) }
        }
    }

    private func bits(_ slot: LegacySlot, _ part: ArrayPart?) throws -> FieldArray {
        let count = slot.valueCount
        var packed = Buffer<UInt8>(repeating: 0, count: (count + 7) / 8)
        if count > 0 && isBinary {
            packed = file.view(of: UInt8.self, at: slot.start, count: (count + 7) / 8) ?? packed
        } else if count > 0 {
            let values: Buffer<Int64> = try parsed(slot)
            packed.withUnsafeMutablePointer { out in
                for (index, value) in values.elements.enumerated() where value != 0 { out[index >> 3] |= 0x80 >> UInt8(index & 7) }
            }
            withExtendedLifetime(values) {}
        }
        guard let part else { return FieldArray(name: slot.name, components: slot.components, values: .bits(packed, count: count)) }
        var picked: [UInt8] = []
        part.forEachRun { tuple, count in
            for bit in tuple * slot.components..<(tuple + count) * slot.components { picked.append(packed[bit >> 3] >> (7 - UInt8(bit & 7)) & 1) }
        }
        return FieldArray(
            name: slot.name, components: slot.components,
            values: .bits(picked.withUnsafeBufferPointer { FieldArray.pack($0) }, count: picked.count))
    }

    private func strings(_ slot: LegacySlot, _ part: ArrayPart?) throws -> [String] {
        let all = try strings(slot)
        guard let part else { return all }
        var picked: [String] = []
        part.forEachRun { tuple, count in picked.append(contentsOf: all[tuple * slot.components..<(tuple + count) * slot.components]) }
        return picked
    }

    private func strings(_ slot: LegacySlot) throws -> [String] {
        if slot.valueCount == 0 { return [] }
        var parser = try LegacyStructureParser(file)
        parser.scanner.tellsBytes = isBinary
        parser.scanner.position = slot.start
        var strings: [String] = []
        strings.reserveCapacity(slot.valueCount)
        for _ in 0..<slot.valueCount {
            if isBinary {
                let length = try parser.readStringLength(slot.name)
                let first = parser.scanner.cursor
                try parser.scanner.skipBytes(length, of: slot.name)
                strings.append(String(decoding: UnsafeBufferPointer(start: first, count: length), as: UTF8.self))
            } else {
                strings.append(decodeLegacyText(parser.scanner.line() ?? ""))
            }
        }
        return strings
    }

    // MARK: Indices

    /// Whole numbers of any type as Int32, each inside `range`.
    ///
    /// - Parameter meaning: what a number is, for errors: `a point from 0 to 99`.
    func indices(_ slot: LegacySlot, in range: ClosedRange<Int64>, _ meaning: String) throws -> Buffer<Int32> {
        switch slot.type {
        case .number(.int64), .number(.uint64): return try narrowed(slot, buffer(slot, Int64.self), range, meaning)
        case .identifier where !isBinary: return try narrowed(slot, buffer(slot, Int64.self), range, meaning)
        case .number(.int32), .identifier:
            let values = try buffer(slot, Int32.self)
            defer { withExtendedLifetime(values) {} }
            if let place = values.elements.firstIndex(where: { !range.contains(Int64($0)) }) {
                throw outOfRange(slot, place, Int64(values[place]), meaning)
            }
            return values
        case .number(.uint32): return try narrowed(slot, buffer(slot, UInt32.self), range, meaning)
        case .number(.int16): return try narrowed(slot, buffer(slot, Int16.self), range, meaning)
        case .number(.uint16): return try narrowed(slot, buffer(slot, UInt16.self), range, meaning)
        case .number(.int8): return try narrowed(slot, buffer(slot, Int8.self), range, meaning)
        case .number(.uint8): return try narrowed(slot, buffer(slot, UInt8.self), range, meaning)
        case .number(.float32), .number(.float64), .bit, .string:
            throw FileError(file: file.path, place: .part(slot.name), expected: "whole numbers", found: slot.declaredType)
        }
    }

    private func narrowed<Value: FixedWidthInteger & TextNumber>(
        _ slot: LegacySlot, _ values: Buffer<Value>, _ range: ClosedRange<Int64>, _ meaning: String
    ) throws -> Buffer<Int32> {
        try Buffer<Int32>(count: values.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(values.count, grain: LegacyLoader.grain) { part in
                let source = values.pointer
                let (low, high) = (range.lowerBound, range.upperBound)
                for index in part {
                    let value = Int64(truncatingIfNeeded: source[index])
                    if value < low || value > high { throw outOfRange(slot, index, value, meaning) }
                    out[index] = Int32(truncatingIfNeeded: value)
                }
            }
        }
    }

    func outOfRange(_ slot: LegacySlot, _ index: Int, _ value: Int64, _ meaning: String) -> FileError {
        FileError(file: file.path, place: .part("\(slot.name), number \(index)"), expected: meaning, found: "\(value)")
    }
}

/// A number that text files hold.
protocol TextNumber: Scalar {
    /// Reads a number at `cursor` and moves behind it; nil, cursor unmoved or not, where there is none of this type.
    init?(parsing cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>)
}

extension TextNumber where Self: FixedWidthInteger {
    init?(parsing cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        guard let value = NumberParsing.int64(&cursor, end) else { return nil }
        if Self.bitWidth == 8 {
            // Signed and unsigned bytes are mixed up in old files, and mean the same bits.
            guard value >= -128, value <= 255 else { return nil }
            self = Self(truncatingIfNeeded: value)
        } else {
            guard let exact = Self(exactly: value) else { return nil }
            self = exact
        }
    }
}

extension Int8: TextNumber {}
extension UInt8: TextNumber {}
extension Int16: TextNumber {}
extension UInt16: TextNumber {}
extension Int32: TextNumber {}
extension UInt32: TextNumber {}
extension Int64: TextNumber {}
extension UInt64: TextNumber {
    init?(parsing cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        guard let value = NumberParsing.uint64(&cursor, end) else { return nil }
        self = value
    }
}
extension Float: TextNumber {
    init?(parsing cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        guard let value = NumberParsing.float(&cursor, end) else { return nil }
        self = value
    }
}
extension Double: TextNumber {
    init?(parsing cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        guard let value = NumberParsing.double(&cursor, end) else { return nil }
        self = value
    }
}
