import Datasets
import Execution

/// Writes VTK's legacy files (`.vtk`): structured points, rectilinear, structured and unstructured grids, poly data and tables.
///
/// Version 5.1 or, for programs before VTK 9, 4.2; text or binary (big endian, as the format wants). Arrays with a role are written as
/// attributes of that role as far as their components allow, the others as fields. Text keeps every bit of a number.
/// Identifiers (`vtkIdType`), which the format keeps in 32 bits, become 64-bit integers where they need it.
/// The file appears whole or not at all.
///
/// Source: "VTK File Formats", section "Simple Legacy Formats".
public struct LegacyWriter: DatasetWriter {
    public static let extensions = ["vtk"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` for blocks, for an image that is turned, or where the place cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        if case .image(let image) = dataset, !image.isAxisAligned {
            throw FileError(file: path, expected: "an image along the axes for a legacy file", found: "one that is turned (write .vti)")
        }
        if case .blocks = dataset {
            throw FileError(file: path, expected: "one dataset for a legacy file", found: "blocks (write .vtm)")
        }
        let output = try OutputFile(path: path)
        var document = LegacyDocument(options: options, output: output, context: context)
        try document.write(dataset)
        try output.commit()
    }
}

/// A legacy file that is being written.
struct LegacyDocument {
    let options: WriterOptions
    let output: OutputFile
    let context: ExecutionContext

    private var isText: Bool { options.isText }

    mutating func write(_ dataset: Dataset) throws {
        let version = options.legacyVersion.rawValue
        let title = options.provenance?.title(limit: 240) ?? "written by tessera"
        try line("# vtk DataFile Version \(version)\n\(title)\n\(isText ? "ASCII" : "BINARY")")
        try line("DATASET \(LegacyDocument.keyword(dataset))")
        try fields(dataset.fieldData.arrays)
        try geometry(dataset)
        let marks = XMLDocument.ghostMarks(of: dataset)
        if case .table(let table) = dataset {
            try attributes("ROW_DATA", table.rowCount, table.columns, nil)
        } else {
            try attributes("POINT_DATA", dataset.pointCount, dataset.pointData, marks.points)
            try attributes("CELL_DATA", dataset.cellCount, dataset.cellData, marks.cells)
        }
    }

    private static func keyword(_ dataset: Dataset) -> String {
        switch dataset.kind {
        case .image: "STRUCTURED_POINTS"
        case .rectilinear: "RECTILINEAR_GRID"
        case .structured: "STRUCTURED_GRID"
        case .unstructured: "UNSTRUCTURED_GRID"
        case .poly: "POLYDATA"
        case .table, .blocks: "TABLE"
        }
    }

    private func line(_ text: String) throws { try output.write(text + "\n") }

    // MARK: Geometry

    private func geometry(_ dataset: Dataset) throws {
        switch dataset {
        case .image(let image):
            let first = try lattice(image.extent, keepsNumbers: options.legacyVersion == .v5_1)
            let origin = first ? image.origin : image.position(image.extent.isEmpty ? SIMD3() : image.extent.lower)
            var text = TextBuffer()
            for (name, vector) in [("SPACING", image.spacing), ("ORIGIN", origin)] {
                text.append(name)
                for value in [vector.x, vector.y, vector.z] {
                    text.append(byte: " ")
                    text.append(value)
                }
                text.append(byte: "\n")
            }
            try text.bytes.withUnsafeBytes { try output.write($0) }
        case .rectilinear(let grid):
            _ = try lattice(grid.extent, keepsNumbers: options.legacyVersion == .v5_1)
            for (name, array) in [("X", grid.coordinates.x), ("Y", grid.coordinates.y), ("Z", grid.coordinates.z)] {
                try line("\(name)_COORDINATES \(array.tupleCount) \(LegacyDocument.typeName(array))")
                try values(array)
            }
        case .structured(let grid):
            _ = try lattice(grid.extent, keepsNumbers: options.legacyVersion == .v5_1)
            try points(grid.points)
        case .unstructured(let whole):
            let grid = options.legacyVersion == .v5_1 ? whole : whole.exchangingLastUprightEdges()
            try points(grid.points)
            try cells("CELLS", grid.polyhedronFaces.map { LegacyDocument.faceStreams(grid, $0) } ?? grid.cells)
            try cellTypes(grid)
        case .poly(let poly):
            try points(poly.points)
            let lists = [("VERTICES", poly.vertices), ("LINES", poly.lines), ("POLYGONS", poly.polygons), ("TRIANGLE_STRIPS", poly.strips)]
            for (name, list) in lists where list.count > 0 { try cells(name, list) }
        case .table, .blocks: break
        }
    }

    /// Writes the size of a lattice, its numbers too where they do not begin at 0 and may be kept; whether the origin stays as it is.
    private func lattice(_ extent: Extent, keepsNumbers: Bool) throws -> Bool {
        if extent.lower == SIMD3() || extent.isEmpty || !keepsNumbers {
            let size = extent.dimensions
            try line("DIMENSIONS \(size.x) \(size.y) \(size.z)")
            return extent.lower == SIMD3() || extent.isEmpty
        }
        try line("EXTENT \(extent)")
        return true
    }

    private func points(_ points: Points) throws {
        let array = points.array
        try line("POINTS \(points.count) \(LegacyDocument.typeName(array))")
        try values(array)
    }

    private func cells(_ name: String, _ list: CellArray) throws {
        switch options.legacyVersion {
        case .v5_1:
            try line("\(name) \(list.count + 1) \(list.connectivity.count)")
            try line("OFFSETS vtktypeint64")
            try wide(list.explicitOffsets(), Int64.self)
            try line("CONNECTIVITY vtktypeint64")
            try wide(list.connectivity, Int64.self)
        case .v4_2:
            try line("\(name) \(list.count) \(list.count + list.connectivity.count)")
            let entries = list.connectivity
            if isText {
                let source = entries.pointer
                try output.writeText(list.count, grain: 1 << 12, context) { range, text in
                    for cell in range {
                        text.append(list.size(of: cell))
                        for entry in list.offset(cell)..<list.offset(cell + 1) {
                            text.append(byte: " ")
                            text.append(source[entry])
                        }
                        text.append(byte: "\n")
                    }
                }
            } else {
                let source = entries.pointer
                try output.writeRows(list.count, grain: 1 << 14, context, place: { 4 * ($0 + list.offset($0)) }) { range, target in
                    var place = target.assumingMemoryBound(to: Int32.self)
                    for cell in range {
                        place[0] = Int32(truncatingIfNeeded: list.size(of: cell)).bigEndian
                        place += 1
                        for entry in list.offset(cell)..<list.offset(cell + 1) {
                            place[0] = source[entry].bigEndian
                            place += 1
                        }
                    }
                }
                try line("")
            }
            withExtendedLifetime(entries) {}
        }
    }

    private func cellTypes(_ grid: UnstructuredGrid) throws {
        try line("CELL_TYPES \(grid.cellCount)")
        let types = grid.explicitTypes()
        try wide(types, Int32.self)
    }

    /// Whole numbers in a wider type.
    private func wide<Value: Scalar & FixedWidthInteger, Wide: Scalar & FixedWidthInteger>(_ numbers: Buffer<Value>, _: Wide.Type) throws {
        if isText { return try values(FieldArray(name: "", numbers)) }
        let source = numbers.pointer
        try output.writeRows(numbers.count, grain: 1 << 17, context, place: { $0 * MemoryLayout<Wide>.size }) { range, target in
            let target = target.assumingMemoryBound(to: Wide.self)
            for index in range { target[index - range.lowerBound] = Wide(truncatingIfNeeded: source[index]).bigEndian }
        }
        try line("")
        withExtendedLifetime(numbers) {}
    }

    /// Cells as the format has them where there are polyhedra, which are lists of faces: their number, then each one's size and points.
    private static func faceStreams(_ grid: UnstructuredGrid, _ faces: PolyhedronFaces) -> CellArray {
        var offsets: [Int32] = [0]
        var entries: [Int32] = []
        for run in grid.runs {
            for cell in run.cells {
                if run.type == .polyhedron {
                    let list = faces.facesOfCells.points(of: cell)
                    entries.append(Int32(list.count))
                    for face in list {
                        let points = faces.faces.points(of: Int(face))
                        entries.append(Int32(points.count))
                        entries.append(contentsOf: points)
                    }
                } else {
                    entries.append(contentsOf: grid.cells.points(of: cell))
                }
                offsets.append(Int32(entries.count))
            }
        }
        return CellArray(offsets: Buffer(offsets), connectivity: Buffer(entries))
    }

    // MARK: Arrays

    private func attributes(_ keyword: String, _ count: Int, _ collection: FieldCollection, _ marks: FieldArray?) throws {
        var collection = collection
        if let marks { collection.set(marks) }
        guard !collection.isEmpty else { return }
        try line("\(keyword) \(count)")
        var rest = collection.arrays
        for role in AttributeRole.allCases {
            guard let name = collection.active[role], let index = rest.firstIndex(where: { $0.name == name }),
                let header = LegacyDocument.header(of: rest[index], role)
            else { continue }
            try context.checkCancellation()
            try line(header)
            try values(rest[index])
            try metadata(rest[index])
            rest.remove(at: index)
        }
        try fields(rest)
    }

    /// The line in front of an array with a role; nil where the role does not fit the array.
    private static func header(of array: FieldArray, _ role: AttributeRole) -> String? {
        if case .strings = array.values, role != .pedigreeIds { return nil }
        let (name, type, components) = (encodedName(array.name), typeName(array), array.components)
        switch role {
        case .scalars where (1...4).contains(components): return "SCALARS \(name) \(type) \(components)\nLOOKUP_TABLE default"
        case .vectors where components == 3: return "VECTORS \(name) \(type)"
        case .normals where components == 3: return "NORMALS \(name) \(type)"
        case .textureCoordinates where (1...3).contains(components): return "TEXTURE_COORDINATES \(name) \(components) \(type)"
        case .tensors where components == 9: return "TENSORS \(name) \(type)"
        case .tensors where components == 6: return "TENSORS6 \(name) \(type)"
        case .globalIds where components == 1: return "GLOBAL_IDS \(name) \(type)"
        case .pedigreeIds where components == 1: return "PEDIGREE_IDS \(name) \(type)"
        default: return nil
        }
    }

    private func fields(_ arrays: [FieldArray]) throws {
        if arrays.isEmpty { return }
        try line("FIELD FieldData \(arrays.count)")
        for array in arrays {
            try context.checkCancellation()
            try line("\(LegacyDocument.encodedName(array.name)) \(array.components) \(array.tupleCount) \(LegacyDocument.typeName(array))")
            try values(array)
            try metadata(array)
        }
    }

    private func metadata(_ array: FieldArray) throws {
        guard array.componentNames.contains(where: { !$0.isEmpty }) else { return }
        let names = (0..<array.components).map { $0 < array.componentNames.count ? array.componentNames[$0] : "" }
        try line("METADATA\nCOMPONENT_NAMES\n" + names.map { LegacyDocument.encodedText($0) + "\n" }.joined())
    }

    /// The numbers of an array, and the line end behind them.
    private func values(_ array: FieldArray) throws {
        if case .strings(let strings) = array.values { return try text(strings) }
        if isText {
            let perLine = array.components == 3 || array.components == 9 ? 9 : 10
            try output.writeText((array.valueCount + perLine - 1) / perLine, grain: 1 << 11, context) { range, text in
                for line in range {
                    array.append(line * perLine..<min(array.valueCount, (line + 1) * perLine), separator: " ", to: &text)
                    text.append(byte: "\n")
                }
            }
            return
        }
        if LegacyDocument.typeName(array) == "vtkIdType", let wide = array.buffer(of: Int64.self) {
            let source = wide.pointer
            try output.writeRows(wide.count, grain: 1 << 17, context, place: { 4 * $0 }) { range, target in
                let target = target.assumingMemoryBound(to: Int32.self)
                for index in range { target[index - range.lowerBound] = Int32(truncatingIfNeeded: source[index]).bigEndian }
            }
            withExtendedLifetime(wide) {}
        } else {
            let bytes = XMLOutputArray(array)
            try output.write(bytes.bytes, width: bytes.width, order: .bigEndian, context)
            withExtendedLifetime(bytes.owner) {}
        }
        try line("")
    }

    private func text(_ strings: [String]) throws {
        try output.writeText(strings.count, grain: 1 << 12, context) { range, text in
            for index in range {
                if isText {
                    text.append(LegacyDocument.encodedText(strings[index]))
                    text.append(byte: "\n")
                } else {
                    LegacyDocument.appendLength(strings[index].utf8.count, to: &text)
                    text.append(strings[index])
                }
            }
        }
        try line("")
    }

    /// The length of a string in front of it, in 6, 14, 30 or 62 bits; the two highest say how many.
    private static func appendLength(_ length: Int, to text: inout TextBuffer) {
        let (bytes, mark): (Int, UInt64) = length < 1 << 6 ? (1, 3) : length < 1 << 14 ? (2, 2) : length < 1 << 30 ? (4, 1) : (8, 0)
        let word = UInt64(length) | mark << UInt64(8 * bytes - 2)
        for index in (0..<bytes).reversed() { text.append(byte: UInt8(truncatingIfNeeded: word >> UInt64(8 * index))) }
    }

    /// The format's name for the type of an array's values.
    private static func typeName(_ array: FieldArray) -> String {
        switch array.values {
        case .int8: "char"
        case .uint8: "unsigned_char"
        case .int16: "short"
        case .uint16: "unsigned_short"
        case .int32: array.declaredType == "vtkIdType" ? "vtkIdType" : "int"
        case .uint32: "unsigned_int"
        case .int64(let values):
            array.declaredType == "vtkIdType" && values.elements.allSatisfy { Int32(exactly: $0) != nil } ? "vtkIdType" : "vtktypeint64"
        case .uint64: "vtktypeuint64"
        case .float32: "float"
        case .float64: "double"
        case .strings: "string"
        case .bits: "bit"
        }
    }

    /// A name as one word: bytes that are no visible ASCII, quotes and percent signs as `%XX`.
    private static func encodedName(_ name: String) -> String { name.isEmpty ? "unnamed" : encodedText(name) }

    private static func encodedText(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte > 32, byte < 127, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
