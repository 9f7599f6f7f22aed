import Datasets
import Execution

/// Writes a dataset as pieces: an index (`.pvti .pvtr .pvts .pvtu .pvtp`) and a folder beside it with one file a piece, `NAME/NAME_0.vtu` ….
///
/// Pieces come one after the other and are forgotten once they are written, so memory stays that of one. Index and folder appear when
/// `finish` is called, both or neither. Empty pieces get no file, as VTK does it, unless all are empty.
public final class ParallelXMLWriter {
    public static let extensions = ["pvti", "pvtr", "pvts", "pvtu", "pvtp"]

    private let context: ExecutionContext
    private let folder: OutputFolder
    private let index: OutputFile
    private let writer: PieceFileWriter
    private var pieces: [WrittenPiece] = []
    private var count = 0
    /// The last empty piece, written where there are no others.
    private var vacant: Dataset?

    /// - Parameter ghostLevels: layers of ghosts around the pieces that are to be marked as such; 0: pieces have none.
    /// - Throws: `FileError` where the name does not end as a parallel file's, or the place cannot be written.
    public init(path: String, options: WriterOptions = WriterOptions(), ghostLevels: Int = 0, context: ExecutionContext) throws {
        self.context = context
        try PieceFileWriter.checkName(path)
        folder = try OutputFolder(beside: path)
        index = try OutputFile(path: path)
        writer = try PieceFileWriter(path: path, options: options, ghostLevels: ghostLevels, folderPath: folder.partialPath)
    }

    /// The folder that pieces are written to until `finish` gives it its name: where other processes write theirs.
    public var folderPath: String { folder.partialPath }

    /// Writes the next piece.
    ///
    /// - Throws: `FileError` where it is of another kind than the file's name says, or cannot be written; `CancelledError`.
    public func append(_ dataset: Dataset) throws {
        defer { count += 1 }
        add(try writer.write(dataset, number: count, context: context))
    }

    /// Lists a piece that a `PieceFileWriter` wrote to `folderPath`.
    public func add(_ piece: WrittenPiece) {
        if piece.file.isEmpty {
            if piece.model.kind == writer.kind { vacant = piece.model }
        } else {
            pieces.append(piece)
        }
    }

    /// Writes the index; then everything appears.
    ///
    /// - Throws: `FileError`; then nothing has changed.
    public func finish() throws {
        if pieces.isEmpty { pieces.append(try writer.writeFile(vacant ?? emptyDataset, number: 0, context: context)) }
        try index.write(indexText())
        try context.checkCancellation()
        try folder.commit(with: index)
    }

    private var emptyDataset: Dataset {
        switch writer.kind {
        case .image: .image(ImageData(extent: .empty))
        case .rectilinear:
            .rectilinear(
                RectilinearGrid(
                    extent: .empty, x: FieldArray(name: "x", Buffer<Float>()), y: FieldArray(name: "y", Buffer<Float>()),
                    z: FieldArray(name: "z", Buffer<Float>())))
        case .structured: .structured(StructuredGrid(extent: .empty, points: Points()))
        case .poly: .poly(PolyData())
        case .unstructured, .table, .blocks: .unstructured(UnstructuredGrid())
        }
    }

    // MARK: Index

    private func indexText() throws -> String {
        let name = "P" + writer.kind.rawValue
        var text = XMLText(type: name, options: writer.options.xml, provenance: writer.options.provenance)
        let model = pieces[0].model
        let whole = model.piece?.wholeExtent ?? pieces[0].extent
        var attributes: [(String, String)] = []
        if let whole { attributes.append(("WholeExtent", whole.description)) }
        attributes.append(("GhostLevel", "\(writer.ghostLevels)"))
        if case .image(let image) = model { attributes += XMLDocument.placeAttributes(of: image) }
        text.begin(name, attributes)
        collection("PPointData", \.pointData, &text)
        collection("PCellData", \.cellData, &text)
        switch model {
        case .rectilinear(let grid):
            text.begin("PCoordinates")
            for (array, name) in [(grid.coordinates.x, "x"), (grid.coordinates.y, "y"), (grid.coordinates.z, "z")] {
                ParallelXMLWriter.declare(array.name.isEmpty ? array.renamed(name) : array, &text)
            }
            text.end()
        case .structured(let grid): points(grid.points, &text)
        case .unstructured(let grid): points(grid.points, &text)
        case .poly(let poly): points(poly.points, &text)
        case .image, .table, .blocks: break
        }
        for piece in pieces {
            let extent = piece.extent.map { [("Extent", $0.description)] } ?? []
            text.empty("Piece", extent + [("Source", piece.file)])
        }
        return text.finished()
    }

    private func points(_ points: Points, _ text: inout XMLText) {
        text.begin("PPoints")
        ParallelXMLWriter.declare(points.array, &text)
        text.end()
    }

    /// The arrays that every piece has.
    private func collection(_ name: String, _ path: KeyPath<Dataset, FieldCollection>, _ text: inout XMLText) {
        let first = pieces[0].model[keyPath: path]
        let common = first.arrays.filter { array in
            pieces.allSatisfy { piece in
                piece.model[keyPath: path].arrays.contains {
                    $0.name == array.name && $0.components == array.components && $0.typeName == array.typeName
                }
            }
        }
        let names = Set(common.map(\.name))
        let roles = AttributeRole.allCases.compactMap { role in
            first.active[role].flatMap { names.contains($0) ? (role.rawValue, $0) : nil }
        }
        text.begin(name, roles)
        for array in common { ParallelXMLWriter.declare(array, &text) }
        text.end()
    }

    private static func declare(_ array: FieldArray, _ text: inout XMLText) {
        let output = XMLOutputArray(array)
        text.empty(output.isString ? "PArray" : "PDataArray", output.attributes)
    }
}

/// Writes a whole dataset as the only piece of a parallel file.
struct PiecesAtOnceWriter: DatasetWriter {
    var options: WriterOptions

    func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let writer = try ParallelXMLWriter(path: path, options: options, context: context)
        try writer.append(dataset)
        try writer.finish()
    }
}
