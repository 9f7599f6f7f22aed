import BuiltPrograms
import Foundation
import Testing

/// The built command, run as a user would.
enum Command {
    struct Outcome {
        var code: Int32
        var output: String
        var errors: String
    }

    static let program = BuiltProgram.path("tessera")

    static let packageRoot = BuiltProgram.packageRoot

    /// Runs the command to its end; stops it after `seconds`.
    static func run(
        _ arguments: [String], seconds: Double = 50, folder workingFolder: URL? = nil, environment: [String: String] = [:]
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        if let workingFolder { process.currentDirectoryURL = workingFolder }
        if !environment.isEmpty { process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 } }
        let folder = try Scratch()
        let (outputPath, errorPath) = (folder.path("out"), folder.path("err"))
        FileManager.default.createFile(atPath: outputPath, contents: nil)
        FileManager.default.createFile(atPath: errorPath, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        process.standardError = FileHandle(forWritingAtPath: errorPath)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let watchdog = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: watchdog)
        process.waitUntilExit()
        watchdog.cancel()
        return Outcome(
            code: process.terminationReason == .exit ? process.terminationStatus : 1000 + process.terminationStatus,
            output: (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "",
            errors: (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "")
    }

    /// The JSON object that a command prints.
    static func json(_ arguments: [String]) throws -> [String: Any] {
        let outcome = try run(arguments)
        try #require(outcome.code == 0, "\(arguments.joined(separator: " ")): \(outcome.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(object as? [String: Any])
    }
}

/// A folder that goes away with its owner.
final class Scratch: Sendable {
    let url: URL
    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("tessera-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
    deinit { try? FileManager.default.removeItem(at: url) }
}
