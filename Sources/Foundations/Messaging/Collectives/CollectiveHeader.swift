/// What every message of a collective call says about the call: 64 bytes in front of the payload.
///
/// The receiver compares it with its own call; so ranks that call different things learn of it, and of each other's place in the program.
struct CollectiveHeader: BitwiseCopyable {
    var sequence: UInt32
    var kind: UInt8
    /// Of a reduction: a number made from its name.
    var reduction: UInt8 = 0
    var fileLength: UInt8 = 0
    /// Whether all ranks must give the same count.
    var countMatters: UInt8 = 0
    var elementSize: UInt32
    /// -1 where there is none.
    var root: Int32
    /// Elements of the whole call where it matters, else of this message.
    var count: Int64
    var line: UInt32
    var file: InlineName

    /// Of words that need no more alignment than the line before them: the header is 64 bytes.
    typealias InlineName = (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)
    static let byteCount = 64
    static let nameCapacity = 36

    init(
        _ kind: CallKind, sequence: UInt32, elementSize: Int, count: Int, countMatters: Bool = true, root: Int? = nil, reduction: UInt8 = 0,
        line: UInt32, file: FileName
    ) {
        self.sequence = sequence
        self.kind = kind.rawValue
        self.reduction = reduction
        self.countMatters = countMatters ? 1 : 0
        self.elementSize = UInt32(truncatingIfNeeded: elementSize)
        self.root = Int32(truncatingIfNeeded: root ?? -1)
        self.count = Int64(count)
        self.line = line
        self.file = file.words
        fileLength = file.length
    }

    /// The end of a file's name as headers hold it.
    struct FileName: BitwiseCopyable {
        /// Of the text, which lives as long as the program; nil for none.
        private var start: UnsafePointer<UInt8>?
        private(set) var length: UInt8 = 0
        private(set) var words: InlineName = (0, 0, 0, 0, 0, 0, 0, 0, 0)

        init() {}

        init(_ file: StaticString) {
            start = file.utf8Start
            let whole = file.utf8CodeUnitCount
            let kept = min(whole, nameCapacity)
            length = UInt8(kept)
            withUnsafeMutableBytes(of: &words) { name in
                name.copyMemory(from: UnsafeRawBufferPointer(start: file.utf8Start + (whole - kept), count: kept))
            }
        }

        @inline(__always) func isOf(_ file: StaticString) -> Bool { start == file.utf8Start }
    }

    /// Whether the two stand for the same call.
    @inline(__always) func matches(_ other: CollectiveHeader) -> Bool {
        sequence == other.sequence && kind == other.kind && reduction == other.reduction && elementSize == other.elementSize
            && root == other.root && countMatters == other.countMatters && (countMatters == 0 || count == other.count)
    }

    var description: CallDescription {
        var words: [String] = []
        if elementSize > 0 { words.append((countMatters == 1 ? "\(count) " : "") + "elements of \(elementSize) bytes") }
        if root >= 0 { words.append("root \(root)") }
        if reduction != 0 { words.append(ReductionCode.name(reduction)) }
        let name = withUnsafeBytes(of: file) { String(decoding: $0.prefix(min(Int(fileLength), Self.nameCapacity)), as: UTF8.self) }
        return CallDescription(
            kind: CallKind(rawValue: kind) ?? .wait, sequence: Int(sequence), detail: words.joined(separator: ", "), file: name, line: line)
    }
}
