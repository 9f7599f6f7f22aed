import Datasets
import Execution

/// Rows of bytes in an array of a lattice, equally long and equally far apart.
struct RowLayout {
    /// Where the first row begins.
    var start: Int
    var rowBytes: Int
    var rows: Int
    var rowStride: Int
    var slices: Int
    var sliceStride: Int

    /// The rows of a part of a lattice, `width` bytes a point; rows that touch become one.
    init(stored: SIMD3<Int>, lower: SIMD3<Int>, size: SIMD3<Int>, width: Int) {
        start = ((lower.z * stored.y + lower.y) * stored.x + lower.x) * width
        rowBytes = size.x * width
        rows = size.y
        rowStride = stored.x * width
        slices = size.z
        sliceStride = stored.x * stored.y * width
        if rowBytes == rowStride || rows == 1 {
            rowBytes = rows == 1 ? rowBytes : rowBytes * rows
            rows = 1
            rowStride = max(rowBytes, 1)
            if rowBytes == sliceStride || slices == 1 {
                rowBytes *= slices
                slices = 1
            }
        }
    }

    var byteCount: Int { rowBytes * rows * slices }
    var isContiguous: Bool { rows == 1 && slices == 1 }

    /// Calls `body` for the parts of rows in `window`: where in the array, where in the packed rows, how many bytes.
    func forEachPart(in window: Range<Int>, _ body: (_ source: Int, _ target: Int, _ count: Int) -> Void) {
        let first = isContiguous || slices == 1 ? 0 : max(0, (window.lowerBound - start) / max(1, sliceStride) - 1)
        for slice in first..<slices {
            let sliceStart = start + slice * sliceStride
            if sliceStart >= window.upperBound { break }
            let firstRow = rows == 1 ? 0 : min(max(0, (window.lowerBound - sliceStart) / rowStride - 1), rows)
            for row in firstRow..<rows {
                let rowStart = sliceStart + row * rowStride
                if rowStart >= window.upperBound { break }
                let low = max(rowStart, window.lowerBound)
                let high = min(rowStart + rowBytes, window.upperBound)
                if low < high { body(low, (slice * rows + row) * rowBytes + low - rowStart, high - low) }
            }
        }
    }
}

extension XMLPayload {
    private static let chunkBytes = 1 << 18

    private func checkCount(_ needed: Int, width: Int) throws {
        guard needed <= byteCount else {
            throw FormatProblem(
                expected: "\(needed / max(1, width)) values (\(needed) bytes)", found: "\(byteCount / max(1, width)) (\(byteCount) bytes)",
                byte: fileOffset)
        }
    }

