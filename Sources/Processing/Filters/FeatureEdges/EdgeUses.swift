import Datasets
import Execution

/// One use of an edge: by the corner that it starts from.
struct EdgeUse {
    /// The lower end in its bucket, then the higher end.
    var ends: UInt64
    var corner: Int32
}

/// The uses of every edge next to each other, in the order of the corners.
///
/// Method: uses are spread into buckets of neighbouring lower ends, in order; each bucket is sorted in a worker's cache, by lower end
/// through counts, the short list of each by insertion.
struct EdgeUses {
    private(set) var uses: Buffer<EdgeUse>
    /// Where each bucket begins; one more than there are.
    let starts: [Int]
    /// A bucket holds `1 << shift` neighbouring lower ends.
    private let shift: Int

    /// Whether both ends of a use in a bucket are the same point.
    @inline(__always) func isLoop(_ use: EdgeUse, in bucket: Int) -> Bool {
        (UInt64(bucket) &<< UInt64(shift) | use.ends &>> 32) == use.ends & 0xFFFF_FFFF
    }

    var bucketCount: Int { starts.count - 1 }

    init(_ corners: EdgeCorners, pointCount: Int, context: ExecutionContext) throws {
        let total = corners.points.count
        let wanted = min(4096, max(1, total / 64))
        var wide = 0
        while max(0, pointCount - 1) >> wide >= wanted { wide += 1 }
        let shift = wide
        let bucketCount = max(0, pointCount - 1) >> shift + 1
        let mask = UInt64(1) << UInt64(shift) &- 1
        let point = corners.points.pointer
        let offset = corners.offsets.pointer
        defer { withExtendedLifetime(corners) {} }

        let faces = corners.faceCount
        let grain = max(1 << 13, (faces + 63) / 64)
        let chunkCount = max(1, (faces + grain - 1) / grain)
        let counts = Buffer<Int32>(repeating: 0, count: chunkCount * bucketCount)
        nonisolated(unsafe) let table = UnsafeMutablePointer(mutating: counts.pointer)
        try context.parallelChunks(faces, grain: grain) { chunk, range in
            let row = table + chunk &* bucketCount
            for face in range {
                let (first, end) = (Int(offset[face]), Int(offset[face &+ 1]))
                var previous = point[end &- 1]
                for corner in first..<end {
                    let lower = point[corner] < previous ? point[corner] : previous
                    row[Int(lower) &>> shift] &+= 1
                    previous = point[corner]
                }
            }
        }
        let starts = bucketStarts(table, chunkCount: chunkCount, bucketCount: bucketCount)
        let uses = Buffer<EdgeUse>(uninitializedCount: total)
        nonisolated(unsafe) let use = UnsafeMutablePointer(mutating: uses.pointer)
        try context.parallelChunks(faces, grain: grain) { chunk, range in
            let row = table + chunk &* bucketCount
            for face in range {
                let (first, end) = (Int(offset[face]), Int(offset[face &+ 1]))
                for corner in first..<end {
                    let a = point[corner]
                    let b = point[corner &+ 1 < end ? corner &+ 1 : first]
                    let (lower, higher) = a < b ? (a, b) : (b, a)
                    let bucket = Int(lower) &>> shift
                    use[Int(row[bucket])] = EdgeUse(
                        ends: (UInt64(UInt32(bitPattern: lower)) & mask) << 32 | UInt64(UInt32(bitPattern: higher)),
                        corner: Int32(truncatingIfNeeded: corner))
                    row[bucket] &+= 1
                }
            }
        }
        let firsts = starts
        try context.parallelFor(bucketCount, grain: max(1, bucketCount / 128)) { range in
            let heads = Buffer<Int32>(uninitializedCount: 1 << shift + 1)
            var spare = Buffer<EdgeUse>()
            for bucket in range {
                let size = firsts[bucket + 1] - firsts[bucket]
                if size < 2 { continue }
                if spare.count < size { spare = Buffer(uninitializedCount: size + size / 2) }
                EdgeUses.sort(
                    use + firsts[bucket], size, UnsafeMutablePointer(mutating: heads.pointer), 1 << shift,
                    UnsafeMutablePointer(mutating: spare.pointer))
            }
            withExtendedLifetime((heads, spare)) {}
        }
        self.uses = uses
        self.starts = starts
        self.shift = shift
        withExtendedLifetime(counts) {}
    }

    /// Sorts a bucket by ends, keeping the order of the corners.
    private static func sort(
        _ bucket: UnsafeMutablePointer<EdgeUse>, _ count: Int, _ heads: UnsafeMutablePointer<Int32>, _ lowerCount: Int,
        _ spare: UnsafeMutablePointer<EdgeUse>
    ) {
        if count * 8 < lowerCount { return sortList(bucket, count) }
        heads.initialize(repeating: 0, count: lowerCount + 1)
        for index in 0..<count { heads[Int(bucket[index].ends &>> 32) &+ 1] &+= 1 }
        for lower in 0..<lowerCount { heads[lower &+ 1] &+= heads[lower] }
        for index in 0..<count {
            let lower = Int(bucket[index].ends &>> 32)
            spare[Int(heads[lower])] = bucket[index]
            heads[lower] &+= 1
        }
        var first = 0
        for lower in 0..<lowerCount {
            let end = Int(heads[lower])
            if end &- first > 1 { sortList(spare + first, end &- first) }
            first = end
        }
        bucket.update(from: spare, count: count)
    }

    private static func sortList(_ list: UnsafeMutablePointer<EdgeUse>, _ count: Int) {
        if count > 48 {
            var whole = UnsafeMutableBufferPointer(start: list, count: count)
            whole.sort { $0.ends != $1.ends ? $0.ends < $1.ends : $0.corner < $1.corner }
            return
        }
        for index in 1..<max(1, count) {
            let use = list[index]
            var place = index
            while place > 0 && list[place &- 1].ends > use.ends {
                list[place] = list[place &- 1]
                place &-= 1
            }
            list[place] = use
        }
    }
}
