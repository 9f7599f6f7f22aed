import Dataflow
import Datasets
import Execution
import Geometry

/// Normals of the points and cells of a surface, in arrays named `Normals`.
///
/// - The normal of a point is the sum of the unit normals of the polygons and strips around it, in the order of the cells, made a unit
///   vector; that of a polygon comes from the sum of the cross products of its fan. Zero where there is none.
/// - With a feature angle, points on edges where normals turn by more are split: polygons around a point stay together across edges
///   that exactly two of them share and that are not sharp. The group of the lowest cell keeps the point; copies follow all points,
///   ordered by (point, lowest cell of the group). Strips become triangles then.
/// - The direction of polygons is kept: where neighbours run in opposite directions (VTK would turn one), their edge counts as sharp.
///   Lines and vertices pass; their cell normal is zero.
/// - Pieces: asks for one ghost level, so that every polygon around an owned point is there.
///
/// Complexity: O(corners); memory 24 bytes a cell and 8 bytes a corner besides the result.
/// Source: sums of unit normals and splitting as in `vtkPolyDataNormals` without its consistency pass.
public struct Normals: Filter {
    /// Room in keys for the triangles of a strip.
    static let fanBits = 10

    /// In degrees; nil: no splitting.
    public var featureAngle: Double?
    public var computesPointNormals: Bool
    public var computesCellNormals: Bool

    public init(featureAngle: Double? = 30, computesPointNormals: Bool = true, computesCellNormals: Bool = false) {
        self.featureAngle = featureAngle
        self.computesPointNormals = computesPointNormals
        self.computesCellNormals = computesCellNormals
    }

    public var name: String { "normals" }
    public var isLocal: Bool { true }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .blocks { return input }
        guard input.kind == .poly else { throw DatasetError("normals needs PolyData, and this is \(input.kind.rawValue): take its surface first") }
        var result = featureAngle == nil ? input : try input.fanned(by: 1 << Normals.fanBits)
        if featureAngle != nil {
            result.pointCount = nil
            result.cellCount = nil
        }
        result.arrays.removeAll { $0.name == "Normals" && (($0.association == .point && computesPointNormals) || ($0.association == .cell && computesCellNormals)) }
        if computesPointNormals { result.arrays.append(ArrayDescription(name: "Normals", association: .point, type: .float32, components: 3)) }
        if computesCellNormals { result.arrays.append(ArrayDescription(name: "Normals", association: .cell, type: .float32, components: 3)) }
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        request.pieceCount > 1 ? request.addingGhostLevels(1) : request
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .poly(let poly): return .poly(try SurfaceNormals(self, poly, context).result())
        case .blocks(var blocks):
            for index in blocks.blocks.indices {
                blocks.blocks[index].dataset = try blocks.blocks[index].dataset.map {
                    try apply(to: $0, request: request, context: context)
                }
            }
            return .blocks(blocks)
        default: throw unsupported(name, input, needs: "PolyData (take the surface first)")
        }
    }
}
