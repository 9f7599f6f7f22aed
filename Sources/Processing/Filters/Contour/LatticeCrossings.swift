import Datasets
import Execution

/// Which edges of a lattice are crossed, as bits, and the numbers of the points and triangles that follow from them.
///
/// Memory: 41 bytes for every 64 points, of which those without a crossing touch 9. Because points are ranked by counting bits, any row
/// can be written on its own, in any order.
/// Source: the passes of Schroeder, Maynard and Geveci, "Flying Edges", LDAV 2015, on words of bits.
struct LatticeCrossings {
    let shape: LatticeShape
    /// Bit i of a row's words: point i is at or above the value.
    let above: Buffer<UInt64>
    /// Four words for 64 points: crossed edges along x, y and z from each point; then, in the low half, the number of the first point
    /// within the chunk, and in the high half whether a voxel of the word is cut.
    let records: Buffer<UInt64>
    /// For each word of each row whether anything is crossed from its points or in its voxels; records of others are not written.
    let isActive: Buffer<Bool>
    /// Numbers of the first point and triangle of each chunk, and the totals behind them.
    private(set) var pointStarts: [Int]
    private(set) var triangleStarts: [Int]
    /// Voxels that may be cut, a word for 64 of a row of points; nil where all may.
    let allowed: Buffer<UInt64>?

    var pointCount: Int { pointStarts[shape.chunks] }
    var triangleCount: Int { triangleStarts[shape.chunks] }

    /// - Throws: `CancelledError`; `DatasetError` where there are more points than one piece holds.
    init<Field: LatticeField>(
        _ field: Field, shape: LatticeShape, allowed: Buffer<UInt64>?, context: ExecutionContext
    ) throws {
        self.shape = shape
        self.allowed = allowed
        let (ny, words, rows) = (shape.ny, shape.words, shape.rows)
        let chunkRows = shape.chunkRows

        let bits = Buffer<UInt64>(uninitializedCount: rows * words)
        let above = UnsafeMutablePointer(mutating: bits.pointer)
        try context.parallelFor(rows, grain: chunkRows) { range in
            var (k, j) = range.lowerBound.quotientAndRemainder(dividingBy: ny)
            for row in range {
                field.classify(shape, j, k, into: above + row &* words)
                j &+= 1
                if j == ny { (j, k) = (0, k &+ 1) }
            }
        }
        self.above = bits
        isActive = Buffer<Bool>(uninitializedCount: rows * words)
        let active = UnsafeMutablePointer(mutating: isActive.pointer)

        records = Buffer<UInt64>(uninitializedCount: rows * words * 4)
        let record = UnsafeMutablePointer(mutating: records.pointer)
        var points = [Int](repeating: 0, count: shape.chunks + 1)
        var triangles = points
        let cases = LatticeCases.table
        let table = cases.pointer
        try points.withUnsafeMutableBufferPointer { points in
            try triangles.withUnsafeMutableBufferPointer { triangles in
                let (pointTotals, triangleTotals) = (points.baseAddress!, triangles.baseAddress!)
                try context.parallelChunks(rows, grain: chunkRows) { chunk, range in
                    let totals = LatticeCrossings.count(
                        range, shape: shape, above: UnsafePointer(above), allowed: allowed?.pointer, table: table, into: record,
                        active: active)
                    (pointTotals[chunk], triangleTotals[chunk]) = totals
                }
            }
        }
        withExtendedLifetime((bits, cases, allowed)) {}
        let total = exclusivePrefixSum(&points)
        _ = exclusivePrefixSum(&triangles)
        (pointStarts, triangleStarts) = (points, triangles)
        if total > Int(Int32.max) {
            throw DatasetError("a cut with \(total) points is more than a piece can number (\(Int32.max)): use more pieces")
        }
    }

    /// Bits of a word whose voxels have a neighbour at i + 1.
    @inline(__always) static func voxelMask(_ word: Int, _ nx: Int) -> UInt64 {
        let cells = nx &- 1 &- 64 &* word
        return cells >= 64 ? ~0 : (cells <= 0 ? 0 : (1 &<< UInt64(truncatingIfNeeded: cells)) &- 1)
    }

