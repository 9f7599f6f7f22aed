import CDeflate
import CISAL
import CLZ4

/// How blocks of bytes are compressed.
public enum Codec: Sendable, Hashable {
    case none, zlib, lz4

    /// No stream of this codec can become more than this many times as long.
    var greatestExpansion: Int {
        switch self {
        case .none: 1
        case .zlib: 1032
        case .lz4: 255
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
        }
    }
}

/// A compressor with its working memory; one for each thread at a time.
final class Compressor {
    private let codec: Codec
    private let deflater: OpaquePointer?

    /// - Parameter level: 1 (fast) … 12 (small), for zlib.
    init(_ codec: Codec, level: Int = 1) {
        self.codec = codec
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
        }
        guard length > 0 || input.isEmpty else { throw FormatProblem(expected: "room to compress", found: "too little memory") }
        return length
    }
}
