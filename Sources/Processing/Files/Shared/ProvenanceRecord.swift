import Execution

/// What a file that we write says of its making: the program, the command, and the inputs with checksums of their bytes.
///
/// It holds nothing that differs from run to run: no time, no host, no folder, no number of threads or pieces.
public struct ProvenanceRecord: Sendable, Hashable {
    public struct Input: Sendable, Hashable {
        /// The file's name without its folder.
        public var name: String
        public var byteCount: Int
        /// CRC-32 of the bytes.
        public var checksum: UInt32

        public init(name: String, byteCount: Int, checksum: UInt32) {
            self.name = name
            self.byteCount = byteCount
            self.checksum = checksum
        }

        /// A file as it is now. Complexity: O(bytes).
        public init(path: String, context: ExecutionContext) throws {
            let sum = try fileChecksum(path: path, context: context)
            self.init(name: path.split(separator: "/").last.map(String.init) ?? path, byteCount: sum.byteCount, checksum: sum.crc32)
        }

        public var description: String {
            let digits = String(checksum, radix: 16)
            return "\(name), \(byteCount) bytes, CRC-32 \(String(repeating: "0", count: 8 - digits.count))\(digits)"
        }
    }

    /// Name and version: `tessera 0.1.0`.
    public var program: String
    /// The command as it could be typed again; empty where there was none.
    public var command: String
    public var inputs: [Input]

    public init(program: String, command: String = "", inputs: [Input] = []) {
        self.program = program
        self.command = command
        self.inputs = inputs
    }

    /// Keywords and texts, as pictures hold them.
    public var entries: [(keyword: String, text: String)] {
        var entries = [(keyword: "Software", text: program)]
        if !command.isEmpty { entries.append((keyword: "Command", text: command)) }
        return entries + inputs.map { (keyword: "Input", text: $0.description) }
    }

    /// The same as lines of text without line ends inside, for comments.
    var lines: [String] {
        entries.map { entry in
            "\(entry.keyword): " + String(entry.text.unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
        }
    }

    /// One line of at most `limit` bytes of ASCII, for titles.
    func title(limit: Int) -> String {
        var title = program
        if !command.isEmpty { title += ": " + command }
        for input in inputs { title += "; " + input.description }
        return String(decoding: title.unicodeScalars.map { (32..<127).contains($0.value) ? UInt8($0.value) : 63 }.prefix(limit), as: UTF8.self)
    }

    /// A command line from its words, quoted where a shell would need it.
    public static func commandLine(_ words: [String]) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%")
        return words.map { word in
            !word.isEmpty && word.allSatisfy(plain.contains) ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
