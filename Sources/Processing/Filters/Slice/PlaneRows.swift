import Datasets
import Execution

/// A plane through a volume whose rows each change sides at most once: one number a row says all.
///
/// Row r's points before `ends[r]` lie on one side of the plane and the others on the other side, the same way round in every row. So
/// the edges that a row crosses are intervals: at most one along x, those between the ends of neighbouring rows along y and z. A voxel
/// is cut in one convex polygon, because rounded sums of one term an axis keep their order along each axis; a polygon of n edges is
/// n − 2 triangles. Points, triangles and their numbers are those of `LatticeCrossings`.
///
/// - Complexity: O(rows + result); 8 bytes a row.
struct PlaneRows {
    let field: PlaneField
    let shape: LatticeShape
    private let ends: Buffer<Int32>
    /// The number of each row's first point within its chunk.
    private let bases: Buffer<Int32>
    private var pointStarts: [Int]
    private var triangleStarts: [Int]

    /// - Precondition: the field's rows rise or fall.
    /// - Throws: `CancelledError`; `DatasetError` where there are more points than one piece holds.
    init(_ field: PlaneField, shape: LatticeShape, context: ExecutionContext) throws {
        self.field = field
        self.shape = shape
        let (nx, ny) = (shape.nx, shape.ny)
        ends = Buffer<Int32>(uninitializedCount: shape.rows)
        bases = Buffer<Int32>(uninitializedCount: shape.rows)
        let (ends, bases) = (UnsafeMutablePointer(mutating: ends.pointer), UnsafeMutablePointer(mutating: bases.pointer))
        try context.parallelFor(shape.rows, grain: shape.chunkRows) { range in
            var (k, j) = range.lowerBound.quotientAndRemainder(dividingBy: ny)
            for row in range {
                ends[row] = Int32(truncatingIfNeeded: field.rowEnd(nx, j, k))
                j &+= 1
                if j == ny { (j, k) = (0, k &+ 1) }
            }
        }
        var points = [Int](repeating: 0, count: shape.chunks + 1)
        var triangles = points
        let rows = RowEnds(ends: ends, shape: shape)
        try points.withUnsafeMutableBufferPointer { points in
            try triangles.withUnsafeMutableBufferPointer { triangles in
                let (pointTotals, triangleTotals) = (points.baseAddress!, triangles.baseAddress!)
                try context.parallelChunks(shape.rows, grain: shape.chunkRows) { chunk, range in
                    (pointTotals[chunk], triangleTotals[chunk]) = rows.count(range, into: bases)
                }
            }
        }
        let total = exclusivePrefixSum(&points)
        _ = exclusivePrefixSum(&triangles)
        (pointStarts, triangleStarts) = (points, triangles)
        if total > Int(Int32.max) {
            throw DatasetError("a cut with \(total) points is more than a piece can number (\(Int32.max)): use more pieces")
        }
    }

    /// Writes points and triangles.
    func cut<Shape: LatticeGeometry>(_ geometry: Shape, demand: LatticeCutDemand, context: ExecutionContext) throws -> LatticeCut {
        let buffers = LatticePointBuffers<Shape.Coordinate>(count: pointStarts[shape.chunks], normals: false, edges: demand.edges)
        let output = buffers.output(edges: demand.edges)
        let connectivity = Buffer<Int32>(uninitializedCount: 3 * triangleStarts[shape.chunks])
        let sources = demand.sources ? Buffer<Int32>(uninitializedCount: triangleStarts[shape.chunks]) : nil
        let entries = UnsafeMutablePointer(mutating: connectivity.pointer)
        let sourceEntries = sources.map { UnsafeMutablePointer(mutating: $0.pointer) }
        let cases = LatticeCases.table
        try pointStarts.withUnsafeBufferPointer { starts in
            let (starts, table) = (starts.baseAddress!, cases.pointer)
            try context.parallelFor(shape.chunks, grain: 1) { chunks in
                for chunk in chunks {
                    writePoints(chunk, geometry, to: output)
                    writeTriangles(chunk, connectivity: entries, sources: sourceEntries, table: table, starts: starts)
                }
            }
        }
        withExtendedLifetime((buffers, connectivity, sources, cases, ends, bases)) {}
        return LatticeCut(
            points: buffers.points, normals: nil, cellSize: 3, connectivity: connectivity, lower: buffers.lower, upper: buffers.upper,
            parameter: buffers.parameter, sources: sources)
    }

