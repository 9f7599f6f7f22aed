import Datasets
import Execution

/// Turns lists of cells over an input's points into a `PolyData` with everything that follows from the input.
enum SurfaceResult {
    /// - Parameters:
    ///   - lists: vertices, lines, polygons, strips, over the input's points.
    ///   - sources: the input cell of each.
    ///   - ghostLevels: the ghost levels that the result still has.
    static func make(
        _ input: Dataset, lists: [CellArray], sources: [Buffer<Int32>], ghostLevels: Int, fanBits: Int, context: ExecutionContext
    ) throws -> Dataset {
        let compaction = try PointCompaction(lists, points: input.pointCount, context: context)
        let allSources: Buffer<Int32>
        let filled = sources.filter { $0.count > 0 }
        if filled.count == 1 {
            allSources = filled[0]
        } else {
            allSources = Buffer(count: filled.reduce(0) { $0 + $1.count }) { out in
                var place = out
                for part in filled {
                    place.update(from: part.pointer, count: part.count)
                    place += part.count
                }
            }
        }
        if input.piece != nil { try checkFan(allSources, fanBits) }
        let provenance = Provenance(keptPoints: compaction.kept, cellSources: allSources, fanBits: fanBits)
        var attributes = try provenance.attributes(of: input, context: context)
        if let held = attributes.piece?.ghostLevels { attributes.piece?.ghostLevels = min(held, ghostLevels) }
        attributes.piece?.wholeExtent = nil
        return .poly(
            PolyData(
                points: try points(of: input, kept: compaction.kept, context: context), vertices: compaction.lists[0],
                lines: compaction.lists[1], polygons: compaction.lists[2], strips: compaction.lists[3], attributes: attributes))
    }

    /// Keys have room for a fixed number of faces of a cell.
    static func checkFan(_ sources: Buffer<Int32>, _ fanBits: Int, of what: String = "external faces") throws {
        var number = 0
        for index in 1..<max(1, sources.count) {
            number = sources.pointer[index] == sources.pointer[index - 1] ? number + 1 : 0
            if number >= 1 << fanBits {
                throw DatasetError(
                    "cell \(sources.pointer[index]) has more than \(1 << fanBits) \(what), and pieces can number no more of one cell: use one piece")
            }
        }
    }

    /// The coordinates of the kept points (nil: all): as they are stored, those of images and rectilinear grids in Float.
    static func points(of input: Dataset, kept: Buffer<Int32>?, context: ExecutionContext) throws -> Points {
        switch input {
        case .unstructured(let grid): return try gathered(grid.points, kept, context)
        case .structured(let grid): return try gathered(grid.points, kept, context)
        case .poly(let poly): return try gathered(poly.points, kept, context)
        case .image(let image):
            return try lattice(image.extent, kept, context) { image.position(image.extent.lower &+ $0) }
        case .rectilinear(let grid):
            guard let x = grid.coordinates.x.doubles(), let y = grid.coordinates.y.doubles(), let z = grid.coordinates.z.doubles() else {
                throw DatasetError("the coordinates of a rectilinear grid are text, not numbers")
            }
            return try lattice(grid.extent, kept, context) { SIMD3(x.pointer[$0.x], y.pointer[$0.y], z.pointer[$0.z]) }
        case .table, .blocks: return Points()
        }
    }

    private static func gathered(_ points: Points, _ kept: Buffer<Int32>?, _ context: ExecutionContext) throws -> Points {
        guard let kept else { return points }
        switch points {
        case .float32(let buffer): return .float32(try gather(buffer, kept, context))
        case .float64(let buffer): return .float64(try gather(buffer, kept, context))
        }
    }

    private static func gather<Value: Scalar>(_ buffer: Buffer<Value>, _ kept: Buffer<Int32>, _ context: ExecutionContext) throws -> Buffer<Value> {
        let source = buffer.pointer
        let index = kept.pointer
        return try Buffer(count: 3 * kept.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(kept.count, grain: 1 << 15) { range in
                for point in range {
                    let from = source + 3 &* Int(index[point])
                    let to = out + 3 &* point
                    to[0] = from[0]
                    to[1] = from[1]
                    to[2] = from[2]
                }
            }
        }
    }

    @inline(__always) private static func lattice(
        _ extent: Extent, _ kept: Buffer<Int32>?, _ context: ExecutionContext, _ position: (SIMD3<Int>) -> SIMD3<Double>
    ) throws -> Points {
        let size = extent.dimensions
        let count = kept?.count ?? extent.pointCount
        let index = kept?.pointer
        return .float32(
            try Buffer(count: 3 * count) { out in
                nonisolated(unsafe) let out = out
                try context.parallelFor(count, grain: 1 << 14) { range in
                    for place in range {
                        let point = index.map { Int($0[place]) } ?? place
                        let (row, i) = point.quotientAndRemainder(dividingBy: size.x)
                        let (k, j) = row.quotientAndRemainder(dividingBy: size.y)
                        let at = position(SIMD3(i, j, k))
                        out[3 &* place] = Float(at.x)
                        out[3 &* place &+ 1] = Float(at.y)
                        out[3 &* place &+ 2] = Float(at.z)
                    }
                }
            })
    }
}
