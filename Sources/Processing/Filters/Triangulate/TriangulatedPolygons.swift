import Datasets
import Execution
import Geometry

/// A `PolyData` with vertices, lines and triangles only.
enum TriangulatedPolygons {
    static func make(_ poly: PolyData, context: ExecutionContext) throws -> Dataset {
        let input = Dataset.poly(poly)
        for list in poly.cellLists {
            _ = try FaceSketch.pointRange(list.connectivity.pointer, list.connectivity.count, points: poly.points.count)
        }
        if isDone(poly) { return .poly(withKeys(poly, input, try Provenance(fanBits: Triangulate.polyFanBits).attributes(of: input, context: context))) }
        var first = 0
        func parts(of list: CellArray, lost: Int, size: Int, _ write: @escaping (Int, UnsafeMutablePointer<Int32>) -> Void) throws -> Parts {
            defer { first += list.count }
            return try Parts(list, firstCell: first, lost: lost, size: size, context: context, write)
        }
        func simple(_ list: CellArray, _ size: Int) -> (Int, UnsafeMutablePointer<Int32>) -> Void {
            { cell, out in
                let points = list.points(of: cell)
                for part in 0..<max(0, points.count - size + 1) {
                    for corner in 0..<size { out[part * size + corner] = points[part + corner] }
                }
            }
        }
        let vertices = try parts(of: poly.vertices, lost: 0, size: 1, simple(poly.vertices, 1))
        let lines = try parts(of: poly.lines, lost: 1, size: 2, simple(poly.lines, 2))
        let points = poly.points
        let polygons = try parts(of: poly.polygons, lost: 2, size: 3) { cell, out in
            FlatCutter.cutPolygon(poly.polygons.points(of: cell), points, out)
        }
        let strips = try parts(of: poly.strips, lost: 2, size: 3) { cell, out in FlatCutter.cutStrip(poly.strips.points(of: cell), out) }
        let all = [vertices, lines, polygons, strips]
        let sources = Buffer<Int32>(all.flatMap { $0.sources.array })
        if input.piece != nil { try SurfaceResult.checkFan(sources, Triangulate.polyFanBits, of: "parts") }
        let provenance = Provenance(cellSources: sources, fanBits: Triangulate.polyFanBits)
        let triangles = Buffer<Int32>(count: polygons.connectivity.count + strips.connectivity.count) { out in
            out.initialize(from: polygons.connectivity.pointer, count: polygons.connectivity.count)
            (out + polygons.connectivity.count).initialize(from: strips.connectivity.pointer, count: strips.connectivity.count)
        }
        return .poly(
            PolyData(
                points: poly.points, vertices: vertices.list, lines: lines.list,
                polygons: triangles.count == 0 ? CellArray() : CellArray(uniformSize: 3, connectivity: triangles),
                attributes: try provenance.attributes(of: input, context: context)))
    }

    private static func isDone(_ poly: PolyData) -> Bool {
        func has(_ list: CellArray, _ size: Int) -> Bool { list.count == 0 || (list.offsets == nil && list.uniformSize == size) }
        return has(poly.vertices, 1) && has(poly.lines, 2) && has(poly.polygons, 3) && poly.strips.count == 0
    }

    private static func withKeys(_ poly: PolyData, _ input: Dataset, _ attributes: DatasetAttributes) -> PolyData {
        var copy = poly
        copy.attributes = attributes
        return copy
    }

    /// Parts of one size of the cells of a list.
    private struct Parts {
        let connectivity: Buffer<Int32>
        let sources: Buffer<Int32>
        let size: Int

        /// - Parameters:
        ///   - lost: how many parts fewer than points a cell gives.
        ///   - write: writes the points of all parts of a cell.
        init(
            _ list: CellArray, firstCell: Int, lost: Int, size: Int, context: ExecutionContext,
            _ write: (Int, UnsafeMutablePointer<Int32>) -> Void
        ) throws {
            let grain = 1 << 13
            var starts = try context.parallelMap(list.count, grain: grain) { range in
                var count = 0
                for cell in range { count += max(0, list.size(of: cell) - lost) }
                return count
            }
            let count = exclusivePrefixSum(&starts)
            guard count * size < Int(Int32.max) else {
                throw DatasetError("\(count) triangles are more than one piece can number: use more pieces")
            }
            let firsts = starts
            let entries = Buffer<Int32>(uninitializedCount: count * size)
            let cells = Buffer<Int32>(uninitializedCount: count)
            nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: entries.pointer)
            nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: cells.pointer)
            try context.parallelChunks(list.count, grain: grain) { chunk, range in
                var place = firsts[chunk]
                for cell in range {
                    let parts = max(0, list.size(of: cell) - lost)
                    if parts == 0 { continue }
                    write(cell, entry + place * size)
                    for part in 0..<parts { source[place + part] = Int32(truncatingIfNeeded: firstCell + cell) }
                    place += parts
                }
            }
            connectivity = entries
            sources = cells
            self.size = size
        }

        var list: CellArray { sources.count == 0 ? CellArray() : CellArray(uniformSize: size, connectivity: connectivity) }
    }
}

/// Cuts flat cells to triangles over the dataset's points.
enum FlatCutter {
    /// Writes n - 2 triangles.
    static func cutPolygon(_ polygon: UnsafeBufferPointer<Int32>, _ points: Points, _ out: UnsafeMutablePointer<Int32>) {
        if polygon.count < 3 { return }
        if polygon.count == 3 {
            for corner in 0..<3 { out[corner] = polygon[corner] }
            return
        }
        if polygon.count == 4 {
            PolygonCutter.cutQuad(
                points[Int(polygon[0])], points[Int(polygon[1])], points[Int(polygon[2])], points[Int(polygon[3])], out)
        } else {
            var cutter = PolygonCutter()
            cutter.cut(polygon.map { points[Int($0)] }, out)
        }
        for place in 0..<3 * (polygon.count - 2) { out[place] = polygon[Int(out[place])] }
    }

    /// Writes n - 2 triangles, every second one turned round.
    static func cutStrip(_ strip: UnsafeBufferPointer<Int32>, _ out: UnsafeMutablePointer<Int32>) {
        for part in 0..<max(0, strip.count - 2) {
            let isTurned = part & 1 == 1
            out[3 * part] = strip[part + (isTurned ? 1 : 0)]
            out[3 * part + 1] = strip[part + (isTurned ? 0 : 1)]
            out[3 * part + 2] = strip[part + 2]
        }
    }
}
