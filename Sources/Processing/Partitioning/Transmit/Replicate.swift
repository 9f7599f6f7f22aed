import Dataflow
import Datasets
import Execution
import Filters
import Messaging
import Serialization

/// Gives every rank the whole of a small dataset, which saves asking for parts of it again and again.
public struct Replicate: Sendable {
    /// The greatest size that is copied to all, in bytes of the whole.
    public var maximumBytes: Int

    public init(maximumBytes: Int = 16 << 20) { self.maximumBytes = maximumBytes }

    /// The whole dataset, of the pieces of all ranks; nil, on all ranks, where it is larger than `maximumBytes`. Collective.
    ///
    /// - Throws: `DatasetError` where pieces do not fit together.
    public func callAsFunction(_ piece: Dataset, over communicator: Communicator, context: ExecutionContext = ExecutionContext()) throws -> Dataset? {
        let total = try communicator.allReduce(piece.byteCount, .sum)
        if total > maximumBytes { return nil }
        let bytes = piece.serialized().joined()
        let own = UnsafeRawBufferPointer(start: bytes.address, count: bytes.byteCount)
        let all = try communicator.allToAllBytes(Array(repeating: own, count: communicator.size))
        withExtendedLifetime(bytes) {}
        let pieces = try all.map { try Dataset(serialized: $0) }
        return try GatherPieces().gather(pieces.count == 1 ? [piece] : pieces, context: context)
    }
}
