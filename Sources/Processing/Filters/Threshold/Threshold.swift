import Dataflow
import Datasets
import Execution

/// Keeps the cells whose values lie in a closed range.
///
/// By a point array a cell stays when all its points do (any of them, if so asked), by a cell array when its own value does. NaN lies
/// outside every range; hidden cells and cells of hidden points go. The result is an unstructured grid of whole cells over the points that
/// they use, in the order of the input; images give voxels and pixels. Where there are no cells, rows of tables and points of poly
/// data stay or go by their own values.
public struct Threshold: Filter {
    public var array: ArraySelector
    /// Either end may be infinite.
    public var range: ClosedRange<Double>
    /// Whether one point in the range is enough for a cell to stay.
    public var keepsAnyPoint: Bool

    public init(array: ArraySelector, range: ClosedRange<Double>, keepsAnyPoint: Bool = false) {
        self.array = array
        self.range = range
        self.keepsAnyPoint = keepsAnyPoint
    }

    public var name: String { "threshold \(array)" }
    public var isLocal: Bool { true }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        var result = try input.fanned(by: 1)
        if input.kind != .table && input.kind != .blocks { result.kind = input.kind == .poly && input.cellCount == 0 ? .poly : .unstructured }
        // Points and rows without cells stay or go by themselves.
        if input.kind == .poly && input.cellCount == 0 { result.hasOrderedPoints = input.hasOrderedPoints }
        result.wholeExtent = nil
        result.splitting = .none
        result.pointCount = nil
        result.cellCount = nil
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request
        wanted.extent = nil
        wanted.arrays = request.arrays.adding(array)
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .table(let table): return .table(try rows(of: table, context: context))
        case .blocks(var blocks):
            blocks.blocks = try blocks.blocks.map { block in
                var block = block
                block.dataset = try block.dataset.map { try apply(to: $0, request: request, context: context) }
                return block
            }
            return .blocks(blocks)
        case .poly(let poly) where poly.cellCount == 0: return .poly(try points(of: poly, context: context))
        default: break
        }
        let (values, association) = try array.resolve(in: input.attributes)
        var states = try states(of: array.scalars(of: values), in: range, context: context)
        let hidden = HiddenElements(of: input.attributes)
        let rule: CellExtraction.Rule
        if association == .cell {
            rule = .byCell(states)
            states = Buffer<UInt8>(repeating: 0, count: input.pointCount)
        } else {
            rule = keepsAnyPoint ? .anyPoint : .allPoints
        }
        states.invalidate(hidden.points)
        return .unstructured(try CellSubset.extract(input, states: states, rule: rule, hidden: hidden.cells, context: context))
    }

    private func rows(of table: Table, context: ExecutionContext) throws -> Table {
        let (values, _) = try array.resolve(in: DatasetAttributes(pointData: table.columns))
        let kept = try indices(of: values, context: context)
        return Table(columns: table.columns.map { $0.gathered(kept.elements) }, fieldData: table.fieldData)
    }

    private func points(of poly: PolyData, context: ExecutionContext) throws -> PolyData {
        guard poly.points.count > 0 || poly.attributes.pointData[array.name] != nil else { return poly }
        let (values, _) = try array.resolve(in: DatasetAttributes(pointData: poly.attributes.pointData))
        var provenance = Provenance()
        provenance.keptPoints = try indices(of: values, context: context)
        return PolyData(
            points: Points(try provenance.interpolate(poly.points.array, context: context))!,
            attributes: try provenance.attributes(of: .poly(poly), context: context))
    }

    private func indices(of values: FieldArray, context: ExecutionContext) throws -> Buffer<Int32> {
        let states = try states(of: array.scalars(of: values), in: range, context: context)
        return try PointSubset(marks: states, bit: 0, context: context).indices(context: context)
    }
}
