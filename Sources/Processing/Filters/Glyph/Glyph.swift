import Dataflow
import Datasets
import Execution
import Geometry

/// A copy of a shape at every point: turned by a vector array, sized by an array, as poly data.
///
/// - Orientation: the shape's x axis turns to the point's vector by half a turn about the bisector of both; a zero vector does not turn.
/// - Size: the scale factor times the point's value, if there is one: a scalar, a vector's length, or its components one by one, clamped
///   to a range and mapped to 0 … 1 where asked. A size of zero becomes 10⁻¹⁰.
/// - Hidden points, and points whose position, vector or size is not finite, have no glyph.
/// - Points and cells go by (input point, its number in the shape), cells within each list of the shape. Every point carries the
///   arrays of its input point, `GlyphVector` (Float, the vector) and `Normals` where the shape has them. Points are Float.
/// - Pieces: each makes the glyphs of the points that it owns; where owners are known only for the whole (of points that filters
///   made or whose cells they dropped), a piece is cut out of the whole result.
///
/// Complexity: O(result). Source: `vtkGlyph3D`.
public struct Glyph: Filter {
    /// What sizes the glyphs besides the factor.
    public enum Scaling: Sendable, Hashable {
        case none
        /// The selected number itself.
        case scalar(ArraySelector)
        /// The length of the array's tuple of three.
        case vectorMagnitude(ArraySelector)
        /// x, y and z each by a component of the array's tuple of three.
        case vectorComponents(ArraySelector)

        var array: ArraySelector? {
            switch self {
            case .none: nil
            case .scalar(let array), .vectorMagnitude(let array), .vectorComponents(let array): array
            }
        }
    }

    public var shape: Shape
    /// An array of three components, of vectors or normals; nil: no turning.
    public var orientation: ArraySelector?
    public var scaling: Scaling
    public var scaleFactor: Double
    /// Values beyond its ends count as its ends; then the range becomes 0 … 1. Nil: values count as they are.
    public var clamping: ClosedRange<Double>?

    public init(
        _ shape: Shape, orientation: ArraySelector? = nil, scaling: Scaling = .none, scaleFactor: Double = 1,
        clamping: ClosedRange<Double>? = nil
    ) {
        self.shape = shape
        self.orientation = orientation
        self.scaling = scaling
        self.scaleFactor = scaleFactor
        self.clamping = clamping
    }

    public var name: String { "glyph" }

    public var signature: String {
        "Glyph(\(shape.signature); \(String(reflecting: orientation)); \(String(reflecting: scaling)); \(scaleFactor); \(String(reflecting: clamping)))"
    }

    static let vectorName = "GlyphVector"

    /// Room in keys for the cells of the shape.
    var cellFanBits: Int { fanBits(max(1, shape.surface.cellCount)) }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        guard scaleFactor.isFinite else { throw DatasetError("glyph needs a finite scale factor, and has \(scaleFactor)") }
        if input.kind == .table { throw DatasetError("glyph needs a dataset with points, and this is a table") }
        var result = input
        result.kind = .poly
        result.wholeExtent = nil
        result.arrays.removeAll { $0.association == .cell }
        if shape.surface.attributes.pointData["Normals"] != nil {
            result.arrays.removeAll { $0.name == "Normals" }
            result.arrays.append(ArrayDescription(name: "Normals", association: .point, type: .float32, components: 3))
        }
        result.pointCount = nil
        result.cellCount = nil
        result.bounds = nil
        result.byteCount = nil
        result.isMapped = false
        result.maximumCellSize = shape.surface.cellLists.map(\.maximumSize).max()
        // Keys begin with the point's place.
        result.numberCells(upTo: input.pointCount)
        result = try result.fanned(by: 1 << cellFanBits)
        result.hasOrderedPoints = true
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = input.hasOrderedPoints ? request : request.whole
        wanted.extent = nil
        wanted.ghostLevels = 0
        if case .only(let point, _) = wanted.arrays { wanted.arrays = .only(point: point.union([HiddenCells.arrayName]), cell: []) }
        for array in [orientation, scaling.array].compactMap({ $0 }) {
            wanted.arrays = wanted.arrays.union(.only(point: [array.name], cell: []))
        }
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .table, .blocks: throw unsupported(name, input, needs: "a dataset with points")
        default:
            if input.piece != nil { return try GlyphMaker(self, input, request.arrays, context).make() }
            let whole = try normalized(input, context: context)
            return try piece(request, ofWhole: GlyphMaker(self, whole, request.arrays, context).make(), context: context)
        }
    }
}
