import Execution
import Messaging
import Serialization

/// What one rank did.
public struct RankStatistics: Sendable {
    public var rank: Int
    public var bytesSent: Int
    public var messagesSent: Int
    /// The greatest resident set of the rank's process; ranks that are threads share it.
    public var peakBytes: Int
    /// The most bytes of datasets that a stage had as inputs and result.
    public var heldBytes: Int
    public var threads: Int
    public var pieces: [Trace.PieceEntry]
    public var stages: [Trace.StageEntry]
    public var warnings: [String]
}

extension RankStatistics: Serializable {
    public static var formName: String { "statistics of a rank" }
    public static var formVersion: UInt16 { 1 }

    public func serialize(into writer: inout ByteWriter) {
        for number in [rank, bytesSent, messagesSent, peakBytes, heldBytes, threads, pieces.count] { writer.write(number) }
        for piece in pieces {
            for number in [piece.rank, piece.piece, piece.cells, piece.ghostCells, piece.primitives] { writer.write(number) }
            writer.write(piece.seconds)
        }
        writer.write(stages.count)
        for stage in stages {
            writer.write(stage.name)
            writer.write(stage.seconds)
        }
        writer.write(warnings.count)
        for warning in warnings { writer.write(warning) }
    }

    public init(from reader: inout ByteReader, version: UInt16) throws {
        rank = try reader.readInt()
        bytesSent = try reader.readInt()
        messagesSent = try reader.readInt()
        peakBytes = try reader.readInt()
        heldBytes = try reader.readInt()
        threads = try reader.readInt()
        pieces = []
        for _ in 0..<(try reader.readCount(leastByteCount: 48)) {
            var piece = Trace.PieceEntry()
            piece.rank = try reader.readInt()
            piece.piece = try reader.readInt()
            piece.cells = try reader.readInt()
            piece.ghostCells = try reader.readInt()
            piece.primitives = try reader.readInt()
            piece.seconds = try reader.readDouble()
            pieces.append(piece)
        }
        stages = []
        for _ in 0..<(try reader.readCount(leastByteCount: 16)) {
            stages.append(Trace.StageEntry(name: try reader.readString(), seconds: try reader.readDouble()))
        }
        warnings = []
        for _ in 0..<(try reader.readCount(leastByteCount: 8)) { warnings.append(try reader.readString()) }
    }
}

extension RankExecutor {
    /// What every rank did so far, in the order of ranks, on rank 0; nil on the others. Collective.
    public func statistics() throws -> [RankStatistics]? {
        let sent = communicator.statistics
        let own = RankStatistics(
            rank: jobRank, bytesSent: sent.bytesSent, messagesSent: sent.messagesSent,
            peakBytes: peakResidentBytes(), heldBytes: context.trace.heldBytes, threads: context.threads, pieces: context.trace.pieces,
            stages: context.trace.stages, warnings: context.trace.takeWarnings())
        let joined = own.serialized().joined()
        let bytes = [UInt8](UnsafeRawBufferPointer(start: joined.address, count: joined.byteCount))
        withExtendedLifetime(joined) {}
        return try communicator.gather(bytes, to: 0)?.map { bytes in
            let storage = Storage(byteCount: bytes.count)
            UnsafeMutableRawBufferPointer(start: storage.address, count: bytes.count).copyBytes(from: bytes)
            return try RankStatistics(serialized: storage)
        }
    }
}
