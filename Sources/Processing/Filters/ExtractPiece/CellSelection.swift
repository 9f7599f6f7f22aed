import Datasets
import Execution

/// Which cells and points of a dataset with explicit cells make up a piece.
///
/// Cells are numbered through all lists, one after the other.
struct CellSelection {
    /// Rising.
    let cells: Buffer<Int32>
    /// Rising.
    let points: Buffer<Int32>
    /// The place in `points` of every point of the whole; undefined for points outside the piece.
    let pointPlaces: Buffer<Int32>
    /// Of `cells`; nil where all are 0.
    let cellLevels: Buffer<UInt8>?
    /// Of `points`; nil where all are 0.
    let pointLevels: Buffer<UInt8>?
    /// Layers that were found, at most those asked for.
    let ghostLevels: Int

    private static let outside: UInt8 = 255

    /// Selects the cells `owned` and `ghostLevels` layers around them.
    ///
    /// - Parameter takesUnusedPoints: whether points that no cell uses come along.
    init(
        lists: [CellArray], pointCount: Int, owned: Range<Int>, ghostLevels wanted: Int, takesUnusedPoints: Bool, context: ExecutionContext
    ) throws {
        let cellCount = lists.reduce(0) { $0 + $1.count }
        var cellLevel = Buffer<UInt8>(repeating: Self.outside, count: cellCount)
        var pointLevel = Buffer<UInt8>(repeating: Self.outside, count: pointCount)
        var shared = Buffer<UInt8>(repeating: 0, count: pointCount)
        var found = 0
        try cellLevel.withUnsafeMutablePointer { cellLevel in
            try pointLevel.withUnsafeMutablePointer { pointLevel in
                (cellLevel + owned.lowerBound).update(repeating: 0, count: owned.count)
                try Self.forEachEntry(of: owned, in: lists, context) { pointLevel[Int($0)] = 0 }
                // Points that a lower cell uses belong to a lower piece.
                try shared.withUnsafeMutablePointer { shared in
                    try Self.forEachEntry(of: 0..<owned.lowerBound, in: lists, context) { shared[Int($0)] = 1 }
                }
                if owned.isEmpty { return }
                for level in 1..<max(1, min(wanted, 253) + 1) {
                    if try !Self.grow(level, lists, cellLevel, pointLevel, context) { break }
                    found = level
                }
            }
        }
        if takesUnusedPoints {
            var used = Buffer<UInt8>(repeating: 0, count: pointCount)
            try used.withUnsafeMutablePointer { used in
                try Self.forEachEntry(of: 0..<cellCount, in: lists, context) { used[Int($0)] = 1 }
            }
            let isUsed = used.pointer
            pointLevel.withUnsafeMutablePointer { level in
                for point in 0..<pointCount where isUsed[point] == 0 { level[point] = 0 }
            }
            withExtendedLifetime(used) {}
        }
        cells = found == 0
            ? try Self.places(owned, context) : try Self.compact(cellLevel, context)
        points = try Self.compact(pointLevel, context)
        self.ghostLevels = found
        cellLevels = found == 0 ? nil : try cellLevel.gathered(cells, context: context)
        // A point of an owned cell that a lower piece owns counts as brought by the first layer.
        let isShared = shared.pointer
        var anyGhost = false
        pointLevel.withUnsafeMutablePointer { level in
            for point in 0..<pointCount {
                if level[point] == 0 && isShared[point] != 0 { level[point] = 1 }
                if level[point] != 0 && level[point] != Self.outside { anyGhost = true }
            }
        }
        withExtendedLifetime(shared) {}
        pointLevels = anyGhost ? try pointLevel.gathered(points, context: context) : nil
        let chosen = points
        pointPlaces = Buffer(count: pointCount) { out in
            let index = chosen.pointer
            for place in 0..<chosen.count { out[Int(index[place])] = Int32(truncatingIfNeeded: place) }
        }
    }

    /// Calls `body` for every point of the cells `range`, on many threads at once: it may only store constants.
    @inline(__always)
    private static func forEachEntry(
        of range: Range<Int>, in lists: [CellArray], _ context: ExecutionContext, _ body: (Int32) -> Void
    ) throws {
        var first = 0
        for list in lists {
            let cells = range.clamped(to: first..<first + list.count)
            let begin = cells.isEmpty ? 0 : list.offset(cells.lowerBound - first)
            let end = cells.isEmpty ? 0 : list.offset(cells.upperBound - first)
            first += list.count
            let entries = list.connectivity.pointer + begin
            try context.parallelFor(end - begin, grain: 1 << 16) { range in
                for entry in range { body(entries[entry]) }
            }
            withExtendedLifetime(list) {}
        }
    }

