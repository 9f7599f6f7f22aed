import CISAL
import Execution

/// Decompresses a zlib or gzip stream (of one member or several) that is as long as it likes, a few megabytes at a time.
///
/// - Parameters:
///   - skipped: bytes of the decompressed data that are left out at its beginning.
///   - output: filled completely; what follows in the stream is left alone.
/// - Throws: `FormatProblem` where the stream is damaged or too short; `CancelledError`.
func inflate(
    _ input: UnsafeRawBufferPointer, skipping skipped: Int = 0, into output: UnsafeMutableRawBufferPointer, context: ExecutionContext
) throws {
    guard let first = input.baseAddress, input.count >= 2 else {
        throw FormatProblem(expected: "a zlib or gzip stream", found: "\(input.count) bytes")
    }
    let isGzip = input[0] == 0x1F && input[1] == 0x8B
    guard isGzip || (input[0] & 15 == 8 && (Int(input[0]) << 8 + Int(input[1])) % 31 == 0) else {
        throw FormatProblem(expected: "a zlib or gzip stream", found: "other bytes")
    }
    let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
    defer { state.deallocate() }
    func begin() {
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(isGzip ? ISAL_GZIP : ISAL_ZLIB)
    }
    begin()
    let chunk = 1 << 22
    let scratch = Storage(byteCount: skipped > 0 ? min(skipped, chunk) : 16)
    var consumed = 0
    var produced = -skipped
    // One byte more than wanted lets the stream's end and its checksum be seen where they follow directly.
    while true {
        try context.checkCancellation()
        let isBefore = produced < 0
        let isBehind = produced == output.count
        let room = isBefore ? min(-produced, chunk) : (isBehind ? 1 : min(output.count - produced, chunk))
        let target = isBefore || isBehind ? scratch.address : output.baseAddress! + produced
        let feed = min(input.count - consumed, chunk)
        state.pointee.next_in = UnsafeMutablePointer(mutating: (first + consumed).assumingMemoryBound(to: UInt8.self))
        state.pointee.avail_in = UInt32(feed)
        state.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = UInt32(room)
        let result = isal_inflate(state)
        guard result == ISAL_DECOMP_OK else { throw FormatProblem(expected: "a zlib or gzip stream", found: "damaged data") }
        let read = feed - Int(state.pointee.avail_in)
        let wrote = room - Int(state.pointee.avail_out)
        consumed += read
        if isBehind { break }
        produced += wrote
        if state.pointee.block_state == ISAL_BLOCK_FINISH {
            if produced == output.count { break }
            guard isGzip, input.count - consumed > 2, input[consumed] == 0x1F, input[consumed + 1] == 0x8B else {
                throw FormatProblem(expected: "a stream of \(output.count + skipped) bytes", found: "\(produced + skipped)")
            }
            begin()
        } else if read == 0 && wrote == 0 {
            throw FormatProblem(expected: "a stream of \(output.count + skipped) bytes", found: "its end after \(produced + skipped)")
        }
    }
    withExtendedLifetime(scratch) {}
}

/// No zlib or gzip stream becomes more than this many times as long.
let greatestInflation = Codec.zlib.greatestExpansion
