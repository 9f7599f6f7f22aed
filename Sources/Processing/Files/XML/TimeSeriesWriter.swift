import Datasets
import Execution

/// Writes datasets of several times: an index (`.pvd`) and a folder beside it with one file a time, of blocks one a leaf.
///
/// Datasets come one after the other and are forgotten once they are written. Index and folder appear when `finish` is called, both or neither.
public final class TimeSeriesWriter {
    public static let extensions = ["pvd"]

    private let path: String
    private let options: WriterOptions
    private let context: ExecutionContext
    private let folder: OutputFolder
    private let index: OutputFile
    private var text: XMLText
    private var count = 0

    /// - Throws: `FileError` where the place cannot be written.
    public init(path: String, options: WriterOptions = WriterOptions(), context: ExecutionContext) throws {
        self.path = path
        self.options = options
        self.context = context
        folder = try OutputFolder(beside: path)
        index = try OutputFile(path: path)
        text = XMLText(type: "Collection", options: options.xml, provenance: options.provenance)
        text.begin("Collection")
    }

    /// Writes what there is at a time.
    ///
    /// - Throws: `FileError` for a table, or where a file cannot be written; `CancelledError`.
    public func append(_ dataset: Dataset, time: Double) throws {
        var parts = [dataset]
        if case .blocks(let blocks) = dataset { parts = blocks.leaves.map(\.dataset) }
        for (number, part) in parts.enumerated() {
            let name = OutputFolder.name(of: path)
            let file = "\(name)_\(count).\(try XMLWriter.fileExtension(of: part, path: path))"
            count += 1
            let writer = XMLWriter(options: options.xml, provenance: options.provenance)
            try writer.write(part, to: folder.partialPath + "/" + file, context: context)
            text.empty("DataSet", [("timestep", shortText(time)), ("group", ""), ("part", "\(number)"), ("file", "\(name)/\(file)")])
        }
    }

    /// Writes the index; then everything appears.
    ///
    /// - Throws: `FileError`; then nothing has changed.
    public func finish() throws {
        try index.write(text.finished())
        try context.checkCancellation()
        try folder.commit(with: index)
    }
}

/// Writes one dataset as the only time of a series.
struct TimeAtOnceWriter: DatasetWriter {
    var options: WriterOptions

    func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let writer = try TimeSeriesWriter(path: path, options: options, context: context)
        let value = dataset.fieldData["TimeValue"].flatMap { $0.valueCount > 0 && $0.scalarType != nil ? $0.value(0) : nil }
        try writer.append(dataset, time: value ?? 0)
        try writer.finish()
    }
}
