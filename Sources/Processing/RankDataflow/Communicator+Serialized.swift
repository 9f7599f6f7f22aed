import Execution
import Messaging
import Serialization

extension Communicator {
    /// Sends the bytes of a value in their parts, large ones from where they lie.
    ///
    /// - Parameter tag: that of the receiver's `receiveSerialized`.
    public func send(
        _ bytes: SerializedBytes, to destination: Int, tag: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try send(bytes.segments.map(\.byteCount), to: destination, tag: tag, file: file, line: line)
        for segment in bytes.segments {
            try segment.withUnsafeBytes { try sendBytes($0, to: destination, tag: tag, file: file, line: line) }
        }
    }

    /// Receives what `send` of serialized bytes sent, one part behind the other in one block of memory.
    ///
    /// - Throws: `MessagingError` where parts are longer than told; `DeadlineError`; `RankFailedError`.
    public func receiveSerialized(
        from source: Int, tag: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Storage {
        let counts = try receive(Int.self, from: source, tag: tag, file: file, line: line)
        let storage = Storage(byteCount: counts.reduce(0, +))
        var place = storage.address.assumingMemoryBound(to: UInt8.self)
        for count in counts {
            try receive(into: UnsafeMutableBufferPointer(start: place, count: count), from: source, tag: tag, file: file, line: line)
            place += count
        }
        return storage
    }
}
