import Dataflow
import Datasets
import Execution

/// What means of arrays over neighbours have in common, whether of cells or of points.
enum Means {
    /// Whether an array has a mean: numbers that are not names.
    static func exists(of array: FieldArray, in collection: FieldCollection) -> Bool {
        guard array.scalarType != nil, array.name != HiddenCells.arrayName else { return false }
        return collection.active[.globalIds] != array.name && collection.active[.pedigreeIds] != array.name
    }

    /// Whether a mean has the role that its array had.
    static func carries(_ role: AttributeRole) -> Bool { role != .globalIds && role != .pedigreeIds }

    /// What the mean of an array will be.
    static func description(of array: ArrayDescription, as association: Association) -> ArrayDescription {
        ArrayDescription(
            name: array.name, association: association, type: array.type == .float64 ? .float64 : .float32, components: array.components,
            ranges: array.ranges)
    }

    /// An array of means like `array`.
    static func array<Value: Scalar>(_ values: Buffer<Value>, like array: FieldArray) -> FieldArray {
        var result = FieldArray(name: array.name, components: array.components, values)
        result.componentNames = array.componentNames
        return result
    }

    /// Means rounded to the integer type of `array`, halves away from zero; as Float where its type is not an integer.
    static func rounded(_ means: Buffer<Double>, like array: FieldArray, context: ExecutionContext) throws -> FieldArray {
        func round<Value: Scalar>(_ type: Value.Type) throws -> FieldArray {
            let mean = means.pointer
            let values = try Buffer<Value>(count: means.count) { out in
                nonisolated(unsafe) let out = out
                try context.parallelFor(means.count, grain: 1 << 16) { range in
                    for index in range { out[index] = Value(clampingDouble: mean[index].rounded(.toNearestOrAwayFromZero)) }
                }
            }
            withExtendedLifetime(means) {}
            return Means.array(values, like: array)
        }
        var result: FieldArray
        switch array.values {
        case .int8: result = try round(Int8.self)
        case .uint8: result = try round(UInt8.self)
        case .int16: result = try round(Int16.self)
        case .uint16: result = try round(UInt16.self)
        case .int32: result = try round(Int32.self)
        case .uint32: result = try round(UInt32.self)
        case .int64: result = try round(Int64.self)
        case .uint64: result = try round(UInt64.self)
        default: result = Means.array(try narrowed(means, context: context), like: array)
        }
        result.declaredType = array.declaredType
        return result
    }

    /// The same numbers as Float.
    static func narrowed(_ values: Buffer<Double>, context: ExecutionContext) throws -> Buffer<Float> {
        let source = values.pointer
        defer { withExtendedLifetime(values) {} }
        return try Buffer<Float>(count: values.count) { out in
            nonisolated(unsafe) let out = out
            try context.parallelFor(values.count, grain: 1 << 16) { range in
                for index in range { out[index] = Float(source[index]) }
            }
        }
    }
}

/// A number that kernels of means read or write.
protocol MeanValue: BitwiseCopyable, Sendable {
    var wide: Double { get }
    init(wide: Double)
}

extension Float: MeanValue {
    @inline(__always) var wide: Double { Double(self) }
    @inline(__always) init(wide: Double) { self = Float(wide) }
}

extension Double: MeanValue {
    @inline(__always) var wide: Double { self }
    @inline(__always) init(wide: Double) { self = wide }
}
