import Datasets
import Execution
import Filters

/// The kind of a piece, as it travels.
struct KindMark: BitwiseCopyable, Sendable {
    private var number: Int32
    private var filled: Int32

    init(_ dataset: Dataset) {
        number = Int32(DatasetKind.allCases.firstIndex(of: dataset.kind)!)
        filled = dataset.isVacant ? 0 : 1
    }

    var kind: DatasetKind { DatasetKind.allCases[Int(number) % DatasetKind.allCases.count] }
    var isFilled: Bool { filled != 0 }
}

extension Dataset {
    /// The same dataset as piece `piece` of `count`, without ghosts.
    func numbered(_ piece: Int, _ count: Int) -> Dataset {
        if case .blocks = self { return self }
        var copy = self
        var info = self.piece ?? PieceInfo(piece: piece, pieceCount: count)
        (info.piece, info.pieceCount) = (piece, count)
        copy.attributes.piece = info
        return copy
    }
}

extension GhostExchange {
    /// Block after block; where a piece lacks one that others have it takes part with nothing.
    func exchangeBlocks(_ pieces: [Dataset], _ exchange: PartExchange, context: ExecutionContext) throws -> [Dataset] {
        var collections = pieces.map { piece -> BlockCollection in
            if case .blocks(let collection) = piece { return collection }
            return BlockCollection(blocks: [])
        }
        let counts = try exchange.allGather(collections.map { Int64($0.blocks.count) })
        for index in 0..<Int(counts.max() ?? 0) {
            let isThere = collections.map { $0.blocks.indices.contains(index) && $0.blocks[index].dataset != nil }
            let leaves = collections.indices.map { isThere[$0] ? collections[$0].blocks[index].dataset! : .poly(PolyData()) }
            let made = try self.exchange(leaves, exchange, context: context)
            for number in collections.indices where isThere[number] { collections[number].blocks[index].dataset = made[number] }
        }
        return zip(pieces, collections).map { piece, collection in
            if case .blocks = piece { return .blocks(collection) }
            return piece
        }
    }
}
