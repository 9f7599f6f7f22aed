import Synchronization

/// Seconds on the clock that never goes back.
public func monotonicSeconds() -> Double {
    let instant = ContinuousClock.now
    let (seconds, attoseconds) = traceEpoch.duration(to: instant).components
    return Double(seconds) + Double(attoseconds) * 1e-18
}

private let traceEpoch = ContinuousClock.now

/// What really happened: the stages that ran and the pieces that they made.
public final class Trace: Sendable {
    public struct StageEntry: Sendable, Hashable {
        public var name: String
        public var seconds: Double

        public init(name: String, seconds: Double) {
            self.name = name
            self.seconds = seconds
        }
    }

    public struct PieceEntry: Sendable, Hashable {
        public var rank = 0
        public var piece = 0
        public var cells = 0
        public var ghostCells = 0
        public var primitives = 0
        public var seconds = 0.0

        public init() {}
    }

    private struct State {
        var stages: [StageEntry] = []
        var pieces: [PieceEntry] = []
        var warnings: [String] = []
        var heldBytes = 0
    }

    private let state = Mutex(State())

    public init() {}

    public var stages: [StageEntry] { state.withLock { $0.stages } }
    public var pieces: [PieceEntry] { state.withLock { $0.pieces } }

    /// The most bytes of datasets that one stage had as its inputs and its result together.
    public var heldBytes: Int { state.withLock { $0.heldBytes } }

    public func record(heldBytes: Int) { state.withLock { $0.heldBytes = max($0.heldBytes, heldBytes) } }

    /// Adds seconds to the stage of that name, which is listed where it first ran.
    public func record(stage: String, seconds: Double) {
        state.withLock { state in
            if let index = state.stages.firstIndex(where: { $0.name == stage }) {
                state.stages[index].seconds += seconds
            } else {
                state.stages.append(StageEntry(name: stage, seconds: seconds))
            }
        }
    }

    /// Takes back the pieces recorded so far: they are made again.
    public func forgetPieces() { state.withLock { $0.pieces = [] } }

    public func record(piece: PieceEntry) { state.withLock { $0.pieces.append(piece) } }

    /// What a person should know of a result that came about all the same: each once, in the order of its first time.
    public var warnings: [String] { state.withLock { $0.warnings } }

    /// The warnings since they were last taken.
    public func takeWarnings() -> [String] {
        state.withLock { state in
            defer { state.warnings = [] }
            return state.warnings
        }
    }

    public func record(warning: String) {
        state.withLock { state in
            if !state.warnings.contains(warning) { state.warnings.append(warning) }
        }
    }

    /// Runs `body` and adds its time to the stage of that name.
    public func timing<Result>(_ stage: String, _ body: () throws -> Result) rethrows -> Result {
        let start = monotonicSeconds()
        defer { record(stage: stage, seconds: monotonicSeconds() - start) }
        return try body()
    }
}
