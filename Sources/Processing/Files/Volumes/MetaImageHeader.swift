import Datasets
import Geometry

/// What the header of a MetaImage file says: lines `Key = value`, the last of them `ElementDataFile`.
///
/// Source: "MetaIO documentation", itk.org/Wiki/ITK/MetaIO/Documentation.
struct MetaImageHeader {
    private var fields: [String: String] = [:]
    private let path: String
    /// Lines behind `ElementDataFile = LIST`.
    private(set) var listedFiles: [String] = []
    /// Where data that follow the header begin.
    private(set) var end = 0

    private static let types: [String: ScalarType] = [
        "MET_CHAR": .int8, "MET_UCHAR": .uint8, "MET_SHORT": .int16, "MET_USHORT": .uint16, "MET_INT": .int32, "MET_UINT": .uint32,
        "MET_LONG": .int64, "MET_ULONG": .uint64, "MET_LONG_LONG": .int64, "MET_ULONG_LONG": .uint64, "MET_FLOAT": .float32,
        "MET_DOUBLE": .float64,
    ]

    /// - Throws: `FileError`.
    init(_ file: MappedFile) throws {
        path = file.path
        var scanner = try TextScanner(file)
        while fields["ElementDataFile"] == nil {
            let place = scanner.position
            guard let line = scanner.line() else { throw scanner.error(expected: "ElementDataFile = …", found: "the end of the file") }
            if trimmed(line).isEmpty { continue }
            guard let equals = line.firstIndex(where: { $0 == "=" || $0 == ":" }), line.count < 1 << 16 else {
                throw scanner.error(expected: "a line “Key = value”", at: place)
            }
            fields[trimmed(line[..<equals])] = trimmed(line[line.index(after: equals)...])
        }
        end = scanner.position
        if let first = dataFile.split(separator: " ").first, first == "LIST" {
            while let line = scanner.line() {
                if !trimmed(line).isEmpty { listedFiles.append(trimmed(line)) }
            }
        }
        if let kind = fields["ObjectType"], kind != "Image" { throw error("ObjectType", "Image") }
    }

    private func error(_ key: String, _ expected: String) -> FileError {
        FileError(file: path, place: .part(key), expected: expected, found: fields[key].map { quoted($0) } ?? "nothing")
    }

    private func numbers(_ key: String) throws -> [Double]? {
        try fields[key].map { text in
            try text.split { $0 == " " || $0 == "\t" || $0 == "," }.map { word in
                guard let value = Double(word), value.isFinite else { throw error(key, "numbers") }
                return value
            }
        }
    }

    private func integer(_ key: String) throws -> Int? {
        try fields[key].map { text in
            guard let value = Double(text), let number = Int(exactly: value) else { throw error(key, "a whole number") }
            return number
        }
    }

    private func isTrue(_ key: String) -> Bool? { fields[key].map { ["t", "1", "y"].contains($0.lowercased().prefix(1)) } }

    var dataFile: String { fields["ElementDataFile"] ?? "" }

    /// Points on each axis; one to three axes.
    func sizes() throws -> [Int] {
        guard let dimension = try integer("NDims"), (1...10).contains(dimension) else { throw error("NDims", "a number of axes from 1 to 3") }
        guard let sizes = try numbers("DimSize"), sizes.count == dimension, sizes.allSatisfy({ $0 >= 1 && $0 < 0x1p40 && $0 == $0.rounded() }) else {
            throw error("DimSize", "\(dimension) sizes, each at least 1")
        }
        // A fourth axis of one point is none.
        guard sizes.dropFirst(3).allSatisfy({ $0 == 1 }) else { throw error("NDims", "at most 3 axes") }
        return sizes.prefix(3).map { Int($0) }
    }

