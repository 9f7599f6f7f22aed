import Datasets
import Execution

/// Cells of poly data over merged points: repeated corners dropped, what is left sorted into the four lists.
struct CleanCells {
    /// Vertices, lines, polygons, strips.
    let lists: [CellArray]
    /// The cell that each comes from, list by list; nil where all stay as they were.
    let sources: Buffer<Int32>?

    /// Cells and entries of a part that go to each list.
    private struct Sizes {
        var cells = SIMD4<Int>()
        var entries = SIMD4<Int>()
        var changes = false
    }

    private static let grain = 1 << 13

    /// - Parameter numbers: the new number of every used point.
    init(_ poly: PolyData, _ numbers: Buffer<Int32>, context: ExecutionContext) throws {
        let number = numbers.pointer
        let before = poly.cellLists
        defer { withExtendedLifetime((numbers, before)) {} }
        var parts: [[Sizes]] = []
        for (kind, list) in before.enumerated() {
            let entries = list.connectivity.pointer
            parts.append(
                try context.parallelMap(list.count, grain: Self.grain) { range in
                    var sizes = Sizes()
                    for cell in range {
                        let (first, size) = (list.offset(cell), list.size(of: cell))
                        let left = Self.cleanSize(entries + first, size, number, kind)
                        let target = Self.list(kind, left)
                        if left != size || target != kind { sizes.changes = true }
                        if target < 0 { continue }
                        sizes.cells[target] += 1
                        sizes.entries[target] += left
                    }
                    return sizes
                })
        }
        if !parts.contains(where: { $0.contains { $0.changes } }) {
            lists = try before.map { $0.count == 0 ? $0 : try $0.renumbered(numbers, context: context) }
            sources = nil
            return
        }
        // Where each part writes, list by list.
        var next = Sizes()
        let places = parts.map { list in
            list.map { sizes in
                defer {
                    next.cells &+= sizes.cells
                    next.entries &+= sizes.entries
                }
                return next
            }
        }
        let total = next
        let offsets = (0..<4).map { Buffer<Int32>(uninitializedCount: total.cells[$0] + 1) }
        let connectivity = (0..<4).map { Buffer<Int32>(uninitializedCount: total.entries[$0]) }
        let sources = Buffer<Int32>(uninitializedCount: total.cells.wrappedSum())
        var firstOfList = SIMD4<Int>()
        for list in 1..<4 { firstOfList[list] = firstOfList[list - 1] + total.cells[list - 1] }
        let bases = firstOfList
        nonisolated(unsafe) let offset = offsets.map { UnsafeMutablePointer(mutating: $0.pointer) }
        nonisolated(unsafe) let entry = connectivity.map { UnsafeMutablePointer(mutating: $0.pointer) }
        nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: sources.pointer)
        var firstCell = 0
        for (kind, list) in before.enumerated() {
            let entries = list.connectivity.pointer
            let base = firstCell
            try context.parallelChunks(list.count, grain: Self.grain) { chunk, range in
                var place = places[kind][chunk]
                for cell in range {
                    let (first, size) = (list.offset(cell), list.size(of: cell))
                    let left = Self.cleanSize(entries + first, size, number, kind)
                    let target = Self.list(kind, left)
                    if target < 0 { continue }
                    offset[target][place.cells[target]] = Int32(truncatingIfNeeded: place.entries[target])
                    source[bases[target] &+ place.cells[target]] = Int32(truncatingIfNeeded: base &+ cell)
                    let out = entry[target] + place.entries[target]
                    var written = 0
                    for corner in 0..<size where written < left {
                        let point = number[Int(entries[first &+ corner])]
                        if kind > 0 && written > 0 && out[written &- 1] == point { continue }
                        out[written] = point
                        written &+= 1
                    }
                    place.cells[target] &+= 1
                    place.entries[target] &+= left
                }
            }
            firstCell += list.count
        }
        for list in 0..<4 { offset[list][total.cells[list]] = Int32(truncatingIfNeeded: total.entries[list]) }
        lists = (0..<4).map { total.cells[$0] == 0 ? CellArray() : CellArray(offsets: offsets[$0], connectivity: connectivity[$0]) }
        self.sources = sources
    }

    /// Corners that are left of a cell.
    @inline(__always) private static func cleanSize(
        _ points: UnsafePointer<Int32>, _ size: Int, _ number: UnsafePointer<Int32>, _ kind: Int
    ) -> Int {
        if size == 0 || kind == 0 { return size }
        var left = 1
        let first = number[Int(points[0])]
        var last = first
        for corner in 1..<size {
            let point = number[Int(points[corner])]
            if point != last { left &+= 1 }
            last = point
        }
        if last == first && (kind == 2 && left > 2 || kind == 3 && left > 1) { left &-= 1 }
        return left
    }

    /// The list that a cell of list `kind` with so many corners left belongs to; −1: none.
    @inline(__always) private static func list(_ kind: Int, _ left: Int) -> Int {
        if left == 0 { return -1 }
        if kind == 0 { return 0 }
        let least = left >= 4 ? 3 : left - 1
        return kind < least ? kind : least
    }
}
