import CKernels
import Execution

/// Rows of the picture that a rank holds while pictures come together: dense depths and colours, in the order of `RowOrder`.
///
/// Messages have the form that `RunCoding` writes. Used by one thread at a time.
final class SampleRows {
    let width: Int
    let empty: Int32
    /// Places in the order of rows that there is room for.
    private(set) var range: Range<Int> = 0..<0
    /// Samples that another one of the same depth came to.
    private(set) var ties: [TiedSample] = []
    private var storage = Storage(byteCount: 0)
    private var depths: UnsafeMutablePointer<Int32>
    private var colors: UnsafeMutablePointer<UInt32>
    /// Where something may be held, by row.
    private var spans: UnsafeMutablePointer<Int32>
    private var tied: UnsafeMutablePointer<Int32>

    init(width: Int, empty: Int32) {
        self.width = width
        self.empty = empty
        let nothing = storage.address
        depths = nothing.assumingMemoryBound(to: Int32.self)
        colors = nothing.assumingMemoryBound(to: UInt32.self)
        spans = depths
        tied = depths
    }

    /// Makes room for rows that hold nothing.
    func reserve(_ range: Range<Int>) {
        self.range = range
        ties.removeAll(keepingCapacity: true)
        let bytes = range.count * width * 8 + range.count * 8 + width * 4 + 64
        if storage.byteCount < bytes { storage = Storage(byteCount: bytes) }
        depths = storage.address.bindMemory(to: Int32.self, capacity: range.count * width)
        colors = (storage.address + range.count * width * 4).bindMemory(to: UInt32.self, capacity: range.count * width)
        spans = (storage.address + range.count * width * 8).bindMemory(to: Int32.self, capacity: 2 * range.count)
        tied = (storage.address + range.count * (width * 8 + 8)).bindMemory(to: Int32.self, capacity: width)
        for row in 0..<range.count {
            // Nothing is held: the memory of samples is written when the first come.
            spans[2 * row] = 0
            spans[2 * row + 1] = 0
        }
    }

    /// Takes over rows of a layer.
    func copy(_ rows: Range<Int>, of layer: SampleLayer, order: RowOrder) {
        for place in rows {
            let line = layer.line(Int(order.rows[place]))
            var x = line.columns.lowerBound
            while x < line.columns.upperBound {
                var end = line.columns.upperBound
                if let marks = line.marks {
                    if marks[x >> 6] == 0 {
                        x = x & ~63 + 64
                        continue
                    }
                    // To the end of the blocks that hold something.
                    var block = x >> 6
                    while block << 6 < end && marks[block] != 0 { block += 1 }
                    end = min(end, block << 6)
                }
                widen(place, to: x..<end)
                let offset = (place - range.lowerBound) * width + x
                (depths + offset).update(from: line.depths + x, count: end - x)
                (colors + offset).update(from: line.colors + x, count: end - x)
                x = end
            }
        }
    }

    /// Takes over rows, and their ties, of others.
    func copy(_ rows: Range<Int>, of other: SampleRows) {
        for place in rows {
            let line = other.line(place)
            guard !line.columns.isEmpty else { continue }
            widen(place, to: line.columns)
            let offset = (place - range.lowerBound) * width + line.columns.lowerBound
            (depths + offset).update(from: line.depths + line.columns.lowerBound, count: line.columns.count)
            (colors + offset).update(from: line.colors + line.columns.lowerBound, count: line.columns.count)
        }
        ties += other.takeTies(in: rows)
    }

    /// The row at a place.
    @inline(__always) func line(_ place: Int) -> SampleLine {
        let index = place &- range.lowerBound
        return SampleLine(
            depths: depths + index &* width, colors: colors + index &* width, columns: Int(spans[2 &* index])..<Int(spans[2 &* index &+ 1]), marks: nil)
    }

    /// Keeps the nearer of what is held and `count` samples from `column` on.
    @inline(__always) func keep(
        _ place: Int, _ column: Int, _ newDepths: UnsafePointer<Int32>, _ newColors: UnsafePointer<UInt32>, count: Int
    ) {
        let index = place &- range.lowerBound
        let offset = (place &- range.lowerBound) &* width &+ column
        if column >= Int(spans[2 &* index &+ 1]) || column &+ count <= Int(spans[2 &* index]) {
            widen(place, to: column..<column &+ count)
            (depths + offset).update(from: newDepths, count: count)
            (colors + offset).update(from: newColors, count: count)
            return
        }
        widen(place, to: column..<column &+ count)
        let ties = ck_keep_nearer(depths + offset, colors + offset, newDepths, newColors, Int32(truncatingIfNeeded: count), empty, tied)
        for tie in 0..<Int(ties) {
            let x = column &+ Int(tied[tie])
            self.ties.append(TiedSample(row: Int32(truncatingIfNeeded: place), column: Int32(truncatingIfNeeded: x), depth: depths[offset &+ Int(tied[tie])]))
        }
    }

    func setColor(_ color: UInt32, _ place: Int, _ column: Int) { colors[(place - range.lowerBound) * width + column] = color }

    func add(_ tie: TiedSample) { ties.append(tie) }

    /// Gives away the ties of rows.
    func takeTies(in rows: Range<Int>) -> ArraySlice<TiedSample> {
        if ties.isEmpty { return [] }
        let given = ties.filter { rows.contains(Int($0.row)) }
        ties.removeAll { rows.contains(Int($0.row)) }
        return given[...]
    }

    /// Ties that nothing nearer has settled, each sample once.
    func openTies(in rows: Range<Int>) -> [TiedSample] {
        var seen: Set<TiedSample> = []
        return ties.filter { rows.contains(Int($0.row)) && line(Int($0.row)).depths[Int($0.column)] == $0.depth && seen.insert($0).inserted }
    }

    /// Widens the columns where a row may hold something; what is new holds nothing.
    @inline(__always) private func widen(_ place: Int, to columns: Range<Int>) {
        let index = place &- range.lowerBound
        let line = depths + index &* width
        let (first, end) = (Int(spans[2 &* index]), Int(spans[2 &* index &+ 1]))
        if first == end {
            spans[2 &* index] = Int32(truncatingIfNeeded: columns.lowerBound)
            spans[2 &* index &+ 1] = Int32(truncatingIfNeeded: columns.upperBound)
            (line + columns.lowerBound).update(repeating: empty, count: columns.count)
            return
        }
        if columns.lowerBound < first {
            (line + columns.lowerBound).update(repeating: empty, count: first &- columns.lowerBound)
            spans[2 &* index] = Int32(truncatingIfNeeded: columns.lowerBound)
        }
        if columns.upperBound > end {
            (line + end).update(repeating: empty, count: columns.upperBound &- end)
            spans[2 &* index &+ 1] = Int32(truncatingIfNeeded: columns.upperBound)
        }
    }
}

/// A sample that two ranks drew at the same depth: neither is nearer.
struct TiedSample: Hashable, Sendable, BitwiseCopyable {
    /// The place in the order of rows.
    var row: Int32
    var column: Int32
    var depth: Int32
}
