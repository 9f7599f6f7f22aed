import ArgumentParser
import Datasets
import Execution
import Files
import Foundation

/// Times workloads.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Times workloads: the best of several runs, the input in memory.",
        discussion: """
            tessera bench contour-image surface-tets
            tessera bench --size 128 --threads 2 --json
            tessera bench --list
            """)

    @Argument(help: "Workloads; all of them by default.")
    var workloads: [String] = []
    @Option(help: ArgumentHelp("Points on each axis of the wavelet; grids of cells take half.", valueName: "N"))
    var size = 256
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
        guard size >= 8 && size <= 4096 else { throw UsageError("--size \(size): expected 8 to 4096") }
        guard repetitions >= 1 else { throw UsageError("--repeat \(repetitions): expected 1 or more") }
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
