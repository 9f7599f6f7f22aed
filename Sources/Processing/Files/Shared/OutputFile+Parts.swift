import Datasets
import Execution

/// Long files made of many parts, on all threads, a few megabytes at a time.
extension OutputFile {
    /// Appends text that `body` makes for items `0 ..< count`, in their order.
    ///
    /// - Parameter grain: items that one thread does at a time.
    func writeText(_ count: Int, grain: Int, _ context: ExecutionContext, _ body: (Range<Int>, inout TextBuffer) throws -> Void) throws {
        // Text waits for its turn, so only so much is made at a time.
        let round = grain * 8 * context.threads
        var start = 0
        while start < count {
            let end = min(count, start + round)
            let first = start
            let parts = try context.parallelMap(end - start, grain: grain) { range -> TextBuffer in
                var text = TextBuffer(capacity: 16 * range.count)
                try body(first + range.lowerBound..<first + range.upperBound, &text)
                return text
            }
            for part in parts { try part.bytes.withUnsafeBytes { try write($0) } }
            start = end
        }
    }

    /// Appends rows of known lengths: `fill` writes the bytes of rows `range`, which begin at `place(range.lowerBound)` of all.
    ///
    /// - Parameter place: where a row begins, rising; `place(count)` is the length of all.
    func writeRows(
        _ count: Int, grain: Int, _ context: ExecutionContext, place: (Int) -> Int,
        fill: (_ range: Range<Int>, _ target: UnsafeMutableRawPointer) throws -> Void
    ) throws {
        let start = try reserve(place(count))
        try context.parallelFor(count, grain: grain) { range in
            let first = place(range.lowerBound)
            let block = Storage(byteCount: place(range.upperBound) - first)
            try fill(range, block.address)
            try write(UnsafeRawBufferPointer(start: block.address, count: block.byteCount), at: start + first)
        }
    }

    /// Appends numbers of `width` bytes in a byte order.
    func write(_ numbers: UnsafeRawBufferPointer, width: Int, order: ByteOrder, _ context: ExecutionContext) throws {
        guard let source = numbers.baseAddress else { return }
        if order == .native || width == 1 {
            // Parts of a few megabytes, so that an interruption waits for one of them at most.
            nonisolated(unsafe) let source = source
            let start = try reserve(numbers.count)
            try context.parallelFor(numbers.count, grain: 4 << 20) { range in
                try write(UnsafeRawBufferPointer(start: source + range.lowerBound, count: range.count), at: start + range.lowerBound)
            }
            return
        }
        nonisolated(unsafe) let base = source
        try writeRows(numbers.count / width, grain: 1 << 17, context, place: { $0 * width }) { range, target in
            swapBytes(from: base + range.lowerBound * width, to: target, count: range.count, width: width)
        }
    }
}
