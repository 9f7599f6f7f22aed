/// Reads words, numbers and lines of a mapped file from its front; every error knows its place.
///
/// The bytes belong to `file`, which the scanner keeps mapped.
struct TextScanner {
    let file: MappedFile
    /// Where errors are: by byte in binary files, else by line.
    var tellsBytes = false
    private(set) var cursor: UnsafePointer<UInt8>
    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>

    /// - Throws: `FileError` for an empty file.
    init(_ file: MappedFile) throws {
        guard file.count > 0, let address = file.bytes.baseAddress else {
            throw FileError(file: file.path, expected: "a file with something in it", found: "no bytes")
        }
        self.file = file
        start = address.assumingMemoryBound(to: UInt8.self)
        end = start + file.count
        cursor = start
    }

    /// The place as a byte of the file, always inside it or at its end.
    var position: Int {
        get { cursor - start }
        set { cursor = start + min(max(newValue, 0), file.count) }
    }

    var remaining: Int { end - cursor }
    var isAtEnd: Bool { cursor == end }

    // MARK: Errors

    /// An error at a byte, by default where the scanner stands; without `found`, what stands there.
    func error(expected: String, found: String? = nil, at byte: Int? = nil) -> FileError {
        let byte = byte ?? position
        return FileError(
            file: file.path, place: tellsBytes ? .byte(byte) : .line(file.line(ofByte: byte)), expected: expected,
            found: found ?? text(at: byte))
    }

    /// The word at a byte, as an error message shows it.
    func text(at byte: Int) -> String {
        var from = start + min(max(byte, 0), file.count)
        NumberParsing.skipSpaces(&from, end)
        if from == end { return "the end of the file" }
        var to = from
        while to < end && to - from < 40 && !NumberParsing.isSpace(to.pointee) { to += 1 }
        let bytes = UnsafeBufferPointer(start: from, count: to - from)
        if bytes.contains(where: { $0 < 32 || $0 == 127 }) { return "bytes that are not text" }
        return "“" + String(decoding: bytes, as: UTF8.self) + "”"
    }

    // MARK: Words

    mutating func skipSpaces() { NumberParsing.skipSpaces(&cursor, end) }

    /// The next word; nil at the end of the file.
    mutating func word() -> String? {
        skipSpaces()
        if isAtEnd { return nil }
        let first = cursor
        while cursor < end && !NumberParsing.isSpace(cursor.pointee) { cursor += 1 }
        return String(decoding: UnsafeBufferPointer(start: first, count: cursor - first), as: UTF8.self)
    }

    mutating func word(_ expected: String) throws -> String {
        skipSpaces()
        let place = position
        guard let word = word() else { throw error(expected: expected, at: place) }
        return word
    }

    /// The next word in lower case, not consumed.
    func peekedWord() -> String? {
        var copy = self
        return copy.word()?.lowercased()
    }

    /// Moves behind the next word if it is that one, in any case; else stays before it.
    mutating func consume(_ keyword: String) -> Bool {
        skipSpaces()
        var place = cursor
        for byte in keyword.utf8 {
            guard place < end, place.pointee | 32 == byte else { return false }
            place += 1
        }
        guard place == end || NumberParsing.isSpace(place.pointee) else { return false }
        cursor = place
        return true
    }

    /// A whole number that is a word of its own.
    mutating func integer(_ expected: String) throws -> Int {
        skipSpaces()
        let place = position
        var next = cursor
        guard let value = NumberParsing.int64(&next, end), next == end || NumberParsing.isSpace(next.pointee) else {
            throw error(expected: expected, at: place)
        }
        cursor = next
        return Int(value)
    }

    /// A count: a whole number from 0 to `limit`.
    mutating func count(_ expected: String, limit: Int = Int(Int32.max)) throws -> Int {
        skipSpaces()
        let place = position
        let value = try integer(expected)
        guard value >= 0, value <= limit else {
            throw error(expected: "\(expected) from 0 to \(limit)", found: "\(value)", at: place)
        }
        return value
    }

    mutating func number(_ expected: String) throws -> Double {
        skipSpaces()
        let place = position
        var next = cursor
        guard let value = NumberParsing.double(&next, end), next == end || NumberParsing.isSpace(next.pointee) else {
            throw error(expected: expected, at: place)
        }
        cursor = next
        return value
    }

    // MARK: Lines

    /// Moves behind the next line feed.
    mutating func skipLine() {
        while cursor < end && cursor.pointee != 10 { cursor += 1 }
        if cursor < end { cursor += 1 }
    }

    /// The rest of the line without its end; nil at the end of the file.
    mutating func line() -> String? {
        if isAtEnd { return nil }
        let first = cursor
        skipLine()
        var last = cursor
        if last > first && last[-1] == 10 { last -= 1 }
        if last > first && last[-1] == 13 { last -= 1 }
        return String(decoding: UnsafeBufferPointer(start: first, count: last - first), as: UTF8.self)
    }

    /// Moves `count` bytes forward.
    ///
    /// - Throws: `FileError` where the file ends before.
    mutating func skipBytes(_ count: Int, of what: @autoclosure () -> String) throws {
        guard count >= 0, count <= remaining else {
            throw error(expected: "\(count) bytes of \(what())", found: "\(remaining) until the end of the file")
        }
        cursor += count
    }
}
