import Datasets
import Execution
import Geometry

/// The regions of a dataset: cells that hang together by common points, numbered in the order of their first cells.
struct Regions {
    let count: Int
    /// Cells of each region.
    private let sizes: [Int]
    /// The region of each cell; −1 for cells that belong to none.
    private let cellRegions: Buffer<Int32>
    /// The lowest point of each point's region.
    private let roots: Buffer<Int32>
    /// The region of each lowest point; −1 for points that no cell uses.
    private let regionOfRoot: Buffer<Int32>

    private static let none: Int32 = -1

    /// - Parameter hidden: nonzero for cells that belong to none.
    init(_ cells: CellBlocks, pointCount: Int, hidden: Buffer<UInt8>?, context: ExecutionContext) throws {
        let forest = try PointForest(pointCount, context: context)
        let hiding = hidden?.pointer
        let grain = 1 << 14
        try context.parallelFor(cells.count, grain: grain) { range in
            cells.forEach(in: range) { block in
                var entry = 0
                for index in 0..<block.count {
                    let points = block.points + entry
                    let size = block.size(index)
                    entry &+= size
                    if size < 2 || hiding != nil && hiding![block.first &+ index] != 0 { continue }
                    var root = forest.root(of: points[0])
                    for corner in 1..<size { root = forest.join(root, points[corner]) }
                }
            }
        }
        roots = try forest.flattened(context: context)
        let root = roots.pointer

        // The first cell of every root; chunks come in rising order, so it is rarely written twice.
        let firstCells = try FirstCells(pointCount, context: context)
        let regions = Buffer<Int32>(uninitializedCount: cells.count)
        nonisolated(unsafe) let region = UnsafeMutablePointer(mutating: regions.pointer)
        try context.parallelFor(cells.count, grain: grain) { range in
            cells.forEach(in: range) { block in
                var entry = 0
                for index in 0..<block.count {
                    let size = block.size(index)
                    let cell = block.first &+ index
                    if size == 0 || hiding != nil && hiding![cell] != 0 {
                        region[cell] = Regions.none
                    } else {
                        let found = root[Int(block.points[entry])]
                        region[cell] = found
                        firstCells.note(cell, of: found)
                    }
                    entry &+= size
                }
            }
        }
        let found = try firstCells.noted(context: context).sorted { $0.cell < $1.cell }
        let numbers = Buffer<Int32>(repeating: Regions.none, count: pointCount)
        nonisolated(unsafe) let number = UnsafeMutablePointer(mutating: numbers.pointer)
        for (place, first) in found.enumerated() { number[Int(first.root)] = Int32(truncatingIfNeeded: place) }
        let total = found.count
        count = total
        // Cells of each region: counted chunk by chunk, where a run of one region is added at once.
        let tallies = try context.parallelMap(cells.count, grain: max(grain, cells.count / 16 + 1)) { range in
            var tally: [Int32: Int] = [:]
            var run = (region: Regions.none, length: 0)
            for cell in range {
                if region[cell] != Regions.none { region[cell] = number[Int(region[cell])] }
                if region[cell] != run.region {
                    if run.region != Regions.none { tally[run.region, default: 0] += run.length }
                    run = (region[cell], 0)
                }
                run.length &+= 1
            }
            if run.region != Regions.none { tally[run.region, default: 0] += run.length }
            return tally
        }
        var sizes = [Int](repeating: 0, count: total)
        for tally in tallies { for (region, cells) in tally { sizes[Int(region)] += cells } }
        self.sizes = sizes
        cellRegions = regions
        regionOfRoot = numbers
        withExtendedLifetime(hidden) {}
    }

    /// The region with the most cells, the first of several; nil where there is none.
    var largest: Int? {
        guard let most = sizes.max() else { return nil }
        return sizes.firstIndex(of: most)
    }

    /// The region of the used point nearest to a place; nil where there is none.
    func nearest(to place: Vector3, in dataset: Dataset) throws -> Int? {
        guard let positions = PointPositions(dataset) else { return nil }
        var best: (region: Int32, distance: Double) = (Regions.none, .infinity)
        for point in 0..<roots.count {
            let region = regionOfRoot.pointer[Int(roots.pointer[point])]
            if region == Regions.none { continue }
            let difference = positions[point] - place
            let distance = difference.dot(difference)
            if distance < best.distance { best = (region, distance) }
        }
        return best.region == Regions.none ? nil : Int(best.region)
    }

    /// The region of every point; −1 for points that no cell uses.
    func ofPoints(context: ExecutionContext) throws -> Buffer<Int64> {
        let (root, region) = (roots.pointer, regionOfRoot.pointer)
        defer { withExtendedLifetime((roots, regionOfRoot)) {} }
        return try Buffer<Int64>(count: roots.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(roots.count, grain: 1 << 16) { range in
                for point in range { out[point] = Int64(region[Int(root[point])]) }
            }
        }
    }

    /// The region of every cell; −1 for cells that belong to none.
    func ofCells(context: ExecutionContext) throws -> Buffer<Int64> {
        let region = cellRegions.pointer
        defer { withExtendedLifetime(cellRegions) {} }
        return try Buffer<Int64>(count: cellRegions.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(cellRegions.count, grain: 1 << 16) { range in
                for cell in range { out[cell] = Int64(region[cell]) }
            }
        }
    }

    /// One byte a cell: whether it belongs to a chosen region; nil: to any.
    func cellStates(of chosen: Set<Int>?, context: ExecutionContext) throws -> Buffer<UInt8> {
        let isChosen = (0..<count).map { chosen?.contains($0) ?? true }
        let region = cellRegions.pointer
        defer { withExtendedLifetime(cellRegions) {} }
        return try Buffer<UInt8>(count: cellRegions.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(cellRegions.count, grain: 1 << 16) { range in
                isChosen.withUnsafeBufferPointer { isChosen in
                    for cell in range { out[cell] = region[cell] != Regions.none && isChosen[Int(region[cell])] ? 1 : 0 }
                }
            }
        }
    }
}