    private var rowEnds: RowEnds { RowEnds(ends: ends.pointer, shape: shape) }

    private func rows(of chunk: Int) -> Range<Int> {
        chunk << shape.chunkShift..<min(shape.rows, (chunk + 1) << shape.chunkShift)
    }

    private func writePoints<Shape: LatticeGeometry>(_ chunk: Int, _ geometry: Shape, to output: LatticePointOutput<Shape.Coordinate>) {
        var point = pointStarts[chunk]
        if pointStarts[chunk + 1] == point { return }
        let (nx, ny) = (shape.nx, shape.ny)
        let all = rowEnds
        let rows = rows(of: chunk)
        var (k, j) = rows.lowerBound.quotientAndRemainder(dividingBy: ny)
        // The crossed edges of a row in canonical order, as 4 · i + axis: one along x, others at most once a point.
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * nx + 4) { buffer in
            let edges = buffer.baseAddress!
            for row in rows {
                let crossed = all.edges(row, j, k)
                var count = 0
                var i = crossed.first
                while i < crossed.last {
                    edges[count] = i &<< 2
                    count &+= crossed.crossesX(i)
                    edges[count] = i &<< 2 | 1
                    count &+= crossed.crossesY(i)
                    edges[count] = i &<< 2 | 2
                    count &+= crossed.crossesZ(i)
                    i &+= 1
                }
                for entry in 0..<count {
                    let axis = Int(edges[entry] & 3)
                    let i = Int(edges[entry] &>> 2)
                    let p = row &* nx &+ i
                    let step = shape.step(axis)
                    let t = field.parameter(p, i, j, k, axis: axis, step: step)
                    output.writePosition(point, geometry.position(p, i, j, k, axis: axis, t: t))
                    output.writeEdge(point, p, p &+ step, t)
                    point &+= 1
                }
                j &+= 1
                if j == ny { (j, k) = (0, k &+ 1) }
            }
        }
    }

    private func writeTriangles(
        _ chunk: Int, connectivity: UnsafeMutablePointer<Int32>, sources: UnsafeMutablePointer<Int32>?, table: UnsafePointer<UInt8>,
        starts: UnsafePointer<Int>
    ) {
        let first = triangleStarts[chunk]
        if triangleStarts[chunk + 1] == first { return }
        let (nx, ny, nz, shift) = (shape.nx, shape.ny, shape.nz, shape.chunkShift)
        let all = rowEnds
        let bases = bases.pointer
        // Bits are set on the side that `above` means; the points before a row's end are above where rows fall.
        let flip: Int32 = field.isRising ? 255 : 0
        var out = connectivity + 3 &* first
        let roomy = connectivity + (3 &* triangleStarts[chunk + 1] &- 11)
        var source = sources.map { $0 + first }
        let rows = rows(of: chunk)
        var (k, j) = rows.lowerBound.quotientAndRemainder(dividingBy: ny)
        func base(_ row: Int) -> Int32 { Int32(truncatingIfNeeded: starts[row &>> shift]) &+ bases[row] }
        // The upper rows of one row of voxels are the lower rows of the next.
        var (b, d) = (RowEdges.none, RowEdges.none)
        var (baseB, baseD) = (Int32(0), Int32(0))
        var known = -1
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 12) { buffer in
            let ids = buffer.baseAddress!
            for row in rows {
                defer {
                    j &+= 1
                    if j == ny { (j, k) = (0, k &+ 1) }
                }
                if j &+ 1 >= ny || k &+ 1 >= nz { continue }
                let cells = all.cutVoxels(row)
                if cells.isEmpty { continue }
                let isKnown = known == row
                let a = isKnown ? b : all.edges(row, j, k)
                let c = isKnown ? d : all.edges(row &+ ny, j, k &+ 1)
                let (baseA, baseC) = isKnown ? (baseB, baseD) : (base(row), base(row &+ ny))
                (b, d) = (all.edges(row &+ 1, j &+ 1, k), all.edges(row &+ ny &+ 1, j &+ 1, k &+ 1))
                (baseB, baseD) = (base(row &+ 1), base(row &+ ny &+ 1))
                known = row &+ 1
                var i = cells.lowerBound
                // Numbers of the four rows' first edges from point i on.
                var (atA, atB) = (baseA &+ a.countBefore(i), baseB &+ b.countBefore(i))
                var (atC, atD) = (baseC &+ c.countBefore(i), baseD &+ d.countBefore(i))
                while i < cells.upperBound {
                    let sides = a.before(i) | b.before(i) &<< 2 | c.before(i) &<< 4 | d.before(i) &<< 6
                    let entry = table + 16 &* Int(sides ^ flip)
                    ids[0] = atA
                    ids[1] = atB
                    ids[2] = atC
                    ids[3] = atD
                    atA &+= Int32(truncatingIfNeeded: a.crossesX(i))
                    ids[4] = atA
                    atA &+= Int32(truncatingIfNeeded: a.crossesY(i))
                    ids[8] = atA
                    atA &+= Int32(truncatingIfNeeded: a.crossesZ(i))
                    let yA = atA &+ Int32(truncatingIfNeeded: a.crossesX(i &+ 1))
                    ids[5] = yA
                    ids[9] = yA &+ Int32(truncatingIfNeeded: a.crossesY(i &+ 1))
                    atB &+= Int32(truncatingIfNeeded: b.crossesX(i) &+ b.crossesY(i))
                    ids[10] = atB
                    atB &+= Int32(truncatingIfNeeded: b.crossesZ(i))
                    ids[11] = atB &+ Int32(truncatingIfNeeded: b.crossesX(i &+ 1) &+ b.crossesY(i &+ 1))
                    atC &+= Int32(truncatingIfNeeded: c.crossesX(i))
                    ids[6] = atC
                    atC &+= Int32(truncatingIfNeeded: c.crossesY(i) &+ c.crossesZ(i))
                    ids[7] = atC &+ Int32(truncatingIfNeeded: c.crossesX(i &+ 1))
                    atD &+= Int32(truncatingIfNeeded: d.crossesX(i) &+ d.crossesY(i) &+ d.crossesZ(i))
                    let triangles = Int(entry[0])
                    if out < roomy {
                        // A plane makes at most four: all are written, what is too much is overwritten next.
                        writeTriangle(0, entry, ids, out)
                        writeTriangle(3, entry, ids, out)
                        writeTriangle(6, entry, ids, out)
                        writeTriangle(9, entry, ids, out)
                    } else {
                        for triangle in 0..<triangles { writeTriangle(3 &* triangle, entry, ids, out) }
                    }
                    out += 3 &* triangles
                    if source != nil {
                        let voxel = Int32(truncatingIfNeeded: (k &* (ny &- 1) &+ j) &* (nx &- 1)) &+ i
                        for triangle in 0..<triangles { source![triangle] = voxel }
                        source! += triangles
                    }
                    i &+= 1
                }
            }
        }
    }
}

