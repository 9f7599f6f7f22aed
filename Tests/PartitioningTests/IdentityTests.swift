import Datasets
import Execution
import Filters
import Geometry
import Messaging
import TestDatasets
import Testing

@testable import Partitioning

@Suite struct IdentityTests {
    /// Pieces that know nothing of each other, with coincident points on their borders.
    private func strangers(_ dataset: Dataset, _ count: Int) throws -> [Dataset] {
        try extracted(dataset, count, levels: 0).map { piece in
            var piece = piece
            piece.attributes.piece = nil
            return piece
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 5])
    func coincidentPointsAreFound(ranks: Int) throws {
        var samples = Samples(seed: 21)
        for dataset in [samples.unstructured(.tetrahedron), samples.mixed(), samples.triangles()] {
            let pieces = try strangers(dataset, ranks)
            let named = try IdentifyPoints()(pieces, context: context())
            let across = try withThreadRanks(ranks) { try IdentifyPoints()(pieces[$0.rank], over: $0, context: context(threads: 1)) }
            for (one, other) in zip(named, across) { #expect(pieceDifference(one, other) == nil) }
            let joined = try GatherPieces().gather(named, context: context())
            #expect(joined.cellCount == dataset.cellCount)
            #expect(joined.pointCount == dataset.pointCount, "points that pieces share are one")
            // The same cells, whatever the numbers of points.
            let (a, b) = (corners(joined), corners(dataset))
            #expect(a == b)
            let ghosts = try GhostExchange(levels: 1)(named, context: context())
            #expect(ranks == 1 || ghosts.reduce(0) { $0 + $1.cellCount } > dataset.cellCount)
        }
    }

    private func corners(_ dataset: Dataset) -> [[Vector3]] {
        dataset.explicitCells.flatMap { list in (0..<list.count).map { list.points(of: $0).map { dataset.explicitPoints![Int($0)] } } }
    }

    @Test(.timeLimit(.minutes(1)))
    func toleranceTakesTheLowestNeighbour() throws {
        func piece(_ points: [Vector3]) -> Dataset {
            .poly(PolyData(points: Points(points), vertices: CellArray(points.indices.map { [$0] })))
        }
        // A chain with steps of 0.9, in boxes of 2: each point takes the one before it, which is not transitive.
        let first = piece([Vector3(0, 0, 0), Vector3(0.9, 0, 0)])
        let second = piece([Vector3(1.8, 0, 0), Vector3(-0.0, 0, 0), Vector3(.nan, 0, 0), Vector3(.nan, 0, 0)])
        let names = try IdentifyPoints(tolerance: 1)([first, second], context: context()).map { $0.piece!.pointIdentities!.array.map(\.low) }
        #expect(names == [[0], [0, 1, 4, 5]])
        let exact = try IdentifyPoints()([first, second], context: context()).map { $0.piece!.pointIdentities!.array.map(\.low) }
        #expect(exact == [[0, 1], [0, 2, 4, 5]])
    }

    @Test(.timeLimit(.minutes(1)))
    func everythingHasOneOwner() throws {
        var samples = Samples(seed: 22)
        for dataset in [samples.unstructured(.hexahedron), samples.mixed(), samples.poly()] {
            let whole = try Ownership(of: dataset)
            for count in [2, 5] {
                let pieces = try GhostExchange(levels: 1)(try extracted(dataset, count, levels: 0), context: context())
                var (points, edges, faces) = (0, 0, 0)
                for (number, piece) in pieces.enumerated() {
                    let owners = try Ownership(of: piece)
                    points += owners.ofPoints.elements.filter { $0 == number }.count
                    edges += owners.edges().filter { $0.owner == number }.count
                    faces += owners.faces().filter { $0.owner == number }.count
                    let levels = piece.piece!.pointGhostLevels
                    for point in 0..<piece.pointCount where levels == nil || levels![point] == 0 { #expect(owners.ofPoints[point] == number) }
                }
                #expect(points == dataset.pointCount)
                #expect(edges == whole.edges().count)
                #expect(faces == whole.faces().count)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func sharesAreContiguousAndEven() {
        #expect(Balance.shares(of: [1, 1, 1, 1], among: 2) == [0..<2, 2..<4])
        #expect(Balance.shares(of: [5, 1, 1, 1, 1, 1], among: 2) == [0..<1, 1..<6])
        #expect(Balance.shares(of: [], among: 3) == [0..<0, 0..<0, 0..<0])
        #expect(Balance.shares(of: [0, 0], among: 2) == [0..<1, 1..<2])
        #expect(Balance.shares(of: [3], among: 4).filter { !$0.isEmpty } == [0..<1])
    }
}