    /// The edge bits and ranks of a chunk of rows; returns its points and triangles.
    private static func count(
        _ range: Range<Int>, shape: LatticeShape, above: UnsafePointer<UInt64>, allowed: UnsafePointer<UInt64>?,
        table: UnsafePointer<UInt8>, into records: UnsafeMutablePointer<UInt64>, active isActive: UnsafeMutablePointer<Bool>
    ) -> (Int, Int) {
        let (nx, ny, nz, words) = (shape.nx, shape.ny, shape.nz, shape.words)
        let plane = ny &* words
        var points = 0
        var triangles = 0
        var (k, j) = range.lowerBound.quotientAndRemainder(dividingBy: ny)
        for row in range {
            defer {
                j &+= 1
                if j == ny { (j, k) = (0, k &+ 1) }
            }
            let a = above + row &* words
            let record = records + 4 &* row &* words
            let (hasY, hasZ) = (j &+ 1 < ny, k &+ 1 < nz)
            // Rows beyond the end repeat the last one: nothing is crossed between equal rows.
            let b = hasY ? a + words : a
            let c = hasZ ? a + plane : a
            let d = b + (c - a)
            for word in 0..<words {
                let mask = voxelMask(word, nx)
                let a0 = a[word]
                let b0 = b[word]
                let c0 = c[word]
                let d0 = d[word]
                let hasNext = word &+ 1 < words
                let a1 = a0 &>> 1 | (hasNext ? a[word &+ 1] &<< 63 : 0)
                let b1 = b0 &>> 1 | (hasNext ? b[word &+ 1] &<< 63 : 0)
                let c1 = c0 &>> 1 | (hasNext ? c[word &+ 1] &<< 63 : 0)
                let d1 = d0 &>> 1 | (hasNext ? d[word &+ 1] &<< 63 : 0)
                var x = (a0 ^ a1) & mask
                var y = a0 ^ b0
                var z = a0 ^ c0
                let isCrossed = (x | y | z | (a0 ^ d0) | (((b0 ^ b1) | (c0 ^ c1) | (d0 ^ d1)) & mask)) != 0
                isActive[row &* words &+ word] = isCrossed
                if !isCrossed { continue }
                if let allowed { maskEdges(&x, &y, &z, allowed, row, j, k, word, words, plane) }
                record[4 &* word] = x
                record[4 &* word &+ 1] = y
                record[4 &* word &+ 2] = z
                record[4 &* word &+ 3] = UInt64(truncatingIfNeeded: points)
                points &+= x.nonzeroBitCount &+ y.nonzeroBitCount &+ z.nonzeroBitCount
                if !(hasY && hasZ) { continue }
                var active = (a0 | a1 | b0 | b1 | c0 | c1 | d0 | d1) & ~(a0 & a1 & b0 & b1 & c0 & c1 & d0 & d1) & mask
                if let allowed { active &= allowed[row &* words &+ word] }
                if active != 0 { record[4 &* word &+ 3] |= 1 &<< 32 }
                while active != 0 {
                    let i = UInt64(truncatingIfNeeded: active.trailingZeroBitCount)
                    active &= active &- 1
                    triangles &+= Int(table[16 &* voxelCase(a0, a1, b0, b1, c0, c1, d0, d1, i)])
                }
            }
        }
        return (points, triangles)
    }

    /// The case of voxel `i` of a word; words ending in 1 are shifted by one point.
    @inline(__always) static func voxelCase(
        _ a0: UInt64, _ a1: UInt64, _ b0: UInt64, _ b1: UInt64, _ c0: UInt64, _ c1: UInt64, _ d0: UInt64, _ d1: UInt64, _ i: UInt64
    ) -> Int {
        let low = (a0 &>> i) & 1 | ((a1 &>> i) & 1) &<< 1 | ((b0 &>> i) & 1) &<< 2 | ((b1 &>> i) & 1) &<< 3
        let high = (c0 &>> i) & 1 | ((c1 &>> i) & 1) &<< 1 | ((d0 &>> i) & 1) &<< 2 | ((d1 &>> i) & 1) &<< 3
        return Int(truncatingIfNeeded: low | high &<< 4)
    }

    /// Drops crossings of edges that no allowed voxel has.
    @inline(__always) private static func maskEdges(
        _ x: inout UInt64, _ y: inout UInt64, _ z: inout UInt64, _ allowed: UnsafePointer<UInt64>, _ row: Int, _ j: Int, _ k: Int,
        _ word: Int, _ words: Int, _ plane: Int
    ) {
        let here = allowed + (row &* words &+ word)
        /// Voxels of the row at (−dy, −dz), and the same moved on by one point: those at i and at i − 1.
        func voxels(_ dy: Int, _ dz: Int) -> (at: UInt64, around: UInt64) {
            if j < dy || k < dz { return (0, 0) }
            let place = here - (dy &* words &+ dz &* plane)
            let at = place[0]
            return (at, at | at &<< 1 | (word > 0 ? place[-1] &>> 63 : 0))
        }
        let (v00, v10, v01, v11) = (voxels(0, 0), voxels(1, 0), voxels(0, 1), voxels(1, 1))
        x &= v00.at | v10.at | v01.at | v11.at
        y &= v00.around | v01.around
        z &= v00.around | v10.around
    }
}