/// The ends of all rows, and what they say of edges and voxels.
private struct RowEnds: @unchecked Sendable {  // Reads only, while the buffer's owner lives.
    let ends: UnsafePointer<Int32>
    let shape: LatticeShape

    init(ends: UnsafePointer<Int32>, shape: LatticeShape) {
        self.ends = ends
        self.shape = shape
    }

    /// The edges crossed from a row's points.
    @inline(__always) func edges(_ row: Int, _ j: Int, _ k: Int) -> RowEdges {
        let end = ends[row]
        return RowEdges(
            end, alongY: j &+ 1 < shape.ny ? ends[row &+ 1] : end, alongZ: k &+ 1 < shape.nz ? ends[row &+ shape.ny] : end,
            nx: Int32(truncatingIfNeeded: shape.nx))
    }

    /// The voxels that are cut in the row of voxels above a row of points that is not the last.
    @inline(__always) func cutVoxels(_ row: Int) -> Range<Int32> {
        let (a, b, c, d) = (ends[row], ends[row &+ 1], ends[row &+ shape.ny], ends[row &+ shape.ny &+ 1])
        let least = lesser(lesser(a, b), lesser(c, d))
        let greatest = greater(greater(a, b), greater(c, d))
        let first = greater(least &- 1, 0)
        return first..<greater(first, lesser(greatest, Int32(truncatingIfNeeded: shape.nx &- 1)))
    }

