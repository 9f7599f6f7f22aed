import Dataflow
import Datasets
import Execution
import Geometry

/// Polygons as triangles, volume cells as tetrahedra, over the same points.
///
/// - `PolyData`: a polygon of n corners gives n - 2 triangles (quads by the shorter diagonal, others by their ears, so concave ones
///   keep their area), a strip of n points n - 2 with alternating direction, poly-lines their lines, poly-vertices their vertices.
/// - Other kinds become an unstructured grid: flat cells as above; a volume cell is fanned from its lowest point over triangles of the
///   faces that do not have it, each face being fanned from its own lowest point. So neighbours agree on their faces: a hexahedron
///   gives six tetrahedra, a wedge three, a pyramid two. Cells of higher order are taken apart into linear ones before.
/// - Points and point arrays stay as they are; cell arrays are taken from the source cell. Cells that are less than a triangle vanish.
/// - Pieces: no ghosts are asked for.
///
/// Source: faces by lowest vertex as in Dompierre et al., "How to subdivide pyramids, prisms and hexahedra into tetrahedra" (1999).
public struct Triangulate: Filter {
    /// Room in keys for the parts of a cell; poly-lines are long.
    static let polyFanBits = 16
    static let fanBits = 12
    static let latticeFanBits = 3

    public init() {}

    public var name: String { "triangulate" }
    public var isLocal: Bool { true }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .blocks { return input }
        if input.kind == .table { throw DatasetError("triangulate needs a dataset with cells, and this is a table") }
        let bits = input.kind == .poly ? Triangulate.polyFanBits : input.kind.isStructured ? Triangulate.latticeFanBits : Triangulate.fanBits
        var result = try input.fanned(by: 1 << bits)
        if input.kind != .poly { result.kind = .unstructured }
        result.wholeExtent = nil
        result.cellCount = nil
        result.byteCount = nil
        result.isMapped = false
        result.maximumCellSize = 4
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .poly(let poly): return try TriangulatedPolygons.make(poly, context: context)
        case .image, .rectilinear, .structured: return try TriangulatedLattice.make(input, input.extent!, context: context)
        case .unstructured where input.hasCellsOfHigherOrder:
            return try input.withLinearParts(fanBits: Triangulate.fanBits, context: context) {
                try apply(to: $0, request: request, context: context)
            }
        case .unstructured(let grid): return try TriangulatedGrid.make(grid, context: context)
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
