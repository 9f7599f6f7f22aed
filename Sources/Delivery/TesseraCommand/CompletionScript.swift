import ArgumentParser
import Filters

/// The shell's completion script, with the filters, which the argument parser does not know.
enum CompletionScript {
    static let option = "--generate-completion-script"

    /// The script that the arguments ask for; nil where they ask for none.
    static func requested(_ arguments: [String]) throws -> String? {
        guard let place = arguments.firstIndex(where: { $0 == option || $0.hasPrefix(option + "=") }) else { return nil }
        let word = arguments[place] == option ? (place + 1 < arguments.count ? arguments[place + 1] : "") : String(arguments[place].dropFirst(option.count + 1))
        guard let shell = CompletionShell(rawValue: word) else {
            throw UsageError("\(option) \(word): there are \(CompletionShell.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let script = TesseraProgram.completionScript(for: shell)
        return switch shell {
        case .bash: bash(script)
        case .zsh: zsh(script)
        default: fish(script)
        }
    }

    private static var options: [(name: String, takesValue: Bool, help: String)] {
        FilterCatalog.all.compactMap { entry in
            guard let option = entry.option else { return nil }
            if case .value = option.form { return (option.name, true, entry.help) }
            return (option.name, false, entry.help)
        }
    }

    /// Commands that take filters have `--raw` among their options.
    private static func bash(_ script: String) -> String {
        var lines = script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for index in lines.indices where lines[index].contains("non_repeating_options=(") && lines[index].contains("--raw") && index >= 3 {
            let flags = options.filter { !$0.takesValue }.map { "--" + $0.name }.joined(separator: " ")
            let valued = options.filter(\.takesValue).map { "--" + $0.name }.joined(separator: " ")
            for line in index - 3..<index {
                if lines[line].hasSuffix(" repeating_flags=()") { lines[line] = "    repeating_flags=(\(flags))" }
                if lines[line].contains(" repeating_options=(") {
                    lines[line] = lines[line].replacing(" repeating_options=(", with: " repeating_options=(\(valued) ")
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func zsh(_ script: String) -> String {
        func quoted(_ text: String) -> String {
            text.replacing("'", with: "'\\''").replacing("[", with: "\\[").replacing("]", with: "\\]").replacing(":", with: "\\:")
        }
        let specs = options.map { "        '*--\($0.name)[\(quoted($0.help))]\($0.takesValue ? ":value:" : "")'\n" }.joined()
        let mark = "        '*:inputs:_files'\n"
        return script.replacing(mark, with: mark + specs)
    }

    private static func fish(_ script: String) -> String {
        var lines = script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for command in ["info", "render", "convert", "pick"] where script.contains("\"tessera \(command)\"") {
            for option in options {
                let help = option.help.replacing("'", with: "\\'")
                lines.append(
                    "complete -c 'tessera' -n '__fish_seen_subcommand_from \(command)' -l '\(option.name)' -d '\(help)'\(option.takesValue ? " -rf" : "")")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
