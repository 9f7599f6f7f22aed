import Datasets
import Execution
import Foundation

/// A file format that can be written.
public struct WritableFormat: Sendable {
    /// What people call it.
    public var name: String
    /// Endings of file names, without the dot, in small letters.
    public var extensions: [String]
    /// Whether it holds triangles only, so that surfaces must be triangulated before.
    public var needsTriangles = false
    public var writer: @Sendable (WriterOptions) -> any DatasetWriter

    public init(
        name: String, extensions: [String], needsTriangles: Bool = false, writer: @escaping @Sendable (WriterOptions) -> any DatasetWriter
    ) {
        self.name = name
        self.extensions = extensions
        self.needsTriangles = needsTriangles
        self.writer = writer
    }
}

extension FileFormat {
    /// The formats that can be written.
    public static let writable: [WritableFormat] = [
        WritableFormat(name: "VTK XML", extensions: XMLWriter.extensions) { XMLWriter(options: $0.xml, provenance: $0.provenance) },
        WritableFormat(name: "VTK XML, in pieces", extensions: ParallelXMLWriter.extensions) { PiecesAtOnceWriter(options: $0) },
        WritableFormat(name: "VTK XML, blocks", extensions: BlocksWriter.extensions) { BlocksWriter(options: $0) },
        WritableFormat(name: "ParaView collection", extensions: TimeSeriesWriter.extensions) { TimeAtOnceWriter(options: $0) },
        WritableFormat(name: "VTK legacy", extensions: LegacyWriter.extensions) { LegacyWriter(options: $0) },
        WritableFormat(name: "PLY", extensions: PLYWriter.extensions) { PLYWriter(options: $0) },
        WritableFormat(name: "STL", extensions: STLWriter.extensions, needsTriangles: true) { STLWriter(options: $0) },
        WritableFormat(name: "OBJ", extensions: OBJWriter.extensions) { OBJWriter(options: $0) },
        WritableFormat(name: "CSV", extensions: CSVWriter.extensions) { CSVWriter(options: $0) },
        WritableFormat(name: "NRRD", extensions: NRRDWriter.extensions) { NRRDWriter(options: $0) },
        WritableFormat(name: "MetaImage", extensions: MetaImageWriter.extensions) { MetaImageWriter(options: $0) },
    ]

    /// Endings of the names of files that can be written, for messages.
    public static var writableEndings: String { writable.flatMap(\.extensions).map { "." + $0 }.joined(separator: " ") }

    /// The format that a file's name asks for.
    ///
    /// - Throws: `FileError` where the ending of the name is not that of a format that can be written.
    public static func writable(_ path: String) throws -> WritableFormat {
        let ending = (path as NSString).pathExtension.lowercased()
        guard let format = writable.first(where: { $0.extensions.contains(ending) }) else {
            throw FileError(file: path, expected: "a file name that ends in one of \(writableEndings)", found: ending.isEmpty ? "no ending" : "." + ending)
        }
        return format
    }

    /// - Throws: `FileError` where the ending of the name is not that of a format that can be written.
    public static func checkWritable(_ path: String) throws { _ = try writable(path) }

    /// Writes a dataset in the format that the file's name says. The file appears whole or not at all.
    public static func write(_ dataset: Dataset, to path: String, options: WriterOptions = WriterOptions(), context: ExecutionContext) throws {
        try writable(path).writer(options).write(dataset, to: path, context: context)
    }
}
