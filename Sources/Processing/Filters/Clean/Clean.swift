import Dataflow
import Datasets
import Execution

/// Joins points that coincide, drops points that no cell uses and makes less of cells that lost corners.
///
/// - Points: those with the same coordinates join (−0 equals 0, NaN nothing). With a tolerance above 0, what is left goes in index order: a
///   point joins the nearest point kept so far that is no farther than the tolerance (the one of lower index, of two as near), else it is
///   kept. The first of the points that join gives place and values; kept points stay in index order.
/// - Cells of poly data: a corner that repeats the one before goes, and in polygons and strips a last one that repeats the first. What is
///   left of polygons and strips becomes a line or vertex, of lines a vertex, of strips of three points a triangle. Cells without
///   points go. In each list cells keep the order of their sources; cell arrays follow.
/// - Unstructured grids keep their cells as they are. Other kinds are an error.
/// - Pieces: needs the whole dataset, since any two points may coincide. Its result is the same for any split.
///
/// Complexity: O(points + connectivity), for points spread evenly in comparison with the tolerance; memory 25 bytes a point besides the result.
/// Source: `vtkCleanPolyData`, `vtkStaticCleanUnstructuredGrid`; unlike these, the first of joined points gives the values, not the last.
public struct Clean: Filter {
    /// A distance, in the units of the coordinates.
    public var tolerance: Double

    /// - Precondition: `tolerance` is a number not less than 0.
    public init(tolerance: Double = 0) {
        precondition(tolerance >= 0, "a tolerance is not negative")
        self.tolerance = tolerance
    }

    public var name: String { "clean" }
    public var needsWhole: Bool { true }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind != .poly && input.kind != .unstructured {
            throw DatasetError("\(name) needs poly data or an unstructured grid, and this is \(input.kind.rawValue)")
        }
        var result = input
        result.numberCells(upTo: nil)
        result.pointCount = nil
        result.cellCount = nil
        result.splitting = .none
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .poly(let poly):
            let points = try MergedPoints(of: input, tolerance: tolerance, context: context)
            let cells = try CleanCells(poly, points.numbers, context: context)
            let attributes = try attributes(of: input, points, cellSources: cells.sources, context)
            return .poly(
                PolyData(
                    points: try points.kept.map { try poly.points.gathered($0, context: context) } ?? poly.points, vertices: cells.lists[0],
                    lines: cells.lists[1], polygons: cells.lists[2], strips: cells.lists[3], attributes: attributes))
        case .unstructured(let grid):
            let points = try MergedPoints(of: input, tolerance: tolerance, context: context)
            guard let kept = points.kept else { return input }
            let faces = try grid.polyhedronFaces.map {
                PolyhedronFaces(facesOfCells: $0.facesOfCells, faces: try $0.faces.renumbered(points.numbers, context: context))
            }
            return .unstructured(
                UnstructuredGrid(
                    points: try grid.points.gathered(kept, context: context), types: grid.explicitTypes(),
                    cells: try grid.cells.renumbered(points.numbers, context: context), polyhedronFaces: faces,
                    attributes: try attributes(of: input, points, cellSources: nil, context)))
        default: throw unsupported(name, input, needs: "poly data or an unstructured grid")
        }
    }

    private func attributes(
        of input: Dataset, _ points: MergedPoints, cellSources: Buffer<Int32>?, _ context: ExecutionContext
    ) throws -> DatasetAttributes {
        var provenance = Provenance()
        provenance.keptPoints = points.kept
        provenance.cellSources = cellSources
        var whole = input
        whole.attributes.piece = nil
        return try provenance.attributes(of: whole, context: context)
    }
}

extension CellArray {
    /// The same cells over points with other numbers.
    ///
    /// - Precondition: `numbers` has an entry for every point of the cells.
    func renumbered(_ numbers: Buffer<Int32>, context: ExecutionContext) throws -> CellArray {
        let number = numbers.pointer
        let entries = connectivity.pointer
        defer { withExtendedLifetime((self, numbers)) {} }
        return replacingConnectivity(
            try Buffer<Int32>(count: connectivity.count) { out in
                nonisolated(unsafe) let out = out
                try context.parallelFor(connectivity.count, grain: 1 << 16) { range in
                    for entry in range { out[entry] = number[Int(entries[entry])] }
                }
            })
    }
}
