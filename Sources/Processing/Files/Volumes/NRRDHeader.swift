import Datasets

/// What the header of an NRRD file says.
///
/// Source: "Definition of NRRD File Format", teem.sourceforge.net/nrrd/format.html.
struct NRRDHeader {
    var type = ScalarType.uint8
    var byteOrder = ByteOrder.native
    var sizes: [Int] = []
    /// One an axis; 1 where the header says nothing.
    var spacings: [Double] = []
    var origin = [0.0, 0, 0]
    var name = "ImageFile"
    /// Whether the first row of a slice is its upper one, as in left-handed spaces.
    var isUpsideDown = false
    /// Whether the header names the array.
    var isNamed = false
    /// One an axis, where the header says; `none` for axes that are neither space nor components.
    var kinds: [String] = []
    var encoding = VolumeData.Encoding.raw
    var lineSkip = 0
    /// −1: the data end with the file.
    var byteSkip = 0
    /// Files with the data; empty where it follows the header.
    var dataFiles: [String] = []
    /// Where the data begins behind an attached header.
    var dataStart = 0

    private static let types: [String: ScalarType] = [
        "signed char": .int8, "char": .int8, "int8": .int8, "int8_t": .int8, "uchar": .uint8, "unsigned char": .uint8, "uint8": .uint8,
        "uint8_t": .uint8, "short": .int16, "short int": .int16, "signed short": .int16, "signed short int": .int16, "int16": .int16, "int16_t": .int16,
        "ushort": .uint16, "unsigned short": .uint16, "unsigned short int": .uint16, "uint16": .uint16, "uint16_t": .uint16, "int": .int32, "signed int": .int32,
        "int32": .int32, "int32_t": .int32, "uint": .uint32, "unsigned int": .uint32, "uint32": .uint32, "uint32_t": .uint32,
        "longlong": .int64, "long long": .int64, "long long int": .int64, "signed long long": .int64, "signed long long int": .int64, "int64": .int64, "int64_t": .int64, "ulonglong": .uint64,
        "unsigned long long": .uint64, "unsigned long long int": .uint64, "uint64": .uint64, "uint64_t": .uint64, "float": .float32, "double": .float64,
    ]

    /// - Throws: `FileError`.
    init(_ scanner: inout TextScanner) throws {
        guard scanner.line()?.hasPrefix("NRRD") == true else {
            scanner.position = 0
            throw scanner.error(expected: "a first line “NRRD0001” to “NRRD0005”")
        }
        var dimension: Int?
        while !scanner.isAtEnd {
            let place = scanner.position
            guard let line = scanner.line(), !line.isEmpty else { break }
            if line.hasPrefix("#") || line.contains(":=") { continue }
            guard let colon = line.firstIndex(of: ":") else { throw scanner.error(expected: "field: value", found: "“\(line)”", at: place) }
            let field = line[..<colon].lowercased()
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            let words = value.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            func wrong(_ expected: String) -> FileError { scanner.error(expected: expected, found: "“\(value)”", at: place) }
            switch field {
            case "dimension":
                guard let number = Int(value), (1...16).contains(number) else { throw wrong("a dimension from 1 to 16") }
                dimension = number
            case "sizes":
                let numbers = words.compactMap { Int($0) }
                guard numbers.count == words.count, numbers.count == dimension, numbers.allSatisfy({ $0 > 0 && $0 < 1 << 40 }) else {
                    throw wrong("\(dimension ?? 0) sizes, as dimension says, each at least 1")
                }
                sizes = numbers
            case "spacings": spacings = words.map { Double($0).flatMap { $0.isFinite && $0 != 0 ? $0 : nil } ?? 1 }
            case "type":
                guard let type = NRRDHeader.types[value.lowercased()] else { throw wrong("a type of numbers: uchar, short, float, …") }
                self.type = type
            case "endian":
                guard value == "little" || value == "big" else { throw wrong("little or big") }
                byteOrder = value == "little" ? .littleEndian : .bigEndian
            case "encoding":
                switch value.lowercased() {
                case "raw": encoding = .raw
                case "gzip", "gz": encoding = .deflated
                case "ascii", "text", "txt": encoding = .text
                case "hex": encoding = .hexadecimal
                default: throw wrong("the encoding raw, gzip, ascii or hex")
                }
            case "byte skip", "byteskip":
                guard let number = Int(value), number >= -1, number < 1 << 56 else { throw wrong("a number of bytes, or -1") }
                byteSkip = number
            case "line skip", "lineskip":
                guard let number = Int(value), number >= 0, number < 1 << 40 else { throw wrong("a number of lines") }
                lineSkip = number
            case "kinds": kinds = words.map { $0.lowercased() }
            case "space": isUpsideDown = ["left-anterior-superior", "LAS", "3D-left-handed"].contains(value)
            case "space origin":
                guard let vector = NRRDHeader.vector(value) else { throw wrong("a vector (x,y,z)") }
                for axis in 0..<min(3, vector.count) { origin[axis] = vector[axis] }
            case "space directions":
                spacings = try words.map { word in
                    if word == "none" { return 0 }
                    guard let vector = NRRDHeader.vector(word) else { throw wrong("vectors (x,y,z) or none") }
                    return vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
                }
            case "labels":
                let parts = value.split(separator: "\"", omittingEmptySubsequences: false)
                if parts.count >= 2, !parts[1].isEmpty { (name, isNamed) = (String(parts[1]), true) }
            case "data file", "datafile":
                if words.first == "LIST" {
                    while let file = scanner.line(), !file.isEmpty { dataFiles.append(file) }
                } else if words.count >= 4 {
                    guard let from = Int(words[1]), let to = Int(words[2]), let step = Int(words[3]),
                        let names = numberedNames(words[0], from: from, to: to, step: step)
                    else { throw wrong("a pattern with one %d, and numbers from, to, step") }
                    dataFiles = names
                } else {
                    dataFiles = [value]
                }
            default: continue
            }
        }
        guard !sizes.isEmpty else { throw scanner.error(expected: "the field sizes", found: "none") }
        dataStart = scanner.position
    }

    private static func vector(_ text: String) -> [Double]? {
        guard text.hasPrefix("("), text.hasSuffix(")") else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ",").map { Double($0.filter { $0 != " " }) }
        let values = parts.compactMap { $0 }
        return values.count == parts.count && !values.isEmpty && values.allSatisfy(\.isFinite) ? values : nil
    }
}
