import ArgumentParser
import Datasets
import Execution
import Files
import Foundation
import ParallelRendering

/// Times workloads.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Times workloads: the best of several runs, the input in memory.",
        discussion: """
            tessera bench contour-image surface-tets
            tessera bench --size 128 --threads 2 --json
            tessera bench --list
            tessera bench composite --size 1920x1080 --coverage 0.25 --ranks 4
            mpirun -n 2 tessera bench frame wavelet:256 --contour RTData=157 --size 1024x1024

            The last two time what many ranks do together, as threads or as launched processes, and print one JSON line.
            """)

    @Argument(help: "Workloads; all of them by default.")
    var workloads: [String] = []
    @Option(help: ArgumentHelp("Points on each axis of the wavelet, 256 by default; grids of cells take half. Of composite and frame: the picture's.", valueName: "N|WxH"))
    var size: String?
    @Option(help: ArgumentHelp("Of composite: the share of the picture that each rank's footprint covers.", valueName: "C"))
    var coverage = 0.25
    @Option(help: ArgumentHelp("Of composite and frame: how many ranks, as threads of this process.", valueName: "N"))
    var ranks: Int?
    @Option(help: ArgumentHelp("Of composite and frame: how the pictures of ranks come together: \(CompositingMethod.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "METHOD"))
    var compositor: CompositingMethod = .automatic
    @Option(help: ArgumentHelp("How frames are divided among ranks.", valueName: "METHOD"))
    var decomposition: Decomposition = .sortLast
    @Option(name: .customLong(FilterArguments.carrier), help: .hidden)
    var steps: [String] = []
    @Option(help: ArgumentHelp("Worker threads; all processors by default.", valueName: "N"))
    var threads: Int?
    @Option(name: .customLong("repeat"), help: ArgumentHelp("Runs of each; the best counts.", valueName: "N"))
    var repetitions = 5
    @Option(help: ArgumentHelp("A file to read, for reading workloads, or the points of sphere workloads.", valueName: "FILE"))
    var input: String?
    @Option(help: ArgumentHelp("Write the result of the last run to this file.", valueName: "FILE"))
    var output: String?
    @Flag(help: "One JSON object a workload.")
    var json = false
    @Flag(help: "Name the workloads.")
    var list = false

    func run() throws {
        if list {
            for workload in Workload.all { print(workload.name.padding(to: 26) + workload.purpose) }
            return
        }
        guard repetitions >= 1 else { throw UsageError("--repeat \(repetitions): expected 1 or more") }
        if spreads { return try runOnRanks() }
        if !steps.isEmpty { throw UsageError("only bench frame takes filters") }
        guard let size = Int(size ?? "256"), size >= 8 && size <= 4096 else { throw UsageError("--size \(size ?? ""): expected 8 to 4096") }
        let chosen = try workloads.isEmpty ? Workload.all : workloads.map { name in
            guard let workload = Workload.all.first(where: { $0.name == name }) else {
                throw UsageError("no workload is named \(name); tessera bench --list names them")
            }
            return workload
        }
        let context = ExecutionContext(threads: threads ?? ExecutionContext.processorCount, cancellation: interruption)
        for workload in chosen {
            let bench = WorkloadRun(size: size, repetitions: repetitions, input: input, context: context)
            var facts = try workload.run(bench)
            let peak = peakResidentBytes()
            if let result = facts.result {
                facts.add(try DatasetSummary(of: result, isMeasured: true, context: context))
                if let output { try FileFormat.write(result, to: output, context: context) }
            }
            if json {
                print(facts.json(workload: workload.name, threads: context.threads, size: size, peak: peak))
            } else {
                let milliseconds = String(format: "%10.2f ms", facts.seconds * 1e3)
                print(workload.name.padding(to: 26) + milliseconds + "   " + facts.text)
            }
        }
    }
}

/// What a workload found: its time and the figures that tell whether its result is right.
struct WorkloadFacts {
    var seconds: Double
    var inputCells: Int?
    var result: Dataset?
    var counts: [(String, Int)] = []
    var measures: [(String, Double)] = []
    var words: [(String, String)] = []

    init(seconds: Double, inputCells: Int? = nil, result: Dataset? = nil) {
        self.seconds = seconds
        self.inputCells = inputCells
        self.result = result
    }

    mutating func add(_ summary: DatasetSummary) {
        counts.append(("points", summary.points))
        counts.append(("cells", summary.cells))
        guard let measure = summary.measures else { return }
        if measure.length != 0 { measures.append(("length", measure.length)) }
        if measure.area != 0 { measures.append(("area", measure.area)) }
        if measure.volume != 0 { measures.append(("volume", abs(measure.volume))) }
    }

    func json(workload: String, threads: Int, size: Int, peak: Int) -> String {
        var parts = ["\"workload\": \"\(workload)\"", "\"seconds\": \(seconds)", "\"threads\": \(threads)", "\"size\": \(size)"]
        if let inputCells { parts.append("\"input_cells\": \(inputCells)") }
        parts += counts.map { "\"\($0.0)\": \($0.1)" }
        parts += measures.map { "\"\($0.0)\": \($0.1)" }
        parts += words.map { "\"\($0.0)\": \"\($0.1)\"" }
        parts.append("\"peak_bytes\": \(peak)")
        return "{" + parts.joined(separator: ", ") + "}"
    }

    var text: String {
        (counts.map { "\($0.0) \($0.1)" } + measures.map { String(format: "%@ %.6g", $0.0, $0.1) } + words.map { "\($0.0) \($0.1)" })
            .joined(separator: "  ")
    }
}
