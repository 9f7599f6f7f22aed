import Datasets
import Execution
import Foundation

extension FileFormat {
    /// The formats that can be read.
    public static let readable: [FileFormat] = [
        FileFormat(name: "VTK XML", extensions: XMLReader.extensions) { try XMLReader(path: $0) },
        FileFormat(name: "VTK legacy", extensions: ["vtk"]) { try LegacyReader(path: $0) },
        FileFormat(name: "PLY", extensions: ["ply"]) { try PLYReader(path: $0) },
        FileFormat(name: "STL", extensions: ["stl"]) { try STLReader(path: $0) },
        FileFormat(name: "OBJ", extensions: ["obj"]) { try OBJReader(path: $0) },
        FileFormat(name: "NRRD", extensions: ["nrrd", "nhdr"]) { try NRRDReader(path: $0) },
        FileFormat(name: "CSV", extensions: ["csv"]) { try CSVReader(path: $0) },
    ]

    /// Endings of the names of files that can be written, for messages.
    public static var writableEndings: String { XMLWriter.extensions.map { "." + $0 }.joined(separator: " ") }

    /// - Throws: `FileError` where the ending of the name is not that of a format that can be written.
    public static func checkWritable(_ path: String) throws {
        let ending = (path as NSString).pathExtension.lowercased()
        guard XMLWriter.extensions.contains(ending) else {
            throw FileError(file: path, expected: "a file name that ends in one of \(writableEndings)", found: ending.isEmpty ? "no ending" : "." + ending)
        }
    }

    /// Writes a dataset in the format that the file's name says. The file appears whole or not at all.
    public static func write(_ dataset: Dataset, to path: String, options: XMLWriterOptions = XMLWriterOptions(), context: ExecutionContext) throws {
        try checkWritable(path)
        try XMLWriter(options: options).write(dataset, to: path, context: context)
    }
}
