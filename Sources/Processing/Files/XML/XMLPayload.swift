import Datasets
import Execution

/// The binary bytes of one array: as they are, in base64, as compressed blocks, or as such blocks in base64.
///
/// Nothing is decoded before it is asked for: a part of an array costs the blocks, or the characters, that it lies in.
struct XMLPayload {
    let stored: StoredBytes
    /// Bytes of the array when it is decoded.
    let byteCount: Int
    let blocks: Blocks?
    let byteOrder: ByteOrder

    struct Blocks {
        let codec: Codec
        /// Bytes of each block but the last when it is decoded.
        let size: Int
        let lastSize: Int
        /// Where each block begins behind the first, and the end of the last.
        let starts: [Int]
    }

    /// Equally long parts that are decoded one at a time.
    struct Windows {
        let size: Int
        let lastSize: Int
        let count: Int

        func size(of window: Int) -> Int { window == count - 1 ? lastSize : size }
    }

    /// Bytes of base64 decoded at a time: whole groups of characters and whole numbers of every width.
    private static let textWindow = 3 << 16

    /// Nil where the bytes are the array.
    var windows: Windows? {
        if let blocks { return Windows(size: blocks.size, lastSize: blocks.lastSize, count: blocks.starts.count - 1) }
        guard stored.isBase64 else { return nil }
        let count = max(1, (byteCount + XMLPayload.textWindow - 1) / XMLPayload.textWindow)
        return Windows(size: XMLPayload.textWindow, lastSize: byteCount - (count - 1) * XMLPayload.textWindow, count: count)
    }

    /// Where the array lies in the mapped file; nil where it is not there as it is.
    var fileOffset: Int? { windows == nil ? stored.fileOffset : nil }

    /// Decodes one window to `target`, which has room for it.
    func decode(_ window: Int, of windows: Windows, into target: UnsafeMutableRawPointer, _ bench: Workbench) throws {
        guard let blocks else {
            let start = window * windows.size
            return try stored.decode(start..<start + windows.size(of: window), into: target)
        }
        let range = blocks.starts[window]..<blocks.starts[window + 1]
        var source = stored.base + range.lowerBound
        if stored.isBase64 {
            let room = bench.input(range.count)
            try stored.decode(range, into: room)
            source = UnsafeRawPointer(room)
        }
        do {
            try bench.decompressor.decompress(
                UnsafeRawBufferPointer(start: source, count: range.count),
                into: UnsafeMutableRawBufferPointer(start: target, count: windows.size(of: window)))
        } catch var problem as FormatProblem {
            problem.byte = stored.fileOffset.map { $0 + (stored.isBase64 ? range.lowerBound / 3 * 4 : range.lowerBound) }
            throw problem
        }
    }
}

/// Bytes in a file, or base64 characters that stand for them.
struct StoredBytes {
    /// The first byte, or the first character of the run.
    let base: UnsafeRawPointer
    /// Bytes there are, or characters.
    let count: Int
    /// Keeps `base` alive.
    let owner: AnyObject
    let isBase64: Bool
    /// Of base64: decoded bytes of the run before the first one.
    var skipped = 0
    /// Where `base` lies in the mapped file; nil for a copy.
    let fileOffset: Int?

    /// Decodes the bytes `range` of base64.
    func decode(_ range: Range<Int>, into target: UnsafeMutableRawPointer) throws {
        do {
            try Base64.decode(
                UnsafeRawBufferPointer(start: base, count: count), range: range.lowerBound + skipped..<range.upperBound + skipped, into: target)
        } catch var problem as FormatProblem {
            problem.byte = problem.byte.flatMap { place in fileOffset.map { $0 + place } }
            throw problem
        }
    }
}
