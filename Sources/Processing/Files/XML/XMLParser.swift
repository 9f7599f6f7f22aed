#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads the structure of a VTK XML file: elements and attributes, text left where it is, nothing behind `<AppendedData>`.
///
/// Knows elements, attributes, the five named and numeric entities in attributes, comments, CDATA (kept as text), processing
/// instructions and document types (skipped). Work and memory are bounded by the file's size and the limits below.
struct XMLParser {
    private static let greatestDepth = 64
    private static let greatestElementCount = 1 << 20
    private static let greatestAttributeCount = 64

    private let bytes: UnsafePointer<UInt8>
    private let count: Int
    private let release: (Range<Int>) -> Void
    private var place = 0
    private var elementCount = 0

    /// The section of raw or base64 bytes at a file's end.
    struct AppendedData: Sendable {
        var encoding: String
        /// The first byte behind the `_`.
        var start: Int
    }

    /// Bytes of text that are passed over at a time.
    static let textStep = 1 << 24

    /// - Parameter release: called for long parts of text once they were passed over.
    /// - Throws: `FormatProblem` with the byte.
    static func parse(
        _ bytes: UnsafeRawBufferPointer, release: @escaping (Range<Int>) -> Void = { _ in }
    ) throws -> (root: XMLElement, appended: AppendedData?) {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else {
            throw FormatProblem(expected: "an XML document", found: "an empty file")
        }
        var parser = XMLParser(bytes: base, count: bytes.count, release: release)
        return try parser.document()
    }

    private init(bytes: UnsafePointer<UInt8>, count: Int, release: @escaping (Range<Int>) -> Void) {
        self.bytes = bytes
        self.count = count
        self.release = release
    }

