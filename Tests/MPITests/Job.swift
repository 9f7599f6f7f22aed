import BuiltPrograms
import Foundation
import Testing

/// A library of MPI with its launcher, as the tests start jobs.
struct Engine: Sendable, CustomStringConvertible {
    var name: String
    var launcher: [String]
    /// The compiler with the library's own mpi.h.
    var compiler: String
    /// What CMPI loads.
    var library: String

    var description: String { name }

    static let openMPI = Engine(
        name: "Open MPI", launcher: ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"],
        compiler: "mpicc.openmpi", library: "libmpi.so.40")
    static let mpich = Engine(name: "MPICH", launcher: ["mpirun.mpich"], compiler: "mpicc.mpich", library: "libmpich.so.12")

    /// Those that are installed.
    static let all: [Engine] = [openMPI, mpich].filter { engine in
        let found = find(engine.launcher[0]) != nil
        if !found { print("skipped: no \(engine.launcher[0]) (Scripts/setup --mpi installs it)") }
        return found
    }

    static func find(_ program: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Seconds that jobs take which only start and end: many where the machine's own name has to be looked up.
    private static let idleSeconds = Dictionary(uniqueKeysWithValues: all.map { ($0.name, (try? $0.run(3, ["info"]))?.seconds ?? 0) })

    /// Seconds in which a job has to end whose deadline is one second: starting and ending it takes a second more on a busy machine.
    var patience: Double { 5 + 2 * (Self.idleSeconds[name] ?? 0) }

    /// Runs `MPIProgram` on so many ranks.
    func run(_ ranks: Int, _ arguments: [String], seconds: Double = 40, environment: [String: String] = [:]) throws -> Job {
        try Job(launcher + ["-n", "\(ranks)", Job.program] + arguments, seconds: seconds, environment: environment)
    }
}

/// A program that was run to its end, at most for some seconds.
struct Job {
    var code: Int32
    var output: [Substring]
    var errors: String
    var seconds: Double

    static let packageRoot = BuiltProgram.packageRoot

    static let program = BuiltProgram.path("MPIProgram")

    /// `timeout` puts the job into a process group of its own and ends all of it.
    init(_ command: [String], seconds limit: Double, environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "-k", "2", "\(limit)"] + command
        let settings = ["SWIFT_BACKTRACE": "enable=no"].merging(environment) { $1 }
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tessera-mpi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = ["out", "err"].map { folder.appendingPathComponent($0).path }
        for path in paths { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: paths[0])
        process.standardError = FileHandle(forWritingAtPath: paths[1])
        process.standardInput = FileHandle.nullDevice
        let start = Date()
        try process.run()
        process.waitUntilExit()
        seconds = Date().timeIntervalSince(start)
        code = process.terminationReason == .exit ? process.terminationStatus : 1000 + process.terminationStatus
        let text = paths.map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }
        output = text[0].split(separator: "\n")
        errors = text[1]
    }

    /// Lines that begin so.
    func lines(_ prefix: String) -> [Substring] { output.filter { $0.hasPrefix(prefix) } }
}
