import Datasets
import Execution

extension XMLPayload {
    private static let chunkBytes = 1 << 18

    private func checkCount(_ needed: Int, width: Int) throws {
        guard needed <= byteCount else {
            throw FormatProblem(
                expected: "\(needed / max(1, width)) values (\(needed) bytes)", found: "\(byteCount / max(1, width)) (\(byteCount) bytes)",
                byte: stored.fileOffset)
        }
    }

    private func swaps(_ width: Int) -> Bool { byteOrder != .native && width > 1 }

    /// Lets go of the file's pages that hold the bytes `range` of an array that is stored as it is.
    func release(_ range: Range<Int>) {
        guard windows == nil, let offset = stored.fileOffset, let file = stored.owner as? MappedFile else { return }
        file.release(offset + range.lowerBound..<offset + range.upperBound)
    }

    /// Writes the rows, in native byte order, one behind the other to `target`. Only the windows that hold them are decoded.
    func copy(_ layout: RowLayout, width: Int, to target: UnsafeMutableRawPointer, _ benches: WorkbenchPool, context: ExecutionContext) throws {
        guard layout.byteCount > 0 else { return }
        let last = layout.start + (layout.slices - 1) * layout.sliceStride + (layout.rows - 1) * layout.rowStride + layout.rowBytes
        try checkCount(last, width: width)
        let swaps = self.swaps(width)
        defer { withExtendedLifetime(stored.owner) {} }
        guard let windows else {
            let base = stored.base
            try context.parallelFor(last - layout.start, grain: XMLPayload.chunkBytes) { range in
                layout.forEachPart(in: range.lowerBound + layout.start..<range.upperBound + layout.start) { source, place, count in
                    // Chunks and rows begin at multiples of the width, so no number is cut.
                    if swaps {
                        swapBytes(from: base + source, to: target + place, count: count / width, width: width)
                    } else {
                        (target + place).copyMemory(from: base + source, byteCount: count)
                    }
                }
            }
            release(layout.start..<last)
            return
        }
        let first = layout.start / windows.size
        let end = min(windows.count, (last + windows.size - 1) / windows.size)
        try context.parallelFor(end - first, grain: max(1, XMLPayload.chunkBytes / windows.size)) { range in
            try benches.withBench { bench in
                for window in range.lowerBound + first..<range.upperBound + first {
                    let size = windows.size(of: window)
                    let start = window * windows.size
                    if layout.isContiguous && start >= layout.start && start + size <= last {
                        try decode(window, of: windows, into: target + (start - layout.start), bench)
                    } else {
                        var isNeeded = false
                        layout.forEachPart(in: start..<start + size) { _, _, _ in isNeeded = true }
                        if !isNeeded { continue }
                        let scratch = bench.scratch(size)
                        try decode(window, of: windows, into: scratch, bench)
                        layout.forEachPart(in: start..<start + size) { source, place, count in
                            (target + place).copyMemory(from: scratch + (source - start), byteCount: count)
                        }
                    }
                }
            }
        }
        try swap(target, byteCount: layout.byteCount, width: width, context)
    }

    private func swap(_ target: UnsafeMutableRawPointer, byteCount: Int, width: Int, _ context: ExecutionContext) throws {
        guard swaps(width) else { return }
        try context.parallelFor(byteCount / width, grain: XMLPayload.chunkBytes) { range in
            swapBytes(target + range.lowerBound * width, count: range.count, width: width)
        }
    }

    /// Writes the values `range`, in native byte order, to `target`.
    func copy(_ range: Range<Int>, width: Int, to target: UnsafeMutableRawPointer, _ benches: WorkbenchPool, context: ExecutionContext) throws {
        let layout = RowLayout(
            stored: SIMD3(range.upperBound, 1, 1), lower: SIMD3(range.lowerBound, 0, 0), size: SIMD3(range.count, 1, 1), width: width)
        try copy(layout, width: width, to: target, benches, context: context)
    }

    /// Writes the tuples at `places`, in native byte order, one behind the other to `target`. Only the windows that hold them are decoded.
    ///
    /// - Parameters:
    ///   - places: rising.
    ///   - tupleWidth: bytes of a tuple.
    ///   - width: bytes of a number.
    func gather(
        _ places: Buffer<Int32>, tupleWidth: Int, width: Int, to target: UnsafeMutableRawPointer, _ benches: WorkbenchPool,
        context: ExecutionContext
    ) throws {
        guard let last = places.elements.last else { return }
        try checkCount((Int(last) + 1) * tupleWidth, width: width)
        let place = places.pointer
        defer { withExtendedLifetime((stored.owner, places)) {} }
        guard let windows else {
            let base = stored.base
            try context.parallelFor(places.count, grain: max(1, XMLPayload.chunkBytes / tupleWidth)) { range in
                forEachRun(place, range) { first, position, count in
                    (target + position &* tupleWidth).copyMemory(from: base + first &* tupleWidth, byteCount: count &* tupleWidth)
                }
            }
            release(Int(place[0]) * tupleWidth..<(Int(last) + 1) * tupleWidth)
            return try swap(target, byteCount: places.count * tupleWidth, width: width, context)
        }
        let first = Int(place[0]) * tupleWidth / windows.size
        let end = min(windows.count, ((Int(last) + 1) * tupleWidth + windows.size - 1) / windows.size)
        try context.parallelFor(end - first, grain: max(1, XMLPayload.chunkBytes / windows.size)) { range in
            try benches.withBench { bench in
                for window in range.lowerBound + first..<range.upperBound + first {
                    let bytes = window * windows.size..<window * windows.size + windows.size(of: window)
                    // The first tuple that ends in the window, and the first that begins behind it.
                    let low = places.elements.firstPlace { (Int($0) + 1) * tupleWidth > bytes.lowerBound }
                    let high = places.elements.firstPlace { Int($0) * tupleWidth >= bytes.upperBound }
                    if low >= high { continue }
                    let scratch = bench.scratch(bytes.count)
                    try decode(window, of: windows, into: scratch, bench)
                    forEachRun(place, low..<high) { tuple, position, count in
                        // Windows may cut a tuple.
                        let begin = max(tuple &* tupleWidth, bytes.lowerBound)
                        let end = min((tuple &+ count) &* tupleWidth, bytes.upperBound)
                        (target + position &* tupleWidth + (begin &- tuple &* tupleWidth)).copyMemory(
                            from: scratch + (begin &- bytes.lowerBound), byteCount: end &- begin)
                    }
                }
            }
        }
        try swap(target, byteCount: places.count * tupleWidth, width: width, context)
    }

