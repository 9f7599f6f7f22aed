import Datasets
import Execution

/// For each point the places in the connectivity where polygons and strips name it, rising.
struct CornerLinks {
    /// One entry more than there are points.
    let offsets: Buffer<Int32>
    let corners: Buffer<Int32>

    /// Each worker links its own range of points, so that the order never depends on how many there are.
    init(_ lists: [CellArray], points: Int, context: ExecutionContext) throws {
        let workers = max(1, min(context.threads, 8))
        let total = lists.reduce(0) { $0 + $1.connectivity.count }
        let starts = Buffer<Int32>(repeating: 0, count: points + 1)
        let places = Buffer<Int32>(uninitializedCount: total)
        nonisolated(unsafe) let start = UnsafeMutablePointer(mutating: starts.pointer)
        nonisolated(unsafe) let place = UnsafeMutablePointer(mutating: places.pointer)
        func ownRange(_ worker: Int) -> (Int32, UInt32) {
            let first = points * worker / workers
            return (Int32(first), UInt32(points * (worker + 1) / workers - first))
        }
        try context.parallelFor(workers, grain: 1) { range in
            for worker in range {
                let (first, count) = ownRange(worker)
                for list in lists {
                    for id in list.connectivity.elements where UInt32(bitPattern: id &- first) < count { start[Int(id) &+ 1] &+= 1 }
                }
            }
        }
        for point in 0..<points { start[point &+ 1] &+= start[point] }
        // Filling moves each start to the end of its points, which is the next one's start; they are moved back below.
        try context.parallelFor(workers, grain: 1) { range in
            for worker in range {
                let (first, count) = ownRange(worker)
                var corner: Int32 = 0
                for list in lists {
                    for id in list.connectivity.elements {
                        if UInt32(bitPattern: id &- first) < count {
                            place[Int(start[Int(id)])] = corner
                            start[Int(id)] &+= 1
                        }
                        corner &+= 1
                    }
                }
            }
        }
        offsets = Buffer(count: points + 1) { out in
            out[0] = 0
            if points > 0 { (out + 1).initialize(from: starts.pointer, count: points) }
        }
        corners = places
    }
}
