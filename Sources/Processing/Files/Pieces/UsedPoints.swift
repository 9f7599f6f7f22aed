import Datasets
import Execution

/// The points that some cells use: which of the whole's, and their places among themselves.
///
/// Memory: one bit for each point between the lowest and the highest, or, where those lie far apart, in proportion to the connectivity.
struct UsedPoints {
    /// Rising.
    let points: Buffer<Int32>
    /// Points before each word of `marks`; empty where places are searched for.
    private let ranks: Buffer<Int32>
    private let marks: PointMarks?

    /// - Parameters:
    ///   - lists: indices of points, none negative.
    ///   - limit: more than any of them.
    ///   - others: points that come along whether used or not.
    init(_ lists: [Buffer<Int32>], limit: Int, others: PointMarks? = nil, context: ExecutionContext) throws {
        let range = try others == nil ? UsedPoints.range(of: lists, context) : 0..<limit
        let entryCount = lists.reduce(0) { $0 + $1.count }
        if others == nil && range.count / 32 > entryCount {
            var sorted: [Int32] = []
            sorted.reserveCapacity(entryCount)
            for list in lists { sorted.append(contentsOf: list.elements) }
            sorted.sort()
            var count = 0
            for index in sorted.indices where index == 0 || sorted[index] != sorted[count - 1] {
                sorted[count] = sorted[index]
                count += 1
            }
            points = Buffer(sorted[..<count])
            ranks = Buffer()
            marks = nil
            return
        }
        let marks = PointMarks(range)
        for list in lists {
            let entries = list.pointer
            try context.parallelFor(list.count, grain: 1 << 16) { part in
                for entry in part { marks.mark(Int(entries[entry])) }
            }
            withExtendedLifetime(list) {}
        }
        if let others { marks.add(others) }
        var count = 0
        let ranks = Buffer<Int32>(count: marks.wordCount) { out in
            for word in 0..<marks.wordCount {
                out[word] = Int32(truncatingIfNeeded: count)
                count &+= marks.word(word).nonzeroBitCount
            }
        }
        points = try Buffer(count: count) { out in
            let rank = ranks.pointer
            try context.parallelFor(marks.wordCount, grain: 1 << 12) { part in
                for word in part {
                    var next = Int(rank[word])
                    var bits = marks.word(word)
                    while bits != 0 {
                        out[next] = Int32(truncatingIfNeeded: marks.lower &+ word &* 64 &+ bits.trailingZeroBitCount)
                        next &+= 1
                        bits &= bits &- 1
                    }
                }
            }
        }
        self.ranks = ranks
        self.marks = marks
    }

    private static func range(of lists: [Buffer<Int32>], _ context: ExecutionContext) throws -> Range<Int> {
        var (low, high) = (Int32.max, Int32.min)
        for list in lists {
            let parts = try context.parallelMap(list.count, grain: 1 << 16) { part in
                var (low, high) = (Int32.max, Int32.min)
                for entry in part {
                    let value = list.pointer[entry]
                    low = value < low ? value : low
                    high = value > high ? value : high
                }
                return (low, high)
            }
            for part in parts { (low, high) = (min(low, part.0), max(high, part.1)) }
        }
        return low > high ? 0..<0 : Int(low)..<Int(high) + 1
    }

    /// The place of a point among the used ones; nil where it is none of them.
    @inline(__always) func place(of point: Int32) -> Int32? {
        guard let marks else {
            let place = points.elements.firstPlace { $0 >= point }
            return place < points.count && points[place] == point ? Int32(truncatingIfNeeded: place) : nil
        }
        let number = Int(point) &- marks.lower
        guard number >= 0, number &>> 6 < marks.wordCount else { return nil }
        let word = marks.word(number &>> 6)
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: number & 63)
        if word & bit == 0 { return nil }
        return ranks.pointer[number &>> 6] &+ Int32(truncatingIfNeeded: (word & (bit &- 1)).nonzeroBitCount)
    }

    /// Indices of points as places among the used ones.
    ///
    /// - Precondition: every one is used.
    func renumbered(_ entries: Buffer<Int32>, context: ExecutionContext) throws -> Buffer<Int32> {
        try Buffer(count: entries.count) { out in
            let entry = entries.pointer
            try context.parallelFor(entries.count, grain: 1 << 16) { part in
                for index in part { out[index] = place(of: entry[index]) ?? 0 }
            }
            withExtendedLifetime((entries, self)) {}
        }
    }
}

extension CellArray {
    /// The same lists of other entries.
    func replacingConnectivity(_ entries: Buffer<Int32>) -> CellArray {
        offsets.map { CellArray(offsets: $0, connectivity: entries) } ?? CellArray(uniformSize: uniformSize, connectivity: entries)
    }

    /// The cells at rising places.
    func chosen(_ places: Buffer<Int32>) -> CellArray {
        var begins: [Int32] = [0]
        begins.reserveCapacity(places.count + 1)
        var end = 0
        for place in places.elements {
            end += size(of: Int(place))
            begins.append(Int32(truncatingIfNeeded: end))
        }
        let picked = Buffer<Int32>(count: end) { out in
            var next = 0
            for place in places.elements {
                for point in points(of: Int(place)) {
                    out[next] = point
                    next += 1
                }
            }
        }
        return CellArray(offsets: Buffer(begins), connectivity: picked)
    }
}
