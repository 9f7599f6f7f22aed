import Datasets
import Execution

/// Turns entries of a file into arrays.
struct XMLArrayLoader: Sendable {
    let file: XMLFile
    private let benches: WorkbenchPool

    init(_ file: XMLFile) {
        self.file = file
        if case .codec(let codec) = file.compressor { benches = WorkbenchPool(codec) } else { benches = WorkbenchPool(.none) }
    }

    /// All of an array that must have `tuples` tuples.
    func load(_ entry: XMLArrayEntry, tuples: Int, context: ExecutionContext) throws -> FieldArray {
        try load(entry, stored: SIMD3(tuples, 1, 1), lower: SIMD3(), size: SIMD3(tuples, 1, 1), context: context)
    }

    /// Some of the tuples of an array that has `tuples` of them.
    func load(_ entry: XMLArrayEntry, tuples: Int, choice: TupleChoice, context: ExecutionContext) throws -> FieldArray {
        switch choice {
        case .range(let range):
            try load(entry, stored: SIMD3(tuples, 1, 1), lower: SIMD3(range.lowerBound, 0, 0), size: SIMD3(range.count, 1, 1), context: context)
        case .places(let places): try load(entry, .tuples(places, of: tuples), context)
        }
    }

    /// The tuples of a box of an array that lies on a lattice.
    ///
    /// - Parameters:
    ///   - stored: points (or cells) of the array on each axis.
    ///   - lower: where the box begins on each axis.
    ///   - size: how many the box has on each axis; inside `stored`.
    func load(
        _ entry: XMLArrayEntry, stored: SIMD3<Int>, lower: SIMD3<Int>, size: SIMD3<Int>, context: ExecutionContext
    ) throws -> FieldArray {
        try load(entry, .box(stored: stored, lower: lower, size: size), context)
    }

    private func load(_ entry: XMLArrayEntry, _ part: ArrayPart, _ context: ExecutionContext) throws -> FieldArray {
        try file.at(entry.place) {
            var array: FieldArray
            switch entry.type {
            case .number(let type):
                func make<Value: TextValue>(_: Value.Type) throws -> FieldArray {
                    let buffer: Buffer<Value> = try numbers(entry, part, context)
                    return FieldArray(name: entry.name, components: entry.components, buffer)
                }
                switch type {
                case .int8: array = try make(Int8.self)
                case .uint8: array = try make(UInt8.self)
                case .int16: array = try make(Int16.self)
                case .uint16: array = try make(UInt16.self)
                case .int32: array = try make(Int32.self)
                case .uint32: array = try make(UInt32.self)
                case .int64: array = try make(Int64.self)
                case .uint64: array = try make(UInt64.self)
                case .float32: array = try make(Float.self)
                case .float64: array = try make(Double.self)
                }
            case .string: array = try strings(entry, part, context)
            case .bit: array = try bits(entry, part, context)
            }
            array.componentNames = entry.componentNames
            array.declaredType = entry.declaredType
            return array
        }
    }

    /// How many values there are.
    func valueCount(_ entry: XMLArrayEntry, context: ExecutionContext) throws -> Int {
        try file.at(entry.place) {
            switch (entry.location, entry.type) {
            case (_, .string): try text(entry, context).count
            case (.ascii(let ranges), _): try TextNumbers(file.file.bytes, ranges).count(context: context)
            default: try file.payload(entry).byteCount / entry.valueWidth
            }
        }
    }

    /// An array whose number of tuples may not be known: by the file's word, or as many as there are.
    func loadField(_ entry: XMLArrayEntry, context: ExecutionContext) throws -> FieldArray {
        let tuples = try entry.tuples ?? valueCount(entry, context: context) / entry.components
        return try load(entry, tuples: tuples, context: context)
    }

