import Synchronization

/// What a long operation says of itself: the stage at work and the part of the whole that is done.
public struct ProgressReport: Sendable, Hashable {
    /// The name of the stage at work.
    public var stage: String
    /// Done part of the whole operation, 0…1; never falls.
    public var fraction: Double

    public init(stage: String, fraction: Double) {
        self.stage = stage
        self.fraction = fraction
    }
}

/// Collects progress from many threads and hands reports on, rising only.
public final class Progress: Sendable {
    private struct State {
        var stage = ""
        var base = 0.0
        var span = 1.0
        var fraction = 0.0
    }

    private let state = Mutex(State())
    private let handler: @Sendable (ProgressReport) -> Void

    /// - Parameter handler: called on whatever thread made the progress, one call at a time.
    public init(handler: @escaping @Sendable (ProgressReport) -> Void) { self.handler = handler }

    /// Begins anew: the next report may be of less than the last.
    public func restart() { state.withLock { $0.fraction = 0 } }

    /// Begins a stage that takes the part `base ..< base + span` of the whole.
    public func begin(stage: String, base: Double, span: Double) {
        state.withLock { state in
            state.stage = stage
            state.base = base
            state.span = span
            state.fraction = max(state.fraction, base)
            handler(ProgressReport(stage: stage, fraction: state.fraction))
        }
    }

    /// Reports that `fraction` (0…1) of the current stage is done; what is not a number is ignored.
    public func report(_ fraction: Double) {
        if fraction.isNaN { return }
        state.withLock { state in
            let whole = state.base + state.span * min(max(fraction, 0), 1)
            if whole <= state.fraction { return }
            state.fraction = whole
            handler(ProgressReport(stage: state.stage, fraction: whole))
        }
    }
}
