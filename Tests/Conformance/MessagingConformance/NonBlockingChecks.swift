import Messaging
import SeededNumbers

let nonBlockingChecks: [ConformanceCheck] = [
    ConformanceCheck("non-blocking collectives, several at once, waited for in another order") { world, seed in
        var random = SplitMix64(seed: seed)
        for _ in 0..<4 {
            let counts = (0..<world.size).map { _ in length(&random) }
            let root = Int.random(in: 0..<world.size, using: &random)
            let all = (0..<world.size).map { numbers(counts[$0], $0, seed) }
            let own = all[world.rank]
            let same = (0..<world.size).map { numbers(counts[0], $0, seed) }
            let sum = same.dropFirst().reduce(same[0]) { zip($0, $1).map { $0 &* 31 &+ $1 } }
            let mixed = Reduction<Int64>(name: "31 a + b") { $0 &* 31 &+ $1 }

            let barrier = try world.startBarrier()
            let broadcast = try world.startBroadcast(own, from: root)
            let gather = try world.startGather(own, to: root)
            let allGather = try world.startAllGather(own)
            let blocking = try world.allReduce(world.rank, .sum)
            let scatter = try world.startScatter(world.rank == root ? all : nil, from: root)
            let allToAll = try world.startAllToAll(all.map { $0 + [Int64(world.rank)] })
            let reduce = try world.startReduce(same[world.rank], mixed, to: root)
            let allReduce = try world.startAllReduce(same[world.rank], mixed)

            try expectEqual(try allReduce.wait(), sum)
            try expectEqual(try reduce.wait(), world.rank == root ? sum : nil)
            try expectEqual(try allToAll.wait(), (0..<world.size).map { own + [Int64($0)] })
            try expectEqual(try scatter.wait(), own)
            try expectEqual(blocking, world.size * (world.size - 1) / 2)
            while try !allGather.isComplete() {}
            try expectEqual(try allGather.wait(), all)
            try expectEqual(try gather.wait(), world.rank == root ? all : nil)
            try expectEqual(try broadcast.wait(), all[root])
            try barrier.wait()
        }
    },
    ConformanceCheck("long non-blocking collectives") { world, seed in
        let values = numbers(60_000, world.rank, seed)
        let broadcast = try world.startBroadcast(values, from: world.size - 1)
        let sum = try world.startAllReduce(values, .sum)
        try expectEqual(try broadcast.wait() == numbers(60_000, world.size - 1, seed), true)
        let expected = (1..<max(1, world.size)).reduce(numbers(60_000, 0, seed)) { zip($0, numbers(60_000, $1, seed)).map(&+) }
        try expectEqual(try sum.wait() == expected, true)
    },
    ConformanceCheck("whichever message comes first") { world, seed in
        let receives = try (0..<world.size).map { try world.startReceive(Int.self, count: 1, from: $0, tag: 5) }
        for other in 0..<world.size { try world.send([world.rank * 10], to: other, tag: 5) }
        var left: [PendingReceive<Int>?] = receives
        for _ in 0..<world.size {
            let present = left.indices.filter { left[$0] != nil }
            let place = present[try waitAny(present.map { left[$0]! }, on: world) ?? 0]
            try expectEqual(try left[place]!.wait(), [place * 10])
            left[place] = nil
        }
    },
    ConformanceCheck("a receive that is given up") { world, _ in
        let receive = try world.startReceive(Int.self, count: 1, from: nil, tag: 77)
        receive.cancel()
        try world.send(world.rank, to: world.rank, tag: 77)
        try expectEqual(try world.receiveValue(Int.self, from: world.rank, tag: 77), world.rank)
        try world.barrier()
    },
]
