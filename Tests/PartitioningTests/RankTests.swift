import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Messaging
import TestDatasets
import Testing

@testable import Partitioning

/// Every operation between ranks gives what it gives on a list of pieces in one process.
@Suite struct RankTests {
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 5, 8])
    func ghostsBetweenRanksAreExtractedGhosts(ranks: Int) throws {
        for (name, dataset) in Samples.all(seed: UInt64(ranks)) {
            for levels in [1, 2] {
                let pieces = try extracted(dataset, ranks, levels: 0)
                let expected = try extracted(dataset, ranks, levels: levels)
                let found = try withThreadRanks(ranks) { world in
                    try RankGhosts(world).addGhosts(levels, to: pieces[world.rank], context: context(threads: 1))
                }
                for (number, (one, other)) in zip(found, expected).enumerated() {
                    #expect(pieceDifference(one, other) == nil, "\(name), rank \(number) of \(ranks), \(levels) levels")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 8])
    func cellsSpreadBetweenRanksAsInOneProcess(ranks: Int) throws {
        for (name, dataset) in Samples.all(seed: 11) {
            let pieces = try extracted(dataset, ranks, levels: 0)
            let expected = try Redistribute()([dataset], into: ranks, context: context())
            let found = try withThreadRanks(ranks) { world in
                try Redistribute()(pieces[world.rank], over: world, context: context(threads: 1))
            }
            for (number, (one, other)) in zip(found, expected).enumerated() {
                #expect(pieceDifference(one, other) == nil, "\(name), rank \(number) of \(ranks)")
            }
            #expect(try GatherPieces().gather(found, context: context()).difference(to: dataset) == nil, "\(name), \(ranks) ranks")
        }
    }

    /// Everything lies on one rank; the others have nothing, of a kind that says nothing.
    @Test(.timeLimit(.minutes(1)))
    func emptyRanksTakePart() throws {
        var samples = Samples(seed: 12)
        let dataset = samples.mixed()
        let whole = try extracted(dataset, 1, levels: 0)[0]
        let expected = try Redistribute()([dataset], into: 5, context: context())
        let found = try withThreadRanks(5) { world in
            let piece = world.rank == 3 ? whole : .poly(PolyData())
            return try GhostExchange(levels: 1)(try Redistribute()(piece, over: world, context: context(threads: 1)), over: world, context: context(threads: 1))
        }
        for (one, other) in zip(found, try GhostExchange(levels: 1)(expected, context: context())) {
            #expect(pieceDifference(one, other) == nil)
        }
        let cell = Dataset.unstructured(UnstructuredGrid(points: Points([Vector3(), Vector3(1, 0, 0)]), cells: [(.line, [0, 1])]))
        let single = try withThreadRanks(4) { world in
            try GhostExchange(levels: 2)(world.rank == 1 ? cell : .poly(PolyData()), over: world, context: context(threads: 1))
        }
        #expect(single.map(\.cellCount) == [0, 1, 0, 0])
        #expect(single.allSatisfy { $0.kind == .unstructured })
        let nothing = try withThreadRanks(3) { world in
            try GhostExchange(levels: 1)(try Redistribute()(.poly(PolyData()), over: world), over: world)
        }
        #expect(nothing.allSatisfy { $0.cellCount == 0 })
    }

    @Test(.timeLimit(.minutes(1)))
    func piecesOfDifferentKindsAreAnErrorOnAllRanks() throws {
        var samples = Samples(seed: 13)
        let (grid, surface) = (samples.mixed(), samples.triangles())
        let outcomes = try outcomesOfThreadRanks(3) { world in
            try GhostExchange(levels: 1)(world.rank == 1 ? surface : grid, over: world)
        }
        for outcome in outcomes {
            guard case .failure(let error) = outcome else {
                Issue.record("no error")
                continue
            }
            #expect("\(error)".contains("do not fit together"))
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 3])
    func piecesOfOneRankReachAll(ranks: Int) throws {
        for (name, dataset) in Samples.all(seed: 14) {
            let expected = try extracted(dataset, ranks, levels: 1)
            let found = try withThreadRanks(ranks) { world in
                try TransmitPieces(ghostLevels: 1)(over: world, context: context(threads: 1)) { dataset }
            }
            for (one, other) in zip(found, expected) { #expect(pieceDifference(one, other) == nil, "\(name)") }
            let copies = try withThreadRanks(ranks) { world in
                try Replicate()(ranks == 1 ? dataset : found[world.rank], over: world, context: context(threads: 1))
            }
            for copy in copies { #expect(copy!.difference(to: dataset) == nil, "\(name)") }
            #expect(try withThreadRanks(ranks) { try Replicate(maximumBytes: 10)(found[$0.rank], over: $0) }.allSatisfy { $0 == nil })
        }
        let outcomes = try outcomesOfThreadRanks(3) { world in
            try TransmitPieces()(over: world) { throw DatasetError("no such file") }
        }
        #expect(outcomes.allSatisfy { if case .failure = $0 { true } else { false } })
    }

    @Test(.timeLimit(.minutes(1)), arguments: [2, 5])
    func surfacesNeedNoGhosts(ranks: Int) throws {
        for (name, dataset) in Samples.all(seed: 15) where dataset.kind != .table && name != "blocks" {
            for pieces in [try extracted(dataset, ranks, levels: 0), try Redistribute()([dataset], into: ranks, context: context())] {
                let ghosted = try GhostExchange(levels: 1)(pieces, context: context())
                let expected = try ghosted.enumerated().map {
                    try Surface().apply(to: $1, request: UpdateRequest(piece: $0, of: ranks), context: context())
                }
                let local = try SurfaceWithoutGhosts()(pieces, context: context())
                let found = try withThreadRanks(ranks) { try SurfaceWithoutGhosts()(pieces[$0.rank], over: $0, context: context(threads: 1)) }
                for number in 0..<ranks {
                    // Poly data are their own surface, ghosts and all.
                    if dataset.kind != .poly { #expect(found[number].difference(to: expected[number]) == nil, "\(name), rank \(number)") }
                    #expect(pieceDifference(found[number], local[number]) == nil, "\(name), rank \(number)")
                }
                let joined = try GatherPieces().gather(found, context: context())
                #expect(try joined.difference(to: GatherPieces().gather(expected, context: context())) == nil, "\(name)")
            }
        }
    }
}
