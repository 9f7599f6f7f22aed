import Datasets
import Execution
import Geometry

/// Contours the cells of an unstructured grid or poly data: triangles of solid cells, lines of flat ones, points of lines.
///
/// Points of the result: input points that vertex cells name, then points on edges by (lower end, higher end, value number). Cells of
/// each list: by (input cell, value number, piece of the case).
struct MeshContour<Scalars: PointScalars> {
    let input: Dataset
    let points: Points
    let cells: MeshCells
    let scalars: Scalars
    let values: [Double]
    let fanBits: Int
    /// Tells points of this filter from those of others; part of their identities.
    let salt: UInt64
    /// The point array that becomes the contour value; nil: none.
    var contouredArray: FieldArray?
    let context: ExecutionContext

    private static var chunkSize: Int { 1 << 14 }

    func make() throws -> PolyData {
        let attributes = input.attributes
        var result = PolyData()
        let needsSources = !attributes.cellData.isEmpty || attributes.piece != nil
        let chunks = try contourChunks(keepsSources: needsSources)

        // Every edge once.
        var firstEdges = chunks.map { $0.edges.candidates.count }
        let candidateCount = exclusivePrefixSum(&firstEdges)
        let numbering = try number(chunks, firstEdges, candidateCount)
        let kept = keptPoints(chunks)

        result.vertices = CellArray(
            uniformSize: 1, connectivity: try join(chunks, \.points, firstEdges, numbering, kept))
        result.lines = CellArray(uniformSize: 2, connectivity: try join(chunks, \.lines, firstEdges, numbering, kept))
        result.polygons = CellArray(uniformSize: 3, connectivity: try join(chunks, \.triangles, firstEdges, numbering, kept))

        var provenance = Provenance()
        provenance.keptPoints = kept
        provenance.edgeLower = numbering.lower
        provenance.edgeUpper = numbering.upper
        provenance.edgeSalt = numbering.value
        provenance.edgeParameter = try parameters(numbering)
        provenance.fanBits = fanBits
        provenance.salt = salt
        if needsSources {
            let lists = [\ContourChunk.points, \.lines, \.triangles]
            provenance.cellSources = Buffer(count: result.cellCount) { out in
                var place = 0
                for list in lists {
                    for chunk in chunks {
                        let sources = chunk[keyPath: list].sources
                        (out + place).update(from: sources.pointer, count: sources.count)
                        place += sources.count
                    }
                }
            }
        }
        result.points = Points(try provenance.interpolate(points.array, context: context)) ?? Points()
        result.attributes = try provenance.attributes(of: withoutContoured, context: context)
        if let array = contouredArray { result.attributes.pointData.setInPlace(try constants(array, numbering, kept), like: attributes.pointData) }
        return result
    }

    /// The input without the array that need not be interpolated.
    private var withoutContoured: Dataset {
        guard let array = contouredArray else { return input }
        var copy = input
        var attributes = input.attributes
        attributes.pointData = attributes.pointData.filter { $0.name != array.name }
        copy.attributes = attributes
        return copy
    }

    // MARK: Cells

    private func contourChunks(keepsSources: Bool) throws -> [ContourChunk] {
        let pointCount = points.count
        let points = points
        let ranks = try PointRanks(scalars, pointCount: pointCount, values: values, context: context)
        let thresholds = Buffer(ranks.thresholds)
        var equal: Buffer<UInt8>?
        if cells.segments.contains(where: { $0.type == .vertex || $0.type == .polyVertex }) { equal = equalities() }
        let skipped = HiddenCells(of: input)?.flags
        var polyhedronFaces: PolyhedronFaces?
        if case .unstructured(let grid) = input { polyhedronFaces = grid.polyhedronFaces }
        let kernel = ContourKernel(
            ranks: ranks.ranks.pointer, thresholds: thresholds.pointer, valueCount: values.count, keepsSources: keepsSources,
            skippedCells: skipped?.pointer, equalities: equal?.pointer, pointCount: pointCount, points: points,
            polyhedronFaces: polyhedronFaces, cutsPolygonsStraight: contouredArray == nil && input.kind == .poly, position: position)
        let parts = cells.chunks(grain: MeshContour.chunkSize)
        let hasValues = values.count > 1
        let chunks = try context.parallelMap(parts.count, grain: 1) { range in
            let chunk = ContourChunk(hasValues: hasValues)
            for part in parts[range.lowerBound] { kernel.contour(cells.segments[part.segment], part.cells, into: chunk) }
            chunk.edges.finish()
            return chunk
        }
        withExtendedLifetime((ranks, thresholds, equal, skipped, input)) {}
        if input.piece != nil, let greatest = chunks.map(\.greatestFan).max(), greatest > 1 << fanBits {
            throw DatasetError(
                "a cell gives \(greatest) pieces of a contour, and pieces of a dataset can name \(1 << fanBits) a cell: triangulate it first")
        }
        return chunks
    }

    /// Whether each point's number equals each value.
    private func equalities() -> Buffer<UInt8> {
        let pointCount = points.count
        return Buffer(count: pointCount * values.count) { out in
            for (number, value) in values.enumerated() {
                for point in 0..<pointCount { out[number * pointCount + point] = scalars.value(point) == value ? 1 : 0 }
            }
        }
    }

    /// Input points that are points of the result, rising.
    private func keptPoints(_ chunks: [ContourChunk]) -> Buffer<Int32> {
        var found: Set<Int32> = []
        for chunk in chunks {
            let corners = chunk.points.corners
            for index in 0..<corners.count where corners.pointer[index] < 0 { found.insert(~corners.pointer[index]) }
        }
        return Buffer(found.sorted())
    }

