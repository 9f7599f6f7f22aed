import Datasets
import Execution

/// The surface of a structured dataset, straight from its extent: no list of faces, no search.
enum LatticeSurface {
    /// Quads on the boundary of a three-dimensional lattice and around its hidden cells; lattices of lower dimension as they are.
    ///
    /// - Parameters:
    ///   - whole: the extent of all pieces together: only there and at hidden cells are faces external.
    ///   - ghostLevels: cells of higher ghost levels give nothing.
    static func make(_ input: Dataset, _ extent: Extent, whole: Extent, ghostLevels: Int, context: ExecutionContext) throws -> Dataset {
        guard extent.pointCount <= Int(Int32.max) else {
            throw DatasetError("a piece of \(extent.pointCount) points is more than one piece can number: use more pieces")
        }
        let levels = input.piece?.cellGhostLevels
        var kernel = LatticeFaces(extent, whole, HiddenCells(of: input))
        if let levels {
            kernel.isUnwanted = Buffer(count: extent.cellCount) { out in
                for cell in 0..<extent.cellCount { out[cell] = Int(levels.pointer[cell]) > ghostLevels ? 1 : 0 }
            }
        }
        let faces = kernel
        let rows = extent.isEmpty ? 0 : kernel.cells.y * kernel.cells.z
        let grain = max(1, (1 << 14) / kernel.cells.x)
        var starts = try context.parallelMap(rows, grain: grain) { range in range.reduce(0) { $0 + faces.count(inRow: $1) } }
        let count = exclusivePrefixSum(&starts)
        let size = kernel.cornersPerCell
        guard count * size < Int(Int32.max) else {
            throw DatasetError("a surface of \(count) cells is more than one piece can number: use more pieces")
        }
        let firsts = starts
        let connectivity = Buffer<Int32>(uninitializedCount: count * size)
        let sources = Buffer<Int32>(uninitializedCount: count)
        nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: connectivity.pointer)
        nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: sources.pointer)
        try context.parallelChunks(rows, grain: grain) { chunk, range in
            var place = firsts[chunk]
            for row in range { place = faces.fill(row: row, entry, source, place) }
        }
        var lists = [CellArray(), CellArray(), CellArray(), CellArray()]
        if count > 0 { lists[min(2, kernel.dimension)] = CellArray(uniformSize: size, connectivity: connectivity) }
        return try SurfaceResult.make(
            input, lists: lists, sources: [sources], ghostLevels: ghostLevels, fanBits: Surface.latticeFanBits, context: context)
    }
}

/// Finds the external faces of one row of cells of a lattice after the other.
struct LatticeFaces {
    let cells: SIMD3<Int>
    let dimension: Int
    var isUnwanted: Buffer<UInt8>?
    private let hidden: HiddenCells?
    /// Steps between neighbouring points on each axis; 0 on flat ones.
    private let step: SIMD3<Int>
    /// Whether the lattice ends at its lower and upper end of each axis, rather than going on in another piece.
    private let isLowEnd: (x: Bool, y: Bool, z: Bool)
    private let isHighEnd: (x: Bool, y: Bool, z: Bool)

    init(_ extent: Extent, _ whole: Extent, _ hidden: HiddenCells?) {
        let size = extent.dimensions
        cells = extent.cellDimensions
        dimension = extent.dimension
        step = SIMD3(size.x > 1 ? 1 : 0, size.y > 1 ? size.x : 0, size.z > 1 ? size.x * size.y : 0)
        self.hidden = hidden
        isLowEnd = (extent.lower.x == whole.lower.x, extent.lower.y == whole.lower.y, extent.lower.z == whole.lower.z)
        isHighEnd = (extent.upper.x == whole.upper.x, extent.upper.y == whole.upper.y, extent.upper.z == whole.upper.z)
    }

    /// Points of a result cell.
    var cornersPerCell: Int { dimension >= 2 ? 4 : dimension + 1 }

    @inline(__always) private func isHidden(_ cell: Int) -> Bool { hidden.map { $0.flags.pointer[cell] != 0 } ?? false }

    @inline(__always) private func isSkipped(_ cell: Int) -> Bool {
        isHidden(cell) || (isUnwanted.map { $0.pointer[cell] != 0 } ?? false)
    }

