import Datasets
import Execution

/// A number that is read from text.
protocol TextValue: Scalar {
    static func parse(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Self?
}

extension TextValue where Self: FixedWidthInteger & SignedInteger {
    @inline(__always) static func parse(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Self? {
        NumberParsing.int64(&cursor, end).flatMap { Self(exactly: $0) }
    }
}

extension TextValue where Self: FixedWidthInteger & UnsignedInteger {
    @inline(__always) static func parse(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Self? {
        NumberParsing.uint64(&cursor, end).flatMap { Self(exactly: $0) }
    }
}

extension Int8: TextValue {}
extension Int16: TextValue {}
extension Int32: TextValue {}
extension Int64: TextValue {}
extension UInt8: TextValue {}
extension UInt16: TextValue {}
extension UInt32: TextValue {}
extension UInt64: TextValue {}
extension Float: TextValue {
    @inline(__always) static func parse(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Float? {
        NumberParsing.float(&cursor, end)
    }
}
extension Double: TextValue {
    @inline(__always) static func parse(_ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        NumberParsing.double(&cursor, end)
    }
}

/// Numbers between blanks, read on all threads.
struct TextNumbers {
    /// Positions in errors count from `base`.
    let base: UnsafePointer<UInt8>
    let ranges: [Range<Int>]

    private static let chunkBytes = 1 << 18

    init(_ bytes: UnsafeRawBufferPointer, _ ranges: [Range<Int>]) {
        // An empty file has no ranges, so nothing is read through this pointer then.
        base = bytes.bindMemory(to: UInt8.self).baseAddress ?? UnsafePointer(bitPattern: 64)!
        self.ranges = ranges
    }

    /// Parts of the text that cut no number, in order.
    private var chunks: [Range<Int>] {
        var chunks: [Range<Int>] = []
        for range in ranges {
            var start = range.lowerBound
            while start < range.upperBound {
                var end = min(start + TextNumbers.chunkBytes, range.upperBound)
                while end < range.upperBound && !NumberParsing.isSpace(base[end]) { end += 1 }
                chunks.append(start..<end)
                start = end
            }
        }
        return chunks
    }

    /// How many numbers there are.
    func count(context: ExecutionContext) throws -> Int {
        try counts(chunks, context).reduce(0, +)
    }

    private func counts(_ chunks: [Range<Int>], _ context: ExecutionContext) throws -> [Int] {
        try context.parallelMap(chunks.count, grain: 1) { range in
            var count = 0
            var wasSpace = true
            for place in chunks[range.lowerBound] {
                let isSpace = NumberParsing.isSpace(base[place])
                count &+= wasSpace && !isSpace ? 1 : 0
                wasSpace = isSpace
            }
            return count
        }
    }

    /// The first `count` numbers; later ones are left alone.
    ///
    /// - Throws: `FormatProblem` with the byte where there is no such number, or where there are fewer.
    func parse<Value: TextValue>(_ type: Value.Type, count: Int, context: ExecutionContext) throws -> Buffer<Value> {
        let chunks = self.chunks
        let counts = try self.counts(chunks, context)
        let total = counts.reduce(0, +)
        guard total >= count else {
            throw FormatProblem(expected: "\(count) values", found: "\(total)", byte: ranges.first?.lowerBound)
        }
        try checkMemory(count * MemoryLayout<Value>.stride, for: "an array in text", context)
        var starts = counts
        _ = exclusivePrefixSum(&starts)
        return try Buffer<Value>(count: count) { out in
            try context.parallelFor(chunks.count, grain: 1) { range in
                let chunk = range.lowerBound
                if starts[chunk] >= count { return }
                try parse(chunks[chunk], into: out + starts[chunk], atMost: min(counts[chunk], count - starts[chunk]))
            }
        }
    }

    private func parse<Value: TextValue>(_ chunk: Range<Int>, into out: UnsafeMutablePointer<Value>, atMost count: Int) throws {
        var cursor = base + chunk.lowerBound
        let end = base + chunk.upperBound
        for index in 0..<count {
            NumberParsing.skipSpaces(&cursor, end)
            let start = cursor
            guard let value = Value.parse(&cursor, end), cursor == end || NumberParsing.isSpace(cursor.pointee) else {
                var stop = start
                while stop < end && stop - start < 40 && !NumberParsing.isSpace(stop.pointee) { stop += 1 }
                let found = String(decoding: UnsafeBufferPointer(start: start, count: stop - start), as: UTF8.self)
                throw FormatProblem(expected: "a number of type \(Value.scalarType.name)", found: quoted(found), byte: start - base)
            }
            out[index] = value
        }
    }
}
