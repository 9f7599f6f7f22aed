import Datasets
import Execution
import Geometry

/// An unstructured grid of simplices: tetrahedra, triangles, lines and vertices.
enum TriangulatedGrid {
    static func make(_ grid: UnstructuredGrid, context: ExecutionContext) throws -> Dataset {
        let input = Dataset.unstructured(grid)
        _ = try FaceSketch.pointRange(grid.cells.connectivity.pointer, grid.cells.connectivity.count, points: grid.points.count)
        let volume = try VolumeCells(grid, hidden: nil)
        let segments = grid.segments(hidden: nil, limit: 2048) { _ in true }
        let parts = try context.parallelMap(segments.count, grain: 4) { range -> Output in
            var output = Output()
            for segment in segments[range] { add(segment, volume, &output) }
            return output
        }
        let cells = parts.reduce(0) { $0 + $1.types.count }
        let entries = parts.reduce(0) { $0 + $1.connectivity.count }
        guard entries < Int(Int32.max) else {
            throw DatasetError("\(cells) simplices are more than one piece can number: use more pieces")
        }
        var types = Buffer<UInt8>(uninitializedCount: cells)
        var sources = Buffer<Int32>(uninitializedCount: cells)
        var connectivity = Buffer<Int32>(uninitializedCount: entries)
        var offsets = Buffer<Int32>(uninitializedCount: cells + 1)
        types.withUnsafeMutablePointer { type in
            sources.withUnsafeMutablePointer { source in
                connectivity.withUnsafeMutablePointer { entry in
                    offsets.withUnsafeMutablePointer { offset in
                        var (cell, place) = (0, 0)
                        for part in parts {
                            for index in 0..<part.types.count {
                                type[cell] = part.types[index]
                                source[cell] = part.sources[index]
                                offset[cell] = Int32(place)
                                place += Output.size(of: part.types[index])
                                cell += 1
                            }
                            let first = place - part.connectivity.count
                            for index in 0..<part.connectivity.count { entry[first + index] = part.connectivity[index] }
                        }
                        offset[cell] = Int32(place)
                    }
                }
            }
        }
        if input.piece != nil { try SurfaceResult.checkFan(sources, Triangulate.fanBits, of: "parts") }
        let provenance = Provenance(cellSources: sources, fanBits: Triangulate.fanBits)
        return .unstructured(
            UnstructuredGrid(
                points: grid.points, types: types, cells: CellArray(offsets: offsets, connectivity: connectivity),
                attributes: try provenance.attributes(of: input, context: context)))
    }

    /// Simplices of some cells.
    private struct Output {
        var types: [UInt8] = []
        var sources: [Int32] = []
        var connectivity: [Int32] = []

        static func size(of type: UInt8) -> Int { type == 10 ? 4 : type == 5 ? 3 : type == 3 ? 2 : 1 }

        mutating func add(_ type: CellType, from cell: Int) {
            types.append(type.rawValue)
            sources.append(Int32(truncatingIfNeeded: cell))
        }
    }

    private static func add(_ segment: CellSegment, _ volume: VolumeCells, _ output: inout Output) {
        let grid = volume.grid
        let cells = segment.firstCell..<segment.firstCell + segment.count
        if segment.type == .tetrahedron && segment.size == 4 {
            for cell in cells {
                output.add(.tetrahedron, from: cell)
                output.connectivity.append(contentsOf: grid.cells.points(of: cell))
            }
        } else if segment.type == .polyhedron || CellFaces.of(segment.type) != nil {
            addVolume(segment, volume, &output)
        } else if let kind = FlatCell.of(segment.type) {
            for cell in cells { addFlat(cell, kind, grid, &output) }
        }
    }

    private static func addFlat(_ cell: Int, _ kind: FlatCell, _ grid: UnstructuredGrid, _ output: inout Output) {
        var points = Array(grid.cells.points(of: cell).prefix(kind.pointCount(ofCellWith: grid.cells.size(of: cell))))
        if kind.isPixel && points.count == 4 { points.swapAt(2, 3) }
        if kind.list < 2 {
            for part in 0..<max(0, points.count - kind.list) {
                output.add(kind.list == 0 ? .vertex : .line, from: cell)
                output.connectivity.append(contentsOf: points[part...part + kind.list])
            }
            return
        }
        if points.count < 3 { return }
        var triangles = [Int32](repeating: 0, count: 3 * (points.count - 2))
        triangles.withUnsafeMutableBufferPointer { out in
            points.withUnsafeBufferPointer {
                kind.list == 2 ? FlatCutter.cutPolygon($0, grid.points, out.baseAddress!) : FlatCutter.cutStrip($0, out.baseAddress!)
            }
        }
        output.connectivity.append(contentsOf: triangles)
        for _ in 0..<points.count - 2 { output.add(.triangle, from: cell) }
    }

