import Messaging
import SeededNumbers

let groupChecks: [ConformanceCheck] = [
    ConformanceCheck("splits with random colours") { world, seed in
        var random = SplitMix64(seed: seed)
        for _ in 0..<5 {
            let colours = (0..<world.size).map { _ -> Int? in
                let colour = Int.random(in: -1..<3, using: &random)
                return colour < 0 ? nil : colour
            }
            let keys = (0..<world.size).map { _ in Int.random(in: 0..<3, using: &random) }
            let part = try world.split(colour: colours[world.rank], key: keys[world.rank])
            try expectEqual(part == nil, colours[world.rank] == nil)
            if let part {
                let members = (0..<world.size).filter { colours[$0] == colours[world.rank] }.sorted { (keys[$0], $0) < (keys[$1], $1) }
                try expectEqual(try part.allGather(world.rank), members)
                try expectEqual(members[part.rank], world.rank)
                try expectEqual(part.jobRanks, members)
                let half = try part.split(colour: part.rank % 2)
                try expectEqual(try half?.allReduce(1, .sum), part.rank % 2 == 0 ? (part.size + 1) / 2 : part.size / 2)
                half?.release()
                part.release()
            }
            try world.barrier()
        }
    },
    ConformanceCheck("subgroups and duplicates") { world, seed in
        var random = SplitMix64(seed: seed)
        let order = (0..<world.size).shuffled(using: &random)
        let members = Array(order.prefix((world.size + 1) / 2))
        let group = try world.subgroup(members)
        try expectEqual(group?.rank, members.firstIndex(of: world.rank))
        if let group { try expectEqual(try group.allGather(world.rank), members) }
        let twin = try world.duplicate()
        // Messages of one never meet receives of the other.
        let next = (world.rank + 1) % world.size
        let previous = (world.rank + world.size - 1) % world.size
        try world.send(1, to: next, tag: 4)
        try twin.send(2, to: next, tag: 4)
        try expectEqual(try twin.receiveValue(Int.self, from: previous, tag: 4), 2)
        try expectEqual(try world.receiveValue(Int.self, from: previous, tag: 4), 1)
        try expectEqual(try twin.allReduce(twin.rank, .sum), world.size * (world.size - 1) / 2)
        twin.release()
        group?.release()
        try world.barrier()
    },
    ConformanceCheck("statistics count messages") { world, _ in
        let before = world.statistics
        try world.send([UInt8](repeating: 1, count: 1000), to: (world.rank + 1) % world.size)
        _ = try world.receive(UInt8.self, from: (world.rank + world.size - 1) % world.size)
        try expectEqual(world.statistics.bytesSent - before.bytesSent, 1000)
        try expectEqual(world.statistics.messagesSent - before.messagesSent, 1)
    },
]
