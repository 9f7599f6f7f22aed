import CDeflate
import CISAL
import Execution

/// Numbers as one gzip or zlib stream, compressed on all threads.
///
/// The stream is made of blocks of 1 MiB of the input that know nothing of each other, so its bytes do not depend on the threads; any
/// inflater reads them as one stream. Memory: a few blocks a thread. Sources: RFC 1950, 1951, 1952.
struct DeflateStream {
    enum Wrapper { case gzip, zlib }

    private static let blockSize = 1 << 20

    /// What one thread made of a block.
    private struct Block {
        var storage: Storage
        var count: Int
        var sum: UInt32
    }

    /// Appends numbers of `width` bytes in a byte order to a file and returns how many bytes that took.
    ///
    /// - Throws: `FileError` where the file cannot be written; `CancelledError`.
    static func write(
        _ numbers: UnsafeRawBufferPointer, width: Int, order: ByteOrder, as wrapper: Wrapper, to output: OutputFile, _ context: ExecutionContext
    ) throws -> Int {
        let start = output.position
        // gzip: deflate, no name, no time, unknown system. zlib: deflate with a window of 32 KiB, fast.
        let head: [UInt8] = wrapper == .gzip ? [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] : [0x78, 0x01]
        try head.withUnsafeBytes { try output.write($0) }
        var sum: UInt32 = wrapper == .gzip ? 0 : 1
        let blockCount = max(1, (numbers.count + blockSize - 1) / blockSize)
        var first = 0
        while first < blockCount {
            let round = min(blockCount - first, 4 * context.threads)
            let begin = first
            let blocks = try context.parallelMap(round, grain: 1) { range -> Block in
                let number = begin + range.lowerBound
                let bytes = UnsafeRawBufferPointer(
                    rebasing: numbers[min(numbers.count, number * blockSize)..<min(numbers.count, (number + 1) * blockSize)])
                return try compressed(bytes, width, order, wrapper, isLast: number == blockCount - 1, path: output.path)
            }
            for (place, block) in blocks.enumerated() {
                try output.write(UnsafeRawBufferPointer(start: block.storage.address, count: block.count))
                let count = min(blockSize, numbers.count - (begin + place) * blockSize)
                sum = wrapper == .gzip
                    ? CRC32.combined(sum, block.sum, secondCount: max(0, count)) : combinedAdler(sum, block.sum, secondCount: max(0, count))
            }
            first += round
        }
        var tail: [UInt8] = []
        if wrapper == .gzip {
            for shift in [0, 8, 16, 24] { tail.append(UInt8(truncatingIfNeeded: sum >> UInt32(shift))) }
            for shift in [0, 8, 16, 24] { tail.append(UInt8(truncatingIfNeeded: numbers.count >> shift)) }
        } else {
            for shift in [24, 16, 8, 0] { tail.append(UInt8(truncatingIfNeeded: sum >> UInt32(shift))) }
        }
        try tail.withUnsafeBytes { try output.write($0) }
        return output.position - start
    }

    private static func compressed(
        _ native: UnsafeRawBufferPointer, _ width: Int, _ order: ByteOrder, _ wrapper: Wrapper, isLast: Bool, path: String
    ) throws -> Block {
        let swapped = Storage(byteCount: order == .native || width == 1 ? 0 : native.count)
        var bytes = native
        if swapped.byteCount > 0, let source = native.baseAddress {
            swapBytes(from: source, to: swapped.address, count: native.count / width, width: width)
            bytes = UnsafeRawBufferPointer(start: swapped.address, count: native.count)
        }
        let target = Storage(byteCount: bytes.count + bytes.count / 1000 + 4096)
        let work = Storage(byteCount: levelBufferSize)
        let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
        defer { stream.deallocate() }
        isal_deflate_stateless_init(stream)
        stream.pointee.level = 1
        stream.pointee.level_buf = work.address.assumingMemoryBound(to: UInt8.self)
        stream.pointee.level_buf_size = UInt32(levelBufferSize)
        stream.pointee.gzip_flag = UInt16(IGZIP_DEFLATE)
        stream.pointee.flush = UInt16(isLast ? NO_FLUSH : FULL_FLUSH)
        stream.pointee.end_of_stream = isLast ? 1 : 0
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        stream.pointee.next_out = target.address.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(target.byteCount)
        guard isal_deflate_stateless(stream) == COMP_OK, stream.pointee.avail_in == 0 else {
            throw FileError(file: path, expected: "room to compress", found: "too little")
        }
        let sum = wrapper == .gzip ? libdeflate_crc32(0, bytes.baseAddress, bytes.count) : libdeflate_adler32(1, bytes.baseAddress, bytes.count)
        withExtendedLifetime((swapped, work)) {}
        return Block(storage: target, count: Int(stream.pointee.total_out), sum: bytes.isEmpty && wrapper == .zlib ? 1 : sum)
    }

    private static let levelBufferSize = 1 << 20

    /// Adler-32 of two parts one after the other, from the sums of each.
    static func combinedAdler(_ first: UInt32, _ second: UInt32, secondCount: Int) -> UInt32 {
        let base: UInt64 = 65521
        let count = UInt64(secondCount) % base
        let (a1, b1) = (UInt64(first & 0xFFFF), UInt64(first >> 16))
        let (a2, b2) = (UInt64(second & 0xFFFF), UInt64(second >> 16))
        let a = (a1 + a2 + base - 1) % base
        let b = (b1 + b2 + count * a1 + 2 * base - count) % base
        return UInt32(b << 16 | a)
    }
}
