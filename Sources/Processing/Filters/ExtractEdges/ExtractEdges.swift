import Dataflow
import Datasets
import Execution

/// The edges of all cells as lines, each once.
///
/// - An edge comes from the first cell that has it and takes that cell's arrays; edges go by cell, then in the order of the cell's edges.
///   Poly-lines give their segments, strips the sides of their triangles, polyhedra those of their faces, nonlinear cells those between
///   their corners. Edges from a point to itself and those of hidden cells only do not come; vertices give none.
/// - Points: those in use, in the input's order, as they are stored; those of images and rectilinear grids in Float.
/// - Pieces: asks for one ghost level, so that a piece knows whether a neighbour has the edge before it.
///
/// Complexity: O(edges of cells) expected; memory a byte for each of them, 12 bytes for each edge of the result and 4 a point.
/// Source: what `vtkExtractEdges` gives, in another order.
public struct ExtractEdges: Filter {
    /// Room in keys for the edges of a cell whose number of points nobody knows before.
    static let fanBits = 16
    static let salt: UInt64 = 0x6564_6765_73

    public init() {}

    public var name: String { "edges" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .table { throw DatasetError("edges needs a dataset with cells, and this is a table") }
        var result = try input.fanned(by: 1 << ExtractEdges.fanBits)
        result.kind = .poly
        result.wholeExtent = nil
        result.pointCount = nil
        result.cellCount = nil
        result.byteCount = nil
        result.isMapped = false
        result.maximumCellSize = 2
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request.pieceCount > 1 ? request.addingGhostLevels(1) : request
        wanted.extent = nil
        wanted.arrays = request.arrays.union(.only(point: [HiddenCells.arrayName], cell: [HiddenCells.arrayName]))
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        guard let cells = CellEdges(input) else { throw unsupported(name, input, needs: "a dataset with cells") }
        let found = try FirstEdges(of: cells, pointCount: input.pointCount, context: context).lines(
            from: cells, ghostLevels: request.ghostLevels, levels: input.piece?.cellGhostLevels, context: context)
        if input.piece != nil { try SurfaceResult.checkFan(found.sources, ExtractEdges.fanBits, of: "edges") }
        let compaction = try PointCompaction(
            [CellArray(uniformSize: 2, connectivity: found.connectivity)], points: input.pointCount, context: context)
        var provenance = Provenance(keptPoints: compaction.kept, cellSources: found.sources, fanBits: ExtractEdges.fanBits)
        provenance.flattensLists = input.kind == .poly
        provenance.salt = ExtractEdges.salt
        var attributes = try provenance.attributes(of: input, context: context)
        if let held = attributes.piece?.ghostLevels { attributes.piece?.ghostLevels = min(held, request.ghostLevels) }
        return .poly(
            PolyData(
                points: try SurfaceResult.points(of: input, kept: compaction.kept, context: context), lines: compaction.lists[0],
                attributes: attributes))
    }
}
