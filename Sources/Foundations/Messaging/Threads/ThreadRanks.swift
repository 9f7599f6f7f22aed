import Execution
import Foundation
import Synchronization

/// Runs `body` once on each of `count` ranks, each a thread of its own with 8 MB of stack, and returns the results in the order of ranks.
///
/// The caller waits until all have ended; so do not call it from a task of Swift's cooperative pool. A rank that returns waits for the
/// others; ranks that made different numbers of collective calls fail then at the latest.
///
/// - Throws: where several ranks fail, the error of the lowest rank that met one of its own rather than that of another rank.
public func withThreadRanks<Result: Sendable>(
    _ count: Int, options: CommunicatorOptions = CommunicatorOptions(), _ body: @escaping @Sendable (Communicator) throws -> Result
) throws -> [Result] {
    let outcomes = try outcomes(count, options, body)
    var told: (any Error)?
    for outcome in outcomes {
        guard case .failure(let error) = outcome else { continue }
        if !(error is RankFailedError) { throw error }
        told = told ?? error
    }
    if let told { throw told }
    return try outcomes.map { try $0.get() }
}

/// `withThreadRanks` for those who want each rank's own outcome.
public func outcomesOfThreadRanks<R: Sendable>(
    _ count: Int, options: CommunicatorOptions = CommunicatorOptions(), _ body: @escaping @Sendable (Communicator) throws -> R
) throws -> [Result<R, any Error>] {
    try outcomes(count, options, body)
}

private func outcomes<R: Sendable>(
    _ count: Int, _ options: CommunicatorOptions, _ body: @escaping @Sendable (Communicator) throws -> R
) throws -> [Result<R, any Error>] {
    guard count >= 1, count <= 4096 else { throw TransportError.failed("ranks as threads: 1 to 4096, not \(count)") }
    let job = ThreadJob(size: count)
    let hub = ThreadHub(job: job, jobRanks: Array(0..<count))
    let results = Mutex([Result<R, any Error>?](repeating: nil, count: count))
    let finished = DispatchGroup()
    for rank in 0..<count {
        finished.enter()
        let thread = Thread {
            let communicator = Communicator(
                transport: ThreadTransport(hub: hub, rank: rank, patience: options.deadline + 2), options: options)
            let outcome = communicator.run(body)
            job.end(rank)
            results.withLock { $0[rank] = outcome }
            finished.leave()
        }
        thread.stackSize = 8 << 20
        thread.name = "rank \(rank)"
        thread.start()
    }
    finished.wait()
    return results.withLock { $0.map { $0! } }
}

extension Communicator {
    /// Runs a rank's program and closes the communicator; an error on either way is the outcome. What starts ranks calls this once.
    public func run<R>(_ body: (Communicator) throws -> R) -> Result<R, any Error> {
        do {
            let result = try body(self)
            try close()
            return .success(result)
        } catch {
            close(becauseOf: error)
            return .failure(error)
        }
    }
}
