import Dataflow
import Datasets
import Execution
import Foundation

/// Reads VTK XML files that list other files: `.vtm`, `.vtmb` (blocks in blocks), `.vtpc` (collections of partitioned datasets), `.vtpd`.
///
/// Blocks keep their names, or are called by their place. Blocks without a file stay empty; files that are not there leave their blocks
/// empty with a warning, all of them missing is an error. Names are relative to the listing file. Assemblies are passed over.
///
/// A piece has some of the files' datasets whole, in a run of the file's order, balanced by bytes; the other blocks are empty in it.
public struct CompositeReader: DatasetReader {
    /// What the names of such files end with.
    public static let extensions = ["vtm", "vtmb", "vtpc", "vtpd"]

    private let file: XMLFile
    private let root: CompositeNode
    private let leaves: [any DatasetReader]
    private let missing: [String]
    private let description: DatasetDescription
    /// Bytes of each leaf, an estimate.
    private let leafBytes: [Int]

    /// Opens every file that is listed, and those that these list; reads no array.
    ///
    /// - Throws: `FileError` for files that are damaged, list themselves, are nested too deep, or where none is there.
    public init(path: String, options: FileOptions = FileOptions()) throws {
        file = try XMLFile(path: path)
        guard file.kind == .blocks, file.dataset.name != "Collection" else {
            throw FileError(file: path, expected: "vtkMultiBlockDataSet, vtkPartitionedDataSetCollection or vtkPartitionedDataSet", found: file.dataset.name)
        }
        let inner = try options.descending(into: path)
        let (file, structure) = (file, try CompositeNode.root(of: file))
        var (leaves, missing, description) = ([any DatasetReader](), [String](), DatasetDescription(kind: .blocks))
        root = try structure.opened { name in
            let leafPath = resolved(name, beside: file.path)
            guard MappedFile.exists(leafPath) else {
                missing.append(leafPath)
                return nil
            }
            leaves.append(try FileFormat.openReader(of: leafPath, options: inner))
            return leaves.count - 1
        }
        if let first = missing.first, leaves.isEmpty {
            throw FileError(file: first, expected: "at least one block of \(path)", found: "no such file")
        }
        let described = try leaves.map { try $0.describe() }
        leafBytes = described.map { $0.byteCount ?? 0 }
        try description.collect(described)
        description.splitting = .wholeBlocks
        (self.leaves, self.missing, self.description) = (leaves, missing, description)
    }

    public func describe() throws -> DatasetDescription { description }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        for name in missing { context.trace.record(warning: "\(file.path): \(name) is missing, its block stays empty") }
        let whole = request.whole
        let mine = PieceShares.run(of: leafBytes, part: request.piece, of: request.pieceCount)
        let datasets = try forEachPiece(leaves.count, context) { mine.contains($0) ? try leaves[$0].read(whole, context: $1) : nil }
        var collection = root.collection(datasets)
        let loader = XMLArrayLoader(file)
        try file.at("FieldData") {
            for entry in try XMLPiece.arrays(file.fieldData) { collection.fieldData.set(try loader.loadField(entry, context: context)) }
        }
        return .blocks(collection)
    }
}

extension FileOptions {
    private static let greatestDepth = 16

    /// The options for files that the file at `path` lists.
    ///
    /// - Throws: `FileError` where it is one of those that list it, or they are too many.
    func descending(into path: String) throws -> FileOptions {
        let name = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        if ancestors.contains(name) {
            throw FileError(file: path, expected: "files that do not list themselves", found: (ancestors + [name]).joined(separator: " → "))
        }
        guard ancestors.count < FileOptions.greatestDepth else {
            throw FileError(file: path, expected: "at most \(FileOptions.greatestDepth) files, each listed by the one before", found: "more")
        }
        var inner = FileOptions()
        inner.ancestors = ancestors + [name]
        return inner
    }
}

extension DatasetDescription {
    /// Adds up what is known of the datasets in blocks.
    mutating func collect(_ leaves: [DatasetDescription]) throws {
        (pointCount, cellCount, byteCount, isMapped) = (0, 0, 0, !leaves.isEmpty)
        var known = Set<String>()
        var steps = Set<Double>()
        for leaf in leaves {
            leafKinds.formUnion(leaf.kind == .blocks ? leaf.leafKinds : [leaf.kind])
            for array in leaf.arrays where known.insert("\(array.association) \(array.name)").inserted { arrays.append(array) }
            func sum(_ a: Int?, _ b: Int?) -> Int? {
                guard let a, let b else { return nil }
                let (total, overflow) = a.addingReportingOverflow(b)
                return overflow ? .max : total
            }
            (pointCount, cellCount, byteCount) = (sum(pointCount, leaf.pointCount), sum(cellCount, leaf.cellCount), sum(byteCount, leaf.byteCount))
            isMapped = isMapped && leaf.isMapped
            steps.formUnion(leaf.timeSteps.filter(\.isFinite))
        }
        timeSteps = steps.sorted()
    }
}
