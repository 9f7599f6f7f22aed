import Messaging
import SeededNumbers

let pointToPointChecks: [ConformanceCheck] = [
    ConformanceCheck("ring") { world, seed in
        var random = SplitMix64(seed: seed)
        let (next, previous) = ((world.rank + 1) % world.size, (world.rank + world.size - 1) % world.size)
        for round in 0..<6 {
            let counts = (0..<world.size).map { _ in length(&random) }
            let sending = try world.startSend(numbers(counts[world.rank], world.rank, seed), to: next, tag: round)
            let received = try world.receive(Int64.self, from: previous, tag: round)
            try sending.wait()
            try expectEqual(received, numbers(counts[previous], previous, seed))
        }
    },
    ConformanceCheck("order within a tag, choice between tags", minimumRanks: 2) { world, seed in
        if world.rank == 0 {
            for value in 0..<20 { try world.send(value, to: 1, tag: value % 2) }
        } else if world.rank == 1 {
            for value in stride(from: 1, to: 20, by: 2) { try expectEqual(try world.receiveValue(Int.self, from: 0, tag: 1), value) }
            for value in stride(from: 0, to: 20, by: 2) { try expectEqual(try world.receiveValue(Int.self, from: 0, tag: 0), value) }
        }
    },
    ConformanceCheck("any rank, any tag") { world, seed in
        if world.rank == 0 {
            var seen = Set<Int>()
            for _ in 1..<max(1, world.size) {
                let (values, envelope) = try world.receiveWithEnvelope(Int.self, from: nil, tag: nil)
                try expectEqual(Int(envelope.tag), 100 + envelope.rank)
                try expectEqual(values, [envelope.rank, Int(seed)])
                try expect(seen.insert(envelope.rank).inserted, "rank \(envelope.rank) twice")
            }
        } else {
            try world.send([world.rank, Int(seed)], to: 0, tag: 100 + world.rank)
        }
        try world.barrier()
    },
    ConformanceCheck("probe") { world, seed in
        try expectEqual(try world.probe(from: nil, tag: nil), nil)
        try world.barrier()
        let next = (world.rank + 1) % world.size
        try world.send(numbers(17, world.rank, seed), to: next, tag: 3)
        let envelope = try world.waitForMessage(from: nil, tag: nil)
        try expectEqual(envelope, Envelope(rank: (world.rank + world.size - 1) % world.size, tag: 3, byteCount: 17 * 8))
        try expectEqual(try world.probe(from: envelope.rank, tag: 3), envelope)
        try expectEqual(try world.receive(Int64.self, from: envelope.rank, tag: 3), numbers(17, envelope.rank, seed))
        try world.barrier()
    },
    ConformanceCheck("messages to oneself") { world, seed in
        for count in [0, 1, 1000, 300_000] {
            try world.send(numbers(count, world.rank, seed), to: world.rank, tag: 9)
            try expectEqual(try world.receive(Int64.self, from: world.rank, tag: 9), numbers(count, world.rank, seed))
        }
    },
    ConformanceCheck("long messages both ways") { world, seed in
        let other = world.rank ^ 1
        guard other < world.size else { return }
        let count = 200_000 + Int(seed) * 12345
        let sending = try world.startSend(numbers(count, world.rank, seed), to: other)
        let received = try world.receive(Int64.self, from: other)
        try sending.wait()
        try expectEqual(received == numbers(count, other, seed), true)
    },
    ConformanceCheck("a message that is too long", minimumRanks: 2) { world, seed in
        for count in [10, 100_000] {
            if world.rank == 0 {
                let sending = try world.startSend(numbers(count, 0, seed), to: 1)
                _ = try? sending.wait()
            } else if world.rank == 1 {
                let place = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 5)
                defer { place.deallocate() }
                do {
                    try world.receive(into: place, from: 0)
                    throw WrongResult("no error")
                } catch is MessagingError {}
            }
            try world.barrier()
        }
    },
    ConformanceCheck("ranks and tags that are not there") { world, _ in
        for (rank, tag) in [(-1, 0), (world.size, 0), (0, -1), (0, 1 << 20)] {
            do {
                try world.send(1, to: rank, tag: tag)
                throw WrongResult("no error for rank \(rank), tag \(tag)")
            } catch let error as MessagingError {
                try expect(error.call.file.hasSuffix("PointToPointChecks.swift"), "the error names \(error.call)")
            }
        }
    },
    ConformanceCheck("many at once") { world, seed in
        var random = SplitMix64(seed: seed)
        let counts = (0..<world.size * 10).map { _ in length(&random) }
        var receives: [PendingReceive<Int64>] = []
        var sends: [PendingMessage] = []
        for other in 0..<world.size {
            for tag in 0..<10 { receives.append(try world.startReceive(Int64.self, count: counts[other * 10 + tag], from: other, tag: tag)) }
        }
        for other in 0..<world.size {
            for tag in 0..<10 {
                sends.append(try world.startSend(numbers(counts[world.rank * 10 + tag], world.rank * 10 + tag, seed), to: other, tag: tag))
            }
        }
        for (index, receive) in receives.enumerated().reversed() {
            try expectEqual(try receive.wait(), numbers(counts[index], index, seed))
        }
        try waitAll(sends)
    },
]
