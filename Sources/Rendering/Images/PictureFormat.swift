import Execution
import Foundation

/// The formats that pictures are written in, told by the ending of the file's name.
public enum PictureFormat: Sendable, Hashable, CaseIterable {
    case png, jpeg

    /// Endings of file names, in small letters, with the dot.
    public var endings: [String] {
        switch self {
        case .png: [".png"]
        case .jpeg: [".jpg", ".jpeg"]
        }
    }

    /// The format that a file's name asks for; nil where its ending is none of a picture.
    public init?(path: String) {
        let name = path.lowercased()
        guard let format = PictureFormat.allCases.first(where: { $0.endings.contains { name.hasSuffix($0) } }) else { return nil }
        self = format
    }

    /// All endings, for messages.
    public static var knownEndings: String { allCases.flatMap(\.endings).joined(separator: " ") }
}

extension ColorImage {
    /// Writes the picture in the format that the file's name says, whole or not at all.
    ///
    /// - Parameters:
    ///   - quality: of a JPEG, 1…100.
    ///   - text: keywords and texts that say where the picture comes from.
    /// - Throws: `PNGError`, `JPEGError`.
    public func write(
        to path: String, quality: Int = 90, text: [(keyword: String, text: String)] = [], in context: ExecutionContext
    ) throws {
        switch PictureFormat(path: path) {
        case .png: try writePNG(to: path, text: text, in: context)
        case .jpeg: try writeJPEG(to: path, quality: quality, text: text)
        case nil: throw PNGError(path: path, reason: "expected a name that ends in one of \(PictureFormat.knownEndings)")
        }
    }
}

/// Writes a file beside its place and renames it. Returns why that failed, nil where it did not; then nothing has changed.
func writeWhole(_ bytes: [UInt8], to path: String) -> String? {
    let beside = path + ".\(getpid()).part"
    UnfinishedFiles.add(beside)
    defer { UnfinishedFiles.remove(beside) }
    guard let file = fopen(beside, "wb") else { return String(cString: strerror(errno)) }
    var failure: Int32? = bytes.withUnsafeBytes { fwrite($0.baseAddress!, 1, $0.count, file) == $0.count ? nil : errno }
    if fclose(file) != 0 && failure == nil { failure = errno }
    if failure == nil && rename(beside, path) != 0 { failure = errno }
    guard let failure else { return nil }
    unlink(beside)
    return String(cString: strerror(failure))
}
