import Damaging
import Exercising
import Foundation
import Tessera

// tessera-fuzz FOLDER… [--copies 200] [--first 0] [--only TEXT] [--seconds 20] [--keep FOLDER]
//
// Reads damaged copies of every file below the folders that has a reader, and scene files (.json) of folders named Seeds: copies of one file in one process of its own, two processes at a
// time. Every copy must end in an error or a consistent dataset, in time and in memory. What does not is kept, and the exit code is 1.

struct Options {
    var folders: [String] = []
    var copies = 200
    var first = 0
    var only = ""
    var seconds = 20.0
    var keep = "out/fuzz"
    var worker: String?

    init(_ arguments: [String]) {
        var rest = arguments[...]
        func value(_ name: String) -> String {
            guard let value = rest.popFirst() else { Options.stop("\(name) needs a value") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--copies": copies = Int(value(argument)) ?? copies
            case "--first": first = Int(value(argument)) ?? first
            case "--only": only = value(argument)
            case "--seconds": seconds = Double(value(argument)) ?? seconds
            case "--keep": keep = value(argument)
            case "--worker": worker = value(argument)
            default: folders.append(argument)
            }
        }
        if folders.isEmpty && worker == nil { Options.stop("which folder of files? tessera-fuzz FOLDER [--copies N] [--only TEXT]") }
    }

    static func stop(_ text: String) -> Never {
        FileHandle.standardError.write(Data((text + "\n").utf8))
        exit(2)
    }
}

/// One file's part of the run.
struct FileReport: Sendable {
    var tried = 0
    var failures: [String] = []
}

func inputs(_ options: Options) -> [URL] {
    let readable = Set(FileFormat.readable.flatMap(\.extensions))
    func isInput(_ file: URL) -> Bool {
        let ending = file.pathExtension.lowercased()
        return readable.contains(ending) || (ending == "json" && file.deletingLastPathComponent().lastPathComponent == "Seeds")
    }
    return options.folders
        .flatMap { FileManager.default.enumerator(at: URL(fileURLWithPath: $0), includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? [] }
        .filter { isInput($0) && (options.only.isEmpty || $0.path.contains(options.only)) }
        .sorted { $0.path < $1.path }
}

/// Runs workers over the copies of a file until all were tried; a worker that ends early costs the copy it was at.
func fuzz(_ file: URL, _ options: Options) -> FileReport {
    var report = FileReport()
    var next = options.first
    let end = options.first + options.copies
    func fail(_ number: Int, _ what: String) {
        report.failures.append("\(file.lastPathComponent) copy \(number): \(what)")
        let kept = URL(fileURLWithPath: options.keep).appendingPathComponent("\(number)-\(file.lastPathComponent)")
        try? FileManager.default.createDirectory(atPath: options.keep, withIntermediateDirectories: true)
        if let data = try? Data(contentsOf: file) { try? Data(Damage.copy(of: [UInt8](data), number: number)).write(to: kept) }
    }
    while next < end {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["--worker", file.path, "--first", "\(next)", "--copies", "\(end - next)", "--seconds", "\(options.seconds)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { fail(next, "no worker could be started"); return report }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var at = next
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            if words.first == "at", words.count > 1 { at = Int(words[1]) ?? at }
            if words.first == "wrong", words.count > 2 { fail(Int(words[1]) ?? at, String(words[2])) }
        }
        if process.terminationReason == .uncaughtSignal {
            fail(at, "crashed with signal \(process.terminationStatus)")
        } else if process.terminationStatus == 5 {
            fail(at, "took more than \(options.seconds) s")
        } else if process.terminationStatus != 0 && process.terminationStatus != 4 {
            fail(at, "ended with \(process.terminationStatus)")
        }
        report.tried += at + 1 - next
        next = at + 1
    }
    return report
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
if let file = options.worker {
    do {
        exit(try Worker.run(file: URL(fileURLWithPath: file), copies: options.first..<options.first + options.copies, secondsEach: options.seconds))
    } catch {
        Options.stop("\(error)")
    }
}

let files = inputs(options)
let lock = NSLock()
nonisolated(unsafe) var tried = 0
nonisolated(unsafe) var failures: [String] = []
let isTerminal = isatty(STDERR_FILENO) == 1
DispatchQueue.concurrentPerform(iterations: files.count) { index in
    let report = fuzz(files[index], options)
    lock.withLock {
        tried += report.tried
        failures += report.failures
        for failure in report.failures { print("FAILED \(failure)") }
        if isTerminal { FileHandle.standardError.write(Data("\r\(tried) inputs, \(failures.count) failed".utf8)) }
    }
}
print("\(files.count) files, \(tried) damaged copies: \(failures.count) failed")
exit(failures.isEmpty && !files.isEmpty ? 0 : 1)
