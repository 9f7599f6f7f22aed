import Datasets
import Execution

/// Writes volumes as MetaImage with the numbers in the same file (`.mha`): the scalars of an image, or its only array of numbers.
///
/// Numbers are raw or one zlib stream. The image's place, spacing and direction are kept; other arrays are left out with a warning. The
/// file appears whole or not at all.
///
/// Source: "ITK/MetaIO/Documentation", itk.org/Wiki.
public struct MetaImageWriter: DatasetWriter {
    public static let extensions = ["mha"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` for other kinds than images, and where it is not clear which array is meant; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let volume = try VolumeOutput(dataset, format: "MetaImage", path: path, context: context)
        let order = options.xml.byteOrder
        let isCompressed = options.xml.compression != .none
        func joined(_ values: [Double]) -> String { values.map(shortText).joined(separator: " ") }
        let output = try OutputFile(path: path)
        var header = "ObjectType = Image\nNDims = 3\n"
        if let provenance = options.provenance { header += "Comment = \(provenance.title(limit: 240))\n" }
        header += "BinaryData = True\nBinaryDataByteOrderMSB = \(order == .bigEndian ? "True" : "False")\n"
        header += "CompressedData = \(isCompressed ? "True" : "False")\n"
        // Put in when it is known.
        let sizePlace = header.utf8.count + "CompressedDataSize = ".utf8.count
        if isCompressed { header += "CompressedDataSize = " + String(repeating: "0", count: 16) + "\n" }
        header += "TransformMatrix = \(joined((0..<3).flatMap(volume.direction)))\nOffset = \(joined(volume.origin))\n"
        header += "CenterOfRotation = 0 0 0\nElementSpacing = \(joined(volume.spacing))\n"
        header += "DimSize = \(volume.sizes.map(String.init).joined(separator: " "))\n"
        header += "ElementNumberOfChannels = \(volume.array.components)\nElementType = \(MetaImageWriter.names[volume.type]!)\n"
        try output.write(header + "ElementDataFile = LOCAL\n")
        let array = XMLOutputArray(volume.array)
        if isCompressed {
            let size = try DeflateStream.write(array.bytes, width: array.width, order: order, as: .zlib, to: output, context)
            let digits = Array(String(size).utf8)
            try digits.withUnsafeBytes { try output.write($0, at: sizePlace + 16 - digits.count) }
        } else {
            try output.write(array.bytes, width: array.width, order: order, context)
        }
        withExtendedLifetime(array.owner) {}
        try output.commit()
    }

    private static let names: [ScalarType: String] = [
        .int8: "MET_CHAR", .uint8: "MET_UCHAR", .int16: "MET_SHORT", .uint16: "MET_USHORT", .int32: "MET_INT", .uint32: "MET_UINT",
        .int64: "MET_LONG_LONG", .uint64: "MET_ULONG_LONG", .float32: "MET_FLOAT", .float64: "MET_DOUBLE",
    ]
}
