import Datasets
import Execution

/// A run of base64 characters, or of bytes, that a payload is cut from.
private struct Region {
    let bytes: UnsafeRawBufferPointer
    let owner: AnyObject
    let isBase64: Bool
    /// Where it lies in the mapped file; nil for a copy.
    let fileOffset: Int?
}

extension XMLFile {
    /// Finds the bytes of an array that is not ASCII and checks every count in front of them against the bytes there are.
    ///
    /// - Throws: `FormatProblem`.
    func payload(_ entry: XMLArrayEntry) throws -> XMLPayload {
        let region = try self.region(entry)
        switch compressor {
        case .unknown(let name):
            throw FormatProblem(expected: "zlib, LZ4 or LZMA compression", found: quoted(name), byte: entry.byte)
        case .codec(.none): return try plainPayload(region)
        case .codec(let codec): return try blockPayload(region, codec)
        }
    }

    private func region(_ entry: XMLArrayEntry) throws -> Region {
        switch entry.location {
        case .ascii: preconditionFailure("ASCII arrays have no payload")
        case .appended(let offset):
            guard let appended else { throw FormatProblem(expected: "<AppendedData>", found: "none", byte: file.count) }
            guard appended.encoding == "raw" || appended.encoding == "base64" else {
                throw FormatProblem(expected: "raw or base64 for the encoding of appended data", found: quoted(appended.encoding))
            }
            guard offset <= file.count - appended.start else {
                throw FormatProblem(
                    expected: "an offset inside the \(file.count - appended.start) bytes of appended data", found: "\(offset)", byte: entry.byte)
            }
            let start = appended.start + offset
            return Region(
                bytes: UnsafeRawBufferPointer(rebasing: file.bytes[start...]), owner: file, isBase64: appended.encoding == "base64",
                fileOffset: start)
        case .inline(let ranges):
            if ranges.count == 1, !hasBlanks(ranges[0]) {
                return Region(
                    bytes: UnsafeRawBufferPointer(rebasing: file.bytes[ranges[0]]), owner: file, isBase64: true, fileOffset: ranges[0].lowerBound)
            }
            let storage = Storage(byteCount: ranges.reduce(0) { $0 + $1.count })
            var end = 0
            for range in ranges {
                for byte in file.bytes[range] where !NumberParsing.isSpace(byte) {
                    storage.address.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
                    end += 1
                }
            }
            return Region(
                bytes: UnsafeRawBufferPointer(start: storage.address, count: end), owner: storage, isBase64: true, fileOffset: nil)
        }
    }

