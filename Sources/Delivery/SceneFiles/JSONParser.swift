/// Reads JSON (RFC 8259) with the place of every value.
///
/// Nesting deeper than `depthLimit` and keys that come twice are refused. O(bytes) time and memory.
struct JSONParser {
    static let depthLimit = 64

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var lineStart = 0
    /// Bytes of this line that begin no character.
    private var continuations = 0

    /// - Throws: `JSONProblem`.
    static func parse(_ bytes: [UInt8]) throws -> JSONNode {
        var parser = JSONParser(bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
        let node = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.index < bytes.count { throw parser.problem("the end of the text") }
        return node
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var place: JSONNode.Place { JSONNode.Place(line: line, column: index - lineStart - continuations + 1) }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func problem(_ expected: String) -> JSONProblem {
        var found = "the end of the text"
        if index < bytes.count {
            let rest = bytes[index...].prefix { $0 > 0x20 && $0 != 0x2C && $0 != 0x7D && $0 != 0x5D }.prefix(20)
            found = "\"" + String(decoding: rest.isEmpty ? bytes[index...index] : rest, as: UTF8.self) + "\""
        }
        return JSONProblem(place: place, expected: expected, found: found)
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x0A:
                line += 1
                index += 1
                lineStart = index
                continuations = 0
            case 0x20, 0x09, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws -> JSONNode {
        skipSpace()
        let place = self.place
        guard depth < JSONParser.depthLimit else {
            throw JSONProblem(place: place, expected: "at most \(JSONParser.depthLimit) levels of nesting", found: "more")
        }
        guard let byte = current else { throw problem("a value") }
        let value: JSONNode.Value
        switch byte {
        case UInt8(ascii: "{"): value = .object(try members(depth: depth))
        case UInt8(ascii: "["): value = .array(try elements(depth: depth))
        case UInt8(ascii: "\""): value = .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): value = try number()
        default:
            if word("true") {
                value = .bool(true)
            } else if word("false") {
                value = .bool(false)
            } else if word("null") {
                value = .null
            } else {
                throw problem("a value")
            }
        }
        return JSONNode(value: value, place: place)
    }

    private mutating func word(_ text: String) -> Bool {
        guard bytes[index...].starts(with: text.utf8) else { return false }
        index += text.utf8.count
        return true
    }

    private mutating func members(depth: Int) throws -> [JSONNode.Member] {
        index += 1
        var members: [JSONNode.Member] = []
        var keys: Set<String> = []
        skipSpace()
        if current == UInt8(ascii: "}") {
            index += 1
            return []
        }
        while true {
            skipSpace()
            let keyPlace = place
            guard current == UInt8(ascii: "\"") else { throw problem("a key in double quotes") }
            let key = try string()
            guard keys.insert(key).inserted else {
                throw JSONProblem(place: keyPlace, expected: "every key once", found: "\"\(key)\" again")
            }
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw problem("a colon behind the key \"\(key)\"") }
            index += 1
            members.append(JSONNode.Member(key: key, keyPlace: keyPlace, value: try value(depth: depth + 1)))
            skipSpace()
            switch current {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"):
                index += 1
                return members
            default: throw problem("a comma or the end of the object")
            }
        }
    }

    private mutating func elements(depth: Int) throws -> [JSONNode] {
        index += 1
        var elements: [JSONNode] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            index += 1
            return []
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            switch current {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"):
                index += 1
                return elements
            default: throw problem("a comma or the end of the list")
            }
        }
    }

    private mutating func number() throws -> JSONNode.Value {
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        if current == UInt8(ascii: "0") {
            index += 1
            if isAtDigit { throw problem("a number without a leading zero") }
        } else {
            try skipDigits()
        }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            try skipDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            try skipDigits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let value = Double(text), value.isFinite else {
            index = start
            throw problem("a number that fits 64 bits")
        }
        return .number(value)
    }

    private var isAtDigit: Bool { current.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }

    private mutating func skipDigits() throws {
        guard isAtDigit else { throw problem("a number") }
        while isAtDigit { index += 1 }
    }

    private mutating func string() throws -> String {
        index += 1
        var scalars: [UInt8] = []
        while true {
            guard let byte = current else { throw problem("the end of a string") }
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard let text = String(validating: scalars, as: UTF8.self) else { throw problem("UTF-8") }
                return text
            case UInt8(ascii: "\\"):
                index += 1
                try escape(&scalars)
            case 0..<0x20: throw problem("no control character in a string")
            default:
                scalars.append(byte)
                index += 1
                if byte & 0xC0 == 0x80 { continuations += 1 }
            }
        }
    }

    private mutating func escape(_ scalars: inout [UInt8]) throws {
        guard let byte = current else { throw problem("the end of a string") }
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
            UInt8(ascii: "t"): 9,
        ]
        if let plain = plain[byte] {
            scalars.append(plain)
            index += 1
            return
        }
        guard byte == UInt8(ascii: "u") else { throw problem("one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u") }
        var code = try unit()
        if code >= 0xD800 && code < 0xDC00 {
            guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
                throw problem("the second half of a character")
            }
            index += 1
            let low = try unit()
            guard low >= 0xDC00 && low < 0xE000 else { throw problem("the second half of a character") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw problem("a character") }
        scalars += Array(String(Character(scalar)).utf8)
    }

    /// The four digits behind the `u` at the index.
    private mutating func unit() throws -> UInt32 {
        index += 1
        guard index + 4 <= bytes.count else { throw problem("four hexadecimal digits") }
        var code: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw problem("four hexadecimal digits") }
            code = code << 4 | UInt32(digit)
        }
        index += 4
        return code
    }
}
