import Execution

/// How the ranks of a job talk.
public struct CommunicatorOptions: Sendable {
    /// The name of the first communicator, in errors.
    public var name = "world"
    /// Seconds after which a wait is an error.
    public var deadline: Double
    /// Whether collectives check that all ranks call the same.
    public var isChecked: Bool
    /// Stops the waits of all ranks within 100 ms.
    public var cancellation: CancellationToken
    /// Where log lines go; nil for nowhere.
    public var log: (@Sendable (LogEntry) -> Void)?

    public init(
        deadline: Double = 30, isChecked: Bool = true, cancellation: CancellationToken = CancellationToken(),
        log: (@Sendable (LogEntry) -> Void)? = nil
    ) {
        self.deadline = deadline
        self.isChecked = isChecked
        self.cancellation = cancellation
        self.log = log
    }
}

/// What a rank has sent since it started.
public struct MessageStatistics: Sendable, Hashable, Codable {
    public var bytesSent = 0
    public var messagesSent = 0

    public init() {}
}

/// What a communicator does with an error before the call throws it.
public enum ErrorPolicy: Sendable {
    /// Nothing.
    case `throw`
    /// Prints it on standard error and ends the job, all of its ranks.
    case abort
    /// Calls the closure; its result is thrown.
    case call(@Sendable (any Error) -> any Error)
}

/// One line of a rank's log.
public struct LogEntry: Sendable, Hashable, Codable, CustomStringConvertible {
    public enum Level: String, Sendable, Hashable, Codable, CaseIterable { case debug, info, warning, error }

    public var level: Level
    /// The rank in the communicator that the ranks started with, and how many there are.
    public var rank: Int
    public var size: Int
    /// What the rank is doing: `read`, `clip`, …; empty if it has not said.
    public var stage: String
    public var message: String
    /// Seconds since the rank started.
    public var seconds: Double

    public var description: String {
        "[\(rank)/\(size)] " + (stage.isEmpty ? "" : "\(stage): ") + (level == .info ? "" : "\(level): ") + message
    }
}
