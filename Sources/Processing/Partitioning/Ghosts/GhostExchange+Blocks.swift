import Dataflow
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
    /// A dataset of its kind with the names and types of its arrays and nothing in them.
    func emptied(context: ExecutionContext) throws -> Dataset {
        switch self {
        case .unstructured, .poly: return try withoutCells(context: context)
        case .table(let table): return .table(Table(columns: table.columns.map { $0.sliced(0..<0) }, fieldData: table.fieldData))
        case .image, .rectilinear, .structured:
            var request = UpdateRequest()
            request.extent = .empty
            return try ExtractPiece().extract(request, from: self, wholeExtent: piece?.wholeExtent ?? extent, context: context)
        case .blocks: return self
        }
    }

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

extension PartExchange {
    /// The pieces, of which those that are empty and of another kind become empty ones like the first that is not. Collective.
    func alike(_ pieces: [Dataset], _ kinds: [KindMark], _ kind: DatasetKind, context: ExecutionContext) throws -> [Dataset] {
        let strangers = kinds.indices.filter { !kinds[$0].isFilled && kinds[$0].kind != kind }
        guard !strangers.isEmpty, kind != .blocks, let first = kinds.firstIndex(where: { $0.isFilled }) else { return pieces }
        let outgoing = try pieces.indices.map { index -> [(part: Int, dataset: Dataset)] in
            if held.lowerBound + index != first { return [] }
            let empty = try pieces[index].emptied(context: context)
            return strangers.map { ($0, empty) }
        }
        return zip(pieces, try exchangeDatasets(outgoing, context: context)).map { $1.first ?? $0 }
    }

    /// Calls `body` with the pieces of one block after the other; where a piece lacks one that others have it takes part with nothing.
    func blockByBlock(_ pieces: [Dataset], _ body: ([Dataset]) throws -> [Dataset]) throws -> [Dataset] {
        var collections = pieces.map { piece -> BlockCollection in
            if case .blocks(let collection) = piece { return collection }
            return BlockCollection(blocks: [])
        }
        // Pieces that are empty altogether learn from the others what there is.
        let model = collections.first { !$0.blocks.isEmpty }
        let counts = try allGather(collections.map { Int64($0.blocks.count) })
        for index in 0..<Int(counts.max() ?? 0) {
            for number in collections.indices where !collections[number].blocks.indices.contains(index) {
                collections[number].blocks.append(.init(name: model?.blocks.indices.contains(index) == true ? model!.blocks[index].name : "", dataset: nil))
            }
            let leaves = collections.map { $0.blocks[index].dataset ?? .poly(PolyData()) }
            let made = try body(leaves)
            let isAnywhere = try allGather(collections.map { $0.blocks[index].dataset == nil ? Int32(0) : 1 }).contains(1)
            if !isAnywhere { continue }
            for number in collections.indices { collections[number].blocks[index].dataset = made[number] }
        }
        return collections.map { .blocks($0) }
    }
}
