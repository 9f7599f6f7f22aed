import Datasets
import Execution

/// Cuts a piece, with ghosts, keys and identities, out of a dataset. Implemented by `ExtractPiece` in Filters.
public protocol PieceExtractor: Sendable {
    /// The piece that `request` asks for.
    ///
    /// - Parameters:
    ///   - dataset: the whole dataset, or of structured data at least the extent that the piece needs.
    ///   - wholeExtent: for structured data, the extent of the whole.
    func extract(_ request: UpdateRequest, from dataset: Dataset, wholeExtent: Extent?, context: ExecutionContext) throws -> Dataset
}

/// Joins pieces to one dataset in canonical order, ghosts dropped, points of the same identity joined. Implemented in Filters.
public protocol PieceGatherer: Sendable {
    /// The same bytes for any split of the same whole, one piece included.
    func gather(_ pieces: [Dataset], context: ExecutionContext) throws -> Dataset
    /// Joins pieces that come in canonical order, keeping no more of each than the result needs.
    ///
    /// - Parameter slabs: the pieces are layers of a lattice, at least a cell thick, so that no point lies in three of them.
    func accumulator(slabs: Bool, context: ExecutionContext) -> any PieceAccumulator
}

/// Pieces on their way to one dataset.
public protocol PieceAccumulator: AnyObject {
    /// - Throws: `PiecesOutOfOrderError` where the piece cannot simply be appended.
    func add(_ piece: Dataset) throws
    /// The same bytes as `PieceGatherer.gather` of all of them. Called once.
    func finish() throws -> Dataset
}

/// Pieces have to be gathered together, not one after the other.
public struct PiecesOutOfOrderError: Error {
    public init() {}
}

/// Adds the cells around a piece by exchange with whoever holds the other pieces. Implemented by `GhostExchange` in Partitioning.
public protocol GhostProvider: Sendable {
    /// The piece with up to `levels` layers of ghost cells around it, in the order of the whole: what `PieceExtractor` would cut out of it.
    ///
    /// Collective: every rank calls it, at the same time and with the same number of levels, also one whose piece is empty.
    ///
    /// - Parameter piece: without ghost cells (those that it has are dropped), with the keys and identities of its cells and points.
    /// - Throws: `DatasetError` where pieces do not fit together, on every rank.
    func addGhosts(_ levels: Int, to piece: Dataset, context: ExecutionContext) throws -> Dataset
}
