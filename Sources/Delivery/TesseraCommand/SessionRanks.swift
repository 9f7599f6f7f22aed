import Dataflow
import Datasets
import Execution
import Filters
import Messaging
import Partitioning
import RankDataflow

/// Which ranks a command runs on.
enum Ranks {
    case one
    /// So many threads of this process.
    case threads(Int)
    /// This process is one of those that a launcher started.
    case processes(Communicator, threads: Int)

    /// - Parameter wanted: what `--ranks` says.
    init(_ wanted: Int?) throws {
        if let wanted, wanted < 1 || wanted > 1024 { throw UsageError("--ranks \(wanted): expected 1 to 1024") }
        if let world = LaunchedRanks.world {
            if let wanted, wanted != world.communicator.size {
                throw UsageError("--ranks \(wanted): the launcher started \(world.communicator.size)")
            }
            self = .processes(world.communicator, threads: world.threads)
        } else {
            self = if let wanted, wanted > 1 { .threads(wanted) } else { .one }
        }
    }

    var count: Int {
        switch self {
        case .one: 1
        case .threads(let count): count
        case .processes(let world, _): world.size
        }
    }

    /// Whether this process prints and writes.
    var isRoot: Bool {
        if case .processes(let world, _) = self { world.living.rank == 0 } else { true }
    }

    /// Worker threads where nobody says how many: of the process, so for all ranks that are its threads.
    var defaultThreadCount: Int {
        if case .processes(_, let threads) = self { threads } else { ExecutionContext.processorCount }
    }

    var description: String {
        switch self {
        case .one: "one rank"
        case .threads(let count): "\(count) ranks, threads of this process"
        case .processes(let world, _): "\(world.size) ranks over \(world.transport.name)"
        }
    }
}

extension Session {
    /// Runs `body` where results are printed and written; where it fails, every rank fails.
    func onRoot(_ body: () throws -> Void) throws {
        guard case .processes(let launched, _) = ranks else { return try body() }
        let world = launched.living
        try world.together(isRootOnly: true) { if world.rank == 0 { try body() } }
    }

    /// Runs a pipeline on all ranks; its whole result on the first.
    func runOnRanks(_ pipeline: Pipeline, time: Double?) throws -> Dataset? {
        let demand = try plan(pipeline, time: time)
        return try onEveryRank { rank in try rank.result(of: pipeline, demand) } ?? nil
    }

    /// What is asked of the ranks: a piece of each, or more where memory or the user wants more.
    func plan(_ pipeline: Pipeline, time: Double?) throws -> RankExecutor.Demand {
        let demand = try demand(pipeline, time: time)
        if explains && ranks.isRoot {
            printError("\(ranks.description)\n" + (try executor.plan(for: pipeline, pieces: demand.pieces, ghostLevels: ghostLevels)).explanation)
        }
        return demand
    }

    /// The same, without saying so.
    func demand(_ pipeline: Pipeline, time: Double?) throws -> RankExecutor.Demand {
        let plan = try executor.plan(for: pipeline, pieces: pieces, ghostLevels: ghostLevels)
        return RankExecutor.Demand(pieces: pieces ?? max(ranks.count, plan.pieces), ghostLevels: ghostLevels, time: time)
    }

    /// Runs `body` on every rank, and returns what the first (in other processes: this) rank's gave.
    func onEveryRank<Result: Sendable>(_ body: @escaping @Sendable (RankExecutor) throws -> Result) throws -> Result {
        switch ranks {
        case .one: return try withThreadRanks(1, options: communicatorOptions) { try body(executor(on: $0, context)) }[0]
        case .processes(let world, _):
            let rank = executor(on: world.living, context)
            let result = try body(rank)
            if let statistics = try rank.statistics() { note(statistics) }
            return result
        case .threads(let count):
            let results = try withThreadRanks(count, options: communicatorOptions) { communicator in
                let rank = executor(on: communicator, rankContext(communicator.rank, of: count))
                return (try body(rank), try rank.statistics())
            }
            if let statistics = results[0].1 { note(statistics) }
            return results[0].0
        }
    }

    /// The context of a rank that is a thread: its part of the threads and of the memory.
    private func rankContext(_ rank: Int, of count: Int) -> ExecutionContext {
        ExecutionContext(
            threads: max(1, (context.threads + count - 1 - rank) / count), cancellation: context.cancellation,
            progress: rank == 0 ? context.progress : nil, memory: MemoryBudget(limit: context.memory.limit / count))
    }

    private func executor(on communicator: Communicator, _ context: ExecutionContext) -> RankExecutor {
        RankExecutor(
            communicator: communicator, context: context, extractor: ExtractPiece(), gatherer: GatherPieces(), ghosts: { RankGhosts($0) })
    }

    var communicatorOptions: CommunicatorOptions { CommunicatorOptions(deadline: deadline, cancellation: context.cancellation) }
}