    private func block(_ block: Int, of blocks: Blocks) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + blocks.starts[block], count: blocks.starts[block + 1] - blocks.starts[block])
    }

    private func decode(_ index: Int, of blocks: Blocks, into target: UnsafeMutableRawPointer, _ bench: Workbench) throws {
        do {
            try bench.decompressor.decompress(
                block(index, of: blocks), into: UnsafeMutableRawBufferPointer(start: target, count: blocks.decodedSize(index)))
        } catch var problem as FormatProblem {
            problem.byte = fileOffset.map { $0 + blocks.starts[index] }
            throw problem
        }
    }

    /// Writes the rows, in native byte order, one behind the other to `target`. Only the blocks that hold them are decoded.
    func copy(_ layout: RowLayout, width: Int, to target: UnsafeMutableRawPointer, _ benches: WorkbenchPool, context: ExecutionContext) throws {
        guard layout.byteCount > 0 else { return }
        let last = layout.start + (layout.slices - 1) * layout.sliceStride + (layout.rows - 1) * layout.rowStride + layout.rowBytes
        try checkCount(last, width: width)
        let swaps = byteOrder != .native && width > 1
        guard let blocks else {
            let base = self.base
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
            withExtendedLifetime(owner) {}
            return
        }
        let firstBlock = layout.start / blocks.size
        let endBlock = min(blocks.count, (last + blocks.size - 1) / blocks.size)
        let grain = max(1, XMLPayload.chunkBytes / blocks.size)
        try context.parallelFor(endBlock - firstBlock, grain: grain) { range in
            try benches.withBench { bench in
                for index in range.lowerBound + firstBlock..<range.upperBound + firstBlock {
                    let size = blocks.decodedSize(index)
                    let start = index * blocks.size
                    if layout.isContiguous && start >= layout.start && start + size <= last {
                        let place = target + (start - layout.start)
                        try decode(index, of: blocks, into: place, bench)
                    } else {
                        var isNeeded = false
                        layout.forEachPart(in: start..<start + size) { _, _, _ in isNeeded = true }
                        if !isNeeded { continue }
                        let scratch = bench.scratch(size)
                        try decode(index, of: blocks, into: scratch, bench)
                        layout.forEachPart(in: start..<start + size) { source, place, count in
                            (target + place).copyMemory(from: scratch + (source - start), byteCount: count)
                        }
                    }
                }
            }
        }
        if swaps {
            try context.parallelFor(layout.byteCount / width, grain: XMLPayload.chunkBytes) { range in
                swapBytes(target + range.lowerBound * width, count: range.count, width: width)
            }
        }
        withExtendedLifetime(owner) {}
    }

    /// Writes the first `count` values, in native byte order, to `target`.
    func copy(count: Int, width: Int, to target: UnsafeMutableRawPointer, _ benches: WorkbenchPool, context: ExecutionContext) throws {
        let layout = RowLayout(stored: SIMD3(count, 1, 1), lower: SIMD3(), size: SIMD3(count, 1, 1), width: width)
        try copy(layout, width: width, to: target, benches, context: context)
    }

    /// Hands the first `count` values on, a few at a time while they are in the cache, on many threads and in any order.
    ///
    /// - Parameter body: gets values in native byte order at an address without alignment, and which they are.
    func forEachChunk(
        count: Int, width: Int, _ benches: WorkbenchPool, context: ExecutionContext, _ body: (UnsafeRawPointer, Range<Int>) throws -> Void
    ) throws {
        try checkCount(try product(count, width, for: "an array"), width: width)
        let swaps = byteOrder != .native && width > 1
        if let blocks, blocks.size % width == 0 {
            let endBlock = min(blocks.count, (count * width + blocks.size - 1) / blocks.size)
            try context.parallelFor(endBlock, grain: max(1, XMLPayload.chunkBytes / blocks.size)) { range in
                try benches.withBench { bench in
                    for index in range {
                        let size = blocks.decodedSize(index)
                        let scratch = bench.scratch(size)
                        try decode(index, of: blocks, into: scratch, bench)
                        let first = index * (blocks.size / width)
                        let values = first..<min(count, first + size / width)
                        if swaps { swapBytes(scratch, count: values.count, width: width) }
                        try body(UnsafeRawPointer(scratch), values)
                    }
                }
            }
        } else if blocks != nil {
            // Blocks cut numbers apart: put them together first.
            let whole = Storage(byteCount: count * width)
            try copy(count: count, width: width, to: whole.address, benches, context: context)
            try context.parallelFor(count, grain: XMLPayload.chunkBytes / width) { range in
                try body(UnsafeRawPointer(whole.address + range.lowerBound * width), range)
            }
        } else {
            let base = self.base
            try context.parallelFor(count, grain: XMLPayload.chunkBytes / width) { range in
                if swaps {
                    try benches.withBench { bench in
                        let scratch = bench.scratch(range.count * width)
                        swapBytes(from: base + range.lowerBound * width, to: scratch, count: range.count, width: width)
                        try body(UnsafeRawPointer(scratch), range)
                    }
                } else {
                    try body(base + range.lowerBound * width, range)
                }
            }
        }
        withExtendedLifetime(owner) {}
    }
}
