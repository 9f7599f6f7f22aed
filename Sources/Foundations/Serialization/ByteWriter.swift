import Execution

/// Writes the byte form of values: numbers as the machine has them, little-endian; texts with their length; blocks of numbers aligned,
/// large ones by reference.
///
/// The form of a value depends on the value only, so that forms can be compared.
public struct ByteWriter {
    /// Blocks from this size up become segments of their own.
    static let sharedBlock = 1 << 14
    /// Blocks begin at multiples of this.
    static let blockAlignment = 64

    private var segments: [SerializedBytes.Segment] = []
    private var pending: [UInt8] = []
    /// Bytes in `segments`.
    private var closed = 0

    public init() { pending.reserveCapacity(256) }

    /// Bytes written so far.
    public var byteCount: Int { closed + pending.count }

    public mutating func write<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { pending.append(contentsOf: $0) }
    }

    public mutating func write(_ value: Int) { write(Int64(value)) }
    public mutating func write(_ value: Bool) { pending.append(value ? 1 : 0) }
    public mutating func write(_ value: Double) { write(value.bitPattern) }
    public mutating func write(_ value: Float) { write(value.bitPattern) }

    /// Length in bytes, then the text in UTF-8.
    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            write(bytes.count)
            pending.append(contentsOf: bytes)
        }
    }

    /// `count` elements of `stride` bytes each: those numbers, then the elements at a multiple of 64 bytes.
    ///
    /// - Parameter storage: holds the elements from `byteOffset`; large blocks keep it alive instead of copying it.
    public mutating func writeBlock(_ storage: Storage, byteOffset: Int, count: Int, stride: Int) {
        write(UInt8(stride))
        write(count)
        let segment = SerializedBytes.Segment(storage: storage, byteOffset: byteOffset, byteCount: count * stride)
        if segment.byteCount == 0 { return }
        align()
        if segment.byteCount < ByteWriter.sharedBlock {
            segment.withUnsafeBytes { pending.append(contentsOf: $0) }
        } else {
            close()
            segments.append(segment)
            closed += segment.byteCount
        }
    }

    /// A block of elements that lie in an array: copied.
    public mutating func writeBlock<Element: BitwiseCopyable>(_ elements: [Element]) {
        write(UInt8(MemoryLayout<Element>.stride))
        write(elements.count)
        if elements.isEmpty { return }
        align()
        elements.withUnsafeBytes { pending.append(contentsOf: $0) }
    }

    /// Everything that was written.
    public consuming func finish() -> SerializedBytes {
        close()
        return SerializedBytes(segments)
    }

    private mutating func align() {
        let past = byteCount % ByteWriter.blockAlignment
        if past > 0 { pending.append(contentsOf: repeatElement(0, count: ByteWriter.blockAlignment - past)) }
    }

    /// Makes a segment of the pending bytes.
    private mutating func close() {
        if pending.isEmpty { return }
        let storage = Storage(byteCount: pending.count)
        pending.withUnsafeBytes { storage.address.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        segments.append(SerializedBytes.Segment(storage: storage, byteOffset: 0, byteCount: pending.count))
        closed += pending.count
        pending.removeAll(keepingCapacity: true)
    }
}
