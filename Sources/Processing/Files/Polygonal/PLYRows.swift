import Datasets
import Execution

/// Reads the rows of one PLY element and collects the arrays that its plan asks for.
struct RowReader {
    private let element: PLYHeader.Element
    private let plan: PLYReader.ElementPlan
    private let isWanted: [Bool]
    private var floats: [Buffer<Float>] = []
    private var bytes: [Buffer<UInt8>] = []

    /// - Parameter also: properties whose values are wanted besides those of the plan.
    init(_ element: PLYHeader.Element, _ plan: PLYReader.ElementPlan, also: [Int]) {
        self.element = element
        self.plan = plan
        var wanted = [Bool](repeating: false, count: element.properties.count)
        for index in also + plan.outputs.flatMap(\.sources) { wanted[index] = true }
        isWanted = wanted
    }

    /// Reads every row.
    ///
    /// - Parameters:
    ///   - list: reads or passes over the list property of that index.
    ///   - take: gets the number of the row and its values, one a property (0 where not wanted).
    mutating func read(
        _ cursor: inout PLYCursor, _ context: ExecutionContext,
        list: (inout PLYCursor, _ property: Int) throws -> Void, _ take: (Int, UnsafePointer<Double>) -> Void
    ) throws {
        let count = element.count
        floats = plan.outputs.map { Buffer(uninitializedCount: $0.isBytes ? 0 : count * $0.sources.count) }
        bytes = plan.outputs.map { Buffer(uninitializedCount: $0.isBytes ? count * $0.sources.count : 0) }
        var values = [Double](repeating: 0, count: max(element.properties.count, 1))
        let floatTargets = floats.indices.map { index in floats[index].withUnsafeMutablePointer { $0 } }
        let byteTargets = bytes.indices.map { index in bytes[index].withUnsafeMutablePointer { $0 } }
        let properties = element.properties
        try values.withUnsafeMutableBufferPointer { buffer in
            let row = buffer.baseAddress!
            for index in 0..<count {
                if index & 0xFFFF == 0 { try context.checkCancellation() }
                for (place, property) in properties.enumerated() {
                    if property.lengthType != nil {
                        try list(&cursor, place)
                    } else if isWanted[place] {
                        row[place] = try cursor.value(property.type, "\(element.name) \(index), \(property.name)")
                    } else {
                        try cursor.skip(property)
                    }
                }
                for (number, output) in plan.outputs.enumerated() {
                    let first = index * output.sources.count
                    for (component, source) in output.sources.enumerated() {
                        if output.isBytes {
                            byteTargets[number][first + component] = RowReader.byte(row[source], properties[source].type)
                        } else {
                            floatTargets[number][first + component] = Float(row[source])
                        }
                    }
                }
                take(index, row)
            }
        }
        withExtendedLifetime((floats, bytes)) {}
    }

    mutating func read(
        _ cursor: inout PLYCursor, _ context: ExecutionContext, _ take: (Int, UnsafePointer<Double>) -> Void
    ) throws {
        let properties = element.properties
        try read(&cursor, context, list: { cursor, place in try cursor.skip(properties[place]) }, take)
    }

    /// A colour as a byte: integers as they are, kept in range; fractions of one times 255.
    private static func byte(_ value: Double, _ type: ScalarType) -> UInt8 {
        let scaled = type.isFloatingPoint ? value * 255 + 0.5 : value
        return scaled >= 0 ? (scaled < 255 ? UInt8(scaled) : 255) : 0
    }

    func collection() -> FieldCollection {
        var collection = FieldCollection()
        for (number, output) in plan.outputs.enumerated() {
            let components = output.sources.count
            collection.set(
                output.isBytes
                    ? FieldArray(name: output.name, components: components, bytes[number])
                    : FieldArray(name: output.name, components: components, floats[number]))
            if let role = output.role { collection.active[role] = output.name }
        }
        return collection
    }
}