    // MARK: Edges

    private func number(_ chunks: [ContourChunk], _ firsts: [Int], _ total: Int) throws -> EdgeNumbering {
        let candidates = try Buffer<UInt64>(count: total) { out in
            try context.parallelFor(chunks.count, grain: 8) { range in
                for chunk in range { (out + firsts[chunk]).update(from: chunks[chunk].edges.candidates.pointer, count: chunks[chunk].edges.candidates.count) }
            }
        }
        let numbers = values.count > 1
            ? Buffer<UInt8>(count: total) { out in
                for (chunk, first) in zip(chunks, firsts) { (out + first).update(from: chunk.edges.values.pointer, count: chunk.edges.values.count) }
            } : nil
        return try EdgeNumbering(candidates: candidates.elements, values: numbers?.pointer, pointCount: points.count, context: context)
    }

    /// The pieces of all chunks with their points in the result.
    private func join(
        _ chunks: [ContourChunk], _ list: KeyPath<ContourChunk, ContourChunk.Pieces>, _ firstEdges: [Int], _ numbering: EdgeNumbering,
        _ kept: Buffer<Int32>
    ) throws -> Buffer<Int32> {
        let corners = chunks.map { $0[keyPath: list].corners }
        var firsts = corners.map(\.count)
        let total = exclusivePrefixSum(&firsts)
        guard total <= Int(Int32.max) else {
            throw DatasetError("a contour with \(total) corners of cells is more than a piece can hold (2147483647): use more pieces")
        }
        let keptCount = Int32(kept.count)
        let ranks = numbering.ranks.pointer
        return try Buffer(count: total) { out in
            try context.parallelFor(chunks.count, grain: 8) { range in
                for chunk in range {
                    let source = corners[chunk].pointer
                    let target = out + firsts[chunk]
                    let local = ranks + firstEdges[chunk]
                    for index in 0..<corners[chunk].count {
                        let corner = source[index]
                        if corner >= 0 {
                            target[index] = local[Int(corner)] &+ keptCount
                        } else {
                            target[index] = place(of: ~corner, in: kept)
                        }
                    }
                }
            }
        }
    }

    private func place(of point: Int32, in kept: Buffer<Int32>) -> Int32 {
        var low = 0
        var high = kept.count
        while low < high {
            let middle = (low + high) / 2
            if kept.pointer[middle] < point { low = middle + 1 } else { high = middle }
        }
        return Int32(low)
    }

    /// Where the point of a value lies on an edge.
    private func position(_ edge: UInt64, _ value: Int) -> Vector3 {
        let lower = Int(edge >> 32)
        let upper = Int(edge & 0xFFFF_FFFF)
        let start = points[lower]
        return start + parameter(lower, upper, values[value]) * (points[upper] - start)
    }

    /// Where on an edge its point lies. An end that is not a number, or infinite, never makes a point that is not finite: the point
    /// then lies at the end that is at or above the value, or, where the numbers allow it, at the finite end.
    @inline(__always) private func parameter(_ lower: Int, _ upper: Int, _ value: Double) -> Double {
        let start = scalars.value(lower)
        let end = scalars.value(upper)
        let parameter = (value - start) / (end - start)
        return parameter >= 0 && parameter <= 1 ? parameter : (start >= value ? 0 : 1)
    }

    private func parameters(_ numbering: EdgeNumbering) throws -> Buffer<Double> {
        let lower = numbering.lower.pointer
        let upper = numbering.upper.pointer
        let number = numbering.value?.pointer
        let values = values
        return try Buffer(count: numbering.count) { out in
            try context.parallelFor(numbering.count, grain: 1 << 14) { range in
                for edge in range {
                    out[edge] = parameter(Int(lower[edge]), Int(upper[edge]), values[number.map { Int($0[edge]) } ?? 0])
                }
            }
        }
    }

    /// The contoured array of the result: the contour value of each point.
    private func constants(_ array: FieldArray, _ numbering: EdgeNumbering, _ kept: Buffer<Int32>) throws -> FieldArray {
        var chosen: [Double]?
        if values.count > 1 || !kept.isEmpty {
            let numbers = numbering.value?.pointer
            chosen = kept.elements.map { scalars.value(Int($0)) }
                + (0..<numbering.count).map { edge in values[numbers.map { Int($0[edge]) } ?? 0] }
        }
        var maker = ConstantArray(name: array.name, count: kept.count + numbering.count, value: values[0], values: chosen)
        var result = array.visit(&maker) ?? array
        result.componentNames = array.componentNames
        result.declaredType = array.declaredType
        return result
    }

    private struct ConstantArray: FieldVisitor {
        let name: String
        let count: Int
        /// The value of every point, unless `values` has one for each.
        let value: Double
        let values: [Double]?

        func visit<Value: Scalar>(_: Buffer<Value>) -> FieldArray {
            guard let values else { return FieldArray(name: name, Buffer<Value>(repeating: Value(clampingDouble: value), count: count)) }
            return FieldArray(name: name, Buffer<Value>(values.map { Value(clampingDouble: $0) }))
        }
    }
}

extension FieldCollection {
    /// The collection with `array` where `original` has the array of that name, roles as there.
    mutating func setInPlace(_ array: FieldArray, like original: FieldCollection) {
        var result = FieldCollection()
        for other in original.arrays {
            if other.name == array.name { result.append(array) } else if let mine = self[other.name] { result.append(mine) }
        }
        result.active = original.active
        self = result
    }
}
