import CKernels
import Dataflow
import Datasets
import Execution
import Files
import Filters
import Foundation
import SceneFiles

/// What the parallel options mean, ready to run pipelines.
struct Session {
    let context: ExecutionContext
    let executor: Executor
    let pieces: Int?
    let ghostLevels: Int
    let explains: Bool
    let ranks: Ranks
    let deadline: Double
    let statisticsPath: String?
    /// What ranks did.
    let log = RankLog()

    init(_ options: ParallelOptions, quiet: Bool = false) throws {
        if let threads = options.threads, threads < 1 || threads > 1024 {
            throw UsageError("--threads \(threads): expected 1 to 1024")
        }
        if let pieces = options.pieces, pieces < 1 || pieces > 1 << 20 {
            throw UsageError("--pieces \(pieces): expected 1 or more")
        }
        if options.ghostLevels < 0 || options.ghostLevels > 64 {
            throw UsageError("--ghost-levels \(options.ghostLevels): expected 0 to 64")
        }
        if options.deadline.isNaN || options.deadline <= 0 { throw UsageError("--deadline \(options.deadline): expected a number of seconds") }
        ranks = try Ranks(options.ranks)
        deadline = options.deadline
        if case .processes(let world, _) = ranks { world.deadline = options.deadline }
        var memory = MemoryBudget.standard()
        if let text = options.memory { memory.limit = try Session.byteCount(text) }
        let showsProgress = !quiet && ranks.isRoot && isatty(STDERR_FILENO) == 1
        context = ExecutionContext(
            threads: options.threads ?? ranks.defaultThreadCount, cancellation: interruption,
            progress: showsProgress ? Progress(handler: ProgressBar.show) : nil, memory: memory)
        keepReleasedMemory(atMost: min(256 << 20, memory.limit / 8))
        executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
        pieces = options.pieces
        ghostLevels = options.ghostLevels
        explains = options.explain
        statisticsPath = options.stats
    }

    /// `2GB`, `300MB`, `1.5GiB`, or a count of bytes.
    static func byteCount(_ text: String, option: String = "memory") throws -> Int {
        let units: [(String, Double)] = [
            ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9),
            ("tb", 1e12), ("b", 1),
        ]
        let small = text.lowercased()
        let unit = units.first { small.hasSuffix($0.0) } ?? ("", 1)
        guard let value = Double(small.dropLast(unit.0.count)), value > 0, value * unit.1 < 9e18 else {
            throw UsageError("--\(option) \(text): expected a size such as 2GB or 300MB")
        }
        return Int(value * unit.1)
    }

    /// The pipelines that inputs and filters mean: one an input, until a filter joins them.
    func pipelines(_ inputs: [String], _ options: InputOptions) throws -> [Pipeline] {
        let columns = try options.columns().map { (x: $0[0], y: $0[1], z: $0[2]) }
        let fileOptions = try options.fileOptions()
        let sources = try inputs.map { name -> Pipeline in
            if columns == nil, Session.isSource(name) {
                do {
                    if let source = try proceduralSource(parsing: name) { return Pipeline(source) }
                } catch let error as DatasetError {
                    throw UsageError(error.message)
                }
            }
            return Pipeline(try FileSource(path: name, points: columns, options: fileOptions))
        }
        return sources.applying(try options.filters().flatMap(\.filters), draws: false)
    }

    /// Whether a name is that of a procedural source, and no file has it.
    static func isSource(_ name: String) -> Bool {
        guard let word = name.split(separator: ":").first, name.contains(":"), proceduralSourceNames.contains(String(word)) else { return false }
        return !FileManager.default.fileExists(atPath: name)
    }

    /// Runs a pipeline as the options say: whole, or streamed in pieces and joined.
    ///
    /// - Parameter time: the time wanted; nil: the first.
    /// - Returns: nil on ranks other than the first.
    func run(_ pipeline: Pipeline, time: Double? = nil) throws -> Dataset? {
        if ranks.count > 1 { return try runOnRanks(pipeline, time: time) }
        let plan = try executor.plan(for: pipeline, pieces: pieces, ghostLevels: ghostLevels)
        if explains { printError(plan.explanation) }
        let result = try executor.result(of: pipeline, pieces: plan.pieces, ghostLevels: ghostLevels, sparingly: plan.isSparing, time: time)
        tellWarnings()
        return result
    }

    /// Tells what was noted since this was last done.
    func tellWarnings() {
        for warning in context.trace.takeWarnings() {
            ProgressBar.clear()
            printError("tessera: warning: \(warning)")
        }
    }
}

/// A bar on standard error while something long runs; only where that is a terminal.
enum ProgressBar {
    private static let start = monotonicSeconds()

    @Sendable static func show(_ report: ProgressReport) {
        guard monotonicSeconds() - start > 0.3 else { return }
        let width = 30
        let filled = Int(report.fraction * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        write("\r\u{1B}[2K\(bar) \(Int(report.fraction * 100)) % \(report.stage)")
    }

    static func clear() {
        if isatty(STDERR_FILENO) == 1 { write("\r\u{1B}[2K") }
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

func printError(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
