import Datasets
import Execution

/// Writes volumes as NRRD (`.nrrd`): the scalars of an image, or its only array of numbers, raw or compressed with gzip.
///
/// Components are the first axis. The image's place, spacing and direction are kept; other arrays are left out with a warning. The file
/// appears whole or not at all.
///
/// Source: "Definition of NRRD File Format", teem.sourceforge.net/nrrd/format.html.
public struct NRRDWriter: DatasetWriter {
    public static let extensions = ["nrrd"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` for other kinds than images, and where it is not clear which array is meant; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        let volume = try VolumeOutput(dataset, format: "NRRD", path: path, context: context)
        let output = try OutputFile(path: path)
        // Readers in the manner of VTK take a short first axis for components.
        let hasComponentAxis = volume.array.components > 1 || volume.sizes[0] <= 9
        let isCompressed = options.xml.compression != .none && !options.isText
        var header = "NRRD0004\n"
        for line in options.provenance?.lines ?? [] { header += "# \(line)\n" }
        header += "type: \(NRRDWriter.names[volume.type]!)\ndimension: \(hasComponentAxis ? 4 : 3)\n"
        // VTK's reader loses an axis where there are components and a space is named: not named where nothing needs it.
        let needsSpace = !hasComponentAxis || volume.origin != [0, 0, 0] || !volume.image.isAxisAligned
        if needsSpace { header += "space dimension: 3\n" }
        header += "sizes: \(((hasComponentAxis ? [volume.array.components] : []) + volume.sizes).map(String.init).joined(separator: " "))\n"
        let axes = (0..<3).map { axis in NRRDWriter.vector(volume.direction(axis).map { $0 * volume.spacing[axis] }) }
        if needsSpace {
            header += "space directions: \(((hasComponentAxis ? ["none"] : []) + axes).joined(separator: " "))\n"
        } else {
            header += "spacings: nan \(volume.spacing.map(shortText).joined(separator: " "))\n"
        }
        header += "kinds: \(hasComponentAxis ? "\(NRRDWriter.kind(volume.array.components)) " : "")domain domain domain\n"
        if volume.array.name != "ImageFile", !volume.array.name.contains(where: { $0 == "\"" || $0.isNewline }), !volume.array.name.isEmpty {
            header += "labels: \"\(volume.array.name)\"" + String(repeating: " \"\"", count: hasComponentAxis ? 3 : 2) + "\n"
        }
        let order = options.xml.byteOrder
        if volume.type.byteCount > 1 && !options.isText { header += "endian: \(order == .littleEndian ? "little" : "big")\n" }
        header += "encoding: \(options.isText ? "ascii" : isCompressed ? "gzip" : "raw")\n"
        header += needsSpace ? "space origin: \(NRRDWriter.vector(volume.origin))\n\n" : "\n"
        try output.write(header)
        if options.isText {
            let perLine = volume.sizes[0] * volume.array.components
            try output.writeText(volume.array.valueCount / perLine, grain: max(1, (1 << 14) / perLine), context) { range, text in
                for line in range {
                    volume.array.append(line * perLine..<(line + 1) * perLine, separator: " ", to: &text)
                    text.append(byte: "\n")
                }
            }
        } else if isCompressed {
            let array = XMLOutputArray(volume.array)
            _ = try DeflateStream.write(array.bytes, width: array.width, order: order, as: .gzip, to: output, context)
            withExtendedLifetime(array.owner) {}
        } else {
            let array = XMLOutputArray(volume.array)
            try output.write(array.bytes, width: array.width, order: order, context)
            withExtendedLifetime(array.owner) {}
        }
        try output.commit()
    }

    private static func vector(_ values: [Double]) -> String { "(\(values.map(shortText).joined(separator: ",")))" }

    private static func kind(_ components: Int) -> String {
        switch components {
        case 1: "scalar"
        case 2: "2-vector"
        case 3: "3-vector"
        case 4: "4-vector"
        case 6: "3D-symmetric-matrix"
        case 9: "3D-matrix"
        default: "list"
        }
    }

    private static let names: [ScalarType: String] = [
        .int8: "int8", .uint8: "uint8", .int16: "int16", .uint16: "uint16", .int32: "int32", .uint32: "uint32", .int64: "int64",
        .uint64: "uint64", .float32: "float", .float64: "double",
    ]
}
