import ArgumentParser
import Datasets
import Execution

/// Whether a result is the same bytes however the work is split.
struct ProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Proves that a result is the same, byte for byte, on any number of threads, pieces and ranks.",
        discussion: """
            tessera prove can.vtu --threshold EQPS=0.5: --surface
            tessera prove blow.vtu --ranks 2,3,16 --ghost-levels 2
            mpirun -n 5 tessera prove can.vtu --contour EQPS=0.5

            Ranks are threads of this process; under mpirun and srun, those that were started. Ghost cells of the inputs' pieces are checked
            against the whole: which cells, their levels and owners, all values. Exit code 1 where anything differs.

            \(FilterArguments.help)
            """)

    @OptionGroup var input: InputOptions
    @Option(help: ArgumentHelp("Numbers of ranks to try.", valueName: "N,N,…"))
    var ranks: String?
    @Option(help: ArgumentHelp("Ghost levels that the inputs' pieces are checked with.", valueName: "K"))
    var ghostLevels = 1
    @Option(help: ArgumentHelp("Worker threads; all processors by default.", valueName: "N"))
    var threads: Int?
    @Option(help: ArgumentHelp("Seconds after which a rank that waits for another gives up.", valueName: "S"))
    var deadline = 3600.0
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        guard (0...64).contains(ghostLevels) else { throw UsageError("--ghost-levels \(ghostLevels): expected 0 to 64") }
        var options = try ParallelOptions.parse([])
        options.threads = threads
        options.deadline = deadline
        let proof = try Proof(options: options, counts: try counts(), ghostLevels: ghostLevels)
        var reports: [ProofReport] = []
        let session = try Session(options)
        let pipelines = try session.pipelines(input.inputs, input)
        let names = pipelines.count == input.inputs.count ? input.inputs : [input.inputs.joined(separator: " + ")]
        for (name, pipeline) in zip(names, pipelines) {
            if let report = try proof.prove(pipeline, name: name, time: input.time) { reports.append(report) }
        }
        ProgressBar.clear()
        guard session.ranks.isRoot else { return }
        print(json ? ProofReport.json(reports).text() : reports.map(\.text).joined(separator: "\n"))
        let failed = reports.reduce(0) { $0 + $1.failures }
        if failed > 0 { throw DatasetError("\(failed) of \(reports.reduce(0) { $0 + $1.checks.count }) checks failed") }
    }

    private func counts() throws -> [Int] {
        guard let ranks else { return [1, 2, 3, 5, 8] }
        let counts = ranks.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard counts.allSatisfy({ $0 >= 1 && $0 <= 1024 }) else { throw UsageError("--ranks \(ranks): expected numbers such as 1,2,3,5,8") }
        return counts
    }
}
