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

extension PartExchange {
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
