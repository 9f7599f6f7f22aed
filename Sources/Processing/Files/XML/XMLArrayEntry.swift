import Datasets

/// What a file says of one array, and where its values are.
struct XMLArrayEntry: Sendable {
    enum ValueType: Sendable, Hashable {
        case number(ScalarType)
        case string
        case bit
    }

    enum Location: Sendable {
        /// Numbers in text; byte ranges of the file.
        case ascii([Range<Int>])
        /// Base64 in the element; byte ranges of the file.
        case inline([Range<Int>])
        /// Bytes behind the beginning of the appended data.
        case appended(Int)
    }

    var name: String
    var type: ValueType
    var components: Int
    /// Tuples, where the file says so (it must for field arrays only).
    var tuples: Int?
    var componentNames: [String] = []
    /// What the type is called where it says more than the type of number.
    var declaredType: String?
    /// The greatest value, where the file says so.
    var greatest: Double?
    var location: Location
    /// The place in an error.
    var place: String
    var byte: Int

    /// - Throws: `FormatProblem`.
    init(_ element: XMLElement) throws {
        name = element["Name"] ?? ""
        place = element.place
        byte = element.byte
        let typeName = element["type"] ?? ""
        guard let type = XMLArrayEntry.types[typeName] else {
            throw FormatProblem(expected: "a type of number", found: quoted(typeName), byte: byte)
        }
        self.type = type
        if element["IdType"] == "1" || typeName == "vtkIdType" { declaredType = "vtkIdType" }
        let components = try element.integer("NumberOfComponents") ?? 1
        guard components >= 0, components <= 1 << 20 else {
            throw FormatProblem(expected: "a number of components", found: "\(components)", byte: byte)
        }
        self.components = max(1, components)
        tuples = try element.integer("NumberOfTuples")
        if let tuples, tuples < 0 { throw FormatProblem(expected: "a number of tuples", found: "\(tuples)", byte: byte) }
        let names = (0..<min(self.components, 64)).map { element["ComponentName\($0)"] }
        if names.contains(where: { $0 != nil }) { componentNames = names.map { $0 ?? "" } }
        greatest = element["RangeMax"].flatMap(Double.init)
        switch element["format"] ?? "ascii" {
        case "ascii": location = .ascii(element.text)
        case "binary": location = .inline(element.text)
        case "appended":
            guard let offset = try element.integer("offset"), offset >= 0 else {
                throw FormatProblem(expected: "an offset", found: element["offset"].map { quoted($0) } ?? "none", byte: byte)
            }
            location = .appended(offset)
        case let other: throw FormatProblem(expected: "ascii, binary or appended for format", found: quoted(other), byte: byte)
        }
    }

    /// Bytes of one value in binary data; bits are packed.
    var valueWidth: Int {
        switch type {
        case .number(let type): type.byteCount
        case .string, .bit: 1
        }
    }

    var scalarType: ScalarType? {
        if case .number(let type) = type { type } else { nil }
    }

    /// What files call the type.
    var typeName: String {
        switch type {
        case .number(let type): XMLArrayEntry.name(of: type)
        case .string: "String"
        case .bit: "Bit"
        }
    }

    static let types: [String: ValueType] = [
        "Int8": .number(.int8), "UInt8": .number(.uint8), "Int16": .number(.int16), "UInt16": .number(.uint16),
        "Int32": .number(.int32), "UInt32": .number(.uint32), "Int64": .number(.int64), "UInt64": .number(.uint64),
        "Float32": .number(.float32), "Float64": .number(.float64), "String": .string, "Bit": .bit, "vtkIdType": .number(.int64),
    ]

    static func name(of type: ScalarType) -> String {
        switch type {
        case .int8: "Int8"
        case .uint8: "UInt8"
        case .int16: "Int16"
        case .uint16: "UInt16"
        case .int32: "Int32"
        case .uint32: "UInt32"
        case .int64: "Int64"
        case .uint64: "UInt64"
        case .float32: "Float32"
        case .float64: "Float64"
        }
    }
}
