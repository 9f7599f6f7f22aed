import Datasets
import Execution

/// Means over the cells around every point of any dataset.
///
/// Method: workers own ranges of points and look at all chunks of cells that reach into their range, in order, so every sum folds in the
/// order of the cells however many workers there are. Chunks know the least and greatest point that they use; in most meshes they are near.
struct PointMeans {
    private struct Chunk {
        var cells: Range<Int>
        var least: Int32
        var greatest: Int32
    }

    private let cells: CellBlocks
    private let pointCount: Int
    private let hidden: Buffer<UInt8>?
    private let context: ExecutionContext
    private let chunks: [Chunk]
    private let workers: Int
    /// Cells that use each point; one that uses it twice counts twice.
    private let counts: Buffer<Int32>

    /// - Parameter hidden: nonzero for cells that do not count.
    init(_ cells: CellBlocks, pointCount: Int, hidden: Buffer<UInt8>?, context: ExecutionContext) throws {
        self.cells = cells
        self.pointCount = pointCount
        self.hidden = hidden
        self.context = context
        let hiding = hidden?.pointer
        chunks = try context.parallelMap(cells.count, grain: 1 << 13) { range in
            var (least, greatest) = (Int32.max, Int32.min)
            cells.forEach(in: range) { block in
                if block.count == 0 { return }
                let entries = block.start(block.count &- 1) &+ block.size(block.count &- 1)
                for entry in 0..<entries {
                    let point = block.points[entry]
                    least = point < least ? point : least
                    greatest = point > greatest ? point : greatest
                }
            }
            return Chunk(cells: range, least: least, greatest: greatest)
        }
        workers = max(1, min(context.threads, 8))
        let result = Buffer<Int32>(repeating: 0, count: pointCount)
        counts = result
        nonisolated(unsafe) let count = UnsafeMutablePointer(mutating: result.pointer)
        try forEachUse { block, index, points, size, first, end, isInside in
            if hiding != nil && hiding![block.first &+ index] != 0 { return }
            if isInside {
                for corner in 0..<size { count[Int(points[corner])] &+= 1 }
            } else {
                for corner in 0..<size where points[corner] >= first && points[corner] < end { count[Int(points[corner])] &+= 1 }
            }
        }
        withExtendedLifetime(hidden) {}
    }

    /// The point array of the means of a cell array of numbers: integers as Float.
    func mean(of array: FieldArray) throws -> FieldArray {
        switch array.values {
        case .float32(let values):
            return Means.array(try Means.narrowed(try means(values, array.components), context: context), like: array)
        case .float64(let values): return Means.array(try means(values, array.components), like: array)
        default:
            return Means.array(try Means.narrowed(try means(array.doubles() ?? Buffer(), array.components), context: context), like: array)
        }
    }

    private func means<Value: MeanValue>(_ values: Buffer<Value>, _ components: Int) throws -> Buffer<Double> {
        let source = values.pointer
        let hiding = hidden?.pointer
        let result = Buffer<Double>(uninitializedCount: pointCount * components)
        nonisolated(unsafe) let sum = UnsafeMutablePointer(mutating: result.pointer)
        try context.parallelFor(result.count, grain: 1 << 18) { range in
            (sum + range.lowerBound).initialize(repeating: 0, count: range.count)
        }
        if components == 1 {
            try forEachUse { block, index, points, size, first, end, isInside in
                let cell = block.first &+ index
                if hiding != nil && hiding![cell] != 0 { return }
                let value = source[cell].wide
                if isInside {
                    for corner in 0..<size { sum[Int(points[corner])] += value }
                } else {
                    for corner in 0..<size where points[corner] >= first && points[corner] < end { sum[Int(points[corner])] += value }
                }
            }
        } else {
            try forEachUse { block, index, points, size, first, end, _ in
                let cell = block.first &+ index
                if hiding != nil && hiding![cell] != 0 { return }
                let value = source + cell &* components
                for corner in 0..<size where points[corner] >= first && points[corner] < end {
                    let to = sum + Int(points[corner]) &* components
                    for component in 0..<components { to[component] += value[component].wide }
                }
            }
        }
        let count = counts.pointer
        try context.parallelFor(pointCount, grain: 1 << 15) { range in
            for point in range {
                let cells = Double(count[point] > 1 ? count[point] : 1)
                for component in 0..<components { sum[point &* components &+ component] /= cells }
            }
        }
        withExtendedLifetime((values, hidden, counts)) {}
        return result
    }

    /// Calls `body` for every cell that may use points of a worker's range `first ..< end`; `isInside` says that all its points lie there.
    @inline(__always) private func forEachUse(
        _ body: (
            _ block: CellBlock, _ index: Int, _ points: UnsafePointer<Int32>, _ size: Int, _ first: Int32, _ end: Int32, _ isInside: Bool
        ) -> Void
    ) throws {
        try context.parallelFor(workers, grain: 1) { range in
            for worker in range {
                let first = Int32(truncatingIfNeeded: pointCount * worker / workers)
                let end = Int32(truncatingIfNeeded: pointCount * (worker + 1) / workers)
                for chunk in chunks where chunk.least < end && chunk.greatest >= first {
                    if context.cancellation.isCancelled { break }
                    let isInside = chunk.least >= first && chunk.greatest < end
                    cells.forEach(in: chunk.cells) { block in
                        var entry = 0
                        for index in 0..<block.count {
                            let size = block.size(index)
                            body(block, index, block.points + entry, size, first, end, isInside)
                            entry &+= size
                        }
                    }
                }
            }
        }
    }
}
