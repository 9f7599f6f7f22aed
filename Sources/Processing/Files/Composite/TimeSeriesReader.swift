import Dataflow
import Datasets
import Execution
import Synchronization

/// Reads ParaView's collections (`.pvd`): the files of each time step, one or several parts.
///
/// A request gets the step nearest to its time, the earlier of two as near, the first where it names none. Where a step has several parts
/// the result is blocks in the file's order, named as the file says or by their part number; else it is the part's own dataset. Parts that
/// are not there leave their blocks empty with a warning; a step without any is an error. A piece of blocks has some of them whole; a step
/// of one part does not split, because other steps may be of other kinds.
public final class TimeSeriesReader: DatasetReader {
    private struct Part {
        var name: String
        var file: String
    }

    /// A part with its file open; nil where there is none.
    private struct OpenPart {
        var part: Part
        var reader: (any DatasetReader)?
    }

    private let file: XMLFile
    private let options: FileOptions
    private let times: [Double]
    private let parts: [Double: [Part]]
    private let isCollection: Bool
    /// Steps that were opened; the first one stays open, because it describes all.
    private let first = Mutex<[OpenPart]?>(nil)

    /// Parses the list; opens no file of it.
    ///
    /// - Throws: `FileError`.
    public init(path: String, options: FileOptions = FileOptions()) throws {
        let file = try XMLFile(path: path)
        guard file.dataset.name == "Collection" else { throw FileError(file: path, expected: "<Collection>", found: file.dataset.name) }
        self.file = file
        self.options = try options.descending(into: path)
        var parts: [Double: [Part]] = [:]
        for element in file.dataset.children("DataSet") {
            try file.at(element.place) {
                guard let name = element["file"], !name.isEmpty else {
                    throw FormatProblem(expected: "a file for every DataSet", found: "none", byte: element.byte)
                }
                let time = try element.numbers("timestep")?.first ?? 0
                guard time.isFinite else { throw FormatProblem(expected: "a finite timestep", found: "\(time)", byte: element.byte) }
                let words = [element["group"] ?? "", element["name"] ?? element["part"] ?? ""].filter { !$0.isEmpty }
                let label = words.isEmpty ? "\(parts[time, default: []].count)" : words.joined(separator: " ")
                parts[time, default: []].append(Part(name: label, file: resolved(name, beside: path)))
            }
        }
        times = parts.keys.sorted()
        isCollection = parts.values.contains { $0.count != 1 }
        self.parts = parts
    }

    /// Opens the files of a step; nil for those that are not there.
    private func open(_ time: Double) throws -> [OpenPart] {
        let listed = parts[time] ?? []
        let opened = try listed.map { part in
            OpenPart(part: part, reader: MappedFile.exists(part.file) ? try FileFormat.openReader(of: part.file, options: options) : nil)
        }
        if let part = listed.first, opened.allSatisfy({ $0.reader == nil }) {
            throw FileError(file: part.file, expected: "a file of time \(time) of \(file.path)", found: "no such file")
        }
        return opened
    }

    private func opened(_ time: Double) throws -> [OpenPart] {
        guard time == times.first else { return try open(time) }
        return try first.withLock { first in
            let opened = try first ?? open(time)
            first = opened
            return opened
        }
    }

    public func describe() throws -> DatasetDescription {
        var description = DatasetDescription(kind: .blocks)
        if let time = times.first {
            let leaves = try opened(time).compactMap { try $0.reader?.describe() }
            if !isCollection, let leaf = leaves.first { description = leaf } else { try description.collect(leaves) }
        }
        description.splitting = isCollection ? .wholeBlocks : .none
        description.timeSteps = times
        return description
    }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var description = DatasetDescription(kind: .blocks)
        description.timeSteps = times
        guard let time = description.timeStep(nearest: request.time) else { return .blocks(BlockCollection(blocks: [])) }
        let readers = try opened(time)
        for entry in readers where entry.reader == nil {
            context.trace.record(warning: "\(file.path): \(entry.part.file) is missing, its block stays empty")
        }
        var whole = request.whole
        whole.time = time
        let mine =
            isCollection
            ? PieceShares.run(of: try readers.map { try $0.reader?.describe().byteCount ?? 0 }, part: request.piece, of: request.pieceCount)
            : readers.indices
        let datasets = try forEachPiece(readers.count, context) { index, context in
            mine.contains(index) ? try readers[index].reader?.read(whole, context: context) : nil
        }
        if !isCollection, let dataset = datasets.first ?? nil { return dataset }
        return .blocks(
            BlockCollection(blocks: zip(readers, datasets).map { BlockCollection.Block(name: $0.part.name, dataset: $1) }))
    }
}
