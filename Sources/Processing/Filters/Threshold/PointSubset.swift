import Datasets
import Execution

/// Points that are kept, by number: a bit a point and a running count every 64.
struct PointSubset {
    let words: Buffer<UInt64>
    /// Kept points before each word.
    let before: Buffer<Int32>
    let count: Int

    /// The points whose mark has the bit `1 << bit`.
    ///
    /// - Parameter marks: one byte a point, with 64 spare bytes behind them.
    init(marks: Buffer<UInt8>, bit: Int, context: ExecutionContext) throws {
        let points = marks.count
        let wordCount = (points + 63) / 64
        words = Buffer<UInt64>(uninitializedCount: wordCount)
        let out = UnsafeMutablePointer(mutating: words.pointer)
        let mark = UnsafeRawPointer(marks.pointer)
        try context.parallelFor(wordCount, grain: 1 << 12) { range in
            for word in range {
                var bits: UInt64 = 0
                for group in 0..<8 {
                    // The wanted bit of eight bytes, gathered to one byte by a multiplication.
                    let bytes = mark.loadUnaligned(fromByteOffset: word &* 64 &+ group &* 8, as: UInt64.self)
                    let lowest = (bytes &>> UInt64(bit)) & 0x0101_0101_0101_0101
                    bits |= ((lowest &* 0x0102_0408_1020_4080) &>> 56) &<< UInt64(group &* 8)
                }
                if word &* 64 &+ 64 > points { bits &= (1 << UInt64(points & 63)) &- 1 }
                out[word] = bits
            }
        }
        before = Buffer<Int32>(uninitializedCount: wordCount)
        let counts = UnsafeMutablePointer(mutating: before.pointer)
        var sum: Int32 = 0
        for word in 0..<wordCount {
            counts[word] = sum
            sum &+= Int32(truncatingIfNeeded: out[word].nonzeroBitCount)
        }
        count = Int(sum)
        withExtendedLifetime(marks) {}
    }

    /// The kept points, rising.
    func indices(context: ExecutionContext) throws -> Buffer<Int32> {
        let word = words.pointer
        let first = before.pointer
        let result = try Buffer<Int32>(count: count) { out in
            try context.parallelFor(words.count, grain: 1 << 12) { range in
                for index in range {
                    var bits = word[index]
                    var place = Int(first[index])
                    let base = Int32(truncatingIfNeeded: index &* 64)
                    while bits != 0 {
                        out[place] = base &+ Int32(truncatingIfNeeded: bits.trailingZeroBitCount)
                        place &+= 1
                        bits &= bits &- 1
                    }
                }
            }
        }
        withExtendedLifetime(self) {}
        return result
    }

    /// New numbers of kept points; valid while the subset lives.
    var ranking: PointRanking { PointRanking(words: words.pointer, before: before.pointer) }
}

/// The new number of a kept point.
struct PointRanking {
    let words: UnsafePointer<UInt64>
    let before: UnsafePointer<Int32>

    @inline(__always) subscript(point: Int32) -> Int32 {
        let index = Int(point)
        let below = words[index &>> 6] & ((1 &<< UInt64(truncatingIfNeeded: index & 63)) &- 1)
        return before[index &>> 6] &+ Int32(truncatingIfNeeded: below.nonzeroBitCount)
    }
}
