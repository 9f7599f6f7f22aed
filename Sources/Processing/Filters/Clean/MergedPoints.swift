import Datasets
import Execution

/// Which used points of a dataset stay when those that coincide join, and what becomes of the others.
struct MergedPoints {
    /// The points that stay, rising; nil where all do.
    let kept: Buffer<Int32>?
    /// For each point that a cell uses the place of the one that it joins among those that stay.
    let numbers: Buffer<Int32>

    /// - Parameter tolerance: the greatest distance of points that join.
    init(of dataset: Dataset, tolerance: Double, context: ExecutionContext) throws {
        let count = dataset.pointCount
        let used = Buffer<UInt8>(repeating: 0, count: count)
        nonisolated(unsafe) let isUsed = UnsafeMutablePointer(mutating: used.pointer)
        var lists = dataset.explicitCells
        if case .unstructured(let grid) = dataset, let faces = grid.polyhedronFaces { lists.append(faces.faces) }
        for list in lists {
            let entries = list.connectivity.pointer
            // Workers may write the same byte, always with the same value.
            try context.parallelFor(list.connectivity.count, grain: 1 << 16) { range in
                for entry in range { isUsed[Int(entries[entry])] = 1 }
            }
            withExtendedLifetime(list) {}
        }
        let targets: Buffer<Int32>
        switch dataset.explicitPoints ?? Points() {
        case .float32(let buffer):
            targets = tolerance > 0
                ? try NearPoints.targets(buffer, used: used, tolerance: tolerance, context: context)
                : try EqualPoints.targets(buffer, used: used, context: context)
        case .float64(let buffer):
            targets = tolerance > 0
                ? try NearPoints.targets(buffer, used: used, tolerance: tolerance, context: context)
                : try EqualPoints.targets(buffer, used: used, context: context)
        }
        let target = targets.pointer
        let grain = 1 << 16
        var starts = try context.parallelMap(count, grain: grain) { range in
            var kept = 0
            for point in range { kept &+= Int(target[point]) == point ? 1 : 0 }
            return kept
        }
        let total = exclusivePrefixSum(&starts)
        if total == count {
            kept = nil
            numbers = targets
            return
        }
        let firsts = starts
        let places = Buffer<Int32>(uninitializedCount: count)
        nonisolated(unsafe) let place = UnsafeMutablePointer(mutating: places.pointer)
        kept = try Buffer<Int32>(count: total) { out in
            nonisolated(unsafe) let out = out
            try context.parallelChunks(count, grain: grain) { chunk, range in
                var next = firsts[chunk]
                for point in range where Int(target[point]) == point {
                    out[next] = Int32(truncatingIfNeeded: point)
                    place[point] = Int32(truncatingIfNeeded: next)
                    next &+= 1
                }
            }
        }
        // A point joins one of lower index that stays, whose place is known by now.
        try context.parallelFor(count, grain: grain) { range in
            for point in range where target[point] >= 0 && Int(target[point]) != point { place[point] = place[Int(target[point])] }
        }
        numbers = places
        withExtendedLifetime((used, targets)) {}
    }
}
