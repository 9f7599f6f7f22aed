import Datasets
import Execution

/// A grid whose cells of higher order are taken apart into linear ones, by the rule of `LinearParts`.
///
/// Points: those of the grid, then made ones, each once for all cells that have it, ordered by the points that they are made of, then
/// by weights. Cells: by cell of the grid, then part. Hidden cells of higher order are left out; other cells stay as they are.
/// Complexity: O(parts + made · log made). Nothing of it runs for grids without cells of higher order.
struct Linearization {
    let grid: UnstructuredGrid
    /// The cell of the original grid that each cell is a part of; rising.
    let sources: Buffer<Int32>

    static let salt: UInt64 = 0x4C69

    static func isNeeded(_ grid: UnstructuredGrid) -> Bool { grid.runs.contains { $0.type.isHigherOrder } }

    /// - Parameter field: a value of every point, that diagonals of quadratic tetrahedra follow; nil: they do not.
    /// - Throws: `DatasetError` where a cell has a number of points that its type cannot have.
    init(_ original: UnstructuredGrid, following field: ((Int32) -> Double)? = nil, context: ExecutionContext) throws {
        let input = Dataset.unstructured(original)
        let hidden = HiddenCells(of: input)?.flags
        _ = try FaceSketch.pointRange(
            original.cells.connectivity.pointer, original.cells.connectivity.count, points: original.points.count)
        let chunks = try Linearization.chunks(original, hidden, field, context)
        let made = try MadePoints(chunks, pointCount: original.points.count, context: context)

        let cellCount = chunks.reduce(0) { $0 + $1.types.count }
        let entryCount = chunks.reduce(0) { $0 + $1.connectivity.count }
        guard entryCount < Int(Int32.max), original.points.count + made.count < Int(Int32.max) else {
            throw DatasetError("\(cellCount) linear parts of cells of higher order are more than one piece can number: use more pieces")
        }
        let types = Buffer<UInt8>(uninitializedCount: cellCount)
        let sources = Buffer<Int32>(uninitializedCount: cellCount)
        let offsets = Buffer<Int32>(uninitializedCount: cellCount + 1)
        let connectivity = Buffer<Int32>(uninitializedCount: entryCount)
        var firstCells = chunks.map(\.types.count)
        var firstEntries = chunks.map(\.connectivity.count)
        _ = exclusivePrefixSum(&firstCells)
        _ = exclusivePrefixSum(&firstEntries)
        let (cellStarts, entryStarts) = (firstCells, firstEntries)
        let pointCount = Int32(original.points.count)
        nonisolated(unsafe) let type = UnsafeMutablePointer(mutating: types.pointer)
        nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: sources.pointer)
        nonisolated(unsafe) let offset = UnsafeMutablePointer(mutating: offsets.pointer)
        nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: connectivity.pointer)
        offset[cellCount] = Int32(entryCount)
        try context.parallelFor(chunks.count, grain: 1) { range in
            for number in range {
                let chunk = chunks[number]
                var place = entryStarts[number]
                for cell in 0..<chunk.types.count {
                    type[cellStarts[number] + cell] = chunk.types[cell]
                    source[cellStarts[number] + cell] = chunk.sources[cell]
                    offset[cellStarts[number] + cell] = Int32(truncatingIfNeeded: place)
                    place += Int(chunk.sizes[cell])
                }
                for index in 0..<chunk.connectivity.count {
                    let corner = chunk.connectivity[index]
                    entry[entryStarts[number] + index] =
                        corner >= 0 ? corner : pointCount + made.ranks.pointer[made.firsts[number] + Int(~corner)]
                }
            }
        }
        var provenance = Provenance(cellSources: sources, salt: Linearization.salt)
        if made.count > 0 {
            provenance.interior = made.parents
            provenance.interiorWeights = made.weights
        }
        let attributes = try provenance.attributes(of: input, context: context)
        guard let points = Points(try provenance.interpolate(original.points.array, context: context)) else {
            throw DatasetError("the points of the grid are not numbers")
        }
        grid = UnstructuredGrid(
            points: points, types: types, cells: cellCount == 0 ? CellArray() : CellArray(offsets: offsets, connectivity: connectivity),
            polyhedronFaces: original.polyhedronFaces.map { Linearization.faces($0, sources, types) }, attributes: attributes)
        self.sources = sources
    }

    /// Parts of neighbouring cells.
    struct Chunk: Sendable {
        var types: [UInt8] = []
        var sizes: [Int32] = []
        var sources: [Int32] = []
        /// Points, or `~number` of a point that this chunk makes.
        var connectivity: [Int32] = []
        /// Points that are made: where the parents of each begin, the parents, rising, and their weights.
        var starts: [Int] = [0]
        var parents: [Int32] = []
        var weights: [Double] = []
    }

    private static func chunks(
        _ grid: UnstructuredGrid, _ hidden: Buffer<UInt8>?, _ field: ((Int32) -> Double)?, _ context: ExecutionContext
    ) throws -> [Chunk] {
        let grain = 1 << 10
        var parts: [(run: Int, cells: Range<Int>)] = []
        for (number, run) in grid.runs.enumerated() {
            for first in stride(from: run.cells.lowerBound, to: run.cells.upperBound, by: grain) {
                parts.append((number, first..<min(run.cells.upperBound, first + grain)))
            }
        }
        let rational = grid.attributes.pointData[.rationalWeights].flatMap { $0.components == 1 ? $0.doubles() : nil }
        let work = parts
        nonisolated(unsafe) let field = field
        return try context.parallelMap(work.count, grain: 4) { range -> [Chunk] in
            var cache = LinearPartsCache(grid.attributes)
            return try work[range].map { part in
                try Chunk(grid, grid.runs[part.run].type, part.cells, hidden, field, rational, &cache)
            }
        }.flatMap { $0 }
    }

    private static func faces(_ faces: PolyhedronFaces, _ sources: Buffer<Int32>, _ types: Buffer<UInt8>) -> PolyhedronFaces {
        var offsets: [Int32] = [0]
        var lists: [Int32] = []
        for cell in 0..<sources.count {
            if types[cell] == CellType.polyhedron.rawValue, Int(sources[cell]) < faces.facesOfCells.count {
                lists += faces.facesOfCells.points(of: Int(sources[cell]))
            }
            offsets.append(Int32(lists.count))
        }
        return PolyhedronFaces(facesOfCells: CellArray(offsets: Buffer(offsets), connectivity: Buffer(lists)), faces: faces.faces)
    }
}

