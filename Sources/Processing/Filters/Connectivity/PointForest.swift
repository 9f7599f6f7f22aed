import Datasets
import Execution
import Synchronization

/// Points in trees that threads join without locks; every point lies above its parent, so that a root is the lowest point of its tree.
///
/// Source: the lock-free union of Anderson and Woll (1991), with links from the higher root to the lower.
struct PointForest: @unchecked Sendable {
    // Unchecked: parents are read and written atomically.
    private let storage: Buffer<Int32>
    private let parents: UnsafeMutablePointer<Atomic<Int32>>
    private let count: Int

    init(_ count: Int, context: ExecutionContext) throws {
        self.count = count
        let storage = try Buffer<Int32>(count: count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(count, grain: 1 << 16) { range in
                for point in range { out[point] = Int32(truncatingIfNeeded: point) }
            }
        }
        self.storage = storage
        // An atomic Int32 is an Int32 in memory.
        parents = UnsafeMutableRawPointer(mutating: storage.pointer).assumingMemoryBound(to: Atomic<Int32>.self)
    }

    /// The lowest point of a point's tree, for now; shortens the way on the way.
    @inline(__always) func root(of point: Int32) -> Int32 {
        var point = point
        while true {
            let parent = parents[Int(point)].load(ordering: .relaxed)
            if parent == point { return point }
            let next = parents[Int(parent)].load(ordering: .relaxed)
            if next != parent {
                _ = parents[Int(point)].compareExchange(expected: parent, desired: next, ordering: .relaxed)
            }
            point = next
        }
    }

    /// Joins the trees of two points; returns the lowest of both, for now.
    @inline(__always) func join(_ a: Int32, _ b: Int32) -> Int32 {
        var (a, b) = (root(of: a), root(of: b))
        while a != b {
            if a > b { swap(&a, &b) }
            if parents[Int(b)].compareExchange(expected: b, desired: a, ordering: .relaxed).exchanged { return a }
            (a, b) = (root(of: a), root(of: b))
        }
        return a
    }

    /// The root of every point. Nobody joins trees any more.
    func flattened(context: ExecutionContext) throws -> Buffer<Int32> {
        defer { withExtendedLifetime(storage) {} }
        return try Buffer<Int32>(count: count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(count, grain: 1 << 15) { range in
                for point in range { out[point] = root(of: Int32(truncatingIfNeeded: point)) }
            }
        }
    }
}

/// The lowest cell that was noted for each root.
struct FirstCells: @unchecked Sendable {
    // Unchecked: cells are read and written atomically.
    private let storage: Buffer<Int32>
    private let cells: UnsafeMutablePointer<Atomic<Int32>>
    private let count: Int

    init(_ count: Int, context: ExecutionContext) throws {
        self.count = count
        let storage = try Buffer<Int32>(count: count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(count, grain: 1 << 16) { range in
                for root in range { out[root] = .max }
            }
        }
        self.storage = storage
        cells = UnsafeMutableRawPointer(mutating: storage.pointer).assumingMemoryBound(to: Atomic<Int32>.self)
    }

    @inline(__always) func note(_ cell: Int, of root: Int32) {
        let cell = Int32(truncatingIfNeeded: cell)
        if cells[Int(root)].load(ordering: .relaxed) <= cell { return }
        _ = cells[Int(root)].min(cell, ordering: .relaxed)
    }

    /// The roots that cells were noted for.
    func noted(context: ExecutionContext) throws -> [(root: Int32, cell: Int32)] {
        defer { withExtendedLifetime(storage) {} }
        return try context.parallelMap(count, grain: 1 << 16) { range in
            var found: [(root: Int32, cell: Int32)] = []
            for root in range {
                let cell = cells[root].load(ordering: .relaxed)
                if cell != .max { found.append((Int32(truncatingIfNeeded: root), cell)) }
            }
            return found
        }.flatMap { $0 }
    }
}
