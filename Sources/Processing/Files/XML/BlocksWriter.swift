import Datasets
import Execution

/// Writes blocks: an index (`.vtm`, or `.vtpc` for parts of one dataset each) and a folder beside it with one file a dataset.
///
/// A dataset that is no collection is written as its only block. Index and folder appear both or neither.
public struct BlocksWriter: DatasetWriter {
    public static let extensions = ["vtm", "vtpc"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` for a table among the blocks, or where the place cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let isCollection = path.lowercased().hasSuffix(".vtpc")
        let blocks: BlockCollection
        if case .blocks(let collection) = dataset {
            blocks = collection
        } else {
            blocks = BlockCollection(blocks: [.init(name: "Block0", dataset: dataset)])
        }
        let folder = try OutputFolder(beside: path)
        let index = try OutputFile(path: path)
        let type = isCollection ? "vtkPartitionedDataSetCollection" : "vtkMultiBlockDataSet"
        var run = Run(folder: folder, name: OutputFolder.name(of: path), options: options, path: path, context: context)
        var text = XMLText(type: type, options: options.xml, provenance: options.provenance)
        text.begin(type)
        if isCollection {
            try run.writePartitions(blocks, &text)
        } else {
            try run.writeBlocks(blocks, &text)
        }
        try index.write(text.finished())
        try context.checkCancellation()
        try folder.commit(with: index)
    }

    private struct Run {
        let folder: OutputFolder
        let name: String
        let options: WriterOptions
        let path: String
        let context: ExecutionContext
        var count = 0

        /// Writes a dataset as the next file and returns its name relative to the index.
        mutating func write(_ dataset: Dataset) throws -> String {
            let file = "\(name)_\(count).\(try XMLWriter.fileExtension(of: dataset, path: path))"
            count += 1
            let writer = XMLWriter(options: options.xml, provenance: options.provenance)
            try writer.write(dataset, to: folder.partialPath + "/" + file, context: context)
            return "\(name)/\(file)"
        }

        mutating func writeBlocks(_ collection: BlockCollection, _ text: inout XMLText) throws {
            for (number, block) in collection.blocks.enumerated() {
                var attributes = [("index", "\(number)")]
                if !block.name.isEmpty { attributes.append(("name", block.name)) }
                switch block.dataset {
                case .blocks(let inner)?:
                    text.begin(inner.isPartitioned ? "Piece" : "Block", attributes)
                    try writeBlocks(inner, &text)
                    text.end()
                case let dataset?: text.empty("DataSet", attributes + [("file", try write(dataset))])
                case nil: text.empty("DataSet", attributes)
                }
            }
        }

        /// One level: every block is a partitioned dataset, made of its leaves.
        mutating func writePartitions(_ collection: BlockCollection, _ text: inout XMLText) throws {
            for (number, block) in collection.blocks.enumerated() {
                text.begin("Partitions", [("index", "\(number)"), ("name", block.name)])
                var parts: [Dataset] = []
                if case .blocks(let inner)? = block.dataset {
                    parts = inner.leaves.map(\.dataset)
                } else if let dataset = block.dataset {
                    parts = [dataset]
                }
                for (place, part) in parts.enumerated() { text.empty("DataSet", [("index", "\(place)"), ("file", try write(part))]) }
                text.end()
            }
        }
    }
}
