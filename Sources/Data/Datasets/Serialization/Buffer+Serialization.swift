import Execution
import Serialization

extension ByteWriter {
    /// Count and elements; large buffers are kept, not copied.
    public mutating func write<Element>(_ buffer: Buffer<Element>) {
        writeBlock(buffer.storage, byteOffset: buffer.byteOffset, count: buffer.count, stride: MemoryLayout<Element>.stride)
    }

    /// Whether there is one, then the buffer.
    mutating func write<Element>(_ buffer: Buffer<Element>?) {
        write(buffer != nil)
        if let buffer { write(buffer) }
    }
}

extension ByteReader {
    /// A buffer that views the bytes read; a copy where they are not aligned for its elements.
    public mutating func readBuffer<Element>(of type: Element.Type = Element.self) throws -> Buffer<Element> {
        let block = try readBlock(stride: MemoryLayout<Element>.stride)
        if block.count == 0 { return Buffer() }
        if (UInt(bitPattern: block.storage.address) &+ UInt(block.byteOffset)) % UInt(MemoryLayout<Element>.alignment) == 0 {
            return Buffer(viewing: block.storage, byteOffset: block.byteOffset, count: block.count)
        }
        return Buffer(count: block.count) {
            UnsafeMutableRawPointer($0).copyMemory(from: block.storage.address + block.byteOffset, byteCount: block.count * MemoryLayout<Element>.stride)
        }
    }

    mutating func readOptionalBuffer<Element>(of type: Element.Type = Element.self) throws -> Buffer<Element>? {
        try readBool() ? try readBuffer() : nil
    }
}