    private func numbers<Value: TextValue>(_ entry: XMLArrayEntry, _ part: ArrayPart, _ context: ExecutionContext) throws -> Buffer<Value> {
        let storedCount = try product(part.storedTuples, entry.components, for: "an array")
        let width = MemoryLayout<Value>.stride
        let tupleWidth = width * entry.components
        _ = try product(storedCount, width, for: "an array")
        let count = part.tuples * entry.components
        if count == 0 { return Buffer() }
        if case .ascii(let ranges) = entry.location {
            let all = try TextNumbers(file.file.bytes, ranges).parse(Value.self, count: storedCount, context: context)
            if count == storedCount { return all }
            if case .tuples(let places, _) = part { return try all.gathered(places, components: entry.components, context: context) }
            return Buffer(count: count) { out in
                part.layout(width: tupleWidth).forEachPart(in: 0..<storedCount * width) { source, target, bytes in
                    (UnsafeMutableRawPointer(out) + target).copyMemory(from: UnsafeRawPointer(all.pointer) + source, byteCount: bytes)
                }
                withExtendedLifetime(all) {}
            }
        }
        let payload = try file.payload(entry)
        guard storedCount * width <= payload.byteCount else {
            throw FormatProblem(
                expected: "\(storedCount) values (\(storedCount * width) bytes)", found: "\(payload.byteCount / width) (\(payload.byteCount) bytes)",
                byte: payload.stored.fileOffset)
        }
        if case .tuples(let places, _) = part {
            try checkMemory(count * width, for: entry.place, context)
            return try Buffer<Value>(count: count) { out in
                try payload.gather(places, tupleWidth: tupleWidth, width: width, to: UnsafeMutableRawPointer(out), benches, context: context)
            }
        }
        let layout = part.layout(width: tupleWidth)
        if payload.byteOrder == .native || width == 1, layout.isContiguous, let offset = payload.fileOffset,
            let view = file.file.view(of: Value.self, at: offset + layout.start, count: count)
        {
            // The bytes are what is wanted: look at them where they are.
            return view
        }
        try checkMemory(count * width, for: entry.place, context)
        return try Buffer<Value>(count: count) { out in
            try payload.copy(layout, width: width, to: UnsafeMutableRawPointer(out), benches, context: context)
        }
    }

    /// Where the whole numbers of an array come from.
    enum IndexSource {
        case text([Range<Int>])
        case payload(XMLPayload, ScalarType)

        /// More values than this are not there.
        var greatestCount: Int {
            switch self {
            case .text(let ranges): ranges.reduce(0) { $0 + ($1.count + 1) / 2 }
            case .payload(let payload, let type): payload.byteCount / type.byteCount
            }
        }
    }

    func indexSource(_ entry: XMLArrayEntry, context: ExecutionContext) throws -> IndexSource {
        guard let type = entry.scalarType, !type.isFloatingPoint else {
            throw FormatProblem(expected: "whole numbers", found: "another type", byte: entry.byte)
        }
        if case .ascii(let ranges) = entry.location { return .text(ranges) }
        return .payload(try file.payload(entry), type)
    }

    /// Hands on the whole numbers `range` as chunks of Int64, or of Int32 where they are stored as such.
    ///
    /// - Parameters:
    ///   - wide: gets Int64 at an address without alignment.
    ///   - narrow: gets Int32 at an address without alignment.
    func forEachIndexChunk(
        _ indices: IndexSource, _ range: Range<Int>, context: ExecutionContext, wide: (UnsafeRawPointer, Range<Int>) throws -> Void,
        narrow: (UnsafeRawPointer, Range<Int>) throws -> Void
    ) throws {
        switch indices {
        case .text(let ranges):
            let all = try TextNumbers(file.file.bytes, ranges).parse(Int64.self, count: range.upperBound, context: context)
            try context.parallelFor(range.count, grain: 1 << 16) { part in
                let first = range.lowerBound + part.lowerBound
                try wide(UnsafeRawPointer(all.pointer + first), first..<first + part.count)
            }
            withExtendedLifetime(all) {}
        case .payload(let payload, let type):
            try payload.forEachIndexChunk(range, of: type, benches, context: context, wide: wide, narrow: narrow)
        }
    }

    /// The Int32 numbers `range` of a raw array where they lie in the file; nil where that cannot be.
    func mappedIndices(_ entry: XMLArrayEntry, _ range: Range<Int>, context: ExecutionContext) throws -> Buffer<Int32>? {
        guard entry.type == .number(.int32), case .appended = entry.location, case .codec(.none) = file.compressor,
            file.byteOrder == .native
        else { return nil }
        let part = ArrayPart.box(stored: SIMD3(range.upperBound, 1, 1), lower: SIMD3(range.lowerBound, 0, 0), size: SIMD3(range.count, 1, 1))
        return try file.at(entry.place) { try numbers(entry, part, context) }
    }

