import Execution

/// Base64 (RFC 4648) as scientific files use it: several encoded runs one after the other, each padded on its own.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// For each byte its six bits; 0x80 for bytes that are none of the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0x80, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// Six bits of each character at their place in a group of three little-endian bytes, for its four positions; bit 31 marks a stranger.
    private static let groupTable: [UInt32] = {
        var table = [UInt32](repeating: 1 << 31, count: 1024)
        for (value, character) in alphabet.enumerated() {
            let bits = UInt32(value)
            for position in 0..<4 {
                let inGroup = bits << UInt32(18 - 6 * position)
                table[position * 256 + Int(character)] = (inGroup >> 16 & 0xFF) | (inGroup & 0xFF00) | (inGroup & 0xFF) << 16
            }
        }
        return table
    }()

    /// Characters of a padded run that holds `count` bytes.
    static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Decodes the first `count` bytes of one run into `output`.
    ///
    /// - Precondition: `input` holds at least `encodedCount(count)` characters, `output` has room for `count` bytes.
    /// - Throws: `FormatProblem` with the byte's place in `input`, at the first character that does not belong.
    static func decode(
        _ input: UnsafeRawBufferPointer, count: Int, into output: UnsafeMutableRawPointer, context: ExecutionContext? = nil
    ) throws {
        let groups = count / 3
        let characters = input.bindMemory(to: UInt8.self).baseAddress
        if groups > 0, let characters {
            let body: (Range<Int>) throws -> Void = { range in
                try decodeGroups(characters, range, into: output, last: groups)
            }
            if let context, groups > 1 << 14 {
                try context.parallelFor(groups, grain: 1 << 16, body)
            } else {
                try body(0..<groups)
            }
        }
        let rest = count - 3 * groups
        if rest > 0, let characters {
            var bits: UInt32 = 0
            for position in 0...rest {
                let value = values[Int(characters[4 * groups + position])]
                if value == 0x80 { throw stranger(characters[4 * groups + position], at: 4 * groups + position) }
                bits |= UInt32(value) << UInt32(18 - 6 * position)
            }
            for index in 0..<rest {
                output.storeBytes(of: UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index)), toByteOffset: 3 * groups + index, as: UInt8.self)
            }
        }
    }

    /// Decodes the bytes `range` of one run into `output`.
    ///
    /// - Precondition: `input` holds at least `encodedCount(range.upperBound)` characters, `output` has room for `range.count` bytes.
    /// - Throws: `FormatProblem` with the byte's place in `input`.
    static func decode(_ input: UnsafeRawBufferPointer, range: Range<Int>, into output: UnsafeMutableRawPointer) throws {
        let group = range.lowerBound / 3
        let skipped = range.lowerBound - 3 * group
        func decode(from group: Int, count: Int, into output: UnsafeMutableRawPointer) throws {
            do {
                try Base64.decode(UnsafeRawBufferPointer(rebasing: input[(4 * group)...]), count: count, into: output)
            } catch var problem as FormatProblem {
                problem.byte = problem.byte.map { $0 + 4 * group }
                throw problem
            }
        }
        if skipped == 0 { return try decode(from: group, count: range.count, into: output) }
        let head = min(3 - skipped, range.count)
        try withUnsafeTemporaryAllocation(byteCount: 4, alignment: 4) { bytes in
            try decode(from: group, count: skipped + head, into: bytes.baseAddress!)
            output.copyMemory(from: bytes.baseAddress! + skipped, byteCount: head)
        }
        if range.count > head { try decode(from: group + 1, count: range.count - head, into: output + head) }
    }

    private static func stranger(_ character: UInt8, at place: Int) -> FormatProblem {
        let shown = character >= 33 && character < 127 ? "'\(Character(UnicodeScalar(character)))'" : "byte \(character)"
        return FormatProblem(expected: "a base64 character", found: shown, byte: place)
    }

    private static func decodeGroups(
        _ characters: UnsafePointer<UInt8>, _ range: Range<Int>, into output: UnsafeMutableRawPointer, last: Int
    ) throws {
        let bad = groupTable.withUnsafeBufferPointer { table -> UInt32 in
            let table = table.baseAddress!
            var bad: UInt32 = 0
            for group in range {
                let from = characters + 4 &* group
                let bits =
                    table[Int(from[0])] | table[256 &+ Int(from[1])] | table[512 &+ Int(from[2])] | table[768 &+ Int(from[3])]
                bad |= bits
                let to = output + 3 &* group
                // Three bytes, not four: the next group may belong to another thread.
                to.storeBytes(of: UInt16(truncatingIfNeeded: bits), as: UInt16.self)
                to.storeBytes(of: UInt8(truncatingIfNeeded: bits &>> 16), toByteOffset: 2, as: UInt8.self)
            }
            return bad
        }
        if bad >> 31 != 0 {
            for place in 4 * range.lowerBound..<4 * range.upperBound where values[Int(characters[place])] == 0x80 {
                throw stranger(characters[place], at: place)
            }
        }
    }

    /// Encodes `input` as one padded run; `output` has room for `encodedCount(input.count)` characters.
    static func encode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>) {
        guard let source = input.bindMemory(to: UInt8.self).baseAddress else { return }
        alphabet.withUnsafeBufferPointer { letters in
            let letters = letters.baseAddress!
            let groups = input.count / 3
            for group in 0..<groups {
                let from = source + 3 &* group
                let bits = Int(from[0]) &<< 16 | Int(from[1]) &<< 8 | Int(from[2])
                let to = output + 4 &* group
                to[0] = letters[bits &>> 18]
                to[1] = letters[bits &>> 12 & 63]
                to[2] = letters[bits &>> 6 & 63]
                to[3] = letters[bits & 63]
            }
            let rest = input.count - 3 * groups
            if rest > 0 {
                let bits = Int(source[3 * groups]) << 16 | (rest == 2 ? Int(source[3 * groups + 1]) << 8 : 0)
                let to = output + 4 * groups
                to[0] = letters[bits >> 18]
                to[1] = letters[bits >> 12 & 63]
                to[2] = rest == 2 ? letters[bits >> 6 & 63] : UInt8(ascii: "=")
                to[3] = UInt8(ascii: "=")
            }
        }
    }
}
