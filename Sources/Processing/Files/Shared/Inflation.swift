import CISAL
import Execution

/// Decompresses a zlib or gzip stream (of one member or several) from its beginning, as many bytes at a time as are asked for.
final class InflateStream {
    private let input: UnsafeRawBufferPointer
    private let isGzip: Bool
    private let state: UnsafeMutablePointer<inflate_state>
    /// Bytes that there should be, for errors.
    private let needed: Int
    private var consumed = 0
    private var produced = 0
    /// Whether the member that was read last has ended.
    private var isEnded = false

    private static let chunk = 1 << 22

    /// - Parameters:
    ///   - input: stays where it is while the stream lives.
    ///   - needed: how many bytes will be asked for in all, as errors name it.
    /// - Throws: `FormatProblem` where it is no such stream.
    init(_ input: UnsafeRawBufferPointer, needed: Int) throws {
        guard input.count >= 2 else { throw FormatProblem(expected: "a zlib or gzip stream", found: "\(input.count) bytes") }
        isGzip = input[0] == 0x1F && input[1] == 0x8B
        guard isGzip || (input[0] & 15 == 8 && (Int(input[0]) << 8 + Int(input[1])) % 31 == 0) else {
            throw FormatProblem(expected: "a zlib or gzip stream", found: "other bytes")
        }
        self.input = input
        self.needed = needed
        state = .allocate(capacity: 1)
        begin()
    }

    deinit { state.deallocate() }

    private func begin() {
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(isGzip ? ISAL_GZIP : ISAL_ZLIB)
        isEnded = false
    }

    /// Decompresses the next `count` bytes to `target`.
    ///
    /// - Throws: `FormatProblem` where the stream is damaged or ends before; `CancelledError`.
    func read(_ count: Int, into target: UnsafeMutableRawPointer, context: ExecutionContext) throws {
        var done = 0
        while done < count {
            if isEnded {
                guard isGzip, input.count - consumed > 2, input[consumed] == 0x1F, input[consumed + 1] == 0x8B else {
                    throw FormatProblem(expected: "a stream of \(needed) bytes", found: "its end after \(produced)")
                }
                begin()
            }
            try context.checkCancellation()
            let (read, wrote) = try step(min(count - done, InflateStream.chunk), target + done)
            done += wrote
            produced += wrote
            if state.pointee.block_state == ISAL_BLOCK_FINISH {
                isEnded = true
            } else if read == 0 && wrote == 0 {
                throw FormatProblem(expected: "a stream of \(needed) bytes", found: "its end after \(produced)")
            }
        }
    }

    /// Decompresses the next `count` bytes and forgets them.
    func skip(_ count: Int, context: ExecutionContext) throws {
        if count <= 0 { return }
        let scratch = Storage(byteCount: min(count, 1 << 18))
        var left = count
        while left > 0 {
            try read(min(left, scratch.byteCount), into: scratch.address, context: context)
            left -= min(left, scratch.byteCount)
        }
        withExtendedLifetime(scratch) {}
    }

    /// Lets the stream's end and its checksum be seen where they follow directly; what else follows is left alone.
    func finish() throws {
        if isEnded { return }
        try withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { _ = try step(1, $0.baseAddress!) }
    }

    private func step(_ room: Int, _ target: UnsafeMutableRawPointer) throws -> (read: Int, wrote: Int) {
        let feed = min(input.count - consumed, InflateStream.chunk)
        state.pointee.next_in = UnsafeMutablePointer(mutating: (input.baseAddress! + consumed).assumingMemoryBound(to: UInt8.self))
        state.pointee.avail_in = UInt32(feed)
        state.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = UInt32(room)
        guard isal_inflate(state) == ISAL_DECOMP_OK else { throw FormatProblem(expected: "a zlib or gzip stream", found: "damaged data") }
        let read = feed - Int(state.pointee.avail_in)
        consumed += read
        return (read, room - Int(state.pointee.avail_out))
    }
}

/// Decompresses a zlib or gzip stream (of one member or several) that is as long as it likes, a few megabytes at a time.
///
/// - Parameters:
///   - skipped: bytes of the decompressed data that are left out at its beginning.
///   - output: filled completely; what follows in the stream is left alone.
/// - Throws: `FormatProblem` where the stream is damaged or too short; `CancelledError`.
func inflate(
    _ input: UnsafeRawBufferPointer, skipping skipped: Int = 0, into output: UnsafeMutableRawBufferPointer, context: ExecutionContext
) throws {
    let stream = try InflateStream(input, needed: output.count + skipped)
    try stream.skip(skipped, context: context)
    if let target = output.baseAddress { try stream.read(output.count, into: target, context: context) }
    try stream.finish()
}

/// No zlib or gzip stream becomes more than this many times as long.
let greatestInflation = Codec.zlib.greatestExpansion
