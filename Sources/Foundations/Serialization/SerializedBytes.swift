import Execution

/// The bytes of a value, in parts that are sent or written one after the other; large ones are the value's own memory, not copied.
///
/// A receiver that puts them one behind the other into a `Storage` has a form that `ByteReader` reads without copying.
public struct SerializedBytes: Sendable {
    /// One part, in memory that it keeps alive.
    public struct Segment: Sendable {
        public let storage: Storage
        public let byteOffset: Int
        public let byteCount: Int

        /// - Precondition: the bytes lie inside the storage.
        public init(storage: Storage, byteOffset: Int, byteCount: Int) {
            precondition(byteOffset >= 0 && byteCount >= 0 && byteOffset + byteCount <= storage.byteCount, "a segment lies inside its storage")
            self.storage = storage
            self.byteOffset = byteOffset
            self.byteCount = byteCount
        }

        /// Lends the bytes.
        @inlinable public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
            defer { withExtendedLifetime(storage) {} }
            return try body(UnsafeRawBufferPointer(start: storage.address + byteOffset, count: byteCount))
        }
    }

    public let segments: [Segment]
    public let byteCount: Int

    public init(_ segments: [Segment]) {
        self.segments = segments
        byteCount = segments.reduce(0) { $0 + $1.byteCount }
    }

    /// Copies all bytes to `target`, which has room for `byteCount`.
    public func copy(to target: UnsafeMutableRawPointer) {
        var place = target
        for segment in segments {
            segment.withUnsafeBytes { if let base = $0.baseAddress { place.copyMemory(from: base, byteCount: $0.count) } }
            place += segment.byteCount
        }
    }

    /// All bytes in one block of memory: a copy, but of a single segment that fills its storage.
    public func joined() -> Storage {
        if segments.count == 1, segments[0].byteOffset == 0, segments[0].storage.byteCount == byteCount { return segments[0].storage }
        let storage = Storage(byteCount: byteCount)
        copy(to: storage.address)
        return storage
    }

    /// A number that differs, as good as surely, where the bytes do; how they lie in segments does not matter.
    public var digest: Digest {
        var digest = DigestBuilder()
        for segment in segments { segment.withUnsafeBytes { digest.add($0) } }
        return digest.finish()
    }
}

/// 128 bits that stand for many bytes; not made to withstand intent.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 hexadecimal digits.
    public var description: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// Four lanes of 64 bits, mixed by multiplication, 32 bytes at a time.
struct DigestBuilder {
    private var lanes = SIMD4<UInt64>(0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03, 0xA24B_AED4_963E_E407, 0xBF58_476D_1CE4_E5B9)
    private var rest: [UInt8] = []
    private var byteCount = 0

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        byteCount += bytes.count
        var start = 0
        if !rest.isEmpty {
            let taken = min(32 - rest.count, bytes.count)
            rest.append(contentsOf: bytes[0..<taken])
            start = taken
            guard rest.count == 32 else { return }
            let block = rest
            block.withUnsafeBytes { mix($0.baseAddress!, blocks: 1) }
            rest.removeAll(keepingCapacity: true)
        }
        let blocks = (bytes.count - start) / 32
        if blocks > 0, let base = bytes.baseAddress { mix(base + start, blocks: blocks) }
        rest.append(contentsOf: bytes[(start + blocks * 32)...])
    }

    private mutating func mix(_ base: UnsafeRawPointer, blocks: Int) {
        var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
        for block in 0..<blocks {
            let place = base + block &* 32
            a = DigestBuilder.step(a, place.loadUnaligned(as: UInt64.self))
            b = DigestBuilder.step(b, (place + 8).loadUnaligned(as: UInt64.self))
            c = DigestBuilder.step(c, (place + 16).loadUnaligned(as: UInt64.self))
            d = DigestBuilder.step(d, (place + 24).loadUnaligned(as: UInt64.self))
        }
        lanes = SIMD4(a, b, c, d)
    }

    @inline(__always) private static func step(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        let x = (lane ^ word) &* 0x94D0_49BB_1331_11EB
        return (x ^ (x &>> 29)) &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func finish() -> Digest {
        var last = rest
        last.append(contentsOf: repeatElement(0, count: 32 - last.count))
        last.withUnsafeBytes { mix($0.baseAddress!, blocks: 1) }
        var (high, low) = (UInt64(truncatingIfNeeded: byteCount), UInt64(0))
        for lane in 0..<4 {
            high = DigestBuilder.step(high, lanes[lane])
            low = DigestBuilder.step(low, lanes[3 - lane] ^ high)
        }
        return Digest(high: high, low: low)
    }
}
