import Datasets
import Execution

/// The edges that carry a point, each once and in canonical order: by lower end, then higher end, then value number.
///
/// Cells name the edges that they need as *candidates*, the same edge once for every cell that has it, in any order and from any
/// number of chunks; `ranks` says for each candidate which edge it is. The result depends on the set of candidates only.
///
/// Method: candidates are spread into buckets of neighbouring lower ends (a counting sort), which threads then sort one by one in
/// their cache: by lower end through counts, the short list of each lower end by insertion. No hash table, no locator.
struct EdgeNumbering {
    /// Ends of each edge: indices of points, `lower < upper`.
    let lower: Buffer<Int32>
    let upper: Buffer<Int32>
    /// The value number of each edge; nil where candidates had none.
    let value: Buffer<UInt8>?
    /// For each candidate the place of its edge.
    let ranks: Buffer<Int32>

    var count: Int { lower.count }

    /// The candidate for the edge between two different points, in either order.
    @inline(__always) static func candidate(_ a: Int32, _ b: Int32) -> UInt64 {
        let (low, high) = a < b ? (a, b) : (b, a)
        return UInt64(UInt32(bitPattern: low)) << 32 | UInt64(UInt32(bitPattern: high))
    }

    /// Numbers the edges.
    ///
    /// - Parameters:
    ///   - candidates: what `candidate` made, of points less than `pointCount`.
    ///   - values: the value number of each candidate; nil: all alike.
    /// - Throws: `CancelledError`; `DatasetError` where there are more than 2³¹ − 1 candidates.
    /// - Complexity: O(n log k), k the greatest number of candidates at one lower end. Memory: 16 bytes a candidate while it runs,
    ///   besides the result.
    init(
        candidates: UnsafeBufferPointer<UInt64>, values: UnsafePointer<UInt8>? = nil, pointCount: Int, context: ExecutionContext
    ) throws {
        let total = candidates.count
        guard total <= Int(Int32.max) else {
            throw DatasetError("\(total) cut edges are more than a piece can number (2147483647): use more pieces")
        }
        guard total > 0, let source = candidates.baseAddress else {
            lower = Buffer()
            upper = Buffer()
            value = values == nil ? nil : Buffer()
            ranks = Buffer()
            return
        }
        let layout = BucketLayout(candidates: total, points: pointCount)
        let sorted = Buffer<EdgeEntry>(uninitializedCount: total)
        let entries = UnsafeMutablePointer(mutating: sorted.pointer)
        let starts = try EdgeNumbering.distribute(source, values, total, layout, into: entries, context: context)

        // Sort every bucket and count its edges.
        var firsts = [Int](repeating: 0, count: layout.bucketCount + 1)
        try firsts.withUnsafeMutableBufferPointer { slots in
            let base = slots.baseAddress!
            try context.parallelFor(layout.bucketCount, grain: layout.bucketGrain) { range in
                var scratch = BucketScratch(layout: layout)
                for bucket in range {
                    base[bucket] = scratch.sort(entries + starts[bucket], starts[bucket + 1] - starts[bucket])
                }
                scratch.release()
            }
        }
        let edgeCount = exclusivePrefixSum(&firsts)

        let lower = Buffer<Int32>(uninitializedCount: edgeCount)
        let upper = Buffer<Int32>(uninitializedCount: edgeCount)
        let value = values == nil ? nil : Buffer<UInt8>(uninitializedCount: edgeCount)
        let ranks = Buffer<Int32>(uninitializedCount: total)
        let lowerOut = UnsafeMutablePointer(mutating: lower.pointer)
        let upperOut = UnsafeMutablePointer(mutating: upper.pointer)
        let valueOut = value.map { UnsafeMutablePointer(mutating: $0.pointer) }
        let rankOut = UnsafeMutablePointer(mutating: ranks.pointer)
        try context.parallelFor(layout.bucketCount, grain: layout.bucketGrain) { range in
            for bucket in range where starts[bucket] < starts[bucket + 1] {
                let base = UInt64(bucket) << UInt64(layout.shift)
                var edge = firsts[bucket] &- 1
                var previous = ~entries[starts[bucket]].key
                for position in starts[bucket]..<starts[bucket + 1] {
                    let entry = entries[position]
                    if entry.key != previous {
                        previous = entry.key
                        edge &+= 1
                        lowerOut[edge] = Int32(truncatingIfNeeded: base &+ entry.key >> 40)
                        upperOut[edge] = Int32(truncatingIfNeeded: entry.key >> 8)
                        if let valueOut { valueOut[edge] = UInt8(truncatingIfNeeded: entry.key) }
                    }
                    rankOut[Int(entry.candidate)] = Int32(truncatingIfNeeded: edge)
                }
            }
        }
        withExtendedLifetime(sorted) {}
        self.lower = lower
        self.upper = upper
        self.value = value
        self.ranks = ranks
    }

