import Datasets
import Execution
import Serialization

/// A piece of a parallel file that is written, as its index lists it.
public struct WrittenPiece: Sendable {
    public var number: Int
    /// Relative to the index; empty for an empty piece, which gets no file.
    public var file: String
    /// Of structured pieces.
    public var extent: Extent?
    /// The piece without its numbers; its extent is empty.
    public var model: Dataset
}

extension WrittenPiece: Serializable {
    public static var formName: String { "written piece" }
    public static var formVersion: UInt16 { 1 }

    public func serialize(into writer: inout ByteWriter) {
        writer.write(number)
        writer.write(file)
        writer.writeBlock(extent?.array ?? [])
        model.serialize(into: &writer)
    }

    public init(from reader: inout ByteReader, version: UInt16) throws {
        number = try reader.readInt()
        file = try reader.readString()
        let e: [Int] = try reader.readArray()
        guard e.isEmpty || e.count == 6 else { throw reader.error("an extent of 6 numbers", e.count) }
        extent = e.isEmpty ? nil : Extent(e[0], e[1], e[2], e[3], e[4], e[5])
        model = try Dataset(from: &reader, version: Dataset.formVersion)
    }

    /// The byte form of several.
    public static func bytes(of pieces: [WrittenPiece]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(pieces.count)
        for piece in pieces { piece.serialize(into: &writer) }
        let joined = writer.finish().joined()
        defer { withExtendedLifetime(joined) {} }
        return [UInt8](UnsafeRawBufferPointer(start: joined.address, count: joined.byteCount))
    }

    /// What `bytes(of:)` was made of.
    public static func pieces(_ bytes: [UInt8]) throws -> [WrittenPiece] {
        var reader = ByteReader(bytes)
        return try (0..<(try reader.readCount(leastByteCount: 24))).map { _ in try WrittenPiece(from: &reader, version: formVersion) }
    }
}

/// Writes the files of single pieces of a parallel file (`.pvtu` …), on whatever process has them; `ParallelXMLWriter` lists them.
public struct PieceFileWriter: Sendable {
    private let path: String
    let options: WriterOptions
    /// Layers of ghosts around the pieces that are to be marked as such.
    let ghostLevels: Int
    private let folderPath: String
    private let ending: String
    /// Of every piece.
    let kind: DatasetKind

    /// - Parameter folderPath: `ParallelXMLWriter.folderPath` of the writer that lists the pieces.
    /// - Throws: `FileError` where the name does not end as a parallel file's.
    public init(path: String, options: WriterOptions, ghostLevels: Int, folderPath: String) throws {
        (ending, kind) = try PieceFileWriter.checkName(path)
        self.path = path
        self.options = options
        self.ghostLevels = ghostLevels
        self.folderPath = folderPath
    }

    /// The ending of pieces of a parallel file, and their kind.
    @discardableResult static func checkName(_ path: String) throws -> (ending: String, kind: DatasetKind) {
        let kinds: [(String, DatasetKind)] = [
            ("vti", .image), ("vtr", .rectilinear), ("vts", .structured), ("vtu", .unstructured), ("vtp", .poly),
        ]
        guard let found = kinds.first(where: { path.lowercased().hasSuffix(".p" + $0.0) }) else {
            let known = ParallelXMLWriter.extensions.map { "." + $0 }.joined(separator: " ")
            throw FileError(file: path, expected: "a name that ends in one of \(known)", found: path)
        }
        return found
    }

    /// Writes piece `number`, unless there is nothing in it.
    ///
    /// - Throws: `FileError` where it is of another kind than the file's name says, or cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, number: Int, context: ExecutionContext) throws -> WrittenPiece {
        if dataset.pointCount == 0 && dataset.cellCount == 0 {
            return WrittenPiece(number: number, file: "", extent: dataset.extent, model: PieceFileWriter.outline(dataset))
        }
        var piece = dataset
        if ghostLevels == 0 {
            piece.attributes.piece?.cellGhostLevels = nil
            piece.attributes.piece?.pointGhostLevels = nil
        }
        return try writeFile(piece, number: number, context: context)
    }

    func writeFile(_ piece: Dataset, number: Int, context: ExecutionContext) throws -> WrittenPiece {
        guard piece.kind == kind else {
            throw FileError(
                file: path, expected: "a name that ends with .p\(try XMLWriter.fileExtension(of: piece, path: path)) for pieces of type \(piece.kind.rawValue)",
                found: path)
        }
        let name = "\(OutputFolder.name(of: path))_\(number).\(ending)"
        let writer = XMLWriter(options: options.xml, provenance: options.provenance)
        try writer.write(piece, to: folderPath + "/" + name, context: context)
        return WrittenPiece(
            number: number, file: "\(OutputFolder.name(of: path))/\(name)", extent: piece.extent, model: PieceFileWriter.outline(piece))
    }

    /// The dataset without its numbers: what the index needs.
    private static func outline(_ dataset: Dataset) -> Dataset {
        func bare(_ collection: FieldCollection) -> FieldCollection { collection.map { $0.sliced(0..<0) } }
        var marked = dataset
        let marks = XMLDocument.ghostMarks(of: dataset)
        if let points = marks.points { marked.attributes.pointData.set(points) }
        if let cells = marks.cells { marked.attributes.cellData.set(cells) }
        let attributes = DatasetAttributes(
            pointData: bare(marked.pointData), cellData: bare(marked.cellData),
            piece: dataset.piece.map { PieceInfo(piece: $0.piece, pieceCount: $0.pieceCount, wholeExtent: $0.wholeExtent) })
        switch dataset {
        case .image(var image):
            image.attributes = attributes
            image.extent = .empty
            return .image(image)
        case .rectilinear(let grid):
            func bare(_ array: FieldArray) -> FieldArray { array.sliced(0..<0) }
            return .rectilinear(
                RectilinearGrid(
                    extent: .empty, x: bare(grid.coordinates.x), y: bare(grid.coordinates.y), z: bare(grid.coordinates.z), attributes: attributes))
        case .structured(let grid):
            let type: Points = grid.points.scalarType == .float64 ? .float64(Buffer()) : .float32(Buffer())
            return .structured(StructuredGrid(extent: .empty, points: type, attributes: attributes))
        case .unstructured(let grid):
            return .unstructured(UnstructuredGrid(points: grid.points.scalarType == .float64 ? .float64(Buffer()) : .float32(Buffer()), attributes: attributes))
        case .poly(let poly):
            return .poly(PolyData(points: poly.points.scalarType == .float64 ? .float64(Buffer()) : .float32(Buffer()), attributes: attributes))
        case .table, .blocks: return dataset
        }
    }
}
