import Datasets
import Execution

/// Writes a dataset as pieces: an index (`.pvti .pvtr .pvts .pvtu .pvtp`) and a folder beside it with one file a piece, `NAME/NAME_0.vtu` ….
///
/// Pieces come one after the other and are forgotten once they are written, so memory stays that of one. Index and folder appear when
/// `finish` is called, both or neither. Empty pieces get no file, as VTK does it, unless all are empty.
public final class ParallelXMLWriter {
    public static let extensions = ["pvti", "pvtr", "pvts", "pvtu", "pvtp"]

    private let path: String
    private let options: WriterOptions
    private let ghostLevels: Int
    private let context: ExecutionContext
    private let folder: OutputFolder
    private let index: OutputFile
    private let ending: String
    private let kind: DatasetKind
    private var pieces: [Piece] = []
    private var count = 0
    /// The last empty piece, written where there are no others.
    private var vacant: Dataset?

    /// What the index says of a piece.
    private struct Piece {
        var file: String
        var model: Dataset
    }

    /// - Parameter ghostLevels: layers of ghosts around the pieces that are to be marked as such; 0: pieces have none.
    /// - Throws: `FileError` where the name does not end as a parallel file's, or the place cannot be written.
    public init(path: String, options: WriterOptions = WriterOptions(), ghostLevels: Int = 0, context: ExecutionContext) throws {
        self.path = path
        self.options = options
        self.ghostLevels = ghostLevels
        self.context = context
        let kinds: [(String, DatasetKind)] = [
            ("vti", .image), ("vtr", .rectilinear), ("vts", .structured), ("vtu", .unstructured), ("vtp", .poly),
        ]
        guard let (ending, kind) = kinds.first(where: { path.lowercased().hasSuffix(".p" + $0.0) }) else {
            let known = ParallelXMLWriter.extensions.map { "." + $0 }.joined(separator: " ")
            throw FileError(file: path, expected: "a name that ends in one of \(known)", found: path)
        }
        self.ending = ending
        self.kind = kind
        folder = try OutputFolder(beside: path)
        index = try OutputFile(path: path)
    }

    /// Writes the next piece.
    ///
    /// - Throws: `FileError` where it is of another kind than the file's name says, or cannot be written; `CancelledError`.
    public func append(_ dataset: Dataset) throws {
        defer { count += 1 }
        var piece = dataset
        if ghostLevels == 0 {
            piece.attributes.piece?.cellGhostLevels = nil
            piece.attributes.piece?.pointGhostLevels = nil
        }
        if piece.pointCount == 0 && piece.cellCount == 0 {
            if piece.kind == kind { vacant = piece }
            return
        }
        try write(piece, number: count)
    }

    private func write(_ piece: Dataset, number: Int) throws {
        guard piece.kind == kind else {
            throw FileError(
                file: path, expected: "a name that ends with .p\(try XMLWriter.fileExtension(of: piece, path: path)) for pieces of type \(piece.kind.rawValue)",
                found: path)
        }
        let name = "\(OutputFolder.name(of: path))_\(number).\(ending)"
        let writer = XMLWriter(options: options.xml, provenance: options.provenance)
        try writer.write(piece, to: folder.partialPath + "/" + name, context: context)
        pieces.append(Piece(file: "\(OutputFolder.name(of: path))/\(name)", model: ParallelXMLWriter.outline(piece)))
    }

    /// Writes the index; then everything appears.
    ///
    /// - Throws: `FileError`; then nothing has changed.
    public func finish() throws {
        if pieces.isEmpty { try write(vacant ?? emptyDataset, number: 0) }
        try index.write(indexText())
        try context.checkCancellation()
        try folder.commit(with: index)
    }

    private var emptyDataset: Dataset {
        switch kind {
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
            return .image(image)
        case .rectilinear(var grid):
            grid.attributes = attributes
            return .rectilinear(grid)
        case .structured(var grid):
            // Points match the extent, so the type of number is all that an outline can keep of them.
            let extent = grid.extent
            let type: Points = grid.points.scalarType == .float64 ? .float64(Buffer()) : .float32(Buffer())
            grid = StructuredGrid(extent: .empty, points: type, attributes: attributes)
            grid.attributes.piece = PieceInfo(piece: 0, pieceCount: 1, wholeExtent: dataset.piece?.wholeExtent ?? extent)
            grid.extent = extent
            return .structured(grid)
        case .unstructured(let grid):
            return .unstructured(UnstructuredGrid(points: grid.points.scalarType == .float64 ? .float64(Buffer()) : .float32(Buffer()), attributes: attributes))
        case .poly(let poly):
            return .poly(PolyData(points: poly.points.scalarType == .float64 ? .float64(Buffer()) : .float32(Buffer()), attributes: attributes))
        case .table, .blocks: return dataset
        }
    }

    // MARK: Index

    private func indexText() throws -> String {
        let name = "P" + kind.rawValue
        var text = XMLText(type: name, options: options.xml, provenance: options.provenance)
        let model = pieces[0].model
        let whole = model.piece?.wholeExtent ?? model.extent
        var attributes: [(String, String)] = []
        if let whole { attributes.append(("WholeExtent", whole.description)) }
        attributes.append(("GhostLevel", "\(ghostLevels)"))
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
            let extent = piece.model.extent.map { [("Extent", $0.description)] } ?? []
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
