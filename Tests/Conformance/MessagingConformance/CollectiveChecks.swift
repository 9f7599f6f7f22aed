import Messaging
import SeededNumbers

let collectiveChecks: [ConformanceCheck] = [
    ConformanceCheck("barrier") { world, _ in for _ in 0..<20 { try world.barrier() } },
    ConformanceCheck("broadcast") { world, seed in
        var random = SplitMix64(seed: seed)
        for _ in 0..<10 {
            let root = Int.random(in: 0..<world.size, using: &random)
            let count = length(&random)
            var values = world.rank == root ? numbers(count, root, seed) : numbers(3, world.rank, seed)
            try world.broadcast(&values, from: root)
            try expectEqual(values, numbers(count, root, seed))
            var one = (world.rank, UInt8(7))
            try withUnsafeMutableBytes(of: &one.0) { try world.broadcast($0.bindMemory(to: UInt64.self), from: root) }
            try expectEqual(one.0, root)
            var text = world.rank == root ? "räum \(root)" : ""
            try world.broadcast(&text, from: root)
            try expectEqual(text, "räum \(root)")
        }
    },
    ConformanceCheck("broadcast of megabytes") { world, seed in
        let root = Int(seed) % world.size
        for count in [32 << 10, (1 << 17) + 3, (1 << 18) + 1] {
            var values = world.rank == root ? numbers(count, root, seed) : []
            try world.broadcast(&values, from: root)
            try expectEqual(values == numbers(count, root, seed), true)
        }
    },
    ConformanceCheck("gather and scatter") { world, seed in
        var random = SplitMix64(seed: seed)
        for _ in 0..<6 {
            let root = Int.random(in: 0..<world.size, using: &random)
            let counts = (0..<world.size).map { _ in length(&random) }
            let all = (0..<world.size).map { numbers(counts[$0], $0, seed) }
            try expectEqual(try world.gather(all[world.rank], to: root), world.rank == root ? all : nil)
            try expectEqual(try world.gather(world.rank * 3, to: root), world.rank == root ? (0..<world.size).map { $0 * 3 } : nil)
            try expectEqual(try world.scatter(world.rank == root ? all : nil, from: root), all[world.rank])
        }
    },
    ConformanceCheck("all-gather") { world, seed in
        var random = SplitMix64(seed: seed)
        for _ in 0..<6 {
            let counts = (0..<world.size).map { _ in length(&random) }
            let all = (0..<world.size).map { numbers(counts[$0], $0, seed) }
            try expectEqual(try world.allGather(all[world.rank]), all)
            try expectEqual(try world.allGather(Int32(world.rank) - 5), (0..<world.size).map { Int32($0) - 5 })
        }
    },
    ConformanceCheck("all-to-all") { world, seed in
        var random = SplitMix64(seed: seed)
        for _ in 0..<4 {
            let counts = (0..<world.size * world.size).map { _ in length(&random) }
            func part(_ from: Int, _ to: Int) -> [Int64] { numbers(counts[from * world.size + to], from * 100 + to, seed) }
            let parts = (0..<world.size).map { part(world.rank, $0) }
            let expected = (0..<world.size).map { part($0, world.rank) }
            try expectEqual(try world.allToAll(parts), expected)
            let buffers = parts.map { values in
                let buffer = UnsafeMutableBufferPointer<Int64>.allocate(capacity: values.count)
                _ = buffer.initialize(from: values)
                return buffer
            }
            defer { for buffer in buffers { buffer.deallocate() } }
            let received = try world.allToAllBytes(buffers.map { UnsafeRawBufferPointer($0) })
            for (storage, values) in zip(received, expected) {
                try expectEqual(storage.byteCount, values.count * 8)
                let found = UnsafeRawBufferPointer(start: storage.address, count: storage.byteCount)
                try expectEqual(Array(found.bindMemory(to: Int64.self)), values)
            }
        }
    },
    ConformanceCheck("reductions") { world, seed in
        var random = SplitMix64(seed: seed)
        for _ in 0..<6 {
            let count = length(&random)
            let root = Int.random(in: 0..<world.size, using: &random)
            let all = (0..<world.size).map { numbers(count, $0, seed) }
            func fold(_ operation: (Int64, Int64) -> Int64) -> [Int64] {
                all.dropFirst().reduce(all[0]) { zip($0, $1).map(operation) }
            }
            let own = all[world.rank]
            try expectEqual(try world.allReduce(own, .sum), fold(&+))
            try expectEqual(try world.allReduce(own, .minimum), fold(min))
            try expectEqual(try world.allReduce(own, .bitwiseXor), fold(^))
            try expectEqual(try world.reduce(own, .maximum, to: root), world.rank == root ? fold(max) : nil)
            try expectEqual(try world.reduce(own, .product, to: root), world.rank == root ? fold(&*) : nil)
            let mixed = Reduction<Int64>(name: "31 a + b") { $0 &* 31 &+ $1 }
            try expectEqual(try world.allReduce(own, mixed), fold { $0 &* 31 &+ $1 }, "not commutative")
            try expectEqual(try world.reduce(own, mixed, to: root), world.rank == root ? fold { $0 &* 31 &+ $1 } : nil)
        }
        try expectEqual(try world.allReduce(world.rank == 0, .or), true)
        try expectEqual(try world.allReduce(world.rank == 0, .and), world.size == 1)
        try expectEqual(try world.allReduce(world.rank, .maximum), world.size - 1)
        try expectEqual(try world.allReduce(UInt8(1) << UInt8(world.rank % 8), .bitwiseOr), world.size >= 8 ? 255 : (1 << world.size) - 1)
    },
    ConformanceCheck("sums of floating-point numbers are those of the order of ranks") { world, seed in
        for count in [1, 100, 20_000] {
            func values(_ rank: Int) -> [Float] {
                var random = SplitMix64(seed: seed &+ UInt64(rank))
                return (0..<count).map { _ in Float.random(in: -1e6...1e6, using: &random) }
            }
            let expected = (1..<max(1, world.size)).reduce(values(0)) { sum, rank in zip(sum, values(rank)).map { $0 + $1 } }
            try expectEqual(try world.allReduce(values(world.rank), .sum), expected)
        }
    },
    ConformanceCheck("scans") { world, seed in
        for count in [0, 1, 40, 30_000] {
            let all = (0..<world.size).map { numbers(count, $0, seed) }
            func folded(_ start: [Int64], _ ranks: Range<Int>) -> [Int64] {
                ranks.reduce(start) { result, rank in zip(result, all[rank]).map { $0 &* 31 &+ $1 } }
            }
            let mixed = Reduction<Int64>(name: "31 a + b") { $0 &* 31 &+ $1 }
            try expectEqual(try world.scan(all[world.rank], mixed), folded(all[0], 1..<max(1, world.rank + 1)))
            let initial = [Int64](repeating: 5, count: count)
            // Brackets matter to this operation: the ranks before are folded first, then joined with the start.
            let before = world.rank == 0 ? initial : zip(initial, folded(all[0], 1..<max(1, world.rank))).map { $0 &* 31 &+ $1 }
            try expectEqual(try world.exclusiveScan(all[world.rank], mixed, initial: 5), before)
        }
        try expectEqual(try world.exclusiveScan(world.rank + 1, .sum, initial: 0), world.rank * (world.rank + 1) / 2)
    },
]
