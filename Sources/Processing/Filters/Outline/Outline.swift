import Dataflow
import Datasets
import Execution
import Geometry

/// The edges of the axis-aligned box around a dataset: 8 points, x varying fastest, and 12 lines, in the order of `vtkOutlineFilter`.
///
/// The box holds all points, used or not; of blocks each gets its own. Coordinates are Float. A dataset without points gives nothing.
/// The box is that of the whole dataset, whatever the pieces: the input is asked for whole, without arrays.
public struct Outline: Filter {
    public init() {}

    public var name: String { "outline" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        if input.kind == .table { throw DatasetError("outline needs a dataset with points, and this is a table") }
        return DatasetDescription(
            kind: .poly, pointCount: 8, cellCount: 12, bounds: input.bounds, timeSteps: input.timeSteps, byteCount: 8 * 12 + 24 * 4,
            maximumCellSize: 2)
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request.whole
        wanted.arrays = .only(point: [], cell: [])
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .table, .blocks: throw unsupported(name, input, needs: "a dataset with points")
        default: return try piece(request, ofWhole: .poly(Outline.box(input.bounds, fieldData: input.fieldData)), context: context)
        }
    }

    private static func box(_ bounds: Bounds, fieldData: FieldCollection) -> PolyData {
        let attributes = DatasetAttributes(fieldData: fieldData)
        if bounds.isEmpty { return PolyData(attributes: attributes) }
        let lines: [Int32] = [0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 1, 3, 4, 6, 5, 7, 0, 4, 1, 5, 2, 6, 3, 7]
        return PolyData(points: Points(bounds.corners), lines: CellArray(uniformSize: 2, connectivity: Buffer(lines)), attributes: attributes)
    }
}
