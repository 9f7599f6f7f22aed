import Foundation

/// A folder in which damaged copies of one file lie beside links to the file's neighbours.
public struct DamageBench {
    private let folder: URL
    private let name: String

    public init(for file: URL) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tessera-fuzz-\(UUID().uuidString)")
        name = file.lastPathComponent
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let siblings = try FileManager.default.contentsOfDirectory(at: file.deletingLastPathComponent(), includingPropertiesForKeys: nil)
        for sibling in siblings where sibling.lastPathComponent != name {
            try? FileManager.default.createSymbolicLink(at: folder.appendingPathComponent(sibling.lastPathComponent), withDestinationURL: sibling)
        }
    }

    /// Where the copy lies.
    public var path: String { folder.appendingPathComponent(name).path }

    public func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
    public func remove() { try? FileManager.default.removeItem(at: folder) }
}
