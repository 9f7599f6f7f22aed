import Dataflow
import Datasets
import Execution

/// The edges of polygons and strips that tell something of the surface, as lines.
///
/// | kind | edges | value in `Edge Types` |
/// |---|---|---|
/// | boundary | of one polygon | 0 |
/// | non-manifold | of three polygons or more | 0.222222 |
/// | feature | of two polygons whose normals differ by the angle or more | 0.444444 |
/// | manifold | of two polygons, where they are no feature edges or those are not asked for | 0.666667 |
///
/// - An edge is between neighbouring corners; strips count triangle by triangle. Points that coincide without being the same are
///   different: `Clean` joins them. An edge from a point to itself is none. Lines and vertices of the input do not come along; hidden cells are not there.
/// - Each line runs as in the first polygon that has the edge, comes in the order of those and their edges, and has that one's cell values.
///   Points: those in use, in the input's order.
/// - Pieces: asks for one ghost level more; ghosts are counted, so no edge is at the boundary only because a piece ends there.
///
/// Complexity: O(n log k) for n edges and at most k at one point; memory 16 bytes a corner besides the result.
/// Source: `vtkFeatureEdges`, which also calls the diagonal of a quad an edge of the triangles behind it; here it is none.
public struct FeatureEdges: Filter {
    public var boundary: Bool
    public var nonManifold: Bool
    /// Degrees, 0…180; nil: feature edges are not asked for.
    public var featureAngle: Double?
    public var manifold: Bool

    /// Room in keys for the edges of a polygon or strip.
    static let fanBits = 14
    /// The name of the array that says of which kind an edge is.
    static let typesName = "Edge Types"

    public init(boundary: Bool = true, nonManifold: Bool = true, featureAngle: Double? = 30, manifold: Bool = false) {
        self.boundary = boundary
        self.nonManifold = nonManifold
        self.featureAngle = featureAngle
        self.manifold = manifold
    }

    public var name: String { "feature edges" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        guard input.kind == .poly else {
            throw DatasetError("\(name) needs poly data, and this is \(input.kind.rawValue): make its surface first")
        }
        var result = try input.fanned(by: 1 << FeatureEdges.fanBits)
        result.arrays.append(ArrayDescription(name: FeatureEdges.typesName, association: .cell, type: .float32))
        result.pointCount = nil
        result.cellCount = nil
        result.byteCount = nil
        result.isMapped = false
        result.splitting = .none
        result.maximumCellSize = 2
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var result = request.pieceCount > 1 ? request.addingGhostLevels(1) : request
        result.arrays = request.arrays.union(.only(point: [HiddenCells.arrayName], cell: [HiddenCells.arrayName]))
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .poly(let poly): return try edges(of: poly, ghostLevels: request.ghostLevels, context: context)
        default: throw unsupported(name, input, needs: "poly data")
        }
    }

    private func edges(of poly: PolyData, ghostLevels: Int, context: ExecutionContext) throws -> Dataset {
        let input = Dataset.poly(poly)
        let corners = try EdgeCorners(poly, hidden: HiddenCells(of: input)?.flags, context: context)
        var kinds = try EdgeKinds(corners, points: poly.points, featureAngle: featureAngle, context: context)
        try kinds.keep(
            boundary: boundary, nonManifold: nonManifold, manifold: manifold,
            levels: poly.attributes.piece?.cellGhostLevels, ghostLevels: ghostLevels, corners, context: context)
        let lines = try kinds.lines(corners, context: context)
        var result = try SurfaceResult.make(
            input, lists: [CellArray(), CellArray(uniformSize: 2, connectivity: lines.connectivity), CellArray(), CellArray()],
            sources: [lines.sources], ghostLevels: ghostLevels, fanBits: FeatureEdges.fanBits, context: context)
        result.attributes.cellData.set(FieldArray(name: FeatureEdges.typesName, lines.types))
        result.attributes.cellData.active[.scalars] = FeatureEdges.typesName
        return result
    }
}