    // MARK: Text and bits

    /// Every string of an array: bytes, or the codes of bytes, each string ended by a zero.
    private func text(_ entry: XMLArrayEntry, _ context: ExecutionContext) throws -> [String] {
        let bytes: Buffer<UInt8>
        if case .ascii(let ranges) = entry.location {
            let codes = TextNumbers(file.file.bytes, ranges)
            bytes = try codes.parse(UInt8.self, count: try codes.count(context: context), context: context)
        } else {
            let payload = try file.payload(entry)
            try checkMemory(payload.byteCount, for: entry.place, context)
            bytes = try Buffer(count: payload.byteCount) { out in
                try payload.copy(0..<payload.byteCount, width: 1, to: UnsafeMutableRawPointer(out), benches, context: context)
            }
        }
        var strings: [String] = []
        var start = 0
        let characters = bytes.elements
        for index in 0..<characters.count where characters[index] == 0 {
            strings.append(String(decoding: UnsafeBufferPointer(rebasing: characters[start..<index]), as: UTF8.self))
            start = index + 1
        }
        if start < characters.count { strings.append(String(decoding: UnsafeBufferPointer(rebasing: characters[start...]), as: UTF8.self)) }
        return strings
    }

    private func strings(_ entry: XMLArrayEntry, _ part: ArrayPart, _ context: ExecutionContext) throws -> FieldArray {
        let storedCount = try product(part.storedTuples, entry.components, for: "an array")
        // Where a string begins is known only behind all that come before.
        let strings = storedCount == 0 || part.tuples == 0 ? [] : try text(entry, context)
        guard strings.count >= storedCount || part.tuples == 0 else {
            throw FormatProblem(expected: "\(storedCount) strings", found: "\(strings.count)", byte: entry.byte)
        }
        var picked: [String] = []
        part.forEachRun { tuple, count in
            picked.append(contentsOf: strings[tuple * entry.components..<(tuple + count) * entry.components])
        }
        return FieldArray(name: entry.name, components: entry.components, strings: picked)
    }

    private func bits(_ entry: XMLArrayEntry, _ part: ArrayPart, _ context: ExecutionContext) throws -> FieldArray {
        let storedCount = try product(part.storedTuples, entry.components, for: "an array")
        let count = part.tuples * entry.components
        var packed: Buffer<UInt8>
        if storedCount == 0 || count == 0 {
            packed = Buffer()
        } else if case .ascii(let ranges) = entry.location {
            let values = try TextNumbers(file.file.bytes, ranges).parse(UInt8.self, count: storedCount, context: context)
            packed = FieldArray.pack(values.elements)
        } else {
            let payload = try file.payload(entry)
            guard (storedCount + 7) / 8 <= payload.byteCount else {
                throw FormatProblem(expected: "\(storedCount) bits", found: "\(payload.byteCount) bytes", byte: payload.stored.fileOffset)
            }
            packed = try Buffer(count: (storedCount + 7) / 8) { out in
                try payload.copy(0..<(storedCount + 7) / 8, width: 1, to: UnsafeMutableRawPointer(out), benches, context: context)
            }
        }
        if count != storedCount {
            var values: [UInt8] = []
            part.forEachRun { tuple, count in
                for bit in tuple * entry.components..<(tuple + count) * entry.components { values.append(packed[bit >> 3] >> (7 - UInt8(bit & 7)) & 1) }
            }
            packed = values.withUnsafeBufferPointer { FieldArray.pack($0) }
        }
        return FieldArray(name: entry.name, components: entry.components, values: .bits(packed, count: count))
    }
}

extension FieldArray {
    /// One bit for each value, set where it is not zero, the first in the highest place.
    static func pack(_ values: UnsafeBufferPointer<UInt8>) -> Buffer<UInt8> {
        var packed = Buffer<UInt8>(repeating: 0, count: (values.count + 7) / 8)
        packed.withUnsafeMutablePointer { out in
            for (bit, value) in values.enumerated() where value != 0 { out[bit >> 3] |= 0x80 >> UInt8(bit & 7) }
        }
        return packed
    }
}
