import Images
import Messaging
import SeededNumbers
import Synchronization
import Testing

@testable import Compositing

@Suite struct CompositorTests {
    /// What one rank draws: boxes at random depths, few of them distinct, so that ties abound.
    struct Drawn: Sendable {
        var depths: [Int32]
        var colors: [UInt32]
        var keys: [UInt64]

        init(seed: UInt64, width: Int, height: Int, boxes: Int) {
            var numbers = SplitMix64(seed: seed)
            depths = Array(repeating: .max, count: width * height)
            colors = Array(repeating: 0, count: width * height)
            keys = Array(repeating: 0, count: width * height)
            for _ in 0..<boxes {
                let depth = Int32.random(in: -3...3, using: &numbers)
                let key = numbers.next() >> 40
                let (x0, y0) = (Int.random(in: 0..<width, using: &numbers), Int.random(in: 0..<height, using: &numbers))
                let (x1, y1) = (Int.random(in: x0..<width, using: &numbers), Int.random(in: y0..<height, using: &numbers))
                for y in y0...y1 {
                    for x in x0...x1 {
                        let place = y * width + x
                        if (depth, key) < (depths[place], keys[place]) || depths[place] == .max {
                            (depths[place], keys[place], colors[place]) = (depth, key, UInt32(truncatingIfNeeded: key &* 2_654_435_761))
                        }
                    }
                }
            }
        }
    }

    static func schedules(_ ranks: Int, _ rows: Int) -> [CompositingSchedule] {
        ScheduleTests.all(ranks, rows) + [.toRoot(rankCount: ranks, rowCount: rows, root: ranks / 2)]
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 5, 8], [0, 1, 2])
    func pictureIsTheSameForAnySchedule(ranks: Int, seed: Int) throws {
        var numbers = SplitMix64(seed: UInt64(seed * 100 + ranks))
        let width = Int.random(in: 1...200, using: &numbers)
        let height = [1, 3, 90][seed]
        let drawn = (0..<ranks).map {
            // The last rank has nothing.
            Drawn(seed: UInt64(1000 * seed + $0), width: width, height: height, boxes: $0 == ranks - 1 && ranks > 1 ? 0 : 6)
        }
        // The reference: the nearest, then the least key, of all.
        var expected = [UInt32](repeating: 7, count: width * height)
        for place in 0..<width * height {
            let best = drawn.filter { $0.depths[place] != .max }.min { ($0.depths[place], $0.keys[place]) < ($1.depths[place], $1.keys[place]) }
            if let best { expected[place] = best.colors[place] }
        }
        for schedule in Self.schedules(ranks, height) {
            let pictures = try withThreadRanks(ranks) { world -> [UInt32] in
                let compositor = try Compositor(world)
                defer { compositor.close() }
                let own = drawn[world.rank]
                var pixels = [UInt32](repeating: 7, count: width * height)
                // Three times: memory is used again, and ties are settled by their owners or by the root.
                for turn in 0..<3 {
                    pixels = [UInt32](repeating: 7, count: width * height)
                    try own.depths.withUnsafeBufferPointer { depths in
                        try own.colors.withUnsafeBufferPointer { colors in
                            let layer = SampleLayer(depths: depths.baseAddress!, colors: colors.baseAddress!, width: width, height: height)
                            func order(_ x: Int, _ y: Int) -> SampleOrder? { SampleOrder(key: own.keys[y * width + x]) }
                            try pixels.withUnsafeMutableBufferPointer { picture in
                                if turn == 1 {
                                    try compositor.gather(layer, schedule, to: 0, over: picture.baseAddress, stride: width, order: order)
                                } else {
                                    let owned = try compositor.nearest(layer, schedule, order: order)
                                    try compositor.deliver(owned, to: 0, over: picture.baseAddress, stride: width)
                                }
                            }
                        }
                    }
                }
                return pixels
            }
            #expect(pictures[0] == expected, "\(schedule.name), \(ranks) ranks")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aRankThatThrowsEndsThePictureOnAll() throws {
        let outcomes = try outcomesOfThreadRanks(4, options: CommunicatorOptions(deadline: 1)) { world -> Int in
            let compositor = try Compositor(world)
            if world.rank == 2 { throw ScheduleError("broken") }
            let depths = [Int32](repeating: 1, count: 64 * 64)
            let colors = [UInt32](repeating: 1, count: 64 * 64)
            let schedule = CompositingSchedule.binarySwap(rankCount: 4, rowCount: 64)
            return try depths.withUnsafeBufferPointer { depths in
                try colors.withUnsafeBufferPointer { colors in
                    let layer = SampleLayer(depths: depths.baseAddress!, colors: colors.baseAddress!, width: 64, height: 64)
                    return try compositor.nearest(layer, schedule) { _, _ in SampleOrder() }.count
                }
            }
        }
        for outcome in outcomes { #expect(throws: (any Error).self) { try outcome.get() } }
    }
}
