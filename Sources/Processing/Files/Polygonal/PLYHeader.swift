import Datasets

/// What the header of a PLY file says.
///
/// Source: G. Turk, "The PLY Polygon File Format" (1994).
struct PLYHeader {
    enum Encoding { case text, littleEndian, bigEndian }

    struct Property {
        var name: String
        /// The type of the value, or of a list's entries.
        var type: ScalarType
        /// For lists, the type of their lengths.
        var lengthType: ScalarType?
    }

    struct Element {
        var name: String
        var count: Int
        var properties: [Property]

        func index(of names: String...) -> Int? {
            for name in names { if let index = properties.firstIndex(where: { $0.name == name }) { return index } }
            return nil
        }

        var isFixedSize: Bool { properties.allSatisfy { $0.lengthType == nil } }

        /// Bytes of one in a binary file; lists count their lengths only.
        var leastByteCount: Int { properties.reduce(0) { $0 + ($1.lengthType ?? $1.type).byteCount } }
    }

    var encoding = Encoding.text
    var elements: [Element] = []

    private static func type(_ word: String) -> ScalarType? {
        switch word {
        case "char", "int8": .int8
        case "uchar", "uint8": .uint8
        case "short", "int16": .int16
        case "ushort", "uint16": .uint16
        case "int", "int32": .int32
        case "uint", "uint32": .uint32
        case "float", "float32": .float32
        case "double", "float64": .float64
        case "int64", "longlong": .int64
        case "uint64", "ulonglong": .uint64
        default: nil
        }
    }

    /// Reads the header and leaves the scanner at the first byte of the data.
    ///
    /// - Throws: `FileError`.
    init(_ scanner: inout TextScanner) throws {
        guard scanner.line()?.lowercased() == "ply" else {
            scanner.position = 0
            throw scanner.error(expected: "a first line “ply”")
        }
        var knowsEncoding = false
        while true {
            let place = scanner.position
            guard let line = scanner.line() else { throw scanner.error(expected: "end_header") }
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            switch words.first {
            case nil, "comment", "obj_info": continue
            case "end_header":
                guard knowsEncoding else { throw scanner.error(expected: "a line “format …” before end_header", at: place) }
                return
            case "format":
                switch words.count > 1 ? words[1] : "" {
                case "ascii": encoding = .text
                case "binary_little_endian": encoding = .littleEndian
                case "binary_big_endian": encoding = .bigEndian
                default:
                    throw scanner.error(expected: "ascii, binary_little_endian or binary_big_endian", found: "“\(line)”", at: place)
                }
                knowsEncoding = true
            case "element":
                guard words.count == 3, let count = Int(words[2]), count >= 0, count <= Int(Int32.max) else {
                    throw scanner.error(expected: "an element's name and its number up to 2³¹ − 1", found: "“\(line)”", at: place)
                }
                elements.append(Element(name: words[1], count: count, properties: []))
            case "property":
                let property = PLYHeader.property(words)
                guard let property, !elements.isEmpty else {
                    throw scanner.error(
                        expected: "a property's type and name, behind the element that has it", found: "“\(line)”", at: place)
                }
                elements[elements.count - 1].properties.append(property)
            default: throw scanner.error(expected: "format, element, property or end_header", at: place)
            }
        }
    }

    private static func property(_ words: [String]) -> Property? {
        if words.count == 5, words[1] == "list", let lengthType = type(words[2]), !lengthType.isFloatingPoint, let type = type(words[3]) {
            return Property(name: words[4], type: type, lengthType: lengthType)
        }
        if words.count == 3, let type = type(words[1]) { return Property(name: words[2], type: type, lengthType: nil) }
        return nil
    }
}
