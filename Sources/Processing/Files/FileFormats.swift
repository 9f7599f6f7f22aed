import Dataflow
import Datasets
import Execution
import Foundation

/// A file format that can be read.
public struct FileFormat: Sendable {
    /// What people call it.
    public var name: String
    /// Endings of file names, without the dot, in small letters.
    public var extensions: [String]
    /// Parses the structure of a file; reads no array.
    public var open: @Sendable (_ path: String, _ options: FileOptions) throws -> any DatasetReader

    /// A format that tells everything itself.
    public init(name: String, extensions: [String], open: @escaping @Sendable (_ path: String) throws -> any DatasetReader) {
        self.init(name: name, extensions: extensions) { path, _ in try open(path) }
    }

    public init(
        name: String, extensions: [String], open: @escaping @Sendable (_ path: String, _ options: FileOptions) throws -> any DatasetReader
    ) {
        self.name = name
        self.extensions = extensions
        self.open = open
    }
}

extension FileFormat {
    /// Finds the format by the ending of the file's name and parses the file's structure.
    ///
    /// - Throws: `FileError` where the format is not known or the file is damaged.
    static func openReader(of path: String, options: FileOptions) throws -> any DatasetReader {
        if let layout = options.rawLayout { return try RawVolumeReader(path: path, layout: layout) }
        let ending = (path as NSString).pathExtension.lowercased()
        guard let format = readable.first(where: { $0.extensions.contains(ending) }) else {
            let known = readable.flatMap(\.extensions).map { "." + $0 }.joined(separator: " ")
            throw FileError(file: path, expected: "a file name that ends in one of \(known)", found: ending.isEmpty ? "no ending" : "." + ending)
        }
        return try format.open(path, options)
    }
}

/// A file as the beginning of a pipeline.
public struct FileSource: Source {
    public let path: String
    private let reader: any DatasetReader
    private let stamp: String

    /// What was said about the file besides its name.
    private let extras: String

    /// Finds the format by the file name's ending and parses the file's structure.
    ///
    /// - Parameters:
    ///   - points: columns of a table that become the coordinates of points.
    ///   - options: what the file does not say.
    /// - Throws: `FileError` where the file is missing, not readable, of no known format or damaged; `DatasetError` where columns are asked of
    ///   something else than a table.
    public init(path: String, points: (x: String, y: String, z: String)? = nil, options: FileOptions = FileOptions()) throws {
        var information = stat()
        guard stat(path, &information) == 0 else {
            let reason = String(cString: strerror(errno))
            throw FileError(file: path, expected: "a file", found: "none (\(reason))" + FileSource.suggestion(for: path))
        }
        guard information.st_mode & S_IFMT != S_IFDIR else {
            throw FileError(file: path, expected: "a file", found: "a folder")
        }
        self.path = path
        let opened = try FileFormat.openReader(of: path, options: options)
        reader = try points.map { try TablePointsReader(opened, x: $0.x, y: $0.y, z: $0.z) } ?? opened
        extras = (points.map { " \($0.x),\($0.y),\($0.z)" } ?? "") + (options == FileOptions() ? "" : " \(options)")
        #if canImport(Darwin)
        let modified = information.st_mtimespec
        #else
        let modified = information.st_mtim
        #endif
        stamp = "\(information.st_size)/\(modified.tv_sec).\(modified.tv_nsec)"
    }

    /// The file of the same folder that was probably meant.
    private static func suggestion(for path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder), names.count <= 10_000,
            let name = nearest(to: (path as NSString).lastPathComponent, among: names.sorted())
        else { return "" }
        return "; did you mean \(folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name))?"
    }

    public var name: String { "read \((path as NSString).lastPathComponent)" }
    public var signature: String { "file \(path) \(stamp)\(extras)" }

    public func describe() throws -> DatasetDescription { try reader.describe() }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        try reader.read(request, context: context)
    }
}