    /// Everything but the names of the files, of which there is one so far.
    func data(size: [Int]) throws -> VolumeData {
        let name = fields["ElementType"].map { $0.hasSuffix("_ARRAY") ? String($0.dropLast(6)) : $0 } ?? ""
        guard let type = MetaImageHeader.types[name] else { throw error("ElementType", "a type of number such as MET_SHORT") }
        var data = VolumeData(name: "MetaImage", type: type, files: [path])
        for (axis, count) in size.enumerated() { data.size[axis] = count }
        let channels = try integer("ElementNumberOfChannels") ?? 1
        guard channels >= 1, channels <= 1 << 20 else { throw error("ElementNumberOfChannels", "1 or more") }
        data.components = channels
        let isBig = isTrue("BinaryDataByteOrderMSB") ?? isTrue("ElementByteOrderMSB") ?? false
        data.byteOrder = isBig ? .bigEndian : .littleEndian
        if isTrue("BinaryData") == false {
            data.encoding = .text
            data.isLooselyTyped = true
        } else if isTrue("CompressedData") == true {
            data.encoding = .deflated
            if let count = try integer("CompressedDataSize"), count > 0 { data.encodedCount = count }
        }
        return data
    }

    /// Bytes before the data of every file; −1 where the data end with the file.
    func headerSize() throws -> Int? {
        guard let size = try integer("HeaderSize"), size != 0 else { return nil }
        guard size >= -1 else { throw error("HeaderSize", "a count of bytes, or -1") }
        return size
    }

    /// The image's place in space: spacings are taken as lengths, and 2-D rotations turn about z.
    func place(axes: Int) throws -> (origin: Vector3, spacing: Vector3, direction: [Double]) {
        func vector(_ keys: [String], _ standard: Double) throws -> Vector3 {
            var vector = Vector3(standard, standard, standard)
            // Of several names for one thing the last counts.
            for key in keys {
                guard let values = try numbers(key) else { continue }
                guard values.count >= axes else { throw error(key, "\(axes) numbers") }
                for axis in 0..<axes { vector[axis] = values[axis] }
            }
            return vector
        }
        var spacing = try vector(fields["ElementSpacing"] == nil ? ["ElementSize"] : ["ElementSpacing"], 1)
        for axis in 0..<3 { spacing[axis] = abs(spacing[axis]) }
        var direction = ImageData.straight
        for key in ["Rotation", "Orientation", "TransformMatrix"] {
            guard let values = try numbers(key) else { continue }
            let order = values.count == 4 ? 2 : 3
            guard values.count >= axes * axes, values.count >= order * order else { throw error(key, "\(axes * axes) numbers") }
            for row in 0..<axes where axes > 1 { for column in 0..<axes { direction[3 * row + column] = values[axes * row + column] } }
        }
        return (try vector(["Position", "Offset", "Origin", "ImagePosition"], 0), spacing, direction)
    }

    /// Names of the data's files, `LOCAL` for the header's own, and how many of the axes each of them has.
    func files(size: [Int], axes: Int) throws -> [String] {
        let words = dataFile.split(separator: " ").map(String.init)
        if words.first == "LIST" {
            let own = words.count > 1 ? Int(words[1].prefix { $0.isNumber }) ?? 0 : 0
            let inFile = own > 0 && own < axes ? own : axes - 1
            let count = size.dropFirst(inFile).reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
            guard count >= 1, listedFiles.count >= count else { throw error("ElementDataFile", "a list of \(count) files") }
            return Array(listedFiles[..<count])
        }
        guard dataFile.contains("%") else { return [dataFile] }
        var numbers: [Int] = []
        var pattern = words
        while numbers.count < 3, pattern.count > 1, let number = Int(pattern[pattern.count - 1]) {
            numbers.insert(number, at: 0)
            pattern.removeLast()
        }
        let count = size.last ?? 1
        let first = numbers.first ?? 1
        let step: Int
        switch numbers.count {
        case 3: step = numbers[2]
        case 2: step = max(1, (numbers[1] - first) / max(count, 1))
        default: step = 1
        }
        let (distance, overflow) = (count - 1).multipliedReportingOverflow(by: step)
        guard !overflow, distance < 1 << 40, abs(first) < 1 << 40,
            let names = numberedNames(pattern.joined(separator: " "), from: first, to: first + distance, step: step == 0 ? 1 : step)
        else { throw error("ElementDataFile", "a pattern with one %d, and numbers from, to, step") }
        return names
    }
}
