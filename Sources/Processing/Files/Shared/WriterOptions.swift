import Datasets
import Execution

/// How files are written. Each format takes what it knows of.
public struct WriterOptions: Sendable, Hashable {
    /// Versions of VTK's legacy files.
    public enum LegacyVersion: String, Sendable, Hashable, CaseIterable {
        /// What VTK before 9 reads too: cells as one list of counts and points.
        case v4_2 = "4.2"
        /// Cells as offsets and connectivity.
        case v5_1 = "5.1"
    }

    /// Of VTK XML files. Other formats take from it whether they are text, the byte order where there is a choice, and whether to compress.
    public var xml: XMLWriterOptions
    public var legacyVersion = LegacyVersion.v5_1
    /// Written into the file where the format has room for it.
    public var provenance: ProvenanceRecord?

    public init(xml: XMLWriterOptions = XMLWriterOptions(), legacyVersion: LegacyVersion = .v5_1, provenance: ProvenanceRecord? = nil) {
        self.xml = xml
        self.legacyVersion = legacyVersion
        self.provenance = provenance
    }

    /// Whether numbers are written as text.
    var isText: Bool { xml.encoding == .ascii }
}

/// Writes datasets as files of one format. The file appears whole or not at all.
public protocol DatasetWriter: Sendable {
    /// - Throws: `FileError` where the format cannot hold the dataset or the place cannot be written; `CancelledError`.
    func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws
}
