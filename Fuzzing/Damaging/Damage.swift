/// Damaged copies of a file's bytes: the same copy for the same bytes and number, on every machine.
///
/// Copies cut the file short, flip bits, write counts that cannot be, swap words, drop, repeat or clear ranges, and change numbers and
/// names in text. One in four has several of these.
public struct Damage: Sendable {
    private var random: DamageRandom

    /// - Parameter number: which copy; copies of different numbers differ in what is done and where.
    public init(number: Int) { random = DamageRandom(seed: UInt64(bitPattern: Int64(number))) }

    /// The copy of that number.
    public static func copy(of bytes: [UInt8], number: Int) -> [UInt8] {
        var damage = Damage(number: number)
        var result = bytes
        let steps = number % 4 == 3 ? 3 : 1
        for step in 0..<steps { damage.apply(kind: (number + step * 7) % Damage.kinds.count, to: &result) }
        return result
    }

    private static let kinds: [@Sendable (inout Damage, inout [UInt8]) -> Void] = [
        { $0.cutShort(&$1) }, { $0.flipBits(&$1) }, { $0.writeHugeBinaryCount(&$1) }, { $0.changeNumber(&$1) }, { $0.swapWords(&$1) },
        { $0.dropRange(&$1) }, { $0.repeatRange(&$1) }, { $0.clearRange(&$1) }, { $0.swapTextWords(&$1) }, { $0.scatterBytes(&$1) },
        { $0.changeNumber(&$1) }, { $0.flipBits(&$1) },
    ]

    private mutating func apply(kind: Int, to bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        Damage.kinds[kind](&self, &bytes)
    }

    /// A place in the file: half of the time in its first 2 KiB, where headers are.
    private mutating func place(_ bytes: [UInt8]) -> Int {
        let limit = random.below(2) == 0 ? min(bytes.count, 2048) : bytes.count
        return random.below(limit)
    }

    private mutating func cutShort(_ bytes: inout [UInt8]) { bytes.removeLast(bytes.count - place(bytes)) }

    private mutating func flipBits(_ bytes: inout [UInt8]) {
        for _ in 0..<1 + random.below(8) { bytes[place(bytes)] ^= 1 << UInt8(random.below(8)) }
    }

    private mutating func scatterBytes(_ bytes: inout [UInt8]) {
        for _ in 0..<1 + random.below(32) { bytes[place(bytes)] = UInt8(random.below(256)) }
    }

    /// 4 or 8 bytes, in either order, of a number that nothing can be as many of.
    private mutating func writeHugeBinaryCount(_ bytes: inout [UInt8]) {
        let values: [UInt64] = [
            .max, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, 0x4000_0001, 0x2_0000_0000, 0x1000_0000, 0,
        ]
        let value = values[random.below(values.count)]
        let width = random.below(2) == 0 ? 4 : 8
        let isBig = random.below(2) == 0
        let start = place(bytes) & ~3
        for byte in 0..<width where start + byte < bytes.count {
            bytes[start + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (isBig ? width - 1 - byte : byte)))
        }
    }

    /// Replaces a run of digits by another number, or by what is none.
    private mutating func changeNumber(_ bytes: inout [UInt8]) {
        let words = [
            "0", "-1", "1", "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
            "18446744073709551616", "99999999999999999999999999", "1e308", "-1e999", "nan", "inf", "0x10", "", "1000000", "123456789", "3.5",
        ]
        let start = place(bytes)
        guard let first = bytes[start...].prefix(4096).firstIndex(where: isDigit) else { return flipBits(&bytes) }
        var end = first
        while end < bytes.count && isDigit(bytes[end]) && end - first < 64 { end += 1 }
        bytes.replaceSubrange(first..<end, with: Array(words[random.below(words.count)].utf8))
    }

    private mutating func swapWords(_ bytes: inout [UInt8]) {
        guard bytes.count >= 16 else { return flipBits(&bytes) }
        let (a, b) = (min(place(bytes), bytes.count - 8) & ~3, min(place(bytes), bytes.count - 8) & ~3)
        let width = random.below(2) == 0 ? 4 : 8
        if abs(a - b) < width { return flipBits(&bytes) }
        for byte in 0..<width { bytes.swapAt(a + byte, b + byte) }
    }

    /// Swaps two words between blanks.
    private mutating func swapTextWords(_ bytes: inout [UInt8]) {
        guard let a = word(at: place(bytes), in: bytes), let b = word(at: place(bytes), in: bytes) else { return flipBits(&bytes) }
        let (first, second) = a.lowerBound < b.lowerBound ? (a, b) : (b, a)
        guard first.upperBound <= second.lowerBound else { return flipBits(&bytes) }
        let (left, right) = (Array(bytes[first]), Array(bytes[second]))
        bytes.replaceSubrange(second, with: left)
        bytes.replaceSubrange(first, with: right)
    }

    private func word(at place: Int, in bytes: [UInt8]) -> Range<Int>? {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
        guard let first = bytes[place...].prefix(512).firstIndex(where: { !isBlank($0) }) else { return nil }
        var end = first
        while end < bytes.count && !isBlank(bytes[end]) && end - first < 256 { end += 1 }
        return first..<end
    }

    private mutating func range(_ bytes: [UInt8]) -> Range<Int> {
        let start = place(bytes)
        let longest = random.below(3) == 0 ? bytes.count : 64
        return start..<min(bytes.count, start + 1 + random.below(longest))
    }

    private mutating func dropRange(_ bytes: inout [UInt8]) { bytes.removeSubrange(range(bytes)) }

    private mutating func repeatRange(_ bytes: inout [UInt8]) {
        let range = range(bytes)
        bytes.insert(contentsOf: Array(bytes[range].prefix(1 << 16)), at: range.lowerBound)
    }

    private mutating func clearRange(_ bytes: inout [UInt8]) {
        let value: UInt8 = [0, 255, 32][random.below(3)]
        for place in range(bytes) { bytes[place] = value }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

/// A small generator whose numbers are the same everywhere (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
private struct DamageRandom: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var x = state
        x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ x >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((x ^ x >> 31) % UInt64(max(limit, 1)))
    }
}
