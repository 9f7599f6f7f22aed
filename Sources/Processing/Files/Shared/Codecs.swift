import CDeflate
import CISAL
import CLZ4
import CLZMA

/// How blocks of bytes are compressed.
public enum Codec: Sendable, Hashable {
    case none, zlib, lz4
    /// xz streams of LZMA2.
    case lzma

    /// No stream of this codec can become more than this many times as long.
    var greatestExpansion: Int {
        switch self {
        case .none: 1
        case .zlib: 1032
        case .lz4: 255
        // 273 bytes of the longest match take some 0.3 bits.
        case .lzma: 8192
        }
    }
}

/// A decompressor with its working memory; one for each thread at a time.
final class Decompressor {
    private let codec: Codec
    private let inflater: UnsafeMutablePointer<inflate_state>?

    init(_ codec: Codec) {
        self.codec = codec
        inflater = codec == .zlib ? .allocate(capacity: 1) : nil
    }

    deinit { inflater?.deallocate() }

    /// Decompresses a block that must become exactly `output.count` bytes.
    ///
    /// - Throws: `FormatProblem` where the block is damaged or has another length.
    func decompress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws {
        switch codec {
        case .none:
            guard input.count == output.count else {
                throw FormatProblem(expected: "a block of \(output.count) bytes", found: "\(input.count) bytes")
            }
            if let source = input.baseAddress { output.copyMemory(from: UnsafeRawBufferPointer(start: source, count: input.count)) }
        case .zlib:
            guard let inflater, input.count <= Int(UInt32.max), output.count <= Int(UInt32.max) else {
                throw FormatProblem(expected: "a zlib block under 4 GiB", found: "\(output.count) bytes")
            }
            // Checks the stream's header and its checksum too.
            isal_inflate_init(inflater)
            inflater.pointee.crc_flag = UInt32(ISAL_ZLIB)
            inflater.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            inflater.pointee.avail_in = UInt32(input.count)
            inflater.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
            inflater.pointee.avail_out = UInt32(output.count)
            let result = isal_inflate_stateless(inflater)
            guard result == ISAL_DECOMP_OK, Int(inflater.pointee.total_out) == output.count else {
                let found = result == ISAL_DECOMP_OK ? "another length" : "damaged data"
                throw FormatProblem(expected: "a zlib block of \(output.count) bytes", found: found)
            }
        case .lz4:
            guard input.count <= Int(Int32.max), output.count <= Int(Int32.max) else {
                throw FormatProblem(expected: "an LZ4 block under 2 GiB", found: "\(output.count) bytes")
            }
            let length = LZ4_decompress_safe(
                input.bindMemory(to: CChar.self).baseAddress, output.bindMemory(to: CChar.self).baseAddress, Int32(input.count),
                Int32(output.count))
            guard length == output.count else {
                let found = length < 0 ? "damaged data" : "\(length) bytes"
                throw FormatProblem(expected: "an LZ4 block of \(output.count) bytes", found: found)
            }
        case .lzma:
            // More than the greatest preset needs; a stream that asks for more is damaged.
            var memoryLimit: UInt64 = 128 << 20
            var (inputEnd, outputEnd) = (0, 0)
            let result = lzma_stream_buffer_decode(
                &memoryLimit, 0, nil, input.bindMemory(to: UInt8.self).baseAddress, &inputEnd, input.count,
                output.bindMemory(to: UInt8.self).baseAddress, &outputEnd, output.count)
            guard result == LZMA_OK, outputEnd == output.count else {
                let found = result == LZMA_OK || result == LZMA_BUF_ERROR ? "another length" : "damaged data"
                throw FormatProblem(expected: "an LZMA block of \(output.count) bytes", found: found)
            }
        }
    }
}

/// A compressor with its working memory; one for each thread at a time.
final class Compressor {
    private let codec: Codec
    private let level: Int
    private let deflater: OpaquePointer?

    /// - Parameter level: 1 (fast) … 12 (small) for zlib, 1 … 9 for LZMA.
    init(_ codec: Codec, level: Int = 1) {
        self.codec = codec
        self.level = level
        deflater = codec == .zlib ? libdeflate_alloc_compressor(Int32(min(max(level, 1), 12))) : nil
    }

    deinit {
        if let deflater { libdeflate_free_compressor(deflater) }
    }

    /// Bytes that a block of `count` bytes needs at most when it is compressed.
    func bound(_ count: Int) -> Int {
        switch codec {
        case .none: count
        case .zlib: libdeflate_zlib_compress_bound(deflater, count)
        case .lz4: count + count / 255 + 16
        case .lzma: lzma_stream_buffer_bound(count)
        }
    }

    /// Compresses a block; `output` has room for `bound(input.count)` bytes. Returns the bytes used.
    func compress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
        let length: Int
        switch codec {
        case .none:
            output.copyMemory(from: input)
            length = input.count
        case .zlib:
            length = deflater.map {
                libdeflate_zlib_compress($0, input.baseAddress, input.count, output.baseAddress, output.count)
            } ?? 0
        case .lz4:
            length = Int(
                LZ4_compress_default(
                    input.bindMemory(to: CChar.self).baseAddress, output.bindMemory(to: CChar.self).baseAddress,
                    Int32(input.count), Int32(output.count)))
        case .lzma: length = compressLZMA(input, into: output)
        }
        guard length > 0 || input.isEmpty else { throw FormatProblem(expected: "room to compress", found: "too little memory") }
        return length
    }

    /// 0 where it fails.
    private func compressLZMA(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int {
        var options = lzma_options_lzma()
        guard lzma_lzma_preset(&options, UInt32(min(max(level, 1), 9))) == 0 else { return 0 }
        // A preset's dictionary is megabytes long, and setting it up takes longer than compressing a block.
        options.dict_size = UInt32(min(max(input.count, 4096), Int(options.dict_size)))
        let lzma2: UInt64 = 0x21
        return withUnsafeMutablePointer(to: &options) { options in
            var filters = [lzma_filter(id: lzma2, options: options), lzma_filter(id: .max, options: nil)]
            var end = 0
            let result = lzma_stream_buffer_encode(
                &filters, LZMA_CHECK_CRC32, nil, input.bindMemory(to: UInt8.self).baseAddress, input.count,
                output.bindMemory(to: UInt8.self).baseAddress, &end, output.count)
            return result == LZMA_OK ? end : 0
        }
    }
}
