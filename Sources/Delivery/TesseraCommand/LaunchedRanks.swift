import Execution
import Messaging
import MessagingMPI
import RankDataflow

/// The ranks that a launcher (`mpirun`, `srun`) started together.
enum LaunchedRanks {
    struct World: Sendable {
        let communicator: Communicator
        /// Threads that this rank may use.
        let threads: Int
    }

    /// Nil where nobody launched this process. Unsafe: set once, before anything runs.
    nonisolated(unsafe) private(set) static var world: World?

    /// Whether this process tells people things: the first rank, also before MPI is open.
    static let isRoot = (Launcher.current?.rank ?? 0) == 0

    /// Runs a command on all ranks that were launched, or alone; what it throws, the caller tells.
    ///
    /// - Parameter spreads: whether the command shares its work among ranks; others run on the first rank alone.
    static func run(spreads: Bool, _ body: () throws -> Void) throws {
        guard let launcher = Launcher.current else { return try body() }
        guard spreads else {
            if isRoot { try body() }
            return
        }
        let opened = try MPIWorld(launcher: launcher)
        let options = CommunicatorOptions(deadline: 3600, cancellation: interruption)
        let communicator = Communicator(transport: opened.transport, options: options)
        world = World(communicator: communicator, threads: opened.defaultThreadCount)
        let outcome = communicator.run { _ -> (any Error)? in
            do {
                try body()
                return nil
            } catch let error where error is RankError || error is UsageError {
                // Every rank has the same: an orderly end.
                return error
            }
        }
        switch outcome {
        case .success(let error):
            try opened.close()
            if let error { throw error }
        case .failure(let error):
            if error is CancelledError { try? opened.close(deadline: 1) }
            throw error
        }
    }
}
