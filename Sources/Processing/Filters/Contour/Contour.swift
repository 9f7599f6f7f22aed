import Dataflow
import Datasets
import Execution
import Geometry

/// Surfaces, lines or points where an array of point values takes given values: triangles in solid cells, lines in flat ones, points
/// in lines and vertices.
///
/// A point is *above* a value where its number is at least the value; NaN is below. On an ambiguous face the points above are
/// separated, in every type of cell, so neighbours agree; faces of pentagonal and hexagonal prisms are cut into triangles first, as VTK
/// does, and agree with each other. Cells of higher order count as their linear parts (`LinearParts`).
///
/// The result is poly data: points between lower and higher ends of edges, ordered by (lower end, higher end, value number); cells
/// ordered by (input cell, value number). Point arrays are interpolated, cell arrays copied from the cell; the contoured array, where
/// it has one component, holds the value. Faces with a NaN or infinite end make no point that is not finite.
///
/// Source: Lorensen and Cline 1987; the triangles of each case are those of VTK's `vtkContourFilter`.
public struct Contour: Filter {
    /// The array; `automatic` and `magnitude` take the length of vectors.
    public var array: ArraySelector
    /// At most 255.
    public var values: [Double]
    /// Whether the result has a point array `Normals`: on lattices from the gradient, else the mean of the triangles around a point.
    public var computesNormals: Bool

    public init(array: ArraySelector, values: [Double], computesNormals: Bool = false) {
        self.array = array
        self.values = values
        self.computesNormals = computesNormals
    }

    public var name: String { "contour" }
    public var isLocal: Bool { true }

    static let normalsName = "Normals"
    /// The greatest number of pieces that one cell may give for one value, as an exponent: no solid cell gives more than 10, but
    /// strips and poly-lines may.
    static let pieceBits = 8
    private static let salt: UInt64 = 0xC0

    private var fanBits: Int { Contour.pieceBits + Dataflow.fanBits(max(1, values.count)) }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        try check()
        var result = try input.fanned(by: 1 << fanBits)
        result.kind = .poly
        result.wholeExtent = nil
        result.pointCount = nil
        result.cellCount = nil
        result.byteCount = nil
        result.isMapped = false
        result.maximumCellSize = 3
        if computesNormals {
            result.arrays.removeAll { $0.name == Contour.normalsName && $0.association == .point }
            result.arrays.append(ArrayDescription(name: Contour.normalsName, association: .point, type: .float32, components: 3))
        }
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = computesNormals ? request.addingGhostLevels(1) : request
        wanted.arrays = request.arrays.adding(ArraySelector(array.name, association: .point))
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        try check()
        switch input {
        case .table, .blocks: throw unsupported(name, input, needs: "one dataset with cells")
        case .image, .rectilinear, .structured, .unstructured, .poly: break
        }
        let (found, association) = try array.resolve(in: input.attributes)
        guard association == .point else {
            throw DatasetError("contour needs values at points, and \(found.name) belongs to cells: convert cell data to point data first")
        }
        guard found.tupleCount == input.pointCount else {
            throw DatasetError("array \(found.name) has \(found.tupleCount) values for \(input.pointCount) points")
        }
        let scalars = try array.scalars(of: found)
        let contoured = found.components == 1 ? found : nil
        switch input {
        case .unstructured where input.hasCellsOfHigherOrder:
            return try input.withLinearParts(fanBits: fanBits, following: { scalars.value(Int($0)) }, context: context) {
                try apply(to: $0, request: request, context: context)
            }
        case .unstructured(let grid):
            return .poly(try mesh(input, grid.points, MeshCells(grid, for: name), scalars, contoured, context))
        case .poly(let data):
            return .poly(try mesh(input, data.points, MeshCells(data), scalars, contoured, context))
        default:
            return try contourLattice(
                input, scalars: scalars, contoured: contoured?.name, values: values, normals: computesNormals, fanBits: fanBits,
                salt: Contour.salt, context: context)
        }
    }

    private func mesh(
        _ input: Dataset, _ points: Points, _ cells: MeshCells, _ scalars: FieldArray, _ contoured: FieldArray?, _ context: ExecutionContext
    ) throws -> PolyData {
        var result: PolyData
        switch scalars.values {
        case .float32(let numbers):
            result = try mesh(input, points, cells, FloatScalars(values: numbers.pointer), contoured, context)
            withExtendedLifetime(numbers) {}
        case .float64(let numbers):
            result = try mesh(input, points, cells, DoubleScalars(values: numbers.pointer), contoured, context)
            withExtendedLifetime(numbers) {}
        default: throw DatasetError("array \(scalars.name) holds no numbers")
        }
        if computesNormals { try addMeshNormals(to: &result, context: context) }
        return result
    }

    private func mesh(
        _ input: Dataset, _ points: Points, _ cells: MeshCells, _ scalars: some PointScalars, _ contoured: FieldArray?,
        _ context: ExecutionContext
    ) throws -> PolyData {
        try MeshContour(
            input: input, points: points, cells: cells, scalars: scalars, values: values, fanBits: fanBits, salt: Contour.salt,
            contouredArray: contoured, context: context
        ).make()
    }

    private func check() throws {
        guard !values.isEmpty else { throw DatasetError("contour needs at least one value") }
        guard values.count <= 255 else { throw DatasetError("contour takes up to 255 values at once, and there are \(values.count)") }
    }
}
