import Synchronization

/// Thrown by an operation that was cancelled before it was complete.
public struct CancelledError: Error, Hashable, CustomStringConvertible {
    public init() {}
    public var description: String { "cancelled" }
}

/// A flag that says "stop": set once, by anybody, seen by every thread of an operation.
public final class CancellationToken: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    /// Asks the operations that hold this token to stop. Safe in a signal handler.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    public var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// - Throws: `CancelledError` once `cancel()` was called.
    public func check() throws {
        if isCancelled { throw CancelledError() }
    }
}
