import Datasets
import Execution

/// Where the numbers of an image are, and how they are written.
///
/// Each file holds as many numbers, the first file those of the lowest slices.
struct VolumeData: Sendable {
    enum Encoding: Sendable, Hashable {
        case raw
        /// A zlib or gzip stream in each file.
        case deflated
        /// Two hexadecimal digits a byte.
        case hexadecimal
        /// Numbers between blanks.
        case text
    }

    /// Where a file's numbers begin.
    enum Start: Sendable, Hashable {
        case byte(Int)
        /// So that the numbers end with the file.
        case fromEnd
        /// So many lines behind a byte, and then so many bytes.
        case behind(byte: Int, lines: Int, bytes: Int)
    }

    /// Of the array.
    var name: String
    var type: ScalarType
    /// What VTK calls the type where it says more.
    var declaredType: String?
    var components = 1
    /// Points on each axis.
    var size = SIMD3(1, 1, 1)
    var encoding = Encoding.raw
    var byteOrder = ByteOrder.native
    var files: [String]
    var start = Start.byte(0)
    /// Bytes of decompressed data before the numbers.
    var decodedSkip = 0
    /// Bytes of encoded data, where the header says how many; else all until the end of the file.
    var encodedCount: Int?
    /// Whether the first row of a slice is its upper one.
    var isUpsideDown = false
    /// Whether all first components come first, then all second ones.
    var isPlanar = false
    /// Whether numbers in text may be of another type, such as `1.5` for a whole one; they are rounded then.
    var isLooselyTyped = false

    /// Whether parts of it can be read without room for everything. Streams are decompressed up to the part's end.
    var canReadParts: Bool { (encoding == .raw || encoding == .deflated) && !isPlanar }

    /// Numbers of all points; checked to be countable by `check`.
    var valueCount: Int { size.x * size.y * size.z * components }
    var byteCount: Int { valueCount * type.byteCount }
    var extent: Extent { Extent(lower: SIMD3(), upper: size &- 1) }

    /// - Throws: `FormatProblem` where there are more points than a piece can hold, or files that cannot share them evenly.
    func check() throws {
        guard components >= 1, components <= 1 << 20, size.x >= 1, size.y >= 1, size.z >= 1 else {
            throw FormatProblem(expected: "sizes of at least 1", found: "\(size.x)×\(size.y)×\(size.z), \(components) components")
        }
        let points = try product(size.x, size.y, size.z, for: "an image")
        guard points <= Int(Int32.max) else {
            throw FormatProblem(expected: "fewer than 2³¹ points", found: "\(size.x)×\(size.y)×\(size.z)")
        }
        _ = try product(points, components, type.byteCount, for: "an image")
        let rows = size.y * size.z
        guard !files.isEmpty, isPlanar ? valueCount % files.count == 0 : rows % files.count == 0 else {
            throw FormatProblem(expected: "files that hold as many rows each", found: "\(files.count) files for \(rows) rows")
        }
    }

    /// The encoded bytes of one file.
    struct Part {
        let file: MappedFile
        let bytes: UnsafeRawBufferPointer
    }

    /// Finds the bytes of a file and checks that they can be all the numbers there should be.
    ///
    /// - Throws: `FileError`.
    func part(_ index: Int) throws -> Part {
        let file = try MappedFile(path: files[index])
        let values = valueCount / files.count
        let needed = values * type.byteCount
        let first: Int
        switch start {
        case .byte(let byte): first = byte
        case .fromEnd: first = file.count - (encodedCount ?? needed)
        case .behind(let byte, let lines, let bytes):
            var place = min(byte, file.count)
            for _ in 0..<lines {
                guard let end = file.bytes[place...].firstIndex(of: 10) else {
                    throw FileError(file: file.path, expected: "\(lines) lines to skip", found: "the end of the file")
                }
                place = end + 1
            }
            first = place.addingReportingOverflow(bytes).partialValue
        }
        let available = min(encodedCount ?? .max, file.count - max(first, 0))
        let isEnough: Bool
        switch encoding {
        case .raw: isEnough = available >= needed
        case .deflated: isEnough = available >= 2 && needed / greatestInflation <= available && decodedSkip / greatestInflation <= available
        case .hexadecimal: isEnough = available / 2 >= needed
        // The last number needs no blank behind it.
        case .text: isEnough = (available + 1) / 2 >= values
        }
        guard first >= 0, available >= 0, isEnough else {
            throw FileError(
                file: file.path, place: .byte(min(max(first, 0), file.count)), expected: "\(values) numbers of type \(type.name)",
                found: "\(max(0, available)) bytes until the end")
        }
        let bytes = available == 0 ? UnsafeRawBufferPointer(start: nil, count: 0) : UnsafeRawBufferPointer(rebasing: file.bytes[first..<first + available])
        return Part(file: file, bytes: bytes)
    }
}