extension Linearization.Chunk {
    init(
        _ grid: UnstructuredGrid, _ type: CellType, _ cells: Range<Int>, _ hidden: Buffer<UInt8>?, _ field: ((Int32) -> Double)?,
        _ rational: Buffer<Double>?, _ cache: inout LinearPartsCache
    ) throws {
        for cell in cells {
            let points = grid.cells.points(of: cell)
            guard type.isHigherOrder else {
                add(type, cell, points)
                continue
            }
            if let hidden, hidden.pointer[cell] != 0 { continue }
            let diagonal = field.map { type.rawValue == 24 && points.count == 10 ? Linearization.Chunk.diagonal(points, $0) : 0 } ?? 0
            guard let parts = cache.parts(of: type, cell: cell, pointCount: points.count, diagonal: diagonal) else {
                throw DatasetError("cell \(cell) is a \(type) with \(points.count) points, and no such cell has so many")
            }
            add(parts, cell, points, rational)
        }
    }

    private mutating func add(_ type: CellType, _ cell: Int, _ points: UnsafeBufferPointer<Int32>) {
        types.append(type.rawValue)
        sizes.append(Int32(truncatingIfNeeded: points.count))
        sources.append(Int32(truncatingIfNeeded: cell))
        connectivity.append(contentsOf: points)
    }

    private mutating func add(_ parts: LinearParts, _ cell: Int, _ points: UnsafeBufferPointer<Int32>, _ rational: Buffer<Double>?) {
        let firstMade = Int32(truncatingIfNeeded: starts.count - 1)
        for point in parts.made { make(point, points, parts.isBezier ? rational : nil) }
        let own = Int32(truncatingIfNeeded: points.count)
        for corner in parts.corners {
            connectivity.append(corner < own ? points[Int(corner)] : ~(firstMade + corner - own))
        }
        for part in 0..<parts.count {
            types.append(parts.types[part])
            sizes.append(parts.offsets[part + 1] - parts.offsets[part])
            sources.append(Int32(truncatingIfNeeded: cell))
        }
    }

    /// Adds a made point: its parents sorted, so that every cell that has it makes the same.
    private mutating func make(_ point: LinearParts.MadePoint, _ points: UnsafeBufferPointer<Int32>, _ rational: Buffer<Double>?) {
        var terms = zip(point.nodes, point.weights).map { (points[Int($0)], $1) }
        if let rational { terms = terms.map { ($0.0, $0.1 * rational[Int($0.0)]) } }
        terms.sort { $0.0 < $1.0 || ($0.0 == $1.0 && $0.1 < $1.1) }
        if rational != nil {
            let sum = terms.reduce(0) { $0 + $1.1 }
            if sum != 0 && sum.isFinite { terms = terms.map { ($0.0, $0.1 / sum) } }
        }
        parents += terms.map(\.0)
        weights += terms.map(\.1)
        starts.append(parents.count)
    }

    /// The diagonal of a quadratic tetrahedron along which the field changes least.
    private static func diagonal(_ points: UnsafeBufferPointer<Int32>, _ field: (Int32) -> Double) -> Int {
        func change(_ a: Int, _ b: Int) -> Double { abs(field(points[a]) - field(points[b])) }
        let (first, second, third) = (change(8, 6), change(9, 4), change(7, 5))
        if first < second { return first < third ? 0 : 2 }
        return second < third ? 1 : 2
    }
}
