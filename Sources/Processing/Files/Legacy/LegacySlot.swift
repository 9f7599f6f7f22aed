import Datasets

/// How a legacy file stores the values of an array.
enum LegacyType: Sendable, Hashable {
    case number(ScalarType)
    /// Four bytes in the file, Int64 in memory.
    case identifier
    case bit
    case string

    /// The type that a word of the file names; nil where there is none.
    init?(word: String) {
        switch word.lowercased() {
        case "bit": self = .bit
        case "char", "signed_char", "vtktypeint8": self = .number(.int8)
        case "unsigned_char", "vtktypeuint8": self = .number(.uint8)
        case "short", "vtktypeint16": self = .number(.int16)
        case "unsigned_short", "vtktypeuint16": self = .number(.uint16)
        case "int", "vtktypeint32": self = .number(.int32)
        case "unsigned_int", "vtktypeuint32": self = .number(.uint32)
        case "long", "long_long", "vtktypeint64": self = .number(.int64)
        case "unsigned_long", "unsigned_long_long", "vtktypeuint64": self = .number(.uint64)
        case "vtkidtype": self = .identifier
        case "float", "vtktypefloat32": self = .number(.float32)
        case "double", "vtktypefloat64": self = .number(.float64)
        case "string", "utf8_string": self = .string
        default: return nil
        }
    }

    /// Bytes of a value in a binary file; nil for bits and strings.
    var storedByteCount: Int? {
        switch self {
        case .number(let type): type.byteCount
        case .identifier: 4
        case .bit, .string: nil
        }
    }
}

/// Where an array lies in a legacy file, and what it is.
struct LegacySlot: Sendable {
    var name: String
    /// The type's name in the file, in lower case.
    var declaredType: String
    var type: LegacyType
    var components: Int
    var tuples: Int
    /// The byte of the first value.
    var start = 0
    /// In text: the byte where each run of `runLength` values begins.
    var runs: [Int] = []
    var componentNames: [String] = []
    /// Values 0…1 in text that stand for the bytes 0…255.
    var isColor = false
    /// The array's role, if it is the first of its kind.
    var role: AttributeRole?

    /// Values in a run of a text file; runs are parsed on all threads.
    static let runLength = 1 << 15

    var valueCount: Int { tuples * components }
}

/// Where the cells of one list lie in a legacy file.
enum LegacyCells: Sendable {
    /// Since version 5: offsets and connectivity.
    case offsets(LegacySlot, connectivity: LegacySlot)
    /// Before: `count` cells in one list of numbers, each behind its size.
    case prefixed(count: Int, LegacySlot)
}

/// What is in a legacy file, and where.
struct LegacyStructure: Sendable {
    enum Kind: String, Sendable {
        case image = "structured_points", rectilinear = "rectilinear_grid", structured = "structured_grid"
        case unstructured = "unstructured_grid", poly = "polydata", table = "table"
        /// No dataset, only fields.
        case field = "field"
    }

    var kind = Kind.field
    var version = (major: 0, minor: 0)
    var isBinary = false
    var extent: Extent?
    var origin = [0.0, 0, 0]
    var spacing = [1.0, 1, 1]
    var coordinates: [LegacySlot?] = [nil, nil, nil]
    var points: LegacySlot?
    /// Vertices, lines, polygons, strips; or the cells of an unstructured grid at 0.
    var cells: [LegacyCells?] = [nil, nil, nil, nil]
    var cellTypes: LegacySlot?
    /// Visible points of a structured grid, version 3 and before.
    var visibility: LegacySlot?
    var pointArrays: [LegacySlot] = []
    var cellArrays: [LegacySlot] = []
    var rowArrays: [LegacySlot] = []
    var fieldArrays: [LegacySlot] = []
}