    private func hasBlanks(_ range: Range<Int>) -> Bool {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: XMLParser.textStep) {
            let part = start..<min(range.upperBound, start + XMLParser.textStep)
            var found = false
            for byte in file.bytes[part] { found = found || byte <= 32 }
            if found { return true }
            file.release(part)
        }
        return false
    }

    /// One count of the header, in the file's byte order.
    private func headerWord(_ address: UnsafeRawPointer, _ index: Int) throws -> Int {
        if headerWidth == 4 {
            let word = address.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
            return Int(byteOrder == .native ? word : word.byteSwapped)
        }
        let word = address.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
        guard let count = Int(exactly: byteOrder == .native ? word : word.byteSwapped) else {
            throw FormatProblem(expected: "a count of bytes", found: "a number beyond 2^63")
        }
        return count
    }

    private func tooShort(_ region: Region, _ what: String, _ needed: Int) -> FormatProblem {
        FormatProblem(
            expected: "\(what) of \(needed) bytes", found: "the end of the data after \(region.bytes.count)", byte: region.fileOffset)
    }

    // MARK: Not compressed

    private func plainPayload(_ region: Region) throws -> XMLPayload {
        let bytes = region.bytes
        if !region.isBase64 {
            guard bytes.count >= headerWidth else { throw tooShort(region, "a header", headerWidth) }
            let count = try headerWord(bytes.baseAddress!, 0)
            guard count <= bytes.count - headerWidth else { throw tooShort(region, "an array", count) }
            let stored = StoredBytes(
                base: bytes.baseAddress! + headerWidth, count: count, owner: region.owner, isBase64: false,
                fileOffset: region.fileOffset.map { $0 + headerWidth })
            return XMLPayload(stored: stored, byteCount: count, blocks: nil, byteOrder: byteOrder)
        }
        let headerCharacters = Base64.encodedCount(headerWidth)
        guard bytes.count >= headerCharacters else { throw tooShort(region, "a base64 header", headerCharacters) }
        let count = try withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { header in
            try Base64.decode(bytes, count: headerWidth, into: header.baseAddress!)
            return try headerWord(UnsafeRawPointer(header.baseAddress!), 0)
        }
        // Header and array are one run, unless the header was padded as if it stood alone.
        let isSeparate = bytes[headerCharacters - (3 - headerWidth % 3)] == UInt8(ascii: "=")
        let skipped = isSeparate ? 0 : headerWidth
        let run = isSeparate ? UnsafeRawBufferPointer(rebasing: bytes[headerCharacters...]) : bytes
        guard count <= run.count, Base64.encodedCount(skipped + count) <= run.count else {
            throw tooShort(region, "a base64 array", count)
        }
        let stored = StoredBytes(
            base: run.baseAddress ?? bytes.baseAddress!, count: run.count, owner: region.owner, isBase64: true, skipped: skipped,
            fileOffset: region.fileOffset.map { $0 + (isSeparate ? headerCharacters : 0) })
        return XMLPayload(stored: stored, byteCount: count, blocks: nil, byteOrder: byteOrder)
    }

    // MARK: Compressed blocks

    private func blockPayload(_ region: Region, _ codec: Codec) throws -> XMLPayload {
        let bytes = region.bytes
        // Number of blocks, size of each, size of the last if that is another, compressed sizes.
        func header(words: Int) throws -> Storage {
            let needed = words * headerWidth
            let storage = Storage(byteCount: needed + 16)
            if region.isBase64 {
                guard bytes.count >= Base64.encodedCount(needed) else { throw tooShort(region, "a base64 header", needed) }
                try Base64.decode(bytes, count: needed, into: storage.address)
            } else {
                guard bytes.count >= needed else { throw tooShort(region, "a header", needed) }
                storage.address.copyMemory(from: bytes.baseAddress!, byteCount: needed)
            }
            return storage
        }
        let firstWord = try header(words: 1)
        let blockCount = try headerWord(UnsafeRawPointer(firstWord.address), 0)
        withExtendedLifetime(firstWord) {}
        if blockCount == 0 {
            let stored = StoredBytes(base: bytes.baseAddress!, count: 0, owner: region.owner, isBase64: false, fileOffset: nil)
            return XMLPayload(stored: stored, byteCount: 0, blocks: nil, byteOrder: byteOrder)
        }
        guard blockCount <= bytes.count / headerWidth else { throw tooShort(region, "a header for \(blockCount) blocks", blockCount) }
        let words = try header(words: 3 + blockCount)
        let fullSize = try headerWord(UnsafeRawPointer(words.address), 1)
        let partial = try headerWord(UnsafeRawPointer(words.address), 2)
        let lastSize = partial == 0 ? fullSize : partial
        // Of a single block only its own size counts.
        let size = blockCount == 1 ? lastSize : fullSize
        guard size > 0, lastSize <= size else {
            throw FormatProblem(expected: "blocks of some bytes, the last not the longest", found: "\(size) and \(lastSize)", byte: region.fileOffset)
        }
        var starts = [0]
        starts.reserveCapacity(blockCount + 1)
        for block in 0..<blockCount {
            let compressed = try headerWord(UnsafeRawPointer(words.address), 3 + block)
            let decoded = block == blockCount - 1 ? lastSize : size
            guard compressed <= bytes.count - starts[block] else { throw tooShort(region, "a compressed block", compressed) }
            // Says no to counts that no compressed data could fill, before memory is asked for.
            guard decoded <= (compressed + 64) * codec.greatestExpansion else {
                throw FormatProblem(
                    expected: "a block of \(compressed) bytes that becomes at most \(codec.greatestExpansion) times as long",
                    found: "\(decoded) bytes", byte: region.fileOffset)
            }
            starts.append(starts[block] + compressed)
        }
        withExtendedLifetime(words) {}
        let byteCount = try product(size, blockCount - 1, for: "an array") + lastSize
        let blocks = XMLPayload.Blocks(codec: codec, size: size, lastSize: lastSize, starts: starts)
        if !region.isBase64 {
            let headerBytes = (3 + blockCount) * headerWidth
            guard starts[blockCount] <= bytes.count - headerBytes else { throw tooShort(region, "compressed blocks", starts[blockCount]) }
            let stored = StoredBytes(
                base: bytes.baseAddress! + headerBytes, count: starts[blockCount], owner: region.owner, isBase64: false,
                fileOffset: region.fileOffset.map { $0 + headerBytes })
            return XMLPayload(stored: stored, byteCount: byteCount, blocks: blocks, byteOrder: byteOrder)
        }
        let headerCharacters = Base64.encodedCount((3 + blockCount) * headerWidth)
        let run = UnsafeRawBufferPointer(rebasing: bytes[headerCharacters...])
        guard Base64.encodedCount(starts[blockCount]) <= run.count else { throw tooShort(region, "base64 of compressed blocks", starts[blockCount]) }
        let stored = StoredBytes(
            base: run.baseAddress ?? bytes.baseAddress!, count: run.count, owner: region.owner, isBase64: true,
            fileOffset: region.fileOffset.map { $0 + headerCharacters })
        return XMLPayload(stored: stored, byteCount: byteCount, blocks: blocks, byteOrder: byteOrder)
    }
}
