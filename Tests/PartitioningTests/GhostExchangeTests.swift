import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import TestDatasets
import Testing

@testable import Partitioning

/// The first difference between two pieces, ghosts and names included; nil where there is none.
func pieceDifference(_ a: Dataset, _ b: Dataset) -> String? {
    if case .blocks(let x) = a, case .blocks(let y) = b {
        for (one, other) in zip(x.blocks, y.blocks) {
            if let one = one.dataset, let other = other.dataset, let found = pieceDifference(one, other) { return "\(found) in block" }
        }
        return nil
    }
    if let found = a.difference(to: b) { return found }
    guard let x = a.piece, let y = b.piece else { return nil }
    if (x.piece, x.pieceCount) != (y.piece, y.pieceCount) { return "piece \(x.piece)/\(x.pieceCount) and \(y.piece)/\(y.pieceCount)" }
    if x.ghostLevels != y.ghostLevels { return "\(x.ghostLevels) and \(y.ghostLevels) ghost levels" }
    if x.wholeExtent != y.wholeExtent { return "whole extents" }
    if x.cellGhostLevels != y.cellGhostLevels { return "levels of cells" }
    if x.pointGhostLevels != y.pointGhostLevels {
        return "levels of points: \(x.pointGhostLevels?.array ?? []) \(y.pointGhostLevels?.array ?? [])"
    }
    if x.cellOwners != y.cellOwners { return "owners" }
    if x.cellKeys != y.cellKeys { return "keys" }
    if x.cellRanks != y.cellRanks { return "ranks" }
    return x.pointIdentities == y.pointIdentities ? nil : "identities"
}

func extracted(_ dataset: Dataset, _ count: Int, levels: Int) throws -> [Dataset] {
    try (0..<count).map {
        try ExtractPiece().extract(
            UpdateRequest(piece: $0, of: count, ghostLevels: levels), from: dataset, wholeExtent: dataset.extent, context: context())
    }
}

@Suite struct GhostExchangeTests {
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3] as [UInt64])
    func exchangedGhostsAreExtractedGhosts(seed: UInt64) throws {
        for (name, dataset) in Samples.all(seed: seed) {
            for (count, depths) in [(2, [0, 1, 2]), (3, [1, 3]), (7, [2]), (16, [1]), (140, [1])] {
                let pieces = try extracted(dataset, count, levels: 0)
                for levels in depths {
                    let expected = try extracted(dataset, count, levels: levels)
                    let found = try GhostExchange(levels: levels)(pieces, context: context(threads: 1 + count % 3))
                    for (number, (one, other)) in zip(found, expected).enumerated() {
                        let wrong = pieceDifference(one, other)
                        #expect(wrong == nil, "\(name), piece \(number) of \(count), \(levels) levels, seed \(seed)")
                        if wrong != nil { return }
                    }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func ghostsThatAreThereAreMadeAnew() throws {
        for (name, dataset) in Samples.all(seed: 9) {
            let pieces = try extracted(dataset, 4, levels: 2)
            let found = try GhostExchange(levels: 1)(pieces, context: context())
            for (one, other) in zip(found, try extracted(dataset, 4, levels: 1)) {
                #expect(pieceDifference(one, other) == nil, "\(name)")
            }
        }
    }
}
