import Datasets
import Execution
import Foundation
import RankDataflow

/// A file of proofs for one process, or one job of ranks: each line the arguments of `prove` as a JSON array, `["can.vtu","--surface"]`.
///
/// Each line is answered by one: the report, or `{"error": …}` where a proof cannot be made on one rank.
struct ProofList {
    static let ending = ".jsonl"
    let path: String

    /// - Throws: what ends ranks; `DatasetError` where a check failed, after all lines.
    func prove() throws {
        var failed = 0
        var count = 0
        for (number, line) in try lines() {
            var reports: [ProofReport] = []
            var problem: String?
            do {
                let command = try parsed(line, number)
                reports = if case .processes(let world, _) = try Ranks(nil) { try world.living.together { try command.reports() } } else { try command.reports() }
            } catch let error where !Self.endsRanks(error) {
                problem = "\(error)"
            }
            ProgressBar.clear()
            guard try Ranks(nil).isRoot else { continue }
            // People who wait for answers one by one read them from pipes.
            print(problem.map { JSONValue.object([(key: "error", value: .string($0))]) }?.text() ?? ProofReport.json(reports).text())
            fflush(nil)
            count += 1
            failed += reports.contains { $0.failures > 0 } ? 1 : 0
        }
        if failed > 0 { throw DatasetError("\(failed) of \(count) proofs failed") }
    }

    private func lines() throws -> [(number: Int, text: Substring)] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw DatasetError("\(path): \(error.localizedDescription)")
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { ($0.offset + 1, $0.element) }.filter { !$0.1.isEmpty }
    }

    private func parsed(_ line: Substring, _ number: Int) throws -> ProveCommand {
        guard let words = try? JSONDecoder().decode([String].self, from: Data(line.utf8)) else {
            throw UsageError("\(path), line \(number): expected a JSON array of arguments, found \(line.prefix(60))")
        }
        let command: ProveCommand
        do {
            command = try ProveCommand.parse(FilterArguments.rewritten(words))
        } catch {
            throw UsageError("\(path), line \(number): \(ProveCommand.message(for: error))")
        }
        if command.list != nil { throw UsageError("\(path), line \(number): a list of proofs inside of one") }
        return command
    }

    /// Whether no rank can go on: of several, only what all of them threw alike is over with its proof.
    private static func endsRanks(_ error: any Error) -> Bool {
        if error is CancelledError { return true }
        return LaunchedRanks.world != nil && !(error is RankError || error is UsageError)
    }
}
