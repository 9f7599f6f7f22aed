import Execution
import Images

/// Fragments of the rows that a rank owns, brought together pixel by pixel.
struct SortedFragments {
    private let storage: Storage
    private let rows: Range<Int>
    private let width: Int
    /// Where each pixel's fragments end; they start where those of the pixel before end.
    private let ends: [Int]

    /// - Parameters:
    ///   - lists: fragments in any order.
    ///   - rows: places in the order of rows, of which all fragments are.
    /// - Throws: `ScheduleError` for fragments of other rows.
    init(_ lists: [[SampleFragment]], rows: Range<Int>, _ order: RowOrder, width: Int) throws {
        self.rows = rows
        self.width = width
        // The first pixel of each row of the picture; −1 for rows that others own.
        var firsts = [Int](repeating: -1, count: order.height)
        for place in rows { firsts[Int(order.rows[place])] = (place - rows.lowerBound) * width }
        var ends = [Int](repeating: 0, count: rows.count * width)
        for list in lists {
            for fragment in list {
                let (row, column) = (Int(fragment.row), Int(fragment.column))
                guard row < firsts.count, firsts[row] >= 0, column < width else {
                    throw ScheduleError("a fragment of row \(row), column \(column), which is not due")
                }
                ends[firsts[row] + column] += 1
            }
        }
        var sum = 0
        for pixel in ends.indices {
            let count = ends[pixel]
            ends[pixel] = sum
            sum += count
        }
        storage = Storage(byteCount: sum * MemoryLayout<SampleFragment>.stride)
        let sorted = storage.address.bindMemory(to: SampleFragment.self, capacity: sum)
        // Starts become ends as fragments come.
        for list in lists {
            for fragment in list {
                let pixel = firsts[Int(fragment.row)] + Int(fragment.column)
                sorted[ends[pixel]] = fragment
                ends[pixel] += 1
            }
        }
        self.ends = ends
    }

    /// Lends the fragments of every pixel that has some, nearest first, and tells the pixel's place and column.
    func forEachPixel(_ body: (UnsafeBufferPointer<SampleFragment>, _ place: Int, _ column: Int) -> Void) {
        let sorted = storage.address.assumingMemoryBound(to: SampleFragment.self)
        var start = 0
        for place in rows {
            let first = (place - rows.lowerBound) * width
            for column in 0..<width {
                let end = ends[first + column]
                if end == start { continue }
                Self.sort(sorted + start, count: end - start)
                body(UnsafeBufferPointer(start: sorted + start, count: end - start), place, column)
                start = end
            }
        }
        withExtendedLifetime(storage) {}
    }

    /// Sorts by depth, then by order. Each rank's are sorted already.
    private static func sort(_ fragments: UnsafeMutablePointer<SampleFragment>, count: Int) {
        if count > 24 {
            var all = UnsafeMutableBufferPointer(start: fragments, count: count)
            all.sort(by: isNearer)
            return
        }
        for index in 1..<max(1, count) {
            let moved = fragments[index]
            var place = index
            while place > 0 && isNearer(moved, fragments[place - 1]) {
                fragments[place] = fragments[place - 1]
                place -= 1
            }
            fragments[place] = moved
        }
    }

    @inline(__always) private static func isNearer(_ a: SampleFragment, _ b: SampleFragment) -> Bool {
        a.depth != b.depth ? a.depth < b.depth : a.order < b.order
    }
}