    /// Bit f is set where face f (low x, high x, low y, …) of the cell is external.
    @inline(__always) private func faces(_ cell: Int, _ i: Int, _ j: Int, _ k: Int) -> Int {
        var set = 0
        if i == 0 ? isLowEnd.x : isHidden(cell &- 1) { set |= 1 }
        if i == cells.x &- 1 ? isHighEnd.x : isHidden(cell &+ 1) { set |= 2 }
        if j == 0 ? isLowEnd.y : isHidden(cell &- cells.x) { set |= 4 }
        if j == cells.y &- 1 ? isHighEnd.y : isHidden(cell &+ cells.x) { set |= 8 }
        let layer = cells.x &* cells.y
        if k == 0 ? isLowEnd.z : isHidden(cell &- layer) { set |= 16 }
        if k == cells.z &- 1 ? isHighEnd.z : isHidden(cell &+ layer) { set |= 32 }
        return set
    }

    /// Whether only the ends of the row can have external faces.
    @inline(__always) private func isInterior(_ j: Int, _ k: Int) -> Bool {
        hidden == nil && isUnwanted == nil && j > 0 && j < cells.y - 1 && k > 0 && k < cells.z - 1
    }

    /// How many result cells a row has.
    func count(inRow row: Int) -> Int {
        let (k, j) = row.quotientAndRemainder(dividingBy: cells.y)
        var count = 0
        if dimension < 3 {
            for i in 0..<cells.x where !isSkipped(row &* cells.x &+ i) { count &+= 1 }
            return count
        }
        var i = 0
        while i < cells.x {
            let cell = row &* cells.x &+ i
            if !isSkipped(cell) { count &+= faces(cell, i, j, k).nonzeroBitCount }
            i = isInterior(j, k) && i == 0 ? max(1, cells.x &- 1) : i &+ 1
        }
        return count
    }

    /// Writes the result cells of a row from `place` on and returns the place behind them.
    func fill(row: Int, _ entry: UnsafeMutablePointer<Int32>, _ source: UnsafeMutablePointer<Int32>, _ first: Int) -> Int {
        let (k, j) = row.quotientAndRemainder(dividingBy: cells.y)
        var place = first
        var i = 0
        while i < cells.x {
            let cell = row &* cells.x &+ i
            if !isSkipped(cell) {
                let point = i &* step.x &+ j &* step.y &+ k &* step.z
                if dimension < 3 {
                    writeFlat(point, entry + place &* cornersPerCell)
                    source[place] = Int32(truncatingIfNeeded: cell)
                    place &+= 1
                } else {
                    var set = faces(cell, i, j, k)
                    while set != 0 {
                        write(set.trailingZeroBitCount, point, entry + place &* 4)
                        source[place] = Int32(truncatingIfNeeded: cell)
                        place &+= 1
                        set &= set &- 1
                    }
                }
            }
            i = dimension == 3 && isInterior(j, k) && i == 0 ? max(1, cells.x &- 1) : i &+ 1
        }
        return place
    }

    /// A vertex, line or quad: points of the axes that are not flat.
    @inline(__always) private func writeFlat(_ point: Int, _ out: UnsafeMutablePointer<Int32>) {
        out[0] = Int32(truncatingIfNeeded: point)
        if dimension == 0 { return }
        let low = step.x != 0 ? step.x : step.y != 0 ? step.y : step.z
        out[1] = Int32(truncatingIfNeeded: point &+ low)
        if dimension == 1 { return }
        let high = step.z != 0 ? step.z : step.y
        out[2] = Int32(truncatingIfNeeded: point &+ low &+ high)
        out[3] = Int32(truncatingIfNeeded: point &+ high)
    }

    /// A face of a voxel, counterclockwise from outside.
    @inline(__always) private func write(_ face: Int, _ point: Int, _ out: UnsafeMutablePointer<Int32>) {
        let axis = face &>> 1
        let isHigh = face & 1 == 1
        // The two axes after the face's own, so that their cross product points along it.
        let first = axis == 0 ? step.y : axis == 1 ? step.z : step.x
        let second = axis == 0 ? step.z : axis == 1 ? step.x : step.y
        let own = axis == 0 ? step.x : axis == 1 ? step.y : step.z
        let base = isHigh ? point &+ own : point
        out[0] = Int32(truncatingIfNeeded: base)
        out[1] = Int32(truncatingIfNeeded: base &+ (isHigh ? first : second))
        out[2] = Int32(truncatingIfNeeded: base &+ first &+ second)
        out[3] = Int32(truncatingIfNeeded: base &+ (isHigh ? second : first))
    }
}
