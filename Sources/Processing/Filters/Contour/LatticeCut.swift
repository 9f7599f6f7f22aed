import Datasets
import Execution
import Geometry

/// A surface (or lines, or points) cut out of a lattice by one value, before attributes.
struct LatticeCut {
    var points: Points
    var normals: Buffer<Float>?
    /// Points a cell: 3 for triangles, 2 for lines, 1 for points.
    var cellSize: Int
    var connectivity: Buffer<Int32>
    /// Ends and places of the points' edges; empty where nobody asked.
    var lower = Buffer<Int32>()
    var upper = Buffer<Int32>()
    var parameter = Buffer<Double>()
    /// The number of the value of each point; nil where there is one value.
    var valueNumbers: Buffer<UInt8>?
    /// The cell of the lattice that each cell lies in; nil where nobody asked.
    var sources: Buffer<Int32>?
}

/// What of a cut is wanted besides points and cells.
struct LatticeCutDemand {
    var edges: Bool
    var sources: Bool
}

/// Buffers of a cut's points, and the pointers that kernels write through.
struct LatticePointBuffers<Coordinate: Scalar & BinaryFloatingPoint> {
    let positions: Buffer<Coordinate>
    let normals: Buffer<Float>?
    let lower: Buffer<Int32>
    let upper: Buffer<Int32>
    let parameter: Buffer<Double>

    init(count: Int, normals: Bool, edges: Bool) {
        positions = Buffer(uninitializedCount: 3 * count)
        self.normals = normals ? Buffer(uninitializedCount: 3 * count) : nil
        lower = Buffer(uninitializedCount: edges ? count : 0)
        upper = Buffer(uninitializedCount: edges ? count : 0)
        parameter = Buffer(uninitializedCount: edges ? count : 0)
    }

    /// Valid while these buffers live.
    func output(edges: Bool) -> LatticePointOutput<Coordinate> {
        LatticePointOutput(
            positions: UnsafeMutablePointer(mutating: positions.pointer), normals: normals.map { UnsafeMutablePointer(mutating: $0.pointer) },
            lower: edges ? UnsafeMutablePointer(mutating: lower.pointer) : nil,
            upper: edges ? UnsafeMutablePointer(mutating: upper.pointer) : nil,
            parameter: edges ? UnsafeMutablePointer(mutating: parameter.pointer) : nil)
    }

    var points: Points { Points(FieldArray(name: "Points", components: 3, positions))! }
}

extension LatticeCrossings {
    /// Writes points (by `write`, chunk by chunk) and triangles of a volume.
    func cut<Coordinate: Scalar & BinaryFloatingPoint>(
        normals: Bool, demand: LatticeCutDemand, context: ExecutionContext, as type: Coordinate.Type,
        writePoints write: (Int, LatticePointOutput<Coordinate>) -> Void
    ) throws -> LatticeCut {
        let buffers = LatticePointBuffers<Coordinate>(count: pointCount, normals: normals, edges: demand.edges)
        let output = buffers.output(edges: demand.edges)
        let connectivity = Buffer<Int32>(uninitializedCount: 3 * triangleCount)
        let sources = demand.sources ? Buffer<Int32>(uninitializedCount: triangleCount) : nil
        let entries = UnsafeMutablePointer(mutating: connectivity.pointer)
        let sourceEntries = sources.map { UnsafeMutablePointer(mutating: $0.pointer) }
        let cases = LatticeCases.table
        try pointStarts.withUnsafeBufferPointer { starts in
            let (starts, table) = (starts.baseAddress!, cases.pointer)
            try context.parallelFor(shape.chunks, grain: 1) { chunks in
                for chunk in chunks {
                    write(chunk, output)
                    writeTriangles(chunk: chunk, connectivity: entries, sources: sourceEntries, table: table, starts: starts)
                }
            }
        }
        withExtendedLifetime((buffers, connectivity, sources, cases)) {}
        return LatticeCut(
            points: buffers.points, normals: buffers.normals, cellSize: 3, connectivity: connectivity, lower: buffers.lower,
            upper: buffers.upper, parameter: buffers.parameter, sources: sources)
    }
}

/// Bits of ghost arrays that hide what they mark, as VTK defines them.
private let hiddenCellBit: UInt8 = 32
private let hiddenPointBit: UInt8 = 2

/// For every cell of a lattice whether it may be cut; nil where all may: cells marked hidden, or with a hidden point, may not.
func allowedLatticeCells(_ input: Dataset, extent: Extent) -> [Bool]? {
    func hides(_ array: FieldArray?, _ bit: UInt8) -> Buffer<UInt8>? {
        guard let bytes = array?.buffer(of: UInt8.self), array?.components == 1 else { return nil }
        return bytes.elements.contains { $0 & bit != 0 } ? bytes : nil
    }
    let cells = hides(input.cellData["vtkGhostType"], hiddenCellBit)
    let points = hides(input.pointData["vtkGhostType"], hiddenPointBit)
    if cells == nil && points == nil { return nil }
    let size = extent.cellDimensions
    let span = extent.dimensions
    var allowed = [Bool](repeating: true, count: extent.cellCount)
    if let cells, cells.count == allowed.count {
        for cell in allowed.indices where cells[cell] & hiddenCellBit != 0 { allowed[cell] = false }
    }
    if let points, points.count == extent.pointCount {
        for k in 0..<span.z {
            for j in 0..<span.y {
                for i in 0..<span.x where points[(k * span.y + j) * span.x + i] & hiddenPointBit != 0 {
                    // Every cell that has the point.
                    for z in max(0, k - 1)...min(k, size.z - 1) {
                        for y in max(0, j - 1)...min(j, size.y - 1) {
                            for x in max(0, i - 1)...min(i, size.x - 1) { allowed[(z * size.y + y) * size.x + x] = false }
                        }
                    }
                }
            }
        }
    }
    return allowed
}

/// The same as bits, a word for 64 voxels of a row of points.
func allowedBits(_ allowed: [Bool], shape: LatticeShape) -> Buffer<UInt64> {
    var bits = Buffer<UInt64>(repeating: 0, count: shape.rows * shape.words)
    bits.withUnsafeMutablePointer { out in
        var cell = 0
        for k in 0..<shape.nz - 1 {
            for j in 0..<shape.ny - 1 {
                for i in 0..<shape.nx - 1 {
                    if allowed[cell] { out[(k * shape.ny + j) * shape.words + i / 64] |= 1 << UInt64(i % 64) }
                    cell += 1
                }
            }
        }
    }
    return bits
}
