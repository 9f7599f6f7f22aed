import Datasets
import Execution

/// The points that some cells use, in index order, and the cells in their new numbers.
struct PointCompaction {
    /// The used points, rising; nil where all are used.
    let kept: Buffer<Int32>?
    let lists: [CellArray]

    /// - Precondition: all points of the cells lie in `0 ..< points`.
    init(_ lists: [CellArray], points: Int, context: ExecutionContext) throws {
        let isUsed = Buffer<UInt8>(repeating: 0, count: points)
        let flag = UnsafeMutablePointer(mutating: isUsed.pointer)
        nonisolated(unsafe) let flags = flag
        for list in lists {
            let id = list.connectivity.pointer
            // Workers may write the same byte, always with the same value.
            try context.parallelFor(list.connectivity.count, grain: 1 << 16) { range in
                for entry in range { flags[Int(id[entry])] = 1 }
            }
        }
        let grain = 1 << 16
        var starts = try context.parallelMap(points, grain: grain) { range in
            var count = 0
            for point in range { count &+= Int(flags[point]) }
            return count
        }
        let count = exclusivePrefixSum(&starts)
        if count == points {
            kept = nil
            self.lists = lists
            withExtendedLifetime(isUsed) {}
            return
        }
        let numbers = Buffer<Int32>(uninitializedCount: points)
        nonisolated(unsafe) let number = UnsafeMutablePointer(mutating: numbers.pointer)
        let firsts = starts
        let used = try Buffer<Int32>(count: count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelChunks(points, grain: grain) { chunk, range in
                var place = firsts[chunk]
                for point in range where flags[point] != 0 {
                    out[place] = Int32(truncatingIfNeeded: point)
                    number[point] = Int32(truncatingIfNeeded: place)
                    place &+= 1
                }
            }
        }
        self.lists = try lists.map { list in
            let id = list.connectivity.pointer
            let connectivity = try Buffer<Int32>(count: list.connectivity.count) { out in
                nonisolated(unsafe) let out = out
                try context.parallelFor(list.connectivity.count, grain: 1 << 16) { range in
                    for entry in range { out[entry] = number[Int(id[entry])] }
                }
            }
            return list.replacingConnectivity(connectivity)
        }
        kept = used
        withExtendedLifetime((isUsed, numbers)) {}
    }
}

extension CellArray {
    /// The same cells over other points.
    func replacingConnectivity(_ connectivity: Buffer<Int32>) -> CellArray {
        if let offsets { return CellArray(offsets: offsets, connectivity: connectivity) }
        return CellArray(uniformSize: uniformSize, connectivity: connectivity)
    }
}
