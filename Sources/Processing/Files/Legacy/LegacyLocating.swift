import Datasets

/// Locating arrays: each is passed over, checked to be there, and its place kept.
extension LegacyStructureParser {
    /// Reads the type's name and locates the values behind it.
    mutating func parseArray(name: String, tuples: Int, components: Int) throws -> LegacySlot {
        guard components >= 1 else { throw scanner.error(expected: "at least one component of \(name)", found: "\(components)") }
        return try locate(parseType(name: name, tuples: tuples, components: components))
    }

    mutating func parseType(name: String, tuples: Int, components: Int) throws -> LegacySlot {
        scanner.skipSpaces()
        let place = scanner.position
        let word = try scanner.word("the type of \(name)").lowercased()
        guard let type = LegacyType(word: word) else {
            throw scanner.error(expected: "the type of \(name): float, double, int, … ", at: place)
        }
        return LegacySlot(name: name, declaredType: word, type: type, components: components, tuples: tuples)
    }

    /// Finds where the values begin and end and moves behind them and their metadata.
    ///
    /// - Throws: `FileError` where the file has fewer values.
    mutating func locate(_ slot: LegacySlot) throws -> LegacySlot {
        var slot = slot
        let (values, overflow) = slot.tuples.multipliedReportingOverflow(by: slot.components)
        guard slot.components >= 1, !overflow, values <= 1 << 48 else {
            throw scanner.error(expected: "a possible size of \(slot.name)", found: "\(slot.tuples) × \(slot.components)")
        }
        if values > 0 {
            if structure.isBinary {
                scanner.skipLine()
                slot.start = scanner.position
                try skipBinary(slot)
            } else if slot.type == .string {
                scanner.skipLine()
                slot.start = scanner.position
                try skipTextLines(values, slot.name)
            } else {
                slot.start = scanner.position
                slot.runs = try skipWords(values, slot.name)
            }
        }
        scanner.skipSpaces()
        if scanner.peekedWord() == "metadata" {
            _ = scanner.word()
            slot.componentNames = readMetadata(components: slot.components)
        }
        return slot
    }

    private mutating func skipBinary(_ slot: LegacySlot) throws {
        switch slot.type {
        case .bit: try scanner.skipBytes((slot.valueCount + 7) / 8, of: slot.name)
        case .string:
            for _ in 0..<slot.valueCount { try scanner.skipBytes(readStringLength(slot.name), of: slot.name) }
        case .number, .identifier: try scanner.skipBytes(slot.valueCount * slot.type.storedByteCount!, of: slot.name)
        }
    }

    /// The length of a string in a binary file: 1, 2, 4 or 8 bytes, told apart by the highest two bits.
    mutating func readStringLength(_ name: String) throws -> Int {
        let bytes = scanner.cursor
        guard scanner.remaining > 0 else { throw scanner.error(expected: "another string of \(name)") }
        let kind = Int(bytes[0] >> 6)
        let width = 8 >> kind
        try scanner.skipBytes(width, of: name)
        var length: UInt64 = 0
        for index in 0..<width { length = length << 8 | UInt64(bytes[index]) }
        if kind > 0 { length &= (1 << UInt64(8 * width - 2)) - 1 }
        guard length <= UInt64(scanner.remaining) else {
            throw scanner.error(expected: "a string of \(name) of \(length) bytes", found: "\(scanner.remaining) until the end of the file")
        }
        return Int(length)
    }

    private mutating func skipTextLines(_ count: Int, _ name: String) throws {
        for index in 0..<count {
            if scanner.isAtEnd { throw scanner.error(expected: "\(count) strings of \(name)", found: "\(index)") }
            scanner.skipLine()
        }
    }

    /// Passes over words that begin like numbers; the byte of each `runLength`-th.
    private mutating func skipWords(_ count: Int, _ name: String) throws -> [Int] {
        guard count <= scanner.remaining else {
            throw scanner.error(expected: "\(count) numbers of \(name)", found: "\(scanner.remaining) bytes until the end of the file")
        }
        let start = scanner.start
        let end = scanner.end
        var place = scanner.cursor
        var runs: [Int] = []
        var index = 0
        while index < count {
            while place < end && NumberParsing.isSpace(place.pointee) { place += 1 }
            if place == end || !looksLikeNumber(place, end) {
                throw scanner.error(expected: "number \(index + 1) of the \(count) of \(name)", at: place - start)
            }
            if index & (LegacySlot.runLength - 1) == 0 { runs.append(place - start) }
            while place < end && !NumberParsing.isSpace(place.pointee) { place += 1 }
            index += 1
        }
        scanner.position = place - start
        return runs
    }

    @inline(__always)
    private func looksLikeNumber(_ place: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
        let byte = place.pointee
        if byte &- 48 <= 9 || (byte >= 43 && byte <= 46 && byte != 44) { return true }
        guard end - place >= 3 else { return false }
        let word = (place[0] | 32, place[1] | 32, place[2] | 32)
        let isNaN = word == (UInt8(ascii: "n"), UInt8(ascii: "a"), UInt8(ascii: "n"))
        return isNaN || word == (UInt8(ascii: "i"), UInt8(ascii: "n"), UInt8(ascii: "f"))
    }

    // MARK: Metadata

    mutating func skipMetadata() { _ = readMetadata(components: 0) }

    /// Moves behind the block's empty line; the names of the components that it tells.
    private mutating func readMetadata(components: Int) -> [String] {
        var names: [String] = []
        _ = scanner.line()
        while let line = scanner.line() {
            let word = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first?.lowercased()
            guard let word else { break }
            if word == "component_names" {
                for _ in 0..<components {
                    guard let name = scanner.line() else { break }
                    names.append(decodedName(name))
                }
            }
        }
        return names.count == components ? names : []
    }

    /// A name with `%20` and the like turned into characters.
    func decodedName(_ name: String) -> String { decodeLegacyText(name) }
}

/// Text with `%XX` turned into bytes; a `%` that no two hexadecimal digits follow stays.
func decodeLegacyText(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2]) {
            decoded.append(high << 4 | low)
            index += 3
        } else {
            decoded.append(bytes[index])
            index += 1
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}
