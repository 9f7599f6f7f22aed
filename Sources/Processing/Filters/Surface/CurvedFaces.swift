import Datasets
import Execution

/// The faces of a surface that come from cells of higher order, cut into triangles.
///
/// Parts of such cells have quads that are not flat. A quad with one corner of a cell is cut so that this corner is cut off, as VTK
/// does; others from their first point.
enum CurvedFaces {
    /// - Parameters:
    ///   - surface: of the linear parts, with the arrays that `withLinearParts` adds.
    ///   - grid: whose parts they are.
    static func triangulated(_ surface: Dataset, of grid: UnstructuredGrid, context: ExecutionContext) throws -> Dataset {
        guard case .poly(let poly) = surface, let sources = poly.attributes.cellData[Linearization.sourceName]?.buffer(of: Int32.self),
            let corners = poly.attributes.pointData[Linearization.cornerName]?.buffer(of: UInt8.self)
        else { return surface }
        let first = poly.vertices.count + poly.lines.count
        let list = poly.polygons
        let isCurved = Buffer<UInt8>(count: grid.cellCount) { out in
            for run in grid.runs { for cell in run.cells { out[cell] = run.type.isHigherOrder ? 1 : 0 } }
        }
        var cells: [Int32] = (0..<first).map { Int32($0) }
        var offsets: [Int32] = [0]
        var connectivity: [Int32] = []
        cells.reserveCapacity(first + 2 * list.count)
        connectivity.reserveCapacity(2 * list.connectivity.count)
        for cell in 0..<list.count {
            if cell & 0xFFFF == 0 { try context.checkCancellation() }
            let points = list.points(of: cell)
            let number = Int32(truncatingIfNeeded: first + cell)
            guard points.count == 4, isCurved[Int(sources[first + cell])] != 0 else {
                connectivity += points
                offsets.append(Int32(truncatingIfNeeded: connectivity.count))
                cells.append(number)
                continue
            }
            let start = (0..<4).reduce(0) { $0 + Int(corners[Int(points[$1])]) } == 1
                ? (0..<4).first { corners[Int(points[$0])] != 0 }! + 1 : 0
            for (a, b, c) in [(0, 1, 2), (0, 2, 3)] {
                connectivity += [points[(start + a) & 3], points[(start + b) & 3], points[(start + c) & 3]]
                offsets.append(Int32(truncatingIfNeeded: connectivity.count))
                cells.append(number)
            }
        }
        if offsets.count - 1 == list.count { return surface }
        guard connectivity.count < Int(Int32.max) else {
            throw DatasetError("a surface of \(offsets.count - 1) faces is more than one piece can number: use more pieces")
        }
        let last = first + list.count
        cells += (0..<poly.strips.count).map { Int32(last + $0) }
        var result = poly
        result.polygons = CellArray(offsets: Buffer(offsets), connectivity: Buffer(connectivity))
        result.attributes = try Provenance(cellSources: Buffer(cells)).attributes(of: surface, context: context)
        return .poly(result)
    }
}