    /// Calls `body` for runs of places that follow one another: the first place, its position, how many.
    @inline(__always)
    private func forEachRun(_ place: UnsafePointer<Int32>, _ range: Range<Int>, _ body: (Int, Int, Int) -> Void) {
        var position = range.lowerBound
        while position < range.upperBound {
            var end = position &+ 1
            while end < range.upperBound && place[end] == place[end &- 1] &+ 1 { end &+= 1 }
            body(Int(place[position]), position, end &- position)
            position = end
        }
    }

    /// Hands the values `values` on, a few at a time while they are in the cache, on many threads and in any order.
    ///
    /// - Parameter body: gets values in native byte order at an address without alignment, and which they are.
    func forEachChunk(
        _ values: Range<Int>, width: Int, _ benches: WorkbenchPool, context: ExecutionContext,
        _ body: (UnsafeRawPointer, Range<Int>) throws -> Void
    ) throws {
        try checkCount(try product(values.upperBound, width, for: "an array"), width: width)
        if values.isEmpty { return }
        let swaps = self.swaps(width)
        defer { withExtendedLifetime(stored.owner) {} }
        if let windows, windows.size % width == 0 {
            let each = windows.size / width
            let first = values.lowerBound / each
            let end = min(windows.count, (values.upperBound + each - 1) / each)
            try context.parallelFor(end - first, grain: max(1, XMLPayload.chunkBytes / windows.size)) { range in
                try benches.withBench { bench in
                    for window in range.lowerBound + first..<range.upperBound + first {
                        let scratch = bench.scratch(windows.size(of: window))
                        try decode(window, of: windows, into: scratch, bench)
                        let begin = window * each
                        let held = (begin..<begin + windows.size(of: window) / width).clamped(to: values)
                        let start = scratch + (held.lowerBound - begin) * width
                        if swaps { swapBytes(start, count: held.count, width: width) }
                        try body(UnsafeRawPointer(start), held)
                    }
                }
            }
        } else if windows != nil {
            // Blocks cut numbers apart: put them together first.
            let part = Storage(byteCount: values.count * width)
            try copy(values, width: width, to: part.address, benches, context: context)
            try context.parallelFor(values.count, grain: XMLPayload.chunkBytes / width) { range in
                try body(
                    UnsafeRawPointer(part.address + range.lowerBound * width),
                    values.lowerBound + range.lowerBound..<values.lowerBound + range.upperBound)
            }
        } else {
            let base = stored.base + values.lowerBound * width
            try context.parallelFor(values.count, grain: XMLPayload.chunkBytes / width) { range in
                let held = values.lowerBound + range.lowerBound..<values.lowerBound + range.upperBound
                if swaps {
                    try benches.withBench { bench in
                        let scratch = bench.scratch(range.count * width)
                        swapBytes(from: base + range.lowerBound * width, to: scratch, count: range.count, width: width)
                        try body(UnsafeRawPointer(scratch), held)
                    }
                } else {
                    try body(base + range.lowerBound * width, held)
                }
            }
            release(values.lowerBound * width..<values.upperBound * width)
        }
    }

    /// Hands the whole numbers `range` on as chunks of Int64, or of Int32 where they are stored as such.
    ///
    /// - Parameters:
    ///   - wide: gets Int64 at an address without alignment.
    ///   - narrow: gets Int32 at an address without alignment.
    func forEachIndexChunk(
        _ range: Range<Int>, of type: ScalarType, _ benches: WorkbenchPool, context: ExecutionContext,
        wide: (UnsafeRawPointer, Range<Int>) throws -> Void, narrow: (UnsafeRawPointer, Range<Int>) throws -> Void
    ) throws {
        try forEachChunk(range, width: type.byteCount, benches, context: context) { source, range in
            switch type {
            case .int64, .uint64: try wide(source, range)
            case .int32: try narrow(source, range)
            default:
                try withUnsafeTemporaryAllocation(of: Int64.self, capacity: range.count) { widened in
                    for index in 0..<range.count {
                        widened[index] =
                            switch type {
                            case .int8: Int64(source.load(fromByteOffset: index, as: Int8.self))
                            case .uint8: Int64(source.load(fromByteOffset: index, as: UInt8.self))
                            case .int16: Int64(source.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self))
                            case .uint16: Int64(source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                            default: Int64(source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
                            }
                    }
                    try wide(UnsafeRawPointer(widened.baseAddress!), range)
                }
            }
        }
    }
}

extension UnsafeBufferPointer {
    /// The first position whose element is beyond a border; all that follow must be too.
    func firstPlace(where isBeyond: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
