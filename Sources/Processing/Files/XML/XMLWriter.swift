import Datasets
import Execution

/// How a VTK XML file is written; the default is what most readers take fastest.
public struct XMLWriterOptions: Sendable, Hashable {
    public enum Encoding: Sendable, Hashable, CaseIterable {
        case ascii, inlineBase64, appendedBase64, appendedRaw
    }

    public var encoding = Encoding.appendedRaw
    public var compression = Codec.zlib
    /// 1 (fast) … 12 (small), for zlib.
    public var compressionLevel = 1
    /// Bytes that are compressed together; a multiple of 8.
    public var blockSize = 1 << 16
    /// Bytes of the counts in front of arrays: 4 or 8.
    public var headerWidth = 8
    public var byteOrder = ByteOrder.native

    public init(encoding: Encoding = .appendedRaw, compression: Codec = .zlib) {
        self.encoding = encoding
        self.compression = compression
    }
}

/// Writes VTK XML files: `.vti .vtr .vts .vtu .vtp`.
///
/// The file appears whole or not at all. Blocks are compressed on all threads. Connectivity is written as Int32.
public struct XMLWriter: DatasetWriter {
    /// What the names of such files end with.
    public static let extensions = ["vti", "vtr", "vts", "vtu", "vtp"]

    public var options: XMLWriterOptions
    /// Written as a processing instruction, which readers pass over.
    public var provenance: ProvenanceRecord?

    public init(options: XMLWriterOptions = XMLWriterOptions(), provenance: ProvenanceRecord? = nil) {
        self.options = options
        self.provenance = provenance
    }

    /// - Throws: `FileError` where the kind of dataset has another extension or the place cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let expected = try XMLWriter.fileExtension(of: dataset, path: path)
        guard path.hasSuffix("." + expected) else {
            throw FileError(file: path, expected: "a name that ends with .\(expected) for a dataset of type \(dataset.kind.rawValue)", found: path)
        }
        let output = try OutputFile(path: path)
        var document = XMLDocument(options: options, provenance: provenance, output: output, context: context)
        do {
            try document.write(dataset)
        } catch let problem as FormatProblem {
            throw problem.at(.file, of: path)
        }
        try output.commit()
    }

    static func fileExtension(of dataset: Dataset, path: String) throws -> String {
        switch dataset.kind {
        case .image: return "vti"
        case .rectilinear: return "vtr"
        case .structured: return "vts"
        case .unstructured: return "vtu"
        case .poly: return "vtp"
        case .table, .blocks:
            throw FileError(file: path, expected: "a grid, an image or poly data", found: "a dataset of type \(dataset.kind.rawValue)")
        }
    }
}

/// An array on its way into a file: its numbers, or bytes that a file wants instead.
struct XMLOutputArray {
    var name: String
    /// `DataArray` or, for strings, `Array`.
    var typeName: String
    var components = 1
    var componentNames: [String] = []
    /// Bytes of one number.
    var width: Int
    /// The numbers, in native byte order; kept alive by `owner`.
    var bytes: UnsafeRawBufferPointer
    var owner: Any
    /// Written for field arrays, whose number of tuples nothing else tells.
    var tuples: Int?
    /// The numbers for text files.
    var numbers: FieldArray
    var isString = false
    var valueCount: Int
    var isIdType = false

    init<Value: Scalar>(_ name: String, _ values: Buffer<Value>, components: Int = 1) {
        self.name = name
        self.components = components
        typeName = XMLArrayEntry.name(of: Value.scalarType)
        width = MemoryLayout<Value>.stride
        bytes = UnsafeRawBufferPointer(values.elements)
        owner = values
        valueCount = values.count
        numbers = FieldArray(name: name, values)
    }

    init(_ array: FieldArray) {
        var visitor = Numbers(name: array.name, components: array.components)
        switch array.values {
        case .strings(let strings):
            var all: [UInt8] = []
            for string in strings {
                all.append(contentsOf: string.utf8.filter { $0 != 0 })
                all.append(0)
            }
            self.init(array.name, Buffer(all), components: array.components)
            typeName = "String"
            isString = true
        case .bits(let packed, let count):
            self.init(array.name, packed.count == (count + 7) / 8 ? packed : packed.slice(0..<(count + 7) / 8), components: array.components)
            typeName = "Bit"
            valueCount = count
            numbers = array
        default:
            self = array.visit(&visitor)!
        }
        componentNames = array.componentNames
        isIdType = array.declaredType == "vtkIdType" && (typeName == "Int64" || typeName == "Int32")
    }

    /// What the file says of the array: type, name, components.
    var attributes: [(String, String)] {
        var attributes = [("type", typeName)]
        if isIdType { attributes.append(("IdType", "1")) }
        attributes.append(("Name", name))
        if components != 1 { attributes.append(("NumberOfComponents", "\(components)")) }
        for (index, name) in componentNames.enumerated() where !name.isEmpty { attributes.append(("ComponentName\(index)", name)) }
        if let tuples { attributes.append(("NumberOfTuples", "\(tuples)")) }
        return attributes
    }

    private struct Numbers: FieldVisitor {
        var name: String
        var components: Int
        func visit<Value: Scalar>(_ values: Buffer<Value>) -> XMLOutputArray { XMLOutputArray(name, values, components: components) }
    }
}