    /// The next `<`, or the end of the file.
    private func endOfText() -> Int {
        var start = place
        while start < count {
            let end = min(count, start + XMLParser.textStep)
            if let hit = memchr(bytes + start, Int32(UInt8(ascii: "<")), end - start) {
                return UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) - bytes
            }
            release(start..<end)
            start = end
        }
        return count
    }

    private mutating func document() throws -> (XMLElement, AppendedData?) {
        if count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF { place = 3 }
        // Elements that are open, outermost first.
        var open: [XMLElement] = []
        while true {
            let textStart = place
            place = endOfText()
            if let text = withoutBlanks(textStart..<place) {
                if open.isEmpty { throw FormatProblem(expected: "an XML element", found: "text", byte: text.lowerBound) }
                open[open.count - 1].text.append(text)
            }
            guard place < count else {
                let element = open.last.map { "</\($0.name)>" } ?? "an XML element"
                throw FormatProblem(expected: element, found: "the end of the file", byte: count)
            }
            if starts("<!--") {
                try skip(past: "-->", "the end of a comment")
            } else if starts("<![CDATA[") {
                let start = place + 9
                try skip(past: "]]>", "the end of a CDATA section")
                if let text = withoutBlanks(start..<place - 3), !open.isEmpty { open[open.count - 1].text.append(text) }
            } else if starts("<?") {
                try skip(past: "?>", "the end of a processing instruction")
            } else if starts("<!") {
                try skip(past: ">", "the end of a declaration")
            } else if starts("</") {
                place += 2
                let start = place
                let name = try self.name()
                skipBlanks()
                try take(UInt8(ascii: ">"))
                guard let element = open.popLast(), element.name == name else {
                    throw FormatProblem(expected: "the end of the innermost element", found: "</\(name)>", byte: start - 2)
                }
                if open.isEmpty { return (element, nil) }
                open[open.count - 1].children.append(element)
            } else {
                let (element, isEmpty) = try startTag()
                if element.name == "AppendedData" && open.count == 1 {
                    let appended = isEmpty ? nil : try appendedData(element)
                    return (open[0], appended)
                }
                if !isEmpty {
                    if open.count >= XMLParser.greatestDepth {
                        throw FormatProblem(
                            expected: "at most \(XMLParser.greatestDepth) nested elements", found: "one more", byte: element.byte)
                    }
                    open.append(element)
                } else if open.isEmpty {
                    return (element, nil)
                } else {
                    open[open.count - 1].children.append(element)
                }
            }
        }
    }

    private mutating func appendedData(_ element: XMLElement) throws -> AppendedData {
        skipBlanks()
        guard place < count, bytes[place] == UInt8(ascii: "_") else {
            throw FormatProblem(expected: "\"_\" before appended data", found: place < count ? "byte \(bytes[place])" : "the end of the file", byte: place)
        }
        return AppendedData(encoding: element["encoding"] ?? "base64", start: place + 1)
    }

    private mutating func startTag() throws -> (XMLElement, isEmpty: Bool) {
        elementCount += 1
        if elementCount > XMLParser.greatestElementCount {
            throw FormatProblem(expected: "at most \(XMLParser.greatestElementCount) elements", found: "more", byte: place)
        }
        let start = place
        place += 1
        var element = XMLElement(name: try name(), byte: start)
        while true {
            skipBlanks()
            guard place < count else { throw FormatProblem(expected: "the end of <\(element.name)", found: "the end of the file", byte: count) }
            if bytes[place] == UInt8(ascii: ">") {
                place += 1
                return (element, false)
            }
            if bytes[place] == UInt8(ascii: "/") {
                place += 1
                try take(UInt8(ascii: ">"))
                return (element, true)
            }
            if element.attributes.count >= XMLParser.greatestAttributeCount {
                throw FormatProblem(expected: "at most \(XMLParser.greatestAttributeCount) attributes", found: "more", byte: place)
            }
            let name = try self.name()
            skipBlanks()
            try take(UInt8(ascii: "="))
            skipBlanks()
            element.attributes.append((name, try attributeValue()))
        }
    }

    private mutating func attributeValue() throws -> String {
        guard place < count, bytes[place] == UInt8(ascii: "\"") || bytes[place] == UInt8(ascii: "'") else {
            throw FormatProblem(expected: "a quoted attribute", found: place < count ? "byte \(bytes[place])" : "the end of the file", byte: place)
        }
        let quote = bytes[place]
        let start = place + 1
        guard start < count, let hit = memchr(bytes + start, Int32(quote), count - start) else {
            throw FormatProblem(expected: "the end of an attribute", found: "the end of the file", byte: place)
        }
        let end = UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) - bytes
        guard end - start <= 1 << 24 else {
            throw FormatProblem(expected: "an attribute under 16 MiB", found: "\(end - start) bytes", byte: start)
        }
        place = end + 1
        let raw = UnsafeBufferPointer(start: bytes + start, count: end - start)
        guard raw.contains(UInt8(ascii: "&")) else { return String(decoding: raw, as: UTF8.self) }
        return try withEntities(raw, at: start)
    }

    private func withEntities(_ raw: UnsafeBufferPointer<UInt8>, at start: Int) throws -> String {
        var text: [UInt8] = []
        text.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            if raw[index] != UInt8(ascii: "&") {
                text.append(raw[index])
                index += 1
                continue
            }
            var end = index + 1
            while end < raw.count && end - index <= 12 && raw[end] != UInt8(ascii: ";") { end += 1 }
            let name = String(decoding: raw[index + 1..<end], as: UTF8.self)
            guard end < raw.count, raw[end] == UInt8(ascii: ";"), let character = XMLParser.entity(name) else {
                throw FormatProblem(expected: "an entity of XML", found: quoted("&" + name), byte: start + index)
            }
            text.append(contentsOf: String(character).utf8)
            index = end + 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func entity(_ name: String) -> Character? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let isHex = name.hasPrefix("#x")
            return UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10).flatMap(UnicodeScalar.init).map(Character.init)
        }
    }

    // MARK: Characters

    private mutating func name() throws -> String {
        let start = place
        while place < count, XMLParser.isNameByte(bytes[place]), place - start < 256 { place += 1 }
        guard place > start else {
            throw FormatProblem(expected: "a name", found: place < count ? "byte \(bytes[place])" : "the end of the file", byte: start)
        }
        return String(decoding: UnsafeBufferPointer(start: bytes + start, count: place - start), as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 128...255, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: false
        }
    }

    private mutating func take(_ byte: UInt8) throws {
        guard place < count, bytes[place] == byte else {
            let found = place < count ? "byte \(bytes[place])" : "the end of the file"
            throw FormatProblem(expected: "\"\(Character(UnicodeScalar(byte)))\"", found: found, byte: place)
        }
        place += 1
    }

    private mutating func skipBlanks() {
        while place < count && NumberParsing.isSpace(bytes[place]) { place += 1 }
    }

    private func starts(_ word: StaticString) -> Bool {
        count - place >= word.utf8CodeUnitCount && memcmp(bytes + place, word.utf8Start, word.utf8CodeUnitCount) == 0
    }

    private mutating func skip(past word: StaticString, _ expected: String) throws {
        // Every such word ends with ">".
        let start = place
        let length = word.utf8CodeUnitCount
        while place < count, let hit = memchr(bytes + place, Int32(UInt8(ascii: ">")), count - place) {
            place = UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) - bytes + 1
            if place - start >= length && memcmp(bytes + place - length, word.utf8Start, length) == 0 { return }
        }
        throw FormatProblem(expected: expected, found: "the end of the file", byte: start)
    }

    private func withoutBlanks(_ range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end && NumberParsing.isSpace(bytes[start]) { start += 1 }
        while end > start && NumberParsing.isSpace(bytes[end - 1]) { end -= 1 }
        return start < end ? start..<end : nil
    }
}
