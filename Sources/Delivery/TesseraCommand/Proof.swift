import Dataflow
import Datasets
import Execution
import Filters
import RankDataflow
import Serialization

/// Runs a pipeline in all ways that must give the same bytes.
struct Proof {
    /// Numbers of ranks; under a launcher there is one only.
    let counts: [Int]
    let ghostLevels: Int
    /// One rank, one thread, one piece: what everything is compared with.
    private let plain: Session
    private let options: ParallelOptions
    private let isLaunched: Bool

    init(options: ParallelOptions, counts: [Int], ghostLevels: Int) throws {
        self.options = options
        self.ghostLevels = ghostLevels
        var one = options
        one.threads = 1
        plain = try Session(one, quiet: true)
        isLaunched = LaunchedRanks.world != nil
        self.counts = isLaunched ? [plain.ranks.count] : counts
    }

    /// What was found, on the first rank; nil on the others.
    ///
    /// - Throws: what the pipeline throws on one rank.
    func prove(_ pipeline: Pipeline, name: String, time: Double?) throws -> ProofReport? {
        var reference: Dataset?
        try plain.onRoot {
            guard plain.ranks.isRoot else { return }
            _ = try plain.executor.plan(for: pipeline, pieces: 1)
            reference = try plain.executor.result(of: pipeline, time: time)
        }
        var report = ProofReport(name: name, reference)
        func check(_ what: String, _ kind: ProofReport.Check.Kind, _ count: Int, _ body: () throws -> String?) throws {
            let start = monotonicSeconds()
            var difference: String?
            do {
                difference = try body()
            } catch let error as CancelledError {
                throw error
            } catch {
                difference = "\(error)"
            }
            report.checks.append(.init(what: what, kind: kind, count: count, difference: difference, seconds: monotonicSeconds() - start))
        }
        func compare(_ result: Dataset?) -> String? {
            guard let result, let reference else { return nil }
            return result.serialized().digest == report.digest ? nil : result.difference(to: reference) ?? "marks that only pieces have"
        }
        if !isLaunched {
            let threads = max(2, ExecutionContext.processorCount)
            try check("\(threads) threads", .threads, threads) { compare(try session(threads: threads).run(pipeline, time: time)) }
            for pieces in [2, 3, 7] {
                try check("\(pieces) pieces", .pieces, pieces) { compare(try session(pieces: pieces).run(pipeline, time: time)) }
            }
        }
        for count in counts {
            let session = try session(ranks: count)
            try check(count == 1 ? "1 rank" : "\(count) ranks", .ranks, count) { compare(try session.run(pipeline, time: time)) }
        }
        for count in counts where count > 1 {
            let session = try session(ranks: count)
            for source in pipeline.sources {
                let what = "ghosts of \(count) ranks, \(ghostLevels) level\(ghostLevels == 1 ? "" : "s")" + (pipeline.sources.count > 1 ? ", \(source.stage.name)" : "")
                try check(what, .ghosts, count) { try ghostProblem(source, session, time) }
            }
        }
        return plain.ranks.isRoot ? report : nil
    }

    private func session(threads: Int? = nil, pieces: Int? = nil, ranks: Int? = nil) throws -> Session {
        var options = options
        options.threads = threads ?? options.threads
        options.pieces = pieces
        options.ranks = ranks
        return try Session(options, quiet: true)
    }

    /// What is wrong with the pieces that ranks make of a source; nil where they are what the whole says.
    private func ghostProblem(_ source: Pipeline, _ session: Session, _ time: Double?) throws -> String? {
        let demand = RankExecutor.Demand(pieces: session.ranks.count, ghostLevels: ghostLevels, time: time)
        let levels = ghostLevels
        let reference = plain
        return try session.onEveryRank { rank in
            let own = try rank.pieces(of: source, demand)
            guard let pieces = try rank.collect(own, demand) else { return nil }
            let whole = try reference.executor.result(of: source, time: time)
            return try GhostCheck(whole: whole, pieces: pieces, levels: levels).problem()
        }
    }
}

extension Pipeline {
    /// Its sources, in order.
    var sources: [Pipeline] { inputs.isEmpty ? [self] : inputs.flatMap(\.sources) }
}
