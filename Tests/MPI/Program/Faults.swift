import Foundation
import FrameFaults
import Messaging
import MessagingConformance
import MessagingMPI
import Synchronization

/// A program with a mistake in it: every rank that must see the error says `ok rank …`, and the job ends with code 7.
func runFault(_ name: String) throws {
    guard let fault = faultChecks.first(where: { $0.name == name }) else { throw CheckFailed("there is no fault '\(name)'") }
    try runFault(complaint: fault.complaint, fault.body)
}

/// The same in the middle of frames that ranks draw together.
func runFrameFault(_ name: String) throws {
    guard let fault = frameFaults.first(where: { $0.name == name }) else { throw CheckFailed("there is no fault '\(name)' of frames") }
    try runFault(complaint: fault.complaint, fault.body)
}

private func runFault(
    complaint: @escaping @Sendable (_ outcome: Result<Void, any Error>, _ rank: Int, _ size: Int, _ seconds: Double) -> String?,
    _ body: (Communicator) throws -> Void
) throws {
    var options = WorldOptions(communicator: CommunicatorOptions(deadline: 1))
    // From the opened world on: opening it takes a second on a busy machine.
    let start = Mutex(ContinuousClock.now)
    options.report = { error, rank in
        let seconds = start.withLock { (ContinuousClock.now - $0) / .seconds(1) }
        if let complaint = complaint(.failure(error), rank, Launcher.current?.size ?? 0, seconds) {
            report("wrong: \(complaint)")
        } else {
            say("ok rank \(rank) after \(seconds) s: \(error)")
        }
        return 7
    }
    try withWorld(options) { world in
        try world.communicator.barrier()
        start.withLock { $0 = ContinuousClock.now }
        try body(world.communicator)
    }
    say("ended without an error")
}

/// The last rank's process goes away in the middle of the work.
func runLoss(_ how: String) throws {
    var options = WorldOptions(communicator: CommunicatorOptions(deadline: 1))
    options.report = { error, rank in
        say("told rank \(rank): \(error)")
        return 7
    }
    try withWorld(options) { world in
        for round in 0..<1000 {
            if round == 20, world.rank == world.size - 1 { loseThisProcess(how) }
            _ = try world.communicator.allReduce(round, .sum)
        }
    }
    say("ended without an error")
}

func loseThisProcess(_ how: String) -> Never {
    if how == "exit" { _exit(3) }
    kill(getpid(), SIGKILL)
    while true { sleep(1) }
}

/// The last rank's process goes away in the middle of frames.
func runFrameLoss(_ how: String) throws {
    var options = WorldOptions(communicator: CommunicatorOptions(deadline: 1))
    options.report = { error, rank in
        say("told rank \(rank): \(error)")
        return 7
    }
    try withWorld(options) { world in try drawFrames(on: world.communicator) { loseThisProcess(how) } }
    say("ended without an error")
}

/// A rank is killed in the middle of the work; the others go on without it.
func runRecovery() throws {
    try withWorld(WorldOptions(communicator: CommunicatorOptions(deadline: 5))) { world in
        guard world.transport.survivesFailures else { throw CheckFailed("\(world.library.name) does not survive failures here") }
        let lost = world.size / 2
        var communicator = world.communicator
        var recoveries = 0
        var round = 0
        while round < 200 {
            do {
                if round == 50, world.rank == lost, recoveries == 0 { loseThisProcess("kill") }
                let sum = try communicator.allReduce(world.rank, .sum)
                let everyone = world.size * (world.size - 1) / 2
                try expect(sum == (recoveries == 0 ? everyone : everyone - lost), "sum \(sum) in round \(round)")
                round += 1
            } catch let error as RankFailedError {
                guard recoveries == 0 else { throw error }
                let start = ContinuousClock.now
                communicator = try communicator.recover()
                recoveries += 1
                try expect(communicator.lostRanks == [lost], "lost \(communicator.lostRanks), not \(lost)")
                // All go on from the round that every one of them has done.
                round = try communicator.allReduce(round, .minimum)
                say("recovered rank \(world.rank) as \(communicator.rank) in \((ContinuousClock.now - start) / .seconds(1)) s")
            }
        }
        try expect(recoveries == 1, "nothing was lost")
        say("ok rank \(world.rank) of \(world.size) without rank \(lost)")
    }
}
