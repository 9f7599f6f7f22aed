import Geometry
import Scenes
import SeededNumbers
import Testing

@testable import ParallelRendering

/// Decisions, without any rank.
@Suite struct AssignmentTests {
    @Test(.timeLimit(.minutes(1))) func everyPixelAndEveryPartHasOneOwner() throws {
        for seed in 0..<300 as Range<UInt64> {
            var numbers = SplitMix64(seed: seed)
            let (width, height) = (1 + numbers.next(90), 1 + numbers.next(70))
            var grid = WorkGrid(width: width, height: height)
            for cell in grid.work.indices where numbers.next(3) == 0 { grid.work[cell] = Double(numbers.next(1000)) }
            let ranks = 1 + numbers.next(17)
            let groups = FrameAssignment.groups(1 + numbers.next(ranks), ranks: ranks)
            #expect(groups.flatMap { Array($0) } == Array(0..<ranks) && groups.allSatisfy { !$0.isEmpty })
            let shares = BalancedShares(weights: groups.map { Double($0.count * (1 + numbers.next(4))) })
            let tiles = ScreenDivision.tiles(grid, shares: shares.shares)
            let parts = (0..<numbers.next(60)).map { number in
                let corner = Vector3(Double(numbers.next(width)), Double(numbers.next(height)), 0)
                let size = Vector3(Double(numbers.next(20)), Double(numbers.next(20)), 1)
                return ScenePart(owner: number % ranks, number: number, primitives: 1 + numbers.next(100), bounds: Bounds(lower: corner, upper: corner + size))
            }
            func shows(_ part: ScenePart, _ tile: PixelRegion) -> Bool {
                part.lower.x < Double(tile.x + tile.width) && part.upper.x >= Double(tile.x) && part.lower.y < Double(tile.y + tile.height)
                    && part.upper.y >= Double(tile.y)
            }
            let assignment = FrameAssignment.tiled(.hybrid(groups: groups.count), groups: groups, tiles: tiles, parts: parts, shows: shows)
            try assignment.validate(width: width, height: height, parts: parts, shows: shows)
            try FrameAssignment.sortLast(ranks: ranks, width: width, height: height).validate(width: width, height: height)
            if width * height >= 4 * groups.count * max(width, height) {
                #expect(tiles.allSatisfy { $0.width > 0 && $0.height > 0 }, "seed \(seed)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func wrongAssignmentsAreRefused() {
        let tiles = [PixelRegion(x: 0, y: 0, width: 5, height: 4), PixelRegion(x: 5, y: 0, width: 5, height: 4)]
        let part = ScenePart(owner: 0, number: 0, primitives: 1, bounds: Bounds())
        var assignment = FrameAssignment.tiled(.sortFirst, groups: [0..<1, 1..<2], tiles: tiles, parts: [part]) { _, _ in true }
        #expect(throws: Never.self) { try assignment.validate(width: 10, height: 4, parts: [part]) }
        #expect(throws: AssignmentError.self) { try assignment.validate(width: 11, height: 4, parts: [part]) }
        assignment.ranks[1].parts = []
        #expect(throws: AssignmentError.self) { try assignment.validate(width: 10, height: 4, parts: [part]) }
        assignment.ranks[1].parts = [0]
        assignment.ranks[1].tile.x = 4
        #expect(throws: AssignmentError.self) { try assignment.validate(width: 10, height: 4, parts: [part]) }
    }

    @Test(.timeLimit(.minutes(1))) func runsFollowShares() {
        let runs = BalancedShares.runs([1, 1, 1, 1, 4, 1, 1, 2], shares: [0.25, 0.5, 0.25])
        #expect(runs.first?.lowerBound == 0 && runs.last?.upperBound == 8)
        #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(BalancedShares.runs([], shares: [0.5, 0.5]) == [0..<0, 0..<0])
        #expect(BalancedShares.runs([0, 0], shares: [1]) == [0..<2])
    }

    @Test(.timeLimit(.minutes(1))) func tilesFollowWork() {
        // All work in a corner.
        var grid = WorkGrid(width: 400, height: 300)
        for row in 0..<20 { for column in 0..<15 { grid.work[row * grid.columns + column] = 10 } }
        let tiles = ScreenDivision.tiles(grid, shares: [0.25, 0.25, 0.25, 0.25])
        let work = tiles.map { grid.work(in: $0) }
        #expect((work.max() ?? 0) * 4 / work.reduce(0, +) < 1.06)
        #expect(tiles.reduce(0) { $0 + $1.width * $1.height } == 400 * 300)
    }

    @Test(.timeLimit(.minutes(1))) func sharesComeToRestWhereWorkIsEven() {
        // Four ranks of which each unit of share costs another amount of work.
        var shares = BalancedShares(weights: [1, 1, 1, 1])
        let costs = [1.0, 2, 0.5, 4]
        for _ in 0..<5 { shares.correct(zip(shares.shares, costs).map { $0 * $1 }) }
        let work = zip(shares.shares, costs).map { $0 * $1 }
        #expect((work.max() ?? 0) * 4 / work.reduce(0, +) < 1.05)
    }

    @Test(.timeLimit(.minutes(1))) func theCostModelChooses() {
        let even = FrameLoad(primitives: [1_000_000, 1_000_000], byteCount: 100 << 20, width: 1024, height: 1024)
        #expect(FrameCost().choose(even).way == .sortLast)
        // Little geometry, a large picture, many frames.
        let screen = FrameLoad(primitives: [1000, 1000, 1000, 1000], byteCount: 1 << 16, width: 4096, height: 4096, samples: 8, frames: 100)
        #expect(FrameCost().choose(screen).way != .sortLast)
        #expect(FrameCost().choose(FrameLoad(primitives: [10], byteCount: 1000, width: 10, height: 10)).way == .sortLast)
        #expect(Decomposition("hybrid:3") == .hybrid(groups: 3) && Decomposition("hybrid:0") == nil && Decomposition("x") == nil)
        #expect(Decomposition.names.dropLast(2).allSatisfy { Decomposition($0)?.description == $0 })
        #expect(Decomposition.hybrid(groups: nil).groupCount(ranks: 8) == 3 && Decomposition.sortFirst.groupCount(ranks: 5) == 5)
    }
}

extension SplitMix64 {
    fileprivate mutating func next(_ count: Int) -> Int { Int(next() >> 33) % count }
}
