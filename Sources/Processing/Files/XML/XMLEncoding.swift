import Datasets
import Execution

/// An array as bytes of a file: counts, then the numbers or compressed blocks of them.
struct XMLEncodedArray: @unchecked Sendable {
    // Unchecked: bytes are only read; `owner` keeps them alive.
    /// Counts in front, in the file's byte order.
    let header: [UInt8]
    /// What follows, one piece behind the other.
    let parts: [UnsafeRawBufferPointer]
    let owner: [Any]
    /// Header and numbers are one run of base64; compressed blocks have a run of their own.
    let isOneRun: Bool

    var headerBytes: Int { header.count }

    func write(to output: OutputFile, base64: Bool) throws {
        if !base64 {
            try header.withUnsafeBytes { try output.write($0) }
            for part in parts { try output.write(part) }
        } else {
            var run = Base64Run(output)
            try header.withUnsafeBytes { try run.append($0) }
            if !isOneRun { try run.finish() }
            for part in parts { try run.append(part) }
            try run.finish()
        }
        withExtendedLifetime(owner) {}
    }
}

/// Encodes pieces of bytes as one run, 48 kB at a time.
private struct Base64Run {
    private let output: OutputFile
    private var pending: [UInt8] = []
    private var characters = [UInt8](repeating: 0, count: 1 << 16)
    private let room = 3 << 14

    init(_ output: OutputFile) {
        self.output = output
        pending.reserveCapacity(room)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let taken = rest.prefix(room - pending.count)
            pending.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
            if pending.count == room { try finish() }
        }
    }

    /// Writes what is pending, padded.
    mutating func finish() throws {
        let count = Base64.encodedCount(pending.count)
        try pending.withUnsafeBytes { bytes in
            try characters.withUnsafeMutableBufferPointer { characters in
                Base64.encode(bytes, into: characters.baseAddress!)
                try output.write(UnsafeRawBufferPointer(start: characters.baseAddress!, count: count))
            }
        }
        pending.removeAll(keepingCapacity: true)
    }
}

/// Encodes arrays by the writer's options, blocks on all threads.
struct XMLEncoder {
    let options: XMLWriterOptions
    let context: ExecutionContext

    func encode(_ array: XMLOutputArray) throws -> XMLEncodedArray {
        var bytes = array.bytes
        var owner: [Any] = [array.owner]
        if options.byteOrder != .native && array.width > 1 {
            let swapped = Storage(byteCount: bytes.count)
            let source = bytes
            if let base = source.baseAddress {
                try context.parallelFor(bytes.count / array.width, grain: 1 << 16) { range in
                    swapBytes(
                        from: base + range.lowerBound * array.width, to: swapped.address + range.lowerBound * array.width, count: range.count,
                        width: array.width)
                }
            }
            bytes = UnsafeRawBufferPointer(start: swapped.address, count: source.count)
            owner.append(swapped)
        }
        if options.compression == .none {
            return XMLEncodedArray(header: try header([bytes.count]), parts: bytes.isEmpty ? [] : [bytes], owner: owner, isOneRun: true)
        }
        return try compressed(bytes)
    }

    private func header(_ counts: [Int]) throws -> [UInt8] {
        var header: [UInt8] = []
        for count in counts {
            guard options.headerWidth == 8 || count <= Int(UInt32.max) else {
                throw FormatProblem(expected: "arrays under 4 GiB with 32-bit headers", found: "\(count) bytes")
            }
            let little = (0..<options.headerWidth).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            header += options.byteOrder == .littleEndian ? little : little.reversed()
        }
        return header
    }

    private func compressed(_ bytes: UnsafeRawBufferPointer) throws -> XMLEncodedArray {
        let blockSize = max(8, options.blockSize & ~7)
        let blockCount = (bytes.count + blockSize - 1) / blockSize
        guard blockCount > 0 else { return XMLEncodedArray(header: try header([0, 0, 0]), parts: [], owner: [], isOneRun: false) }
        // Several blocks share memory: a chunk is what one thread compresses at a time.
        let blocksPerChunk = max(1, (1 << 20) / blockSize)
        let chunks = try context.parallelMap(blockCount, grain: blocksPerChunk) { range -> (storage: Storage, sizes: [Int]) in
            let compressor = Compressor(options.compression, level: options.compressionLevel)
            let bound = compressor.bound(blockSize)
            let scratch = Storage(byteCount: bound * range.count)
            var sizes: [Int] = []
            var end = 0
            for block in range {
                let input = UnsafeRawBufferPointer(rebasing: bytes[block * blockSize..<min(bytes.count, (block + 1) * blockSize)])
                let size = try compressor.compress(input, into: UnsafeMutableRawBufferPointer(start: scratch.address + end, count: bound))
                sizes.append(size)
                end += size
            }
            // Keep what is used only: the room for the worst case is much more.
            let kept = Storage(byteCount: end)
            kept.address.copyMemory(from: scratch.address, byteCount: end)
            return (kept, sizes)
        }
        let last = bytes.count - (blockCount - 1) * blockSize
        let counts = [blockCount, blockSize, last == blockSize ? 0 : last] + chunks.flatMap(\.sizes)
        return XMLEncodedArray(
            header: try header(counts),
            parts: chunks.map { UnsafeRawBufferPointer(start: $0.storage.address, count: $0.sizes.reduce(0, +)) },
            owner: chunks.map(\.storage), isOneRun: false)
    }
}
