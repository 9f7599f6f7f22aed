import ArgumentParser
import CKernels
import Execution
import Files
import Foundation
import Messaging

@main
struct TesseraProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tessera",
        abstract: "Turns scientific data into pictures.",
        discussion: """
            tessera info disk.vtu                                       what is in a file
            tessera render disk.vtu --color-by Temp -o disk.png         a picture of it
            tessera convert disk.vtu --contour Temp=400 hot.vtp         a filter's result as a file

            `tessera help COMMAND` explains a command. For completion in the shell:
            tessera --generate-completion-script bash > ~/.local/share/bash-completion/completions/tessera
            """,
        version: programVersion,
        subcommands: [InfoCommand.self, RenderCommand.self, ConvertCommand.self, PickCommand.self, ProveCommand.self, PlanCommand.self, BenchCommand.self, DemoCommand.self, SchemaCommand.self])

    /// Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted.
    static func main() {
        guard ck_machine_matches_build() == 1 else {
            printError("tessera: built for instructions that this processor lacks; build again with TESSERA_MARCH=x86-64")
            Foundation.exit(1)
        }
        // Some parents (thread pools among them) start programs with signals blocked.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        sigprocmask(SIG_UNBLOCK, &signals, nil)
        Interruption.listen()
        signal(SIGPIPE, SIG_IGN)
        do {
            if let script = try CompletionScript.requested(Array(CommandLine.arguments.dropFirst())) {
                print(script, terminator: "")
                return
            }
            var command = try parseAsRoot(FilterArguments.rewritten(Array(CommandLine.arguments.dropFirst())))
            let spreads = command is InfoCommand || command is ConvertCommand || command is RenderCommand || command is ProveCommand || command is PlanCommand || command is PickCommand
                || (command as? BenchCommand)?.spreads == true
            try LaunchedRanks.run(spreads: spreads) { try command.run() }
        } catch {
            ProgressBar.clear()
            Foundation.exit(report(error))
        }
    }

    /// Tells the user what went wrong and returns the exit code.
    ///
    /// Of launched ranks the first one speaks, or all where it is the first that is gone.
    private static func report(_ error: any Error) -> Int32 {
        func printError(_ text: String) {
            if LaunchedRanks.isRoot || (error as? RankFailedError)?.ranks.contains(0) == true { TesseraCommand.printError(text) }
        }
        switch error {
        case is CancelledError:
            printError("tessera: interrupted")
            return 130
        case let usage as UsageError:
            printError("tessera: \(usage)")
            return 2
        case let error as any CustomStringConvertible where !(error is CleanExit) && exitCode(for: error as! any Error) == .failure:
            printError("tessera: \(error)")
            return 1
        default:
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code == .success {
                if LaunchedRanks.isRoot { print(message) }
                return 0
            }
            printError(message + (FilterArguments.suggestion(forError: message) ?? ""))
            return code == .validationFailure ? 2 : 1
        }
    }
}
