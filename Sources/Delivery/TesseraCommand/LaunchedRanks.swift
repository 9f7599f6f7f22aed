import Messaging

/// The ranks that a launcher (`mpirun`, `srun`) started together; nil world: nobody did.
enum LaunchedRanks {
    struct World: Sendable {
        let communicator: Communicator
        /// Threads that this rank may use.
        let threads: Int
    }

    static let world: World? = nil
}
