import Dataflow
import Datasets
import Execution
import Filters
import Messaging
import Serialization

/// Gives every rank its piece of a dataset that one rank has: behind a source that cannot split.
///
/// The rank that has it cuts one piece after the other and sends it, so that no more than a piece is copied at a time; the others get only theirs.
public struct TransmitPieces: Sendable {
    /// Layers of ghost cells around the pieces.
    public var ghostLevels: Int
    /// The rank that has the whole.
    public var root: Int

    public init(ghostLevels: Int = 0, root: Int = 0) {
        self.ghostLevels = ghostLevels
        self.root = root
    }

    /// This rank's piece, of as many as there are ranks. Collective.
    ///
    /// - Parameter whole: makes the dataset; called on the root only.
    /// - Throws: on every rank where the root cannot make it.
    public func callAsFunction(
        over communicator: Communicator, context: ExecutionContext = ExecutionContext(), _ whole: () throws -> Dataset
    ) throws -> Dataset {
        guard communicator.rank == root else {
            return try Dataset(serialized: try communicator.receiveBytes(from: root, tag: TransmitPieces.tag).bytes)
        }
        let dataset = try whole()
        var own = dataset
        for rank in 0..<communicator.size {
            try context.checkCancellation()
            let request = UpdateRequest(piece: rank, of: communicator.size, ghostLevels: ghostLevels)
            let piece = try ExtractPiece().apply(to: dataset, request: request, context: context)
            if rank == root {
                own = piece
            } else {
                let bytes = piece.serialized().joined()
                try communicator.sendBytes(
                    UnsafeRawBufferPointer(start: bytes.address, count: bytes.byteCount), to: rank, tag: TransmitPieces.tag)
                withExtendedLifetime(bytes) {}
            }
        }
        return own
    }

    private static let tag = 0x7069
}
