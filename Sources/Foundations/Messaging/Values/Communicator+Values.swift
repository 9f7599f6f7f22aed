import Execution
import Serialization

/// Whole values with a byte form (`Serializable`): datasets, images, scenes. Large blocks go from the value's own memory straight into one
/// block of the receiver, of which the received value is a view.
extension Communicator {
    /// Sends a value.
    public func sendSerialized(
        _ value: some Serializable, to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws {
        try sendSegments(value.serialized(), to: destination, tag: tag, file: file, line: line)
    }

    /// Receives a value.
    ///
    /// - Throws: `SerializationError` if what came is the form of something else.
    public func receiveSerialized<Value: Serializable>(
        _ type: Value.Type, from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Value {
        try Value(serialized: try receiveSegments(from: source, tag: tag, file: file, line: line).bytes)
    }

    /// Gives every rank the root's value.
    ///
    /// - Parameter value: looked at on the root only.
    public func broadcastSerialized<Value: Serializable>(
        _ value: Value?, from root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> Value {
        let site = CallSite(file, line)
        if rank == root, value == nil { throw concerningAll(argumentError(.broadcast, "the root has no value", site)) }
        var storage = value?.serialized().joined() ?? Storage(byteCount: 0)
        var byteCount = storage.byteCount
        try broadcast(&byteCount, from: root, file: file, line: line)
        if rank != root { storage = Storage(byteCount: byteCount) }
        let bytes = UnsafeMutableRawBufferPointer(start: storage.address, count: byteCount)
        try broadcast(raw: bytes, elementSize: 1, from: root, site)
        if rank == root, let value { return value }
        return try Value(serialized: storage)
    }

    /// Collects every rank's value on the root, in the order of ranks; nil on other ranks.
    public func gatherSerialized<Value: Serializable>(
        _ value: Value, to root: Int, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [Value]? {
        try call {
            let header = try begin(.gather, elementSize: 1, count: 0, countMatters: false, root: root, CallSite(file, line))
            if rank != root {
                let storage = value.serialized().joined()
                var own = header
                own.count = Int64(storage.byteCount)
                defer { withExtendedLifetime(storage) {} }
                try sendPacket(own, UnsafeRawBufferPointer(start: storage.address, count: storage.byteCount), to: root)
                return nil
            }
            return try (0..<size).map { source in
                if source == rank { return value }
                let storage = Storage(byteCount: Int(try receiveHeader(header, from: source).count))
                try receivePayload(
                    header, from: source, into: UnsafeMutableRawBufferPointer(start: storage.address, count: storage.byteCount))
                return try Value(serialized: storage)
            }
        }
    }

    /// Sends bytes in segments: their total and number, then one after the other.
    func sendSegments(_ bytes: SerializedBytes, to destination: Int, tag: Int, file: StaticString, line: UInt32) throws {
        try send([bytes.byteCount] + bytes.segments.map(\.byteCount), to: destination, tag: tag, file: file, line: line)
        for segment in bytes.segments where segment.byteCount > 0 {
            try segment.withUnsafeBytes { try sendBytes($0, to: destination, tag: tag, file: file, line: line) }
        }
    }

    func receiveSegments(from source: Int?, tag: Int?, file: StaticString, line: UInt32) throws -> (bytes: Storage, envelope: Envelope) {
        let (lengths, envelope) = try receiveWithEnvelope(Int.self, from: source, tag: tag, file: file, line: line)
        guard let total = lengths.first, total >= 0, lengths.dropFirst().allSatisfy({ $0 >= 0 }),
            lengths.dropFirst().reduce(0, { $0 &+ $1 }) == total
        else { throw argumentError(.receive, "the message is not the beginning of a value", CallSite(file, line)) }
        let storage = Storage(byteCount: total)
        var place = storage.address
        for length in lengths.dropFirst() where length > 0 {
            let part = UnsafeMutableRawBufferPointer(start: place, count: length)
            try receive(raw: part, from: envelope.rank, tag: Int(envelope.tag), CallSite(file, line))
            place += length
        }
        return (storage, envelope)
    }
}
