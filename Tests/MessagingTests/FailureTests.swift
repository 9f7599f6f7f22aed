import Execution
import Foundation
import Messaging
import Synchronization
import Testing

/// What happens to waits when they are cancelled, and to ranks when others are lost.
@Suite(.serialized) struct FailureTests {
    struct Mishap: Error {}

    @Test(.timeLimit(.minutes(1)), arguments: [2, 5])
    func survivorsOfAThrowGoOn(ranks: Int) throws {
        let outcomes = try outcomesOfThreadRanks(ranks, options: CommunicatorOptions(deadline: 5)) { world -> [Int] in
            do {
                // A slow rank may still be in here when it hears of the loss.
                try world.barrier()
                if world.rank == 1 { throw Mishap() }
                for _ in 0..<100 { _ = try world.allReduce(1, .sum) }
                return []
            } catch is RankFailedError {
                let rest = try world.recover()
                #expect(rest.lostRanks == [1])
                #expect(rest.size == ranks - 1)
                return try rest.allGather(world.rank)
            }
        }
        for (rank, outcome) in outcomes.enumerated() {
            if rank == 1 {
                #expect(throws: Mishap.self) { try outcome.get() }
            } else {
                let seen = try outcome.get()
                #expect(seen == (0..<ranks).filter { $0 != 1 })
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func twoLossesOneAfterTheOther() throws {
        let outcomes = try outcomesOfThreadRanks(6, options: CommunicatorOptions(deadline: 5)) { world -> Int in
            var current = world
            var lost = 0
            while true {
                do {
                    for round in 0..<20 {
                        if round == 10, world.rank == 4 - 3 * lost, lost < 2 { throw Mishap() }
                        _ = try current.allGather(current.rank)
                    }
                    return try current.allReduce(1, .sum)
                } catch is RankFailedError {
                    current = try current.recover()
                    lost += current.lostRanks.count
                }
            }
        }
        let results = outcomes.map { try? $0.get() }
        #expect(results == [4, nil, 4, 4, nil, 4])
    }

    @Test(.timeLimit(.minutes(1)))
    func recoveryAfterAMistakeKeepsAllRanks() throws {
        let sizes = try withThreadRanks(3, options: CommunicatorOptions(deadline: 2)) { world -> Int in
            do {
                if world.rank == 2 { try world.barrier() } else { _ = try world.allGather(1) }
                return 0
            } catch is CollectiveMismatchError {
                return try world.recover().allReduce(1, .sum)
            }
        }
        #expect(sizes == [3, 3, 3])
    }

    @Test(.timeLimit(.minutes(1)))
    func cancellationEndsWaitsOfAllRanks() throws {
        let token = CancellationToken()
        var options = CommunicatorOptions(deadline: 30)
        options.cancellation = token
        let cancelledAt = Mutex(Date.distantFuture)
        let late = Mutex<[Double]>([])
        let outcomes = try outcomesOfThreadRanks(4, options: options) { world in
            if world.rank == 0 {
                Thread.sleep(forTimeInterval: 0.1)
                cancelledAt.withLock { $0 = Date() }
                token.cancel()
            }
            defer { late.withLock { $0.append(Date().timeIntervalSince(cancelledAt.withLock { $0 })) } }
            if world.rank == 1 { _ = try world.receive(Int.self, from: nil) }
            if world.rank == 2 { try world.send([Int](repeating: 0, count: 1 << 18), to: 3, tag: 1) }
            _ = try world.allGather([1, 2, 3])
        }
        for outcome in outcomes { #expect(throws: CancelledError.self) { try outcome.get() } }
        #expect(late.withLock { $0.max() ?? 1 } < 0.1)
    }

    @Test(.timeLimit(.minutes(1)))
    func theErrorOfTheRankThatFailedIsThrown() throws {
        #expect(throws: Mishap.self) {
            try withThreadRanks(4) { world in
                if world.rank == 3 { throw Mishap() }
                try world.barrier()
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func policiesSeeErrorsFirst() throws {
        struct Translated: Error { var text: String }
        let outcomes = try outcomesOfThreadRanks(2) { world in
            world.errorPolicy = .call { Translated(text: "\($0)") }
            try world.send(1, to: 7)
        }
        for outcome in outcomes {
            #expect { try outcome.get() } throws: { ($0 as? Translated)?.text.contains("there is no rank 7") == true }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func namesAttributesStagesAndLogs() throws {
        enum Scratch: CommunicatorKey { typealias Value = [Int] }
        let lines = Mutex<[String]>([])
        var options = CommunicatorOptions()
        options.log = { entry in lines.withLock { $0.append("\(entry)") } }
        _ = try withThreadRanks(2, options: options) { world in
            #expect(world[Scratch.self] == nil)
            world[Scratch.self] = [world.rank]
            #expect(world[Scratch.self] == [world.rank])
            world.name = "visualization"
            let twin = try world.duplicate()
            #expect(twin.name == "visualization/duplicate")
            world.log(.info, "starts")
            world.withStage("clip") { world.log(.warning, "half") }
        }
        #expect(lines.withLock { Set($0) } == ["[0/2] starts", "[1/2] starts", "[0/2] clip: warning: half", "[1/2] clip: warning: half"])
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 3])
    func aTaskThatThrowsEndsTheMap(ranks: Int) throws {
        let outcomes = try outcomesOfThreadRanks(ranks, options: CommunicatorOptions(deadline: 2)) { world in
            try world.map(Array(0..<50)) { task -> Int in
                if task == 20 { throw Mishap() }
                return task
            }
        }
        for outcome in outcomes {
            #expect { try outcome.get() } throws: { $0 is Mishap || "\($0)".contains("task 20") }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func oneHundredRanks() throws {
        let sums = try withThreadRanks(100) { world in
            let part = try world.split(colour: world.rank % 7)!
            return try part.allReduce(1, .sum) + world.exclusiveScan(1, .sum, initial: 0)
        }
        #expect(sums == (0..<100).map { rank in (rank % 7 < 2 ? 15 : 14) + rank })
    }
}
