import Datasets
import Execution

/// Which of the edges of the cells come for the first time.
///
/// Every worker looks at all edges and takes care of those whose lower point lies in its share, so the first is the first in the
/// order of the cells whatever the number of workers.
struct FirstEdges {
    /// Cells of a chunk.
    static let grain = 1 << 12
    /// One byte an edge of a cell: 1 where it comes for the first time.
    private let isFirst: Buffer<UInt8>
    /// Edges of cells before each chunk.
    private let starts: [Int]

    init(of cells: CellEdges, pointCount: Int, context: ExecutionContext) throws {
        var starts = try context.parallelMap(cells.count, grain: FirstEdges.grain) { range in
            var count = 0
            cells.forEach(in: range) { _, _, _ in count &+= 1 }
            return count
        }
        let total = exclusivePrefixSum(&starts)
        self.starts = starts
        let flags = Buffer<UInt8>(repeating: 0, count: total)
        nonisolated(unsafe) let flag = UnsafeMutablePointer(mutating: flags.pointer)
        let shares = min(context.threads, max(1, pointCount))
        try context.parallelFor(shares, grain: 1) { range in
            for share in range {
                let first = pointCount * share / shares
                var known = KnownEdges(first: first, count: pointCount * (share + 1) / shares - first)
                defer { known.release() }
                for (chunk, start) in starts.enumerated() {
                    try context.checkCancellation()
                    var place = start
                    let end = min(cells.count, (chunk + 1) * FirstEdges.grain)
                    cells.forEach(in: chunk * FirstEdges.grain..<end) { _, lower, higher in
                        if known.holds(lower), known.insert(lower, higher) { flag[place] = 1 }
                        place &+= 1
                    }
                }
            }
        }
        isFirst = flags
    }

    /// The edges that come for the first time, and the cell of each; those of cells beyond the ghost level are left out.
    func lines(
        from cells: CellEdges, ghostLevels: Int, levels: Buffer<UInt8>?, context: ExecutionContext
    ) throws -> (connectivity: Buffer<Int32>, sources: Buffer<Int32>) {
        let flag = isFirst.pointer
        let starts = starts
        @inline(__always) func forEachLine(in range: Range<Int>, chunk: Int, _ body: (Int, Int32, Int32) -> Void) {
            let level = levels?.pointer
            var place = starts[chunk]
            cells.forEach(in: range) { cell, lower, higher in
                if flag[place] != 0, level == nil || Int(level![cell]) <= ghostLevels { body(cell, lower, higher) }
                place &+= 1
            }
        }
        var firsts = [Int](repeating: 0, count: starts.count)
        try firsts.withUnsafeMutableBufferPointer { counts in
            nonisolated(unsafe) let counts = counts
            try context.parallelChunks(cells.count, grain: FirstEdges.grain) { chunk, range in
                var count = 0
                forEachLine(in: range, chunk: chunk) { _, _, _ in count &+= 1 }
                counts[chunk] = count
            }
        }
        let total = exclusivePrefixSum(&firsts)
        if total > Int(Int32.max) / 2 { throw DatasetError("edges: \(total) edges are too many for one piece: use more pieces") }
        let begin = firsts
        var sources = Buffer<Int32>(uninitializedCount: total)
        let connectivity = try sources.withUnsafeMutablePointer { source in
            nonisolated(unsafe) let source = source
            return try Buffer<Int32>(count: 2 * total) { out in
                nonisolated(unsafe) let out = out
                try context.parallelChunks(cells.count, grain: FirstEdges.grain) { chunk, range in
                    var place = begin[chunk]
                    forEachLine(in: range, chunk: chunk) { cell, lower, higher in
                        out[2 &* place] = lower
                        out[2 &* place &+ 1] = higher
                        source[place] = Int32(truncatingIfNeeded: cell)
                        place &+= 1
                    }
                }
            }
        }
        withExtendedLifetime((isFirst, levels)) {}
        return (connectivity, sources)
    }
}

/// The edges met so far whose lower point lies in a range: a short chain a point, a set for points where many edges meet.
private struct KnownEdges {
    private struct Link {
        var higher: Int32
        var next: Int32
    }

    private static let longest = 48
    private let first: Int
    private let heads: UnsafeMutablePointer<Int32>
    private let count: Int
    private var links = GrowingBuffer<Link>(capacity: 1 << 12)
    private var crowded: Set<UInt64> = []

    init(first: Int, count: Int) {
        self.first = first
        self.count = count
        heads = .allocate(capacity: max(1, count))
        heads.initialize(repeating: -1, count: max(1, count))
    }

    func release() {
        heads.deallocate()
        links.release()
    }

    @inline(__always) func holds(_ lower: Int32) -> Bool {
        let place = Int(lower) &- first
        return place >= 0 && place < count
    }

    /// Whether the edge is new.
    @inline(__always) mutating func insert(_ lower: Int32, _ higher: Int32) -> Bool {
        let head = heads + (Int(lower) &- first)
        var link = head.pointee
        var length = 0
        while link >= 0 {
            let entry = links.pointer[Int(link)]
            if entry.higher == higher { return false }
            link = entry.next
            length &+= 1
        }
        if length >= KnownEdges.longest {
            return crowded.insert(UInt64(UInt32(bitPattern: lower)) << 32 | UInt64(UInt32(bitPattern: higher))).inserted
        }
        links.append(Link(higher: higher, next: head.pointee))
        head.pointee = Int32(truncatingIfNeeded: links.count &- 1)
        return true
    }
}
