import ArgumentParser
import Datasets
import Execution
import RankDataflow

/// Whether a result is the same bytes however the work is split.
struct ProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Proves that a result, and its picture, are the same, byte for byte, on any number of threads, pieces and ranks.",
        discussion: """
            tessera prove can.vtu --threshold EQPS=0.5: --surface
            tessera prove blow.vtu --ranks 2,3,16 --ghost-levels 2
            mpirun -n 5 tessera prove can.vtu --contour EQPS=0.5
            tessera prove can.vtu --opacity 0.4 --edges --size 640x480 --only picture --ranks 2,3,16
            tessera prove scene.json --orbit 12
            mpirun -n 5 tessera prove proofs.jsonl

            The picture is drawn once on one rank, then by ranks that each draw a part, with every compositor; parts are the pieces that ranks
            make, and every n-th cell of the whole.

            Ranks are threads of this process; under mpirun and srun, those that were started. Ghost cells of the inputs' pieces are checked
            against the whole: which cells, their levels and owners, all values. Exit code 1 where anything differs.

            A file that ends in .jsonl lists proofs: each line the arguments of one as a JSON array, each answered by a line of JSON.

            \(FilterArguments.help)
            """)

    /// What is compared.
    enum Subject: String, CaseIterable, ExpressibleByArgument { case data, picture }

    @OptionGroup var input: InputOptions
    @OptionGroup var look: LookOptions
    @OptionGroup var ways: WayOptions
    @Option(help: ArgumentHelp("Compare the result alone (data), or what is drawn of it (picture); both by default.", valueName: "data|picture"))
    var only: Subject?
    @Option(help: ArgumentHelp("The folder that the names of files in a scene file are relative to; its own by default.", valueName: "FOLDER"), completion: .directory)
    var data: String?
    @Option(help: ArgumentHelp("Numbers of ranks to try.", valueName: "N,N,…"))
    var ranks: String?
    @Option(help: ArgumentHelp("Ghost levels that the inputs' pieces are checked with.", valueName: "K"))
    var ghostLevels = 1
    @Option(help: ArgumentHelp("Worker threads; all processors by default.", valueName: "N"))
    var threads: Int?
    @Option(help: ArgumentHelp("Seconds after which a rank that waits for another gives up.", valueName: "S"))
    var deadline = 3600.0
    @Flag(help: "One JSON object.") var json = false

    /// The proofs that a file lists, where the input is such a file.
    var list: ProofList? { input.inputs.count == 1 && input.inputs[0].hasSuffix(ProofList.ending) ? ProofList(path: input.inputs[0]) : nil }

    func run() throws {
        if let list { return try list.prove() }
        let reports = try reports()
        ProgressBar.clear()
        guard try Ranks(nil).isRoot else { return }
        print(json ? ProofReport.json(reports).text() : reports.map(\.text).joined(separator: "\n"))
        let failed = reports.reduce(0) { $0 + $1.failures }
        if failed > 0 { throw DatasetError("\(failed) of \(reports.reduce(0) { $0 + $1.checks.count }) checks failed") }
    }

    /// What was found; nothing on ranks that are not the first.
    func reports() throws -> [ProofReport] {
        guard (0...64).contains(ghostLevels) else { throw UsageError("--ghost-levels \(ghostLevels): expected 0 to 64") }
        var options = try ParallelOptions.parse([])
        options.threads = threads
        options.deadline = deadline
        let session = try Session(options)
        let counts = try counts()
        let isScene = input.inputs.contains { $0.lowercased().hasSuffix(".json") }
        var reports: [ProofReport] = []
        if only != .picture && !isScene { reports += try proveData(options, session, counts) }
        if only != .data, let report = try provePicture(options, session, counts) { reports.append(report) }
        return reports
    }

    private func proveData(_ options: ParallelOptions, _ session: Session, _ counts: [Int]) throws -> [ProofReport] {
        let proof = try Proof(options: options, counts: counts, ghostLevels: ghostLevels)
        let pipelines = try session.pipelines(input.inputs, input)
        let names = pipelines.count == input.inputs.count ? input.inputs : [input.inputs.joined(separator: " + ")]
        return try zip(names, pipelines).compactMap { try proof.prove($1, name: $0, time: input.time) }
    }

    /// Nil on other ranks, and for data that cannot be drawn where the picture is not asked for alone.
    private func provePicture(_ options: ParallelOptions, _ session: Session, _ counts: [Int]) throws -> ProofReport? {
        let ways = try ways.ways()
        let (description, folder) = try SceneArguments(input: input, look: look, data: data).description()
        do {
            let proof = PictureProof(options: options, counts: counts, ways: ways)
            return try proof.prove(description, folder: folder, name: input.inputs.joined(separator: " + "))
        } catch let error where only == nil && (error is DatasetError || (error as? RankError)?.isCommon == true) {
            if session.ranks.isRoot { printError("tessera: nothing is drawn of this: \(error)") }
            return nil
        }
    }

    private func counts() throws -> [Int] {
        guard let ranks else { return [1, 2, 3, 5, 8] }
        let counts = ranks.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard counts.allSatisfy({ $0 >= 1 && $0 <= 1024 }) else { throw UsageError("--ranks \(ranks): expected numbers such as 1,2,3,5,8") }
        return counts
    }
}
