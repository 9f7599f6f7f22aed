import Foundation
import Messaging

/// A program with a mistake or a loss in it, and which ranks must get an error of it.
public struct FaultCheck: Sendable {
    public let name: String
    public let minimumRanks: Int
    /// Ranks that live to see the error.
    public let mustFail: @Sendable (_ rank: Int, _ size: Int) -> Bool
    /// To be run with a deadline of a second.
    public let body: @Sendable (Communicator) throws -> Void

    init(
        _ name: String, minimumRanks: Int = 2, mustFail: @escaping @Sendable (Int, Int) -> Bool = { _, _ in true },
        _ body: @escaping @Sendable (Communicator) throws -> Void
    ) {
        self.name = name
        self.minimumRanks = minimumRanks
        self.mustFail = mustFail
        self.body = body
    }

    /// What is wrong with a rank's outcome; nil if it is right.
    public func complaint(_ outcome: Result<Void, any Error>, rank: Int, size: Int, seconds: Double) -> String? {
        guard mustFail(rank, size) else { return nil }
        guard case .failure(let error) = outcome else { return "rank \(rank) ended without an error" }
        if error is OwnError { return nil }
        let text = "\(error)"
        if seconds > 3 { return "rank \(rank) learnt only after \(seconds) s: \(text)" }
        if !(error is CollectiveMismatchError || error is DeadlineError || error is RankFailedError || error is MessagingError) {
            return "rank \(rank) got \(text)"
        }
        if !text.contains("rank ") || !text.contains("FaultChecks.swift:") { return "the error names no rank or place: \(text)" }
        return nil
    }
}

/// What a rank of a check throws on its own account.
struct OwnError: Error {}

/// The last rank does the wrong thing in each of them.
public let faultChecks: [FaultCheck] = [
    FaultCheck("a collective that one rank skips") { world in
        if world.rank != world.size - 1 { _ = try world.allReduce(1, .sum) }
        try world.barrier()
    },
    FaultCheck("the last collective, skipped by one rank") { world in
        try world.barrier()
        if world.rank != world.size - 1 { _ = try world.gather([1, 2], to: 0) }
    },
    FaultCheck("wrong order") { world in
        var value = 1
        if world.rank == world.size - 1 {
            _ = try world.allGather(value)
            try world.broadcast(&value, from: 0)
        } else {
            try world.broadcast(&value, from: 0)
            _ = try world.allGather(value)
        }
    },
    FaultCheck("wrong length") { world in
        _ = try world.allReduce([Double](repeating: 1, count: world.rank == world.size - 1 ? 4 : 3), .sum)
        try world.barrier()
    },
    FaultCheck("wrong type") { world in
        if world.rank == world.size - 1 { _ = try world.allGather(Float(1)) } else { _ = try world.allGather(1.0) }
        try world.barrier()
    },
    FaultCheck("wrong root") { world in
        var value = world.rank
        try world.broadcast(&value, from: world.rank == world.size - 1 ? world.size - 1 : 0)
        try world.barrier()
    },
    FaultCheck("wrong root of the last call") { world in
        var value = world.rank
        try world.broadcast(&value, from: world.rank == world.size - 1 ? world.size - 1 : 0)
    },
    FaultCheck("wrong reduction") { world in
        _ = try world.allReduce(world.rank, world.rank == world.size - 1 ? .maximum : .sum)
        try world.barrier()
    },
    FaultCheck("early return") { world in
        try world.barrier()
        if world.rank == world.size - 1 { return }
        _ = try world.allGather(world.rank)
    },
    FaultCheck("throw") { world in
        try world.barrier()
        if world.rank == world.size - 1 { throw OwnError() }
        _ = try world.allReduce([1, 2, 3], .sum)
    },
    FaultCheck("throw while others wait for a message") { world in
        if world.rank == world.size - 1 { throw OwnError() }
        _ = try world.receive(Int.self, from: world.rank == 0 ? world.size - 1 : 0)
    },
    FaultCheck("sleep", mustFail: { rank, size in rank != size - 1 }) { world in
        if world.rank == world.size - 1 { Thread.sleep(forTimeInterval: 2.2) }
        try world.barrier()
    },
    FaultCheck("two ranks that wait for each other") { world in
        _ = try world.receive(Int.self, from: (world.rank + 1) % world.size)
    },
    FaultCheck("a long message that nobody receives", mustFail: { _, _ in true }) { world in
        if world.rank == 0 { try world.send([Int](repeating: 1, count: 1 << 20), to: 1) }
        try world.barrier()
    },
    FaultCheck("a mistake in a split", minimumRanks: 3) { world in
        let part = try world.split(colour: world.rank == 0 ? 0 : 1)!
        if part.size > 1 {
            if world.rank == world.size - 1 { try part.barrier() } else { _ = try part.allGather([1]) }
        }
        try world.barrier()
    },
    FaultCheck("a split that one rank does not join") { world in
        if world.rank != world.size - 1 { _ = try world.split(colour: 1) }
        try world.barrier()
    },
    FaultCheck("parts for too few ranks") { world in
        _ = try world.allToAll([[Int]](repeating: [1], count: world.rank == world.size - 1 ? world.size - 1 : world.size))
        try world.barrier()
    },
]
