import Datasets
import Execution

/// A VTK XML file that is being written: elements first, then, if it is so encoded, the appended data.
struct XMLDocument {
    let options: XMLWriterOptions
    let provenance: ProvenanceRecord?
    let output: OutputFile
    let context: ExecutionContext
    private var text = ""
    private var depth = 0
    /// Arrays of the appended data, and where in the file their offsets go once they are known.
    private var appended: [(array: XMLOutputArray, place: Int)] = []
    private static let offsetRoom = 15
    private var encoder: XMLEncoder

    init(options: XMLWriterOptions, provenance: ProvenanceRecord?, output: OutputFile, context: ExecutionContext) {
        self.options = options
        self.provenance = provenance
        self.output = output
        self.context = context
        encoder = XMLEncoder(options: options, context: context)
    }

    mutating func write(_ dataset: Dataset) throws {
        let kind = dataset.kind.rawValue
        text = "<?xml version=\"1.0\"?>\n" + XMLDocument.instruction(provenance)
        var root = [("type", kind)] + XMLDocument.fileAttributes(options)
        // Before version 2.1 readers take nodes of Lagrange hexahedra to be in an older order.
        if case .unstructured(let grid) = dataset, grid.hasLatticeHexahedra, let place = root.firstIndex(where: { $0.0 == "version" }) {
            root[place].1 = "2.1"
        }
        try element("VTKFile", root) { document in
            try document.element(kind, XMLDocument.attributes(of: dataset)) { document in
                if !dataset.fieldData.isEmpty {
                    try document.element("FieldData") { document in
                        for array in dataset.fieldData.arrays {
                            var out = XMLOutputArray(array)
                            out.tuples = array.tupleCount
                            try document.array(out)
                        }
                    }
                }
                try document.element("Piece", XMLDocument.pieceAttributes(of: dataset)) { document in
                    let marks = XMLDocument.ghostMarks(of: dataset)
                    try document.collection("PointData", dataset.pointData, marks.points)
                    try document.collection("CellData", dataset.cellData, marks.cells)
                    try document.geometry(of: dataset)
                }
            }
            if !document.appended.isEmpty { try document.appendedData() }
        }
        try output.write(text)
    }

    /// Attributes of `<VTKFile>` behind its type.
    static func fileAttributes(_ options: XMLWriterOptions) -> [(String, String)] {
        var attributes = [
            ("version", options.headerWidth == 8 ? "1.0" : "0.1"), ("byte_order", options.byteOrder == .littleEndian ? "LittleEndian" : "BigEndian"),
            ("header_type", options.headerWidth == 8 ? "UInt64" : "UInt32"),
        ]
        if options.encoding != .ascii {
            switch options.compression {
            case .none: break
            case .zlib: attributes.append(("compressor", "vtkZLibDataCompressor"))
            case .lz4: attributes.append(("compressor", "vtkLZ4DataCompressor"))
            case .lzma: attributes.append(("compressor", "vtkLZMADataCompressor"))
            }
        }
        return attributes
    }

    /// A record as a processing instruction: unlike a comment it may hold `--`.
    static func instruction(_ provenance: ProvenanceRecord?) -> String {
        guard let provenance else { return "" }
        let attributes = provenance.entries.map { ($0.keyword.lowercased(), $0.text) }
        return "<?tessera\(formatted(attributes).replacing("?>", with: "?&gt;"))?>\n"
    }

    private static func attributes(of dataset: Dataset) -> [(String, String)] {
        guard let extent = dataset.extent else { return [] }
        var attributes = [("WholeExtent", extent.description)]
        if case .image(let image) = dataset { attributes += placeAttributes(of: image) }
        return attributes
    }

    /// Where the points of an image are.
    static func placeAttributes(of image: ImageData) -> [(String, String)] {
        [
            ("Origin", "\(image.origin.x) \(image.origin.y) \(image.origin.z)"),
            ("Spacing", "\(image.spacing.x) \(image.spacing.y) \(image.spacing.z)"),
            ("Direction", image.direction.map { "\($0)" }.joined(separator: " ")),
        ]
    }

