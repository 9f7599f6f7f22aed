import Dataflow
import Datasets
import Execution
import Geometry

/// Reads NRRD volumes (`.nrrd`, `.nhdr`): raw, gzip, ASCII and hexadecimal; attached and detached, in one file or in one a slice.
///
/// The array is named by the header's labels, else `ImageFile`; `ImageScalars` where it is compressed or text, as VTK names it. Components
/// are the axis whose kind is neither space nor domain, the first or the last; where the header has no kinds, VTK's rule holds: a first
/// axis of at most 9, or one of four. Spacing comes from `spacings` or the lengths of `space directions`, whose rotation is not applied, and
/// in left-handed spaces rows are turned upside down, both as in VTK.
public struct NRRDReader: DatasetReader {
    private let image: VolumeImage

    /// - Throws: `FileError` for a file that is not there, is not well formed or has another encoding.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        var scanner = try TextScanner(file)
        let header = try NRRDHeader(&scanner)
        let isPlain = header.encoding == .raw || header.encoding == .hexadecimal
        var data = VolumeData(name: isPlain ? header.name : "ImageScalars", type: header.type, files: [path])
        if header.type == .int8 { data.declaredType = "char" }
        data.encoding = header.encoding
        data.byteOrder = header.byteOrder
        data.isUpsideDown = header.isUpsideDown
        var sizes = header.sizes
        var spacings = header.spacings
        switch try NRRDReader.componentAxis(header, scanner) {
        case 0?:
            data.components = sizes.removeFirst()
            if !spacings.isEmpty { spacings.removeFirst() }
        case let axis?:
            data.components = sizes.remove(at: axis)
            if axis < spacings.count { spacings.remove(at: axis) }
            data.isPlanar = data.components > 1
        case nil: break
        }
        guard sizes.count <= 3 else {
            throw scanner.error(expected: "three axes, and one of components", found: "\(header.sizes.count) axes", at: 0)
        }
        for (axis, length) in sizes.enumerated() { data.size[axis] = length }
        if !header.dataFiles.isEmpty { data.files = header.dataFiles.map { resolved($0, beside: path) } }
        let first = header.dataFiles.isEmpty ? header.dataStart : 0
        if header.byteSkip < 0 {
            guard header.encoding == .raw else { throw scanner.error(expected: "a byte skip of -1 for raw data only", found: "another encoding", at: 0) }
            data.start = .fromEnd
        } else if header.encoding == .deflated {
            data.start = .behind(byte: first, lines: header.lineSkip, bytes: 0)
            data.decodedSkip = header.byteSkip
        } else {
            data.start = .behind(byte: first, lines: header.lineSkip, bytes: header.byteSkip)
        }
        do { try data.check() } catch let problem as FormatProblem { throw problem.at(.part("sizes"), of: path) }
        var spacing = Vector3(1, 1, 1)
        for (axis, length) in spacings.enumerated() where axis < 3 && length != 0 { spacing[axis] = length }
        image = VolumeImage(data: data, origin: Vector3(header.origin[0], header.origin[1], header.origin[2]), spacing: spacing)
    }

    /// The axis that holds components; nil where there is none.
    private static func componentAxis(_ header: NRRDHeader, _ scanner: TextScanner) throws -> Int? {
        let isSpace = header.kinds.map { ["domain", "space", "time"].contains($0) }
        guard header.kinds.count == header.sizes.count, !header.kinds.contains("???"), !header.kinds.contains("none") else {
            return header.sizes.count > 3 || header.sizes[0] <= 9 || header.spacings.first == 0 ? 0 : nil
        }
        let others = isSpace.indices.filter { !isSpace[$0] }
        if others.isEmpty { return nil }
        guard others.count == 1, others[0] == 0 || others[0] == header.sizes.count - 1 else {
            throw scanner.error(expected: "one axis that is not space, the first or the last", found: "kinds \(header.kinds.joined(separator: " "))", at: 0)
        }
        return others[0]
    }

    public func describe() throws -> DatasetDescription { image.describe() }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset { try image.read(request, context: context) }
}
