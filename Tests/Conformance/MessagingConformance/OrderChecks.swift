import Messaging
import SeededNumbers

/// A message of a check: what it is, everybody knows.
private struct Planned: Equatable {
    var tag: Int
    var bytes: [UInt8]
}

/// What `source` sends to `destination`, in this order: lengths at and around the limits of what transports carry in one way or another.
private func plan(_ source: Int, _ destination: Int, _ count: Int, _ seed: UInt64) -> [Planned] {
    var random = SplitMix64(seed: seed &* 7919 &+ UInt64(source * 1000 + destination))
    let lengths = [0, 1, 8, 39, 40, 41, 64, 103, 104, 105, 1000, 4031, 4032, 4033, 5000, 70_000]
    return (0..<count).map { _ in
        let length = lengths.randomElement(using: &random)!
        let first = UInt8(truncatingIfNeeded: random.next())
        return Planned(tag: Int.random(in: 0..<3, using: &random), bytes: (0..<length).map { first &+ UInt8(truncatingIfNeeded: $0 &* 31) })
    }
}

let orderChecks: [ConformanceCheck] = [
    ConformanceCheck("order over all lengths and tags, taken in every way") { world, seed in
        let count = 120
        var sends: [PendingMessage] = []
        for destination in 0..<world.size {
            for message in plan(world.rank, destination, count, seed) {
                sends.append(try world.startSend(message.bytes, to: destination, tag: message.tag))
            }
        }
        var random = SplitMix64(seed: seed &+ UInt64(world.rank) &* 31)
        var left = (0..<world.size).map { plan($0, world.rank, count, seed) }
        var posted: [(receive: PendingReceive<UInt8>, expected: [UInt8])] = []
        while left.contains(where: { !$0.isEmpty }) {
            let source = Int.random(in: 0..<world.size, using: &random)
            guard let next = left[source].first else { continue }
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                // Named, with the tag of one further on.
                let tag = left[source].randomElement(using: &random)!.tag
                let place = left[source].firstIndex { $0.tag == tag }!
                try expectEqual(try world.receive(UInt8.self, from: source, tag: tag), left[source].remove(at: place).bytes)
            case 1:
                // Asked for beforehand.
                let tag = left[source].randomElement(using: &random)!.tag
                let expected = left[source].remove(at: left[source].firstIndex { $0.tag == tag }!).bytes
                posted.append((try world.startReceive(UInt8.self, count: expected.count, from: source, tag: tag), expected))
            case 2:
                let (bytes, envelope) = try world.receiveWithEnvelope(UInt8.self, from: source, tag: nil)
                try expectEqual(Planned(tag: Int(envelope.tag), bytes: bytes), next)
                left[source].removeFirst()
            case 3:
                let (bytes, envelope) = try world.receiveWithEnvelope(UInt8.self, from: nil, tag: nil)
                try expectEqual(Planned(tag: Int(envelope.tag), bytes: bytes), left[envelope.rank].first)
                left[envelope.rank].removeFirst()
            default:
                // Into a place that is longer than the message.
                let place = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 80_000)
                defer { place.deallocate() }
                let envelope = try world.receive(into: place, from: source, tag: nil)
                try expectEqual(Planned(tag: Int(envelope.tag), bytes: Array(place.prefix(envelope.byteCount))), next)
                left[source].removeFirst()
            }
        }
        for (receive, expected) in posted.reversed() { try expectEqual(try receive.wait(), expected) }
        try waitAll(sends)
        // Nobody's next messages are for the receives of any rank here.
        try world.barrier()
    },
    ConformanceCheck("more short messages than fit anywhere, both ways", minimumRanks: 2) { world, seed in
        let (next, previous) = ((world.rank + 1) % world.size, (world.rank + world.size - 1) % world.size)
        for value in 0..<3000 { try world.send(value &+ Int(seed), to: next, tag: value % 3) }
        for tag in [2, 0, 1] {
            for value in stride(from: tag, to: 3000, by: 3) {
                try expectEqual(try world.receiveValue(Int.self, from: previous, tag: tag), value &+ Int(seed))
            }
        }
    },
    ConformanceCheck("short messages to a rank that waits in another communicator", minimumRanks: 2) { world, seed in
        guard let other = try world.split(colour: 0) else { throw WrongResult("no communicator") }
        if world.rank == 0 {
            for value in 0..<3000 { try world.send(value, to: 1, tag: 5) }
            try other.send(Int(seed), to: 1)
        } else if world.rank == 1 {
            try expectEqual(try other.receiveValue(Int.self, from: 0), Int(seed))
            for value in 0..<3000 { try expectEqual(try world.receiveValue(Int.self, from: 0, tag: 5), value) }
        }
        try world.barrier()
    },
]
