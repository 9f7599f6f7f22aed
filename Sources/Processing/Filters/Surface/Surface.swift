import Dataflow
import Datasets
import Execution

/// The outside of a dataset as polygons: faces that one cell has alone, and cells of lower dimension as they are.
///
/// - Volume cells give their external faces, counterclockwise from outside: triangles, quads, and polygons of prisms and polyhedra.
///   Faces of cells of higher order are those of their linear parts, quads cut into triangles. A quad never equals two triangles of a neighbour. Where a face has three
///   or more cells it comes once if their number is odd, as in VTK.
/// - Structured data gives the quads of its boundary; lattices of lower dimension give all their cells. `PolyData` passes.
/// - Points: those in use, in the input's order. Cells: by source cell, then face; point and cell arrays are taken over.
/// - Hidden cells are not there: faces towards them are external.
/// - Pieces: asks for one ghost level; ghosts are counted, so no face comes from the border of a piece only, and give faces only up to
///   the ghost level that is asked for.
///
/// Complexity: two passes over the connectivity; memory 8 bytes a point besides the result.
/// Source: cells and faces as in `vtkGeometryFilter`; the sketch that cancels interior faces is described at `FaceSketch`.
public struct Surface: Filter {
    /// Room in keys for the external faces of a cell.
    static let latticeFanBits = 3
    static let gridFanBits = 8

    public init() {}

    /// Low bits of the keys of a grid's surface that number the faces of one cell.
    package static var gridKeyBits: Int { gridFanBits }

    /// Whether the faces of a dataset's cells may become several cells each.
    package static func makesSeveralCellsOfFaces(_ dataset: Dataset) -> Bool {
        if case .unstructured(let grid) = dataset { return Linearization.isNeeded(grid) }
        return false
    }

    public var name: String { "surface" }
    public var isLocal: Bool { true }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .poly || input.kind == .blocks { return input }
        if input.kind == .table { throw DatasetError("surface needs a dataset with cells, and this is a table") }
        var result = try input.fanned(by: 1 << (input.kind.isStructured ? Surface.latticeFanBits : Surface.gridFanBits))
        result.kind = .poly
        result.wholeExtent = nil
        result.pointCount = nil
        result.cellCount = nil
        result.byteCount = nil
        result.isMapped = false
        result.maximumCellSize = input.kind.isStructured ? 4 : nil
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        if input.kind == .poly { return request }
        var result = request.pieceCount > 1 ? request.addingGhostLevels(1) : request
        result.arrays = request.arrays.union(.only(point: [HiddenCells.arrayName], cell: [HiddenCells.arrayName]))
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .image, .rectilinear, .structured:
            let extent = input.extent!
            return try LatticeSurface.make(
                input, extent, whole: input.piece?.wholeExtent ?? extent, ghostLevels: request.ghostLevels, context: context)
        case .unstructured(let grid) where Linearization.isNeeded(grid):
            return try input.withLinearParts(fanBits: Surface.gridFanBits, marksCorners: true, context: context) { linear in
                guard case .unstructured(let parts) = linear else { return linear }
                let surface = try GridSurface.make(parts, ghostLevels: request.ghostLevels, context: context)
                return try CurvedFaces.triangulated(surface, of: grid, context: context)
            }
        case .unstructured(let grid):
            return try GridSurface.make(grid, ghostLevels: request.ghostLevels, context: context)
        case .poly: return input
        case .blocks(var blocks):
            for index in blocks.blocks.indices {
                blocks.blocks[index].dataset = try blocks.blocks[index].dataset.map {
                    try apply(to: $0, request: request, context: context)
                }
            }
            return .blocks(blocks)
        case .table: throw unsupported(name, input, needs: "a dataset with cells")
        }
    }
}
