import Datasets
import Execution

extension VolumeData {
    /// The array of the points of `wanted`, a part of `extent`, or of all where parts cannot be read.
    ///
    /// Raw numbers that are all wanted, in native order, in one file, stay where they are.
    /// - Throws: `FileError`; `MemoryExceededError` before anything is allocated; `CancelledError`.
    func load(_ wanted: Extent, context: ExecutionContext) throws -> FieldArray {
        var array = try numbers(wanted, context)
        array.declaredType = declaredType
        return array
    }

    private func numbers(_ wanted: Extent, _ context: ExecutionContext) throws -> FieldArray {
        switch type {
        case .int8: try load(Int8.self, wanted, context)
        case .uint8: try load(UInt8.self, wanted, context)
        case .int16: try load(Int16.self, wanted, context)
        case .uint16: try load(UInt16.self, wanted, context)
        case .int32: try load(Int32.self, wanted, context)
        case .uint32: try load(UInt32.self, wanted, context)
        case .int64: try load(Int64.self, wanted, context)
        case .uint64: try load(UInt64.self, wanted, context)
        case .float32: try load(Float.self, wanted, context)
        case .float64: try load(Double.self, wanted, context)
        }
    }

    private func load<Value: TextValue>(_ type: Value.Type, _ wanted: Extent, _ context: ExecutionContext) throws -> FieldArray {
        if wanted.isEmpty { return FieldArray(name: name, components: components, Buffer<Value>()) }
        if encoding == .raw && canReadParts { return FieldArray(name: name, components: components, try rows(type, wanted, context)) }
        if canReadParts && wanted != extent { return FieldArray(name: name, components: components, try inflatedRows(type, wanted, context)) }
        let all = try decoded(type, context)
        return FieldArray(name: name, components: components, isPlanar && components > 1 ? try interleaved(all, context) : all)
    }

    private var swaps: Bool { byteOrder != .native && type.byteCount > 1 }

    // MARK: Raw

    private func rows<Value: TextValue>(_: Value.Type, _ wanted: Extent, _ context: ExecutionContext) throws -> Buffer<Value> {
        let width = MemoryLayout<Value>.size
        if wanted == extent && files.count == 1 && !swaps && !isUpsideDown {
            let part = try self.part(0)
            let offset = part.bytes.baseAddress! - part.file.bytes.baseAddress!
            if let view = part.file.view(of: Value.self, at: offset, count: valueCount) { return view }
        }
        try checkMemory(wanted.pointCount * components * width, for: "the array \(name)", context)
        let rowsPerFile = size.y * size.z / files.count
        let needed = wanted.dimensions
        // Rows of the files' order that are wanted lie in these files.
        func stored(_ j: Int, _ k: Int) -> Int { k * size.y + (isUpsideDown ? size.y - 1 - j : j) }
        // One file with too few bytes says no before anybody walks over rows that a header only claims.
        _ = try part(stored(wanted.lower.y, wanted.lower.z) / rowsPerFile)
        var isNeeded = [Bool](repeating: false, count: files.count)
        for k in wanted.lower.z...wanted.upper.z {
            for j in wanted.lower.y...wanted.upper.y { isNeeded[stored(j, k) / rowsPerFile] = true }
        }
        let parts = try files.indices.map { isNeeded[$0] ? try part($0) : nil }
        let rowBytes = needed.x * components * width
        return try Buffer<Value>(count: wanted.pointCount * components) { out in
            nonisolated(unsafe) let out = UnsafeMutableRawPointer(out)
            nonisolated(unsafe) let bases = parts.map { $0?.bytes.baseAddress }
            try context.parallelFor(needed.y * needed.z, grain: max(1, (1 << 18) / max(rowBytes, 1))) { range in
                for row in range {
                    let source = stored(wanted.lower.y + row % needed.y, wanted.lower.z + row / needed.y)
                    let from = bases[source / rowsPerFile]! + (source % rowsPerFile * size.x + wanted.lower.x) * components * width
                    let to = out + row * rowBytes
                    if swaps {
                        swapBytes(from: from, to: to, count: needed.x * components, width: width)
                    } else {
                        to.copyMemory(from: from, byteCount: rowBytes)
                    }
                }
            }
            withExtendedLifetime(parts) {}
        }
    }

    // MARK: Encoded