    private static func pieceAttributes(of dataset: Dataset) -> [(String, String)] {
        if let extent = dataset.extent { return [("Extent", extent.description)] }
        let points = ("NumberOfPoints", "\(dataset.pointCount)")
        if case .poly(let poly) = dataset {
            return [
                points, ("NumberOfVerts", "\(poly.vertices.count)"), ("NumberOfLines", "\(poly.lines.count)"),
                ("NumberOfStrips", "\(poly.strips.count)"), ("NumberOfPolys", "\(poly.polygons.count)"),
            ]
        }
        return [points, ("NumberOfCells", "\(dataset.cellCount)")]
    }

    /// `vtkGhostType` for a piece that knows its ghosts, hidden bits of an array of that name kept.
    static func ghostMarks(of dataset: Dataset) -> (points: FieldArray?, cells: FieldArray?) {
        func marks(_ levels: Buffer<UInt8>?, _ collection: FieldCollection) -> FieldArray? {
            guard let levels else { return nil }
            let old = collection[ghostTypeName]?.buffer(of: UInt8.self)
            return FieldArray(
                name: ghostTypeName,
                Buffer<UInt8>(count: levels.count) { out in
                    for index in 0..<levels.count {
                        let hidden = old.map { index < $0.count ? $0[index] & ~ghostDuplicateBit : 0 } ?? 0
                        out[index] = (levels[index] > 0 ? ghostDuplicateBit : 0) | hidden
                    }
                })
        }
        let piece = dataset.piece
        return (marks(piece?.pointGhostLevels, dataset.pointData), marks(piece?.cellGhostLevels, dataset.cellData))
    }

    private mutating func collection(_ name: String, _ collection: FieldCollection, _ marks: FieldArray?) throws {
        var collection = collection
        if let marks { collection.set(marks) }
        let roles = AttributeRole.allCases.compactMap { role in collection.active[role].map { (role.rawValue, $0) } }
        try element(name, roles) { document in
            for array in collection.arrays { try document.array(XMLOutputArray(array)) }
        }
    }

    private mutating func geometry(of dataset: Dataset) throws {
        switch dataset {
        case .rectilinear(let grid):
            try element("Coordinates") { document in
                for (array, name) in [(grid.coordinates.x, "x"), (grid.coordinates.y, "y"), (grid.coordinates.z, "z")] {
                    try document.array(XMLOutputArray(array.name.isEmpty ? array.renamed(name) : array))
                }
            }
        case .structured(let grid): try points(grid.points)
        case .unstructured(let grid):
            try points(grid.points)
            try element("Cells") { document in
                try document.lists(grid.cells)
                try document.array(XMLOutputArray("types", grid.explicitTypes()))
                if let faces = grid.polyhedronFaces { try document.faces(faces, cellCount: grid.cellCount) }
            }
        case .poly(let poly):
            try points(poly.points)
            for (name, list) in [("Verts", poly.vertices), ("Lines", poly.lines), ("Strips", poly.strips), ("Polys", poly.polygons)] {
                try element(name) { document in try document.lists(list) }
            }
        case .image, .table, .blocks: break
        }
    }

    private mutating func points(_ points: Points) throws {
        try element("Points") { document in try document.array(XMLOutputArray(points.array)) }
    }

    private static func ends(of list: CellArray) -> Buffer<Int32> {
        let offsets = list.explicitOffsets()
        return list.count == 0 ? Buffer() : offsets.slice(1..<list.count + 1)
    }

    private mutating func lists(_ list: CellArray) throws {
        try array(XMLOutputArray("connectivity", list.connectivity))
        try array(XMLOutputArray("offsets", XMLDocument.ends(of: list)))
    }

