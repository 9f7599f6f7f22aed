import Dataflow
import Datasets
import Execution

/// Cuts a piece with ghost levels, keys and identities out of a dataset of any kind.
///
/// | kind | piece i of n owns |
/// |---|---|
/// | unstructured grid | cells `floor(i·cells/n + 1/2)` up to that of i + 1 (`vtkExtractUnstructuredGridPiece`) |
/// | poly data | cells `ceil(i·cells/n)` up to that of i + 1 over its four lists (`vtkExtractPolyDataPiece`) |
/// | structured | the extent of `Extent.piece`, halving the longest axis (`vtkExtentTranslator`) |
/// | table | rows `floor(i·rows/n)` up to that of i + 1 |
/// | blocks | that part of every block |
///
/// Ghost layer k are the cells that share a point with layer k − 1. Cells and points of a piece, ghosts included, keep the order of the whole.
/// A point belongs to the owner of its lowest cell; points that no cell uses belong to piece 0.
///
/// As a stage it asks its input for the whole, so that what does not split can be streamed behind it.
public struct ExtractPiece: Filter, PieceExtractor {
    public init() {}

    public var name: String { "extract piece" }
    public var signature: String { "ExtractPiece" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription { input }
    public func request(_ request: UpdateRequest, from input: DatasetDescription) throws -> UpdateRequest { request.whole }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        // What comes out counts as a source: points that filters made get their place in the result first.
        let whole = try normalized(input, context: context)
        return try extract(request, from: whole, wholeExtent: whole.extent, context: context)
    }

    /// The piece that `request` asks for.
    ///
    /// - Parameters:
    ///   - dataset: the whole dataset, or of structured data at least the extent that the piece needs. Keys and identities that it carries are kept.
    ///   - wholeExtent: for structured data, the extent of the whole; nil: that of `dataset`.
    /// - Throws: `DatasetError` where the piece needs more than `dataset` has; `CancelledError`.
    /// - Complexity: O(points + connectivity · (ghost levels + 1)) of the whole.
    public func extract(
        _ request: UpdateRequest, from dataset: Dataset, wholeExtent: Extent?, context: ExecutionContext
    ) throws -> Dataset {
        guard request.pieceCount >= 1, request.piece >= 0, request.piece < request.pieceCount else {
            throw DatasetError("there is no piece \(request.piece) of \(request.pieceCount)")
        }
        if request.isWhole { return dataset }
        switch dataset {
        case .image, .rectilinear, .structured:
            return try LatticePiece(request, of: dataset, wholeExtent: wholeExtent).dataset(context: context)
        case .unstructured(let grid): return try extract(request, from: grid, context: context)
        case .poly(let poly): return try extract(request, from: poly, context: context)
        case .table(let table): return .table(rows(request, of: table))
        case .blocks(var collection):
            collection.blocks = try collection.blocks.map { block in
                var block = block
                block.dataset = try block.dataset.map { try extract(request, from: $0, wholeExtent: $0.extent, context: context) }
                return block
            }
            return .blocks(collection)
        }
    }

    private func rows(_ request: UpdateRequest, of table: Table) -> Table {
        let count = table.rowCount
        let range = count * request.piece / request.pieceCount..<count * (request.piece + 1) / request.pieceCount
        var piece = PieceInfo(piece: request.piece, pieceCount: request.pieceCount)
        piece.cellKeys = table.piece?.cellKeys?.slice(range)
            ?? Buffer(count: range.count) { out in
                for row in range { out[row - range.lowerBound] = UInt64(row) }
            }
        piece.pointIdentities = table.piece?.pointIdentities?.slice(range)
            ?? Buffer(count: range.count) { out in
                for row in range { out[row - range.lowerBound] = PointIdentity(sourceIndex: row) }
            }
        return Table(columns: table.columns.map { $0.sliced(range) }, fieldData: table.fieldData, piece: piece)
    }
}