    /// Numbers rows' first points within a chunk; returns its points and triangles.
    func count(_ range: Range<Int>, into bases: UnsafeMutablePointer<Int32>) -> (Int, Int) {
        let (ny, nz) = (shape.ny, shape.nz)
        let last = Int32(truncatingIfNeeded: shape.nx &- 1)
        var points: Int32 = 0
        var triangles = 0
        var (k, j) = range.lowerBound.quotientAndRemainder(dividingBy: ny)
        /// How often an edge between two rows is an edge of a voxel between them: twice, once at the ends of the rows.
        func uses(_ from: Int32, _ to: Int32) -> Int32 {
            let (low, high) = (lesser(from, to), greater(from, to))
            return 2 &* (high &- low) &- (low == 0 && high > 0 ? 1 : 0) &- (low <= last && high > last ? 1 : 0)
        }
        func usesX(_ end: Int32) -> Int32 { end > 0 && end <= last ? 1 : 0 }
        for row in range {
            bases[row] = points
            points &+= edges(row, j, k).count
            if j &+ 1 < ny && k &+ 1 < nz {
                let (a, b, c, d) = (ends[row], ends[row &+ 1], ends[row &+ ny], ends[row &+ ny &+ 1])
                let edges = uses(a, b) &+ uses(c, d) &+ uses(a, c) &+ uses(b, d) &+ usesX(a) &+ usesX(b) &+ usesX(c) &+ usesX(d)
                triangles &+= Int(edges) &- 2 &* cutVoxels(row).count
            }
            j &+= 1
            if j == ny { (j, k) = (0, k &+ 1) }
        }
        return (Int(points), triangles)
    }
}

/// The edges that are crossed from the points of one row: an interval an axis.
private struct RowEdges: Sendable {
    let end: Int32
    /// The point whose edge along x is crossed; nx where none is.
    let x: Int32
    let y: Int32
    let yCount: UInt32
    let z: Int32
    let zCount: UInt32

    @inline(__always) init(_ end: Int32, alongY: Int32, alongZ: Int32, nx: Int32) {
        self.end = end
        x = end > 0 && end < nx ? end &- 1 : nx
        y = lesser(end, alongY)
        yCount = UInt32(bitPattern: greater(end, alongY) &- y)
        z = lesser(end, alongZ)
        zCount = UInt32(bitPattern: greater(end, alongZ) &- z)
        self.nx = nx
    }

    private let nx: Int32

    static let none = RowEdges(0, alongY: 0, alongZ: 0, nx: 0)

    @inline(__always) func crossesX(_ i: Int32) -> Int { i == x ? 1 : 0 }
    @inline(__always) func crossesY(_ i: Int32) -> Int { UInt32(bitPattern: i &- y) < yCount ? 1 : 0 }
    @inline(__always) func crossesZ(_ i: Int32) -> Int { UInt32(bitPattern: i &- z) < zCount ? 1 : 0 }

    /// Two bits: whether points i and i + 1 come before the row's end.
    @inline(__always) func before(_ i: Int32) -> Int32 { (i < end ? 1 : 0) | (i &+ 1 < end ? 2 : 0) }

    @inline(__always) var count: Int32 {
        (x < nx ? 1 : 0) &+ Int32(bitPattern: yCount) &+ Int32(bitPattern: zCount)
    }

    /// The points from the first to behind the last that a crossed edge starts from.
    @inline(__always) var first: Int32 { lesser(x, lesser(y, z)) }
    @inline(__always) var last: Int32 {
        greater(x < nx ? x &+ 1 : 0, greater(y &+ Int32(bitPattern: yCount), z &+ Int32(bitPattern: zCount)))
    }

    /// How many edges are crossed from points before i.
    @inline(__always) func countBefore(_ i: Int32) -> Int32 {
        (x < i ? 1 : 0) &+ lesser(greater(i &- y, 0), Int32(bitPattern: yCount)) &+ lesser(greater(i &- z, 0), Int32(bitPattern: zCount))
    }
}

@inline(__always) private func writeTriangle(
    _ corner: Int, _ entry: UnsafePointer<UInt8>, _ ids: UnsafeMutablePointer<Int32>, _ out: UnsafeMutablePointer<Int32>
) {
    out[corner] = ids[Int(entry[corner &+ 1])]
    out[corner &+ 1] = ids[Int(entry[corner &+ 2])]
    out[corner &+ 2] = ids[Int(entry[corner &+ 3])]
}

@inline(__always) private func lesser(_ a: Int32, _ b: Int32) -> Int32 { a < b ? a : b }
@inline(__always) private func greater(_ a: Int32, _ b: Int32) -> Int32 { a > b ? a : b }