    /// The rows of `wanted` from streams that are decompressed up to the last of them; no more than a row is kept of the others.
    private func inflatedRows<Value: TextValue>(_: Value.Type, _ wanted: Extent, _ context: ExecutionContext) throws -> Buffer<Value> {
        let tuple = MemoryLayout<Value>.size * components
        let needed = wanted.dimensions
        try checkMemory(wanted.pointCount * tuple, for: "the array \(name)", context)
        let rowBytes = size.x * tuple
        let rowsPerFile = size.y * size.z / files.count
        // Rows of a slice in the order of the file.
        let lines =
            isUpsideDown ? size.y - 1 - wanted.upper.y...size.y - 1 - wanted.lower.y : wanted.lower.y...wanted.upper.y
        return try Buffer<Value>(count: wanted.pointCount * components) { out in
            nonisolated(unsafe) let target = UnsafeMutableRawPointer(out)
            _ = try forEachPiece(files.count, context) { index, context in
                let fileRows = index * rowsPerFile..<(index + 1) * rowsPerFile
                let first = wanted.lower.z * size.y + lines.lowerBound
                let last = wanted.upper.z * size.y + lines.upperBound
                if last < fileRows.lowerBound || first >= fileRows.upperBound { return }
                let part = try part(index)
                defer { withExtendedLifetime(part.file) {} }
                do {
                    let stream = try InflateStream(part.bytes, needed: decodedSkip + rowsPerFile * rowBytes)
                    try stream.skip(decodedSkip, context: context)
                    let scratch = Storage(byteCount: rowBytes)
                    var position = fileRows.lowerBound
                    for k in wanted.lower.z...wanted.upper.z {
                        for line in lines where fileRows.contains(k * size.y + line) {
                            try stream.skip((k * size.y + line - position) * rowBytes, context: context)
                            try stream.read(rowBytes, into: scratch.address, context: context)
                            position = k * size.y + line + 1
                            let row = (k - wanted.lower.z) * needed.y + (isUpsideDown ? size.y - 1 - line : line) - wanted.lower.y
                            (target + row * needed.x * tuple).copyMemory(from: scratch.address + wanted.lower.x * tuple, byteCount: needed.x * tuple)
                        }
                    }
                } catch let problem as FormatProblem {
                    throw problem.at(.part("data"), of: part.file.path)
                }
            }
            if swaps {
                try context.parallelFor(wanted.pointCount * components, grain: 1 << 16) { range in
                    swapBytes(target + range.lowerBound * MemoryLayout<Value>.size, count: range.count, width: MemoryLayout<Value>.size)
                }
            }
        }
    }

    private func decoded<Value: TextValue>(_: Value.Type, _ context: ExecutionContext) throws -> Buffer<Value> {
        let width = MemoryLayout<Value>.size
        let count = valueCount / files.count
        // Checked before anything is allocated.
        let first = try part(0)
        try checkMemory(byteCount, for: "the array \(name)", context)
        return try Buffer<Value>(count: valueCount) { out in
            nonisolated(unsafe) let out = out
            _ = try forEachPiece(files.count, context) { index, context in
                let part = try index == 0 ? first : part(index)
                let target = out + index * count
                do {
                    switch encoding {
                    case .raw: UnsafeMutableRawPointer(target).copyMemory(from: part.bytes.baseAddress!, byteCount: count * width)
                    case .deflated:
                        try inflate(part.bytes, skipping: decodedSkip, into: UnsafeMutableRawBufferPointer(start: target, count: count * width), context: context)
                    case .hexadecimal: try readHexadecimal(part.bytes, into: target, byteCount: count * width)
                    case .text: try readText(part.bytes, into: target, count: count, context)
                    }
                } catch let problem as FormatProblem {
                    throw problem.byte.map { problem.at(.byte($0 + (part.bytes.baseAddress! - part.file.bytes.baseAddress!)), of: part.file.path) }
                        ?? problem.at(.part("data"), of: part.file.path)
                }
                withExtendedLifetime(part.file) {}
            }
            if swaps && encoding != .text {
                try context.parallelFor(valueCount, grain: 1 << 16) { range in
                    swapBytes(UnsafeMutableRawPointer(out + range.lowerBound), count: range.count, width: width)
                }
            }
            if isUpsideDown { try turn(out, context) }
        }
    }

    private func readHexadecimal(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, byteCount: Int) throws {
        func digit(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 48...57: byte - 48
            case 65...70: byte - 55
            case 97...102: byte - 87
            default: nil
            }
        }
        var place = 0
        func next() throws -> UInt8 {
            while place < bytes.count && NumberParsing.isSpace(bytes[place]) { place += 1 }
            guard place < bytes.count, let value = digit(bytes[place]) else {
                throw FormatProblem(expected: "a hexadecimal digit", found: place < bytes.count ? "another character" : "the end of the data", byte: place)
            }
            place += 1
            return value
        }
        for index in 0..<byteCount {
            let high = try next()
            target.storeBytes(of: high << 4 | (try next()), toByteOffset: index, as: UInt8.self)
        }
    }

    private func readText<Value: TextValue>(
        _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<Value>, count: Int, _ context: ExecutionContext
    ) throws {
        let text = TextNumbers(bytes, [0..<bytes.count])
        if isLooselyTyped && !Value.scalarType.isFloatingPoint && MemoryLayout<Value>.size < 8 {
            let values = try text.parse(Double.self, count: count, context: context)
            for index in 0..<count { target[index] = Value(clampingDouble: values.pointer[index]) }
            withExtendedLifetime(values) {}
        } else {
            let values = try text.parse(Value.self, count: count, context: context)
            target.update(from: values.pointer, count: count)
            withExtendedLifetime(values) {}
        }
    }

    /// Puts the rows of every slice in the other order.
    private func turn<Value>(_ values: UnsafeMutablePointer<Value>, _ context: ExecutionContext) throws {
        nonisolated(unsafe) let values = values
        let row = size.x * (isPlanar ? 1 : components)
        try context.parallelFor(size.z * (isPlanar ? components : 1), grain: 1) { range in
            for slice in range {
                let first = values + slice * size.y * row
                for line in 0..<size.y / 2 {
                    let (low, high) = (first + line * row, first + (size.y - 1 - line) * row)
                    for index in 0..<row {
                        let value = low[index]
                        low[index] = high[index]
                        high[index] = value
                    }
                }
            }
        }
    }

    private func interleaved<Value: TextValue>(_ planes: Buffer<Value>, _ context: ExecutionContext) throws -> Buffer<Value> {
        let points = size.x * size.y * size.z
        return try Buffer<Value>(count: planes.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(points, grain: 1 << 14) { range in
                for component in 0..<components {
                    let source = planes.pointer + component * points
                    for point in range { out[point &* components &+ component] = source[point] }
                }
            }
        }
    }
}
