import Dataflow
import Datasets
import Execution
import Filters
import RankDataflow
import SceneFiles
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

/// What a proof found.
struct ProofReport {
    struct Check {
        enum Kind: String { case threads, pieces, ranks, ghosts }
        var what: String
        var kind: Kind
        var count: Int
        /// Nil: the same.
        var difference: String?
        var seconds: Double
    }

    var name: String
    var digest: Digest?
    var checks: [Check] = []
    private var outline = ""

    init(name: String, _ reference: Dataset?) {
        self.name = name
        guard let reference else { return }
        let bytes = reference.serialized()
        digest = bytes.digest
        outline = "\(reference.kind.rawValue), \(reference.pointCount) points, \(reference.cellCount) cells, \(formatBytes(bytes.byteCount))"
    }

    var failures: Int { checks.reduce(0) { $0 + ($1.difference == nil ? 0 : 1) } }

    var text: String {
        let width = (checks.map(\.what.count).max() ?? 0) + 2
        var lines = ["\(name): \(outline), digest \(digest.map { "\($0)" } ?? "")"]
        for check in checks {
            let good = check.kind == .ghosts ? "as on the whole" : "same bytes"
            lines.append("  " + check.what.padding(to: width) + (check.difference.map { "DIFFERS: " + $0 } ?? good))
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ reports: [ProofReport]) -> JSONValue {
        let entries = reports.map { report in
            JSONValue.object([
                (key: "input", value: .string(report.name)), (key: "digest", value: .string(report.digest.map { "\($0)" } ?? "")),
                (key: "same", value: .bool(report.failures == 0)),
                (key: "checks", value: .array(report.checks.map { check in
                    var members: [(key: String, value: JSONValue)] = [
                        (key: "kind", value: .string(check.kind.rawValue)), (key: "count", value: .integer(check.count)),
                        (key: "same", value: .bool(check.difference == nil)), (key: "seconds", value: .number(check.seconds)),
                    ]
                    if let difference = check.difference { members.append((key: "difference", value: .string(difference))) }
                    return .object(members)
                })),
            ])
        }
        return .object([(key: "same", value: .bool(reports.allSatisfy { $0.failures == 0 })), (key: "results", value: .array(entries))])
    }
}