    /// Marks the cells outside that share a point with the cells up to `level - 1`, and their points. Returns whether there are any.
    private static func grow(
        _ level: Int, _ lists: [CellArray], _ cellLevel: UnsafeMutablePointer<UInt8>, _ pointLevel: UnsafeMutablePointer<UInt8>,
        _ context: ExecutionContext
    ) throws -> Bool {
        let mark = UInt8(level)
        var any = false
        // All cells first, then their points: so it does not matter in which order cells are looked at.
        for step in 0..<2 {
            var first = 0
            for list in lists {
                let entries = list.connectivity.pointer
                let offsets = list.offsets?.pointer
                let size = list.uniformSize
                let levels = cellLevel + first
                let found = try context.parallelMap(list.count, grain: 1 << 14) { range in
                    var found = false
                    for cell in range {
                        let begin = offsets.map { Int($0[cell]) } ?? cell &* size
                        let end = offsets.map { Int($0[cell &+ 1]) } ?? begin &+ size
                        if step == 0 && levels[cell] == outside {
                            for entry in begin..<end where pointLevel[Int(entries[entry])] < mark {
                                levels[cell] = mark
                                found = true
                                break
                            }
                        } else if step == 1 && levels[cell] == mark {
                            for entry in begin..<end where pointLevel[Int(entries[entry])] == outside {
                                pointLevel[Int(entries[entry])] = mark
                            }
                        }
                    }
                    return found
                }
                if found.contains(true) { any = true }
                first += list.count
                withExtendedLifetime(list) {}
            }
            if !any { return false }
        }
        return true
    }

    private static func places(_ range: Range<Int>, _ context: ExecutionContext) throws -> Buffer<Int32> {
        try Buffer(count: range.count) { out in
            try context.parallelFor(range.count, grain: 1 << 17) { part in
                for place in part { out[place] = Int32(truncatingIfNeeded: range.lowerBound &+ place) }
            }
        }
    }

    /// The places whose level is not `outside`, rising.
    private static func compact(_ levels: Buffer<UInt8>, _ context: ExecutionContext) throws -> Buffer<Int32> {
        let level = levels.pointer
        let grain = 1 << 16
        var starts = try context.parallelMap(levels.count, grain: grain) { range in
            var count = 0
            for place in range { count &+= level[place] == outside ? 0 : 1 }
            return count
        }
        let total = exclusivePrefixSum(&starts)
        let places = try Buffer<Int32>(count: total) { out in
            try context.parallelChunks(levels.count, grain: grain) { chunk, range in
                var next = starts[chunk]
                for place in range where level[place] != outside {
                    out[next] = Int32(truncatingIfNeeded: place)
                    next &+= 1
                }
            }
        }
        withExtendedLifetime(levels) {}
        return places
    }
}

extension CellArray {
    /// The cells at `indices` with their points renumbered by `places`.
    ///
    /// - Precondition: indices lie in `0 ..< count`; `places` has an entry for every point that they use.
    func gathered(_ indices: UnsafeBufferPointer<Int32>, firstIndex: Int = 0, places: Buffer<Int32>, context: ExecutionContext) throws
        -> CellArray
    {
        let place = places.pointer
        let entries = connectivity.pointer
        defer { withExtendedLifetime((self, places)) {} }
        if offsets == nil {
            let size = uniformSize
            let picked = try Buffer<Int32>(count: indices.count * size) { out in
                try context.parallelFor(indices.count, grain: 1 << 14) { range in
                    for position in range {
                        let from = entries + (Int(indices[position]) &- firstIndex) &* size
                        let to = out + position &* size
                        for corner in 0..<size { to[corner] = place[Int(from[corner])] }
                    }
                }
            }
            return CellArray(uniformSize: size, connectivity: picked)
        }
        let source = offsets!.pointer
        let begins = Buffer<Int32>(count: indices.count + 1) { out in
            var sum: Int32 = 0
            for position in 0..<indices.count {
                let cell = Int(indices[position]) &- firstIndex
                out[position] = sum
                sum &+= source[cell &+ 1] &- source[cell]
            }
            out[indices.count] = sum
        }
        let begin = begins.pointer
        let picked = try Buffer<Int32>(count: Int(begin[indices.count])) { out in
            try context.parallelFor(indices.count, grain: 1 << 14) { range in
                for position in range {
                    let from = entries + Int(source[Int(indices[position]) &- firstIndex])
                    let to = out + Int(begin[position])
                    for corner in 0..<Int(begin[position &+ 1] &- begin[position]) { to[corner] = place[Int(from[corner])] }
                }
            }
        }
        return CellArray(offsets: begins, connectivity: picked)
    }
}
