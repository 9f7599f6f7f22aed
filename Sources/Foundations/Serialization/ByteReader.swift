import Execution

/// Reads what `ByteWriter` wrote, out of bytes that may be anything: what does not fit is a `SerializationError`, before memory is asked for.
///
/// Blocks are views of the storage that is read, not copies.
public struct ByteReader {
    private let storage: Storage
    private let end: Int
    /// How far it has read.
    public private(set) var place: Int
    /// Values inside values so far.
    private var depth = 0
    private static let greatestDepth = 128

    /// Reads `storage` from its beginning.
    public init(_ storage: Storage) {
        self.storage = storage
        place = 0
        end = storage.byteCount
    }

    /// Reads a copy of `bytes`.
    public init(_ bytes: some Collection<UInt8>) {
        let storage = Storage(byteCount: bytes.count)
        UnsafeMutableRawBufferPointer(start: storage.address, count: bytes.count).copyBytes(from: bytes)
        self.init(storage)
    }

    public var remainingByteCount: Int { end - place }

    public mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> Value {
        let size = MemoryLayout<Value>.size
        guard end - place >= size else { throw short(of: size) }
        defer { place += size }
        return Value(littleEndian: (storage.address + place).loadUnaligned(as: Value.self))
    }

    public mutating func readInt() throws -> Int { Int(try read(Int64.self)) }
    public mutating func readDouble() throws -> Double { Double(bitPattern: try read()) }
    public mutating func readFloat() throws -> Float { Float(bitPattern: try read()) }

    public mutating func readBool() throws -> Bool {
        let value = try read(UInt8.self)
        if value > 1 { throw error("0 or 1", value, back: 1) }
        return value == 1
    }

    /// A number of things that take at least `leastByteCount` bytes each of those that are left.
    public mutating func readCount(leastByteCount: Int = 1) throws -> Int {
        let count = try readInt()
        guard count >= 0, count <= (end - place) / max(1, leastByteCount) else {
            throw error("a count that fits the \(end - place) bytes left", count, back: 8)
        }
        return count
    }

    public mutating func readString() throws -> String {
        let count = try readCount()
        let bytes = UnsafeRawBufferPointer(start: storage.address + place, count: count)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("a text in UTF-8", "other bytes") }
        place += count
        return text
    }

    /// Where a block of elements lies in the storage, which the caller may view for as long as it keeps it.
    ///
    /// - Parameter stride: bytes of an element, which the form repeats.
    public mutating func readBlock(stride: Int) throws -> (storage: Storage, byteOffset: Int, count: Int) {
        let found = Int(try read(UInt8.self))
        if found != stride { throw error("elements of \(stride) bytes", found, back: 1) }
        let count = try readInt()
        let padding = count == 0 ? 0 : (ByteWriter.blockAlignment - place % ByteWriter.blockAlignment) % ByteWriter.blockAlignment
        guard count >= 0, count <= max(0, end - place - padding) / stride else {
            throw error("a count of elements that fit the \(end - place) bytes left", count, back: 8)
        }
        place += padding
        defer { place += count * stride }
        return (storage, place, count)
    }

    /// A block as an array.
    public mutating func readArray<Element: BitwiseCopyable>(of type: Element.Type = Element.self) throws -> [Element] {
        let block = try readBlock(stride: MemoryLayout<Element>.stride)
        return [Element](unsafeUninitializedCapacity: block.count) { out, count in
            if let base = out.baseAddress {
                UnsafeMutableRawPointer(base).copyMemory(
                    from: block.storage.address + block.byteOffset, byteCount: block.count * MemoryLayout<Element>.stride)
            }
            count = block.count
        }
    }

    /// Reads a value inside a value; forms nested too deeply are refused.
    public mutating func nested<Value>(_ body: (inout ByteReader) throws -> Value) throws -> Value {
        guard depth < ByteReader.greatestDepth else { throw error("at most \(ByteReader.greatestDepth) values inside one another", "more") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    /// - Throws: where bytes are left.
    public func finish() throws {
        if place != end { throw error("the end", "\(end - place) bytes more") }
    }

    /// An error at the place that was read `back` bytes ago.
    public func error(_ expected: String, _ found: some CustomStringConvertible, back: Int = 0) -> SerializationError {
        SerializationError(place: place - back, expected: expected, found: found.description)
    }

    private func short(of size: Int) -> SerializationError { error("\(size) bytes", "the end after \(end - place)") }
}