    /// Spreads candidates into buckets, in order; returns where each bucket begins.
    private static func distribute(
        _ source: UnsafePointer<UInt64>, _ values: UnsafePointer<UInt8>?, _ total: Int, _ layout: BucketLayout,
        into entries: UnsafeMutablePointer<EdgeEntry>, context: ExecutionContext
    ) throws -> [Int] {
        let grain = max(1 << 15, (total + 63) / 64)
        let chunkCount = (total + grain - 1) / grain
        let bucketCount = layout.bucketCount
        let shift = UInt64(layout.shift + 32)
        let counts = Buffer<Int32>(uninitializedCount: chunkCount * bucketCount)
        let table = UnsafeMutablePointer(mutating: counts.pointer)
        try context.parallelChunks(total, grain: grain) { chunk, range in
            let row = table + chunk &* bucketCount
            row.initialize(repeating: 0, count: bucketCount)
            for index in range { row[Int(source[index] >> shift)] &+= 1 }
        }
        let starts = bucketStarts(table, chunkCount: chunkCount, bucketCount: bucketCount)
        let localMask = UInt64(1) << shift &- 1
        try context.parallelChunks(total, grain: grain) { chunk, range in
            let row = table + chunk &* bucketCount
            for index in range {
                let candidate = source[index]
                let bucket = Int(candidate >> shift)
                let place = Int(row[bucket])
                row[bucket] &+= 1
                let number = values.map { UInt64($0[index]) } ?? 0
                entries[place] = EdgeEntry(
                    key: (candidate & localMask) << 8 | number, candidate: UInt32(truncatingIfNeeded: index))
            }
        }
        withExtendedLifetime(counts) {}
        return starts
    }
}

/// A candidate in its bucket. The key orders edges inside a bucket: 24 bits of the lower end, 32 of the higher, 8 of the value number.
private struct EdgeEntry {
    var key: UInt64
    var candidate: UInt32
}

/// How lower ends are spread over buckets.
private struct BucketLayout {
    /// A bucket holds `1 << shift` neighbouring lower ends; at most 2²⁴.
    let shift: Int
    let bucketCount: Int
    let bucketGrain: Int

    init(candidates: Int, points: Int) {
        let points = max(points, 1)
        // Some 32 candidates a bucket where they are spread evenly (they are not: most lower ends have none), but no more than 4096
        // buckets, so that counts stay in cache.
        let wanted = min(4096, max(1, candidates / 32))
        var shift = 0
        while (points - 1) >> shift >= wanted && shift < 24 { shift += 1 }
        self.shift = shift
        bucketCount = (points - 1) >> shift + 1
        bucketGrain = max(1, bucketCount / 64)
    }
}

/// What one thread needs to sort buckets.
private struct BucketScratch {
    private var counts: UnsafeMutablePointer<Int32>
    private let lowerCount: Int
    private var entries: UnsafeMutablePointer<EdgeEntry>
    private var capacity = 1024
    private let countsStorage: Buffer<Int32>

    init(layout: BucketLayout) {
        lowerCount = 1 << layout.shift
        countsStorage = Buffer<Int32>(uninitializedCount: lowerCount + 1)
        counts = UnsafeMutablePointer(mutating: countsStorage.pointer)
        entries = .allocate(capacity: capacity)
    }

    func release() { entries.deallocate() }

    /// Sorts a bucket by key and returns how many different keys it has.
    mutating func sort(_ bucket: UnsafeMutablePointer<EdgeEntry>, _ count: Int) -> Int {
        if count == 0 { return 0 }
        if count * 8 < lowerCount || count <= 32 {
            // Few candidates for many lower ends: counting would cost more than it sorts.
            BucketScratch.sortList(bucket, count)
        } else {
            if count > capacity {
                entries.deallocate()
                capacity = count + count / 2
                entries = .allocate(capacity: capacity)
            }
            counts.initialize(repeating: 0, count: lowerCount + 1)
            for index in 0..<count { counts[Int(bucket[index].key >> 40) &+ 1] &+= 1 }
            for lower in 0..<lowerCount { counts[lower &+ 1] &+= counts[lower] }
            for index in 0..<count {
                let entry = bucket[index]
                let lower = Int(entry.key >> 40)
                let place = Int(counts[lower])
                counts[lower] &+= 1
                entries[place] = entry
            }
            // `counts[lower]` is now where the list of the next lower end begins.
            var first = 0
            for lower in 0..<lowerCount {
                let end = Int(counts[lower])
                if end &- first > 1 { BucketScratch.sortList(entries + first, end &- first) }
                first = end
            }
            bucket.update(from: entries, count: count)
        }
        var different = 1
        for index in 1..<max(1, count) where bucket[index].key != bucket[index &- 1].key { different &+= 1 }
        return different
    }

    private static func sortList(_ list: UnsafeMutablePointer<EdgeEntry>, _ count: Int) {
        if count > 64 {
            var whole = UnsafeMutableBufferPointer(start: list, count: count)
            whole.sort { $0.key < $1.key }
            return
        }
        for index in 1..<max(1, count) {
            let entry = list[index]
            var place = index
            while place > 0 && list[place &- 1].key > entry.key {
                list[place] = list[place &- 1]
                place &-= 1
            }
            list[place] = entry
        }
    }
}
