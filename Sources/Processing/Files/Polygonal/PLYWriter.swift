import Datasets
import Execution

/// Writes polygon files (`.ply`): binary of either byte order, or text.
///
/// Colours (`RGB`, `RGBA`, or scalars of 3 or 4 bytes), normals and texture coordinates get the names that readers know; other arrays of
/// numbers become properties of their names, one a component. The format has no 64-bit integers and no text: such arrays are left out
/// with a warning. So are cells of single points, whose points stay. The file appears whole or not at all.
public struct PLYWriter: DatasetWriter {
    public static let extensions = ["ply"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` where there are volumes or lines, or the place cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let list = try PolygonList(dataset, format: "PLY", path: path)
        guard list.lines.count == 0 else {
            throw FileError(file: path, expected: "polygons and points for PLY", found: "\(list.lines.count) lines")
        }
        var points = [PLYColumn(array: XMLOutputArray(list.points.array), source: list.points.array, names: ["x", "y", "z"])]
        points += PLYWriter.columns(list.pointData, taken: ["x", "y", "z"])
        let faces = PLYWriter.columns(list.polygonData, taken: ["vertex_indices"])
        let kept = Set(points.map(\.source.name) + faces.map(\.source.name))
        for array in list.pointData.arrays + list.cellData.arrays where array.valueCount > 0 && !kept.contains(array.name) {
            context.trace.record(warning: "\(path): PLY has no place for the array “\(array.name)” (\(array.typeName)); it is left out")
        }
        let polygons = list.polygons
        let isShort = polygons.maximumSize < 256
        let output = try OutputFile(path: path)
        let format = options.isText ? "ascii" : options.xml.byteOrder == .littleEndian ? "binary_little_endian" : "binary_big_endian"
        var header = "ply\nformat \(format) 1.0\n"
        for line in options.provenance?.lines ?? [] { header += "comment \(line)\n" }
        header += "element vertex \(list.points.count)\n" + points.map(\.declarations).joined()
        if polygons.count > 0 || list.vertices.count == 0 {
            header += "element face \(polygons.count)\nproperty list \(isShort ? "uchar" : "int") int vertex_indices\n"
            header += faces.map(\.declarations).joined()
        }
        try output.write(header + "end_header\n")
        if options.isText {
            try writeText(points, list.points.count, nil, output, context)
            try writeText(faces, polygons.count, polygons, output, context)
        } else {
            try writeBinary(points, list.points.count, nil, 0, output, context)
            try writeBinary(faces, polygons.count, polygons, isShort ? 1 : 4, output, context)
        }
        try output.commit()
    }

    /// What becomes of arrays, each name once.
    private static func columns(_ collection: FieldCollection, taken: Set<String>) -> [PLYColumn] {
        var taken = taken
        let texture = OBJWriter.array(.textureCoordinates, "TCoords", collection, components: 2...2)?.name
        let normals = OBJWriter.array(.normals, "Normals", collection, components: 3...3)?.name
        return collection.arrays.compactMap { array in
            guard let type = array.scalarType, type != .int64, type != .uint64, array.valueCount > 0 else { return nil }
            let isColor = type == .uint8 && (3...4).contains(array.components)
                && (["RGB", "RGBA"].contains(array.name) || collection.active[.scalars] == array.name)
            var names: [String]
            if isColor {
                names = Array(["red", "green", "blue", "alpha"].prefix(array.components))
            } else if array.name == normals {
                names = ["nx", "ny", "nz"]
            } else if array.name == texture {
                names = ["u", "v"]
            } else {
                let name = String(array.name.unicodeScalars.map { $0.value > 32 && $0.value < 127 ? Character($0) : "_" })
                names = array.components == 1 ? [name] : (0..<array.components).map { "\(name)_\($0)" }
            }
            guard taken.isDisjoint(with: names), !names.contains("") else { return nil }
            taken.formUnion(names)
            return PLYColumn(array: XMLOutputArray(array), source: array, names: names)
        }
    }

    private func writeText(
        _ columns: [PLYColumn], _ count: Int, _ lists: CellArray?, _ output: OutputFile, _ context: ExecutionContext
    ) throws {
        try output.writeText(count, grain: 1 << 12, context) { range, text in
            for row in range {
                if let lists {
                    text.append(lists.size(of: row))
                    for point in lists.points(of: row) {
                        text.append(byte: " ")
                        text.append(point)
                    }
                }
                for (index, column) in columns.enumerated() {
                    if index > 0 || lists != nil { text.append(byte: " ") }
                    let components = column.source.components
                    column.source.append(row * components..<(row + 1) * components, separator: " ", to: &text)
                }
                text.append(byte: "\n")
            }
        }
    }

    /// Rows of a list with its length in front (`lengthWidth` bytes), where there are lists, then the columns.
    private func writeBinary(
        _ columns: [PLYColumn], _ count: Int, _ lists: CellArray?, _ lengthWidth: Int, _ output: OutputFile, _ context: ExecutionContext
    ) throws {
        let swaps = options.xml.byteOrder != .native
        let fixed = lengthWidth + columns.reduce(0) { $0 + $1.array.components * $1.array.width }
        func place(_ row: Int) -> Int { row * fixed + (lists.map { 4 * $0.offset(row) } ?? 0) }
        try output.writeRows(count, grain: 1 << 14, context, place: place) { range, target in
            let start = place(range.lowerBound)
            if let lists {
                let entries = lists.connectivity.pointer
                for row in range {
                    var at = target + (place(row) - start)
                    let size = Int32(truncatingIfNeeded: lists.size(of: row))
                    if lengthWidth == 1 {
                        at.storeBytes(of: UInt8(truncatingIfNeeded: size), as: UInt8.self)
                    } else {
                        at.storeBytes(of: swaps ? size.byteSwapped : size, as: Int32.self)
                    }
                    at += lengthWidth
                    for entry in lists.offset(row)..<lists.offset(row + 1) {
                        at.storeBytes(of: swaps ? entries[entry].byteSwapped : entries[entry], as: Int32.self)
                        at += 4
                    }
                }
            }
            var before = lengthWidth
            for column in columns {
                let (width, components) = (column.array.width, column.array.components)
                let source = column.array.bytes.baseAddress!
                for row in range {
                    let listEnd = lists.map { 4 * $0.offset(row + 1) } ?? 0
                    let at = target + (row * fixed + listEnd + before - start)
                    let from = source + row * components * width
                    if swaps {
                        swapBytes(from: from, to: at, count: components, width: width)
                    } else {
                        at.copyMemory(from: from, byteCount: components * width)
                    }
                }
                before += components * width
            }
        }
    }
}

/// An array as properties of an element.
private struct PLYColumn: @unchecked Sendable {
    // Unchecked: the bytes are only read, and `source` keeps them alive.
    let array: XMLOutputArray
    let source: FieldArray
    /// One a component.
    let names: [String]

    var declarations: String {
        let type: String
        switch source.scalarType {
        case .int8: type = "char"
        case .uint8, nil: type = "uchar"
        case .int16: type = "short"
        case .uint16: type = "ushort"
        case .int32, .int64: type = "int"
        case .uint32, .uint64: type = "uint"
        case .float32: type = "float"
        case .float64: type = "double"
        }
        return names.map { "property \(type) \($0)\n" }.joined()
    }
}
