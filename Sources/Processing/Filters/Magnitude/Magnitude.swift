import Dataflow
import Datasets
import Execution

/// Adds the length of each tuple of an array as the Double array `NAME_magnitude`, beside the array: to points, cells or rows.
///
/// Squares are added in the order of the components, in Double. NaN stays NaN. Everything else is shared with the input.
public struct Magnitude: Filter {
    /// Of which array; a component that it names is not looked at.
    public var array: ArraySelector

    public init(array: ArraySelector) { self.array = array }

    public var name: String { "magnitude \(array.name)" }

    /// The name of the new array.
    public var resultName: String { array.name + "_magnitude" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        var result = input
        guard let source = input.arrays.first(where: { $0.name == array.name && (array.association ?? $0.association) == $0.association })
        else { return result }
        result.arrays.removeAll { $0.name == resultName && $0.association == source.association }
        result.arrays.append(ArrayDescription(name: resultName, association: source.association, type: .float64))
        if let bytes = result.byteCount { result.byteCount = bytes + 8 * (input.pointCount ?? 0) }
        return result
    }

    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest {
        var wanted = request
        wanted.arrays = request.arrays.adding(array)
        return wanted
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .table(var table):
            let (source, _) = try array.resolve(in: DatasetAttributes(pointData: table.columns))
            table.columns.set(try magnitudes(of: source, context: context))
            return .table(table)
        default:
            var result = input
            let (source, association) = try array.resolve(in: input.attributes)
            let made = try magnitudes(of: source, context: context)
            if association == .cell { result.attributes.cellData.set(made) } else { result.attributes.pointData.set(made) }
            return result
        }
    }

    private func magnitudes(of source: FieldArray, context: ExecutionContext) throws -> FieldArray {
        let lengths: Buffer<Double>
        switch source.values {
        case .float32(let values): lengths = try Magnitude.lengths(values, source.components, context) { Double($0) }
        case .float64(let values): lengths = try Magnitude.lengths(values, source.components, context) { $0 }
        default:
            guard let values = source.doubles() else { throw DatasetError("magnitude: array \(source.name) holds text, not numbers") }
            lengths = try Magnitude.lengths(values, source.components, context) { $0 }
        }
        return FieldArray(name: source.name + "_magnitude", lengths)
    }

    @inline(__always) private static func lengths<Value: Scalar>(
        _ values: Buffer<Value>, _ components: Int, _ context: ExecutionContext, _ widened: (Value) -> Double
    ) throws -> Buffer<Double> {
        let source = values.pointer
        let count = values.count / components
        let result = try Buffer<Double>(count: count) { out in
            try context.parallelFor(count, grain: 1 << 16) { range in
                for tuple in range {
                    var sum = 0.0
                    for component in 0..<components {
                        let value = widened(source[tuple &* components &+ component])
                        sum += value * value
                    }
                    out[tuple] = sum.squareRoot()
                }
            }
        }
        withExtendedLifetime(values) {}
        return result
    }
}
