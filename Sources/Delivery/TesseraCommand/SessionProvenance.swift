import Execution
import Files
import Foundation

/// Name and version of the program.
let programVersion = "tessera 0.1.0"

extension Session {
    /// Options that change how work is done or where results go, not what they are: left out of the record, so that the same work
    /// writes the same bytes. True where a value follows.
    private static let unrecorded: [String: Bool] = [
        "--threads": true, "--ranks": true, "--pieces": true, "--ghost-levels": true, "--memory": true, "--decomposition": true,
        "--compositor": true, "--deadline": true, "--explain": false, "--stats": true, "--output": true, "-o": true, "--save-scene": true, "--data": true,
    ]

    /// What a result of this run says of its making.
    ///
    /// - Parameters:
    ///   - inputs: what was read, of which files are summed.
    ///   - output: the file that is written, which the record does not name.
    ///   - arguments: the command's, without the program's name.
    func provenance(
        inputs: [String], output: String, arguments: [String] = Array(CommandLine.arguments.dropFirst())
    ) throws -> ProvenanceRecord {
        let files = inputs.filter { FileManager.default.fileExists(atPath: $0) }
        return ProvenanceRecord(
            program: programVersion, command: Session.recorded(arguments, inputs: Set(files), output: output),
            inputs: try files.map { try ProvenanceRecord.Input(path: $0, context: context) })
    }

    /// The command line without what is not recorded, files without their folders.
    static func recorded(_ arguments: [String], inputs: Set<String>, output: String) -> String {
        var words = ["tessera"]
        var index = 0
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            let name = word.hasPrefix("--") ? String(word.prefix { $0 != "=" }) : word
            if let hasValue = unrecorded[name] {
                if hasValue && name == word { index += 1 }
            } else if word == output || word == "-o" + output {
                continue
            } else {
                words.append(inputs.contains(word) ? (word as NSString).lastPathComponent : word)
            }
        }
        return ProvenanceRecord.commandLine(words)
    }
}