    /// The form that every reader knows: for each polyhedron the number of its faces, for each face its points.
    private mutating func faces(_ faces: PolyhedronFaces, cellCount: Int) throws {
        var stream: [Int64] = []
        var ends: [Int64] = []
        for cell in 0..<cellCount {
            let list = faces.facesOfCells.points(of: cell)
            if list.isEmpty {
                ends.append(-1)
                continue
            }
            stream.append(Int64(list.count))
            for face in list {
                let points = faces.faces.points(of: Int(face))
                stream.append(Int64(points.count))
                stream.append(contentsOf: points.map { Int64($0) })
            }
            ends.append(Int64(stream.count))
        }
        try array(XMLOutputArray("faces", Buffer(stream)))
        try array(XMLOutputArray("faceoffsets", Buffer(ends)))
    }

    // MARK: Elements

    private mutating func element(_ name: String, _ attributes: [(String, String)] = [], _ body: (inout XMLDocument) throws -> Void) throws {
        indent()
        text += "<\(name)\(XMLDocument.formatted(attributes))>\n"
        depth += 1
        try body(&self)
        depth -= 1
        indent()
        text += "</\(name)>\n"
    }

    private mutating func indent() { text += String(repeating: "  ", count: depth) }

    static func formatted(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\r": result += "&#13;"
            case "\t": result += "&#9;"
            default: result.append(character)
            }
        }
        return result
    }

    private mutating func array(_ array: XMLOutputArray) throws {
        try context.checkCancellation()
        let attributes = array.attributes
        let tag = array.isString ? "Array" : "DataArray"
        indent()
        switch options.encoding {
        case .ascii:
            text += "<\(tag)\(XMLDocument.formatted(attributes + [("format", "ascii")]))>\n"
            try asciiLines(array)
            indent()
            text += "</\(tag)>\n"
        case .inlineBase64:
            text += "<\(tag)\(XMLDocument.formatted(attributes + [("format", "binary")]))>\n"
            try output.write(text)
            text = ""
            try encoder.encode(array).write(to: output, base64: true)
            text += "\n"
            indent()
            text += "</\(tag)>\n"
        case .appendedBase64, .appendedRaw:
            let room = String(repeating: " ", count: XMLDocument.offsetRoom)
            text += "<\(tag)\(XMLDocument.formatted(attributes + [("format", "appended")])) offset=\""
            appended.append((array, output.position + text.utf8.count))
            text += "\(room)\"/>\n"
        }
    }

    private mutating func asciiLines(_ array: XMLOutputArray) throws {
        let perLine = array.components > 1 ? max(1, 12 / array.components) * array.components : 12
        let lines = (array.valueCount + perLine - 1) / perLine
        try output.write(text)
        text = ""
        let (numbers, count) = (array.numbers, array.valueCount)
        try output.writeText(lines, grain: 1 << 10, context) { range, text in
            for line in range {
                numbers.append(line * perLine..<min(count, (line + 1) * perLine), separator: " ", to: &text)
                text.append(byte: "\n")
            }
        }
    }

    private mutating func appendedData() throws {
        let isRaw = options.encoding == .appendedRaw
        indent()
        let head = "<AppendedData encoding=\"\(isRaw ? "raw" : "base64")\">\n"
        try output.write(text + head)
        // The first byte behind "_" lies at a multiple of 64.
        let padding = isRaw ? (64 - (output.position + 1) % 64) % 64 : 0
        try output.write(String(repeating: " ", count: padding) + "_")
        text = ""
        let start = output.position
        for entry in appended {
            // One array at a time, so that only one is there twice.
            let encoded = try encoder.encode(entry.array)
            // Arrays that are not compressed begin where their numbers are aligned, so that readers can use them in place.
            let gap = isRaw && options.compression == .none ? (64 - (output.position - start + encoded.headerBytes) % 64) % 64 : 0
            try [UInt8](repeating: 0, count: gap).withUnsafeBytes { try output.write($0) }
            let digits = Array(String(output.position - start).utf8)
            try digits.withUnsafeBytes { try output.write($0, at: entry.place) }
            try encoded.write(to: output, base64: !isRaw)
        }
        text += "\n"
        indent()
        text += "</AppendedData>\n"
        appended = []
    }
}
