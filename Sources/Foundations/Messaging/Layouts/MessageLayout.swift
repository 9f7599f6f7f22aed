#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Which bytes of a value or an array a message carries: a halo column, a block of a grid, some fields of a struct.
///
/// What MPI calls a derived type. Bytes are described from the beginning of the buffer; in the message they lie one behind the other.
public struct MessageLayout: Sendable, Hashable {
    /// `length` bytes at `offset`, repeated along any number of dimensions; the last runs fastest.
    struct Block: Sendable, Hashable {
        var offset: Int
        var length: Int
        var counts: [Int] = []
        var strides: [Int] = []

        var byteCount: Int { counts.reduce(length, *) }
        /// The first byte after the last one described.
        var end: Int { byteCount == 0 ? 0 : zip(counts, strides).reduce(offset + length) { $0 + ($1.0 - 1) * $1.1 } }
    }

    private(set) var blocks: [Block]
    /// Bytes in the message.
    public let byteCount: Int
    /// Bytes that a buffer must have at least.
    public let extent: Int

    init(_ blocks: [Block]) {
        self.blocks = blocks.map(Self.simplified).filter { $0.byteCount > 0 }
        byteCount = self.blocks.reduce(0) { $0 + $1.byteCount }
        extent = self.blocks.map(\.end).max() ?? 0
    }

    /// Joins a dimension whose steps leave no gaps with what it repeats.
    private static func simplified(_ block: Block) -> Block {
        var block = block
        while let count = block.counts.last, let stride = block.strides.last, stride == block.length || count == 1 {
            block.length *= count
            block.counts.removeLast()
            block.strides.removeLast()
        }
        return block
    }

    /// Elements `start ..< start + count`.
    ///
    /// - Precondition: the numbers are not negative.
    public static func contiguous<Element: Transferable>(_ count: Int, of type: Element.Type, startingAt start: Int = 0) -> MessageLayout {
        precondition(count >= 0 && start >= 0, "a layout has no negative sizes")
        let stride = MemoryLayout<Element>.stride
        return MessageLayout([Block(offset: start * stride, length: count * stride)])
    }

    /// `count` runs of `length` elements, whose beginnings are `stride` elements apart: a column of an image.
    ///
    /// - Precondition: the numbers are not negative.
    public static func strided<Element: Transferable>(
        _ count: Int, by stride: Int, of type: Element.Type, length: Int = 1, startingAt start: Int = 0
    ) -> MessageLayout {
        precondition(count >= 0 && stride >= 0 && length >= 0 && start >= 0, "a layout has no negative sizes")
        let size = MemoryLayout<Element>.stride
        return MessageLayout([Block(offset: start * size, length: length * size, counts: [count], strides: [stride * size])])
    }

    /// The part of a grid that lies in a range of each axis; the first axis runs fastest, as points of structured data do.
    ///
    /// - Parameter components: values of a grid point, which lie together.
    /// - Precondition: each range lies in its axis.
    public static func subarray<Element: Transferable>(
        of type: Element.Type, dimensions: [Int], ranges: [Range<Int>], components: Int = 1
    ) -> MessageLayout {
        precondition(dimensions.count == ranges.count && components >= 0, "a sub-array has a range for each axis")
        precondition(zip(dimensions, ranges).allSatisfy { $1.lowerBound >= 0 && $1.upperBound <= $0 }, "a range lies in its axis")
        let size = MemoryLayout<Element>.stride * components
        var step = size
        var block = Block(offset: 0, length: size)
        for (count, range) in zip(dimensions, ranges) {
            block.offset += range.lowerBound * step
            block.counts.insert(range.count, at: 0)
            block.strides.insert(step, at: 0)
            step *= count
        }
        return MessageLayout([block])
    }

    /// Some stored properties of a struct.
    ///
    /// - Precondition: the key paths lead to stored properties, which alone have a place in memory.
    public static func fields<Root, each Field: Transferable>(
        of type: Root.Type, _ keyPaths: repeat KeyPath<Root, each Field>
    ) -> MessageLayout {
        var blocks: [Block] = []
        func add<Value>(_ keyPath: KeyPath<Root, Value>) {
            guard let offset = MemoryLayout<Root>.offset(of: keyPath) else {
                preconditionFailure("\(keyPath) is not a stored property of \(Root.self)")
            }
            blocks.append(Block(offset: offset, length: MemoryLayout<Value>.size))
        }
        repeat add(each keyPaths)
        return MessageLayout(blocks)
    }

    /// This layout for each of `count` elements of a type: some fields of an array of structs.
    ///
    /// - Precondition: the numbers are not negative.
    public func repeated<Element>(_ count: Int, elementsOf type: Element.Type) -> MessageLayout {
        precondition(count >= 0, "a layout has no negative sizes")
        let stride = MemoryLayout<Element>.stride
        return MessageLayout(
            blocks.map { Block(offset: $0.offset, length: $0.length, counts: [count] + $0.counts, strides: [stride] + $0.strides) })
    }

    /// The one run of bytes that it describes, if it is one.
    var contiguousRange: Range<Int>? {
        if blocks.isEmpty { return 0..<0 }
        guard blocks.count == 1, blocks[0].counts.isEmpty else { return nil }
        return blocks[0].offset..<blocks[0].offset + blocks[0].length
    }

    /// Collects the described bytes of `buffer` at `target`, which has room for `byteCount`.
    ///
    /// - Precondition: the buffer has `extent` bytes.
    public func pack(_ buffer: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
        precondition(buffer.count >= extent, "a buffer holds what its layout describes")
        guard let base = buffer.baseAddress else { return }
        var place = target
        forEachRun { offset, length in
            memcpy(place, base + offset, length)
            place += length
        }
    }

    /// Puts the bytes at `source` where the layout says, and touches no other bytes of `buffer`.
    ///
    /// - Precondition: the buffer has `extent` bytes.
    public func unpack(_ source: UnsafeRawPointer, into buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= extent, "a buffer holds what its layout describes")
        guard let base = buffer.baseAddress else { return }
        var place = source
        forEachRun { offset, length in
            memcpy(base + offset, place, length)
            place += length
        }
    }

    private func forEachRun(_ body: (_ offset: Int, _ length: Int) -> Void) {
        for block in blocks {
            var indices = [Int](repeating: 0, count: block.counts.count)
            let inner = block.counts.count - 1
            var offset = block.offset
            while true {
                if inner < 0 {
                    body(offset, block.length)
                    break
                }
                for step in 0..<block.counts[inner] { body(offset + step * block.strides[inner], block.length) }
                var axis = inner - 1
                while axis >= 0 {
                    indices[axis] += 1
                    offset += block.strides[axis]
                    if indices[axis] < block.counts[axis] { break }
                    offset -= block.strides[axis] * block.counts[axis]
                    indices[axis] = 0
                    axis -= 1
                }
                if axis < 0 { break }
            }
        }
    }
}
