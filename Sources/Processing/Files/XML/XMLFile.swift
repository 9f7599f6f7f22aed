import Datasets
import Execution

/// A VTK XML file, mapped, with its structure parsed: what all its readers share.
///
/// Source: "VTK XML file formats", docs.vtk.org.
struct XMLFile: Sendable {
    enum Compressor: Sendable, Hashable {
        case codec(Codec)
        /// One that this program cannot undo.
        case unknown(String)
    }

    let file: MappedFile
    /// The element of the dataset, `ImageData` … or `PImageData` …; `vtkMultiBlockDataSet` … of files that list others.
    let dataset: XMLElement
    /// The element of arrays about the dataset as a whole.
    let fieldData: XMLElement?
    let kind: DatasetKind
    /// Whether the file only lists pieces that are files of their own.
    let isParallel: Bool
    /// Of the format, such as (2, 3); (0, 0) where the file does not say.
    let version: (major: Int, minor: Int)
    let byteOrder: ByteOrder
    /// Bytes of the counts in front of binary data: 4 or 8.
    let headerWidth: Int
    let compressor: Compressor
    let appended: XMLParser.AppendedData?

    var path: String { file.path }

    /// Types of files that only list other files.
    static let compositeTypes: Set<String> = [
        "vtkMultiBlockDataSet", "vtkMultiGroupDataSet", "vtkPartitionedDataSetCollection", "vtkPartitionedDataSet", "Collection",
    ]

    /// - Throws: `FileError`.
    init(path: String) throws {
        file = try MappedFile(path: path)
        do {
            let file = file
            let (root, appended) = try XMLParser.parse(file.bytes) { file.release($0) }
            self.appended = appended
            guard root.name == "VTKFile" else {
                throw FormatProblem(expected: "<VTKFile>", found: "<\(root.name)>", byte: root.byte)
            }
            let type = root["type"] ?? ""
            let isParallel = type.hasPrefix("P") && type != "PolyData"
            self.isParallel = isParallel
            let plainType = isParallel ? String(type.dropFirst()) : type
            let kinds: [DatasetKind] = [.image, .rectilinear, .structured, .unstructured, .poly, .table]
            let isComposite = XMLFile.compositeTypes.contains(type)
            guard let kind = isComposite ? .blocks : kinds.first(where: { $0.rawValue == plainType }) else {
                throw FormatProblem(
                    expected: "a type of dataset (ImageData, RectilinearGrid, StructuredGrid, UnstructuredGrid, PolyData, Table, vtkMultiBlockDataSet, …)",
                    found: quoted(type), byte: root.byte)
            }
            self.kind = kind
            let numbers = (root["version"] ?? "").split(separator: ".").map { Int($0) ?? 0 }
            version = (numbers.first ?? 0, numbers.count > 1 ? numbers[1] : 0)
            guard let dataset = root.child(type) else {
                throw FormatProblem(expected: "<\(type)> in <VTKFile>", found: "none", byte: root.byte)
            }
            self.dataset = dataset
            fieldData = dataset.child("FieldData") ?? (isComposite ? root.child("FieldData") : nil)
            switch root["byte_order"] {
            case "LittleEndian": byteOrder = .littleEndian
            case "BigEndian": byteOrder = .bigEndian
            case nil: byteOrder = .native
            case let other?: throw FormatProblem(expected: "LittleEndian or BigEndian for byte_order", found: quoted(other), byte: root.byte)
            }
            switch root["header_type"] {
            case nil, "UInt32": headerWidth = 4
            case "UInt64": headerWidth = 8
            case let other?: throw FormatProblem(expected: "UInt32 or UInt64 for header_type", found: quoted(other), byte: root.byte)
            }
            switch root["compressor"] {
            case nil, "": compressor = .codec(.none)
            case "vtkZLibDataCompressor": compressor = .codec(.zlib)
            case "vtkLZ4DataCompressor": compressor = .codec(.lz4)
            case "vtkLZMADataCompressor": compressor = .codec(.lzma)
            case let other?: compressor = .unknown(other)
            }
        } catch let problem as FormatProblem {
            throw problem.byte.map { problem.at(.byte($0), of: path) } ?? problem.at(.file, of: path)
        }
    }

    /// Runs `body`; what is wrong becomes a `FileError` that says where.
    func at<Result>(_ place: @autoclosure () -> String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let problem as FormatProblem {
            throw problem.at(.part(place()), of: path)
        }
    }
}