    /// Tetrahedra from a cell's lowest point over the faces that do not have it, each face fanned from its own lowest point.
    private static func addVolume(_ segment: CellSegment, _ volume: VolumeCells, _ output: inout Output) {
        let cursor = FaceCursor(volume)
        for cell in segment.firstCell..<segment.firstCell + segment.count {
            var one = segment
            one.firstCell = cell
            one.count = 1
            var lowest = Int32.max
            cursor.forEachFace(of: one) { _, _, points, count in
                for corner in 0..<count where points[corner] < lowest { lowest = points[corner] }
            }
            cursor.forEachFace(of: one) { _, _, points, count in
                var apex = 0
                for corner in 0..<count {
                    if points[corner] == lowest { return }
                    if points[corner] < points[apex] { apex = corner }
                }
                if count < 3 { return }
                for step in 1..<count - 1 {
                    let (second, third) = (points[(apex + step) % count], points[(apex + step + 1) % count])
                    output.connectivity.append(contentsOf: [points[apex], third, second, lowest])
                    output.add(.tetrahedron, from: cell)
                }
            }
        }
    }
}

/// A structured dataset as tetrahedra (six a voxel, along the diagonal from its first to its last point), triangles, lines or a vertex.
enum TriangulatedLattice {
    /// Corners of a voxel, x fastest; what `TriangulatedGrid` makes of it.
    private static let tetrahedra: [Int] = {
        var result: [Int] = []
        for face in [[1, 3, 7, 5], [2, 6, 7, 3], [4, 5, 7, 6]] {
            let apex = face.firstIndex(of: face.min()!)!
            for step in 1..<3 { result += [face[apex], face[(apex + step + 1) % 4], face[(apex + step) % 4], 0] }
        }
        return result
    }()

    static func make(_ input: Dataset, _ extent: Extent, context: ExecutionContext) throws -> Dataset {
        let (size, cells) = (extent.dimensions, extent.cellDimensions)
        guard extent.pointCount <= Int(Int32.max) else {
            throw DatasetError("a piece of \(extent.pointCount) points is more than one piece can number: use more pieces")
        }
        let step = [size.x > 1 ? 1 : 0, size.y > 1 ? size.x : 0, size.z > 1 ? size.x * size.y : 0]
        let axes = step.filter { $0 != 0 }
        let pattern: [Int]
        let type: CellType
        switch axes.count {
        case 3:
            (pattern, type) = (tetrahedra.map { ($0 & 1) * axes[0] + ($0 >> 1 & 1) * axes[1] + ($0 >> 2) * axes[2] }, .tetrahedron)
        case 2: (pattern, type) = ([0, axes[0], axes[0] + axes[1], 0, axes[0] + axes[1], axes[1]], .triangle)
        case 1: (pattern, type) = ([0, axes[0]], .line)
        default: (pattern, type) = ([0], .vertex)
        }
        let parts = pattern.count / type.pointCount!
        let count = extent.cellCount
        guard count * pattern.count < Int(Int32.max) else {
            throw DatasetError("\(count * parts) simplices are more than one piece can number: use more pieces")
        }
        let connectivity = try Buffer<Int32>(count: count * pattern.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(count, grain: 1 << 13) { range in
                pattern.withUnsafeBufferPointer { pattern in
                    for cell in range {
                        let (row, i) = cell.quotientAndRemainder(dividingBy: cells.x)
                        let (k, j) = row.quotientAndRemainder(dividingBy: cells.y)
                        let base = i &* step[0] &+ j &* step[1] &+ k &* step[2]
                        let place = out + cell &* pattern.count
                        for entry in 0..<pattern.count { place[entry] = Int32(truncatingIfNeeded: base &+ pattern[entry]) }
                    }
                }
            }
        }
        let sources = Buffer<Int32>(count: count * parts) { out in
            for part in 0..<count * parts { out[part] = Int32(truncatingIfNeeded: part / parts) }
        }
        var attributes = try Provenance(cellSources: sources, fanBits: Triangulate.latticeFanBits).attributes(of: input, context: context)
        attributes.piece?.wholeExtent = nil
        let points = try SurfaceResult.points(of: input, kept: nil, context: context)
        return .unstructured(UnstructuredGrid(points: points, type: type, connectivity: connectivity, attributes: attributes))
    }
}
