import Execution

/// A collective call that was started on every rank. It moves on whenever this rank waits for it or asks for it.
///
/// Belongs, like its communicator, to one thread at a time.
public final class PendingCollective<Result>: Pending, @unchecked Sendable {
    // Unchecked: see `Communicator`.
    private let communicator: Communicator
    private let header: CollectiveHeader
    private var flights: [PacketFlight]
    /// Runs when all flights are over: the next ones, or the result.
    private var next: (([PacketFlight]) throws -> Step)?
    private var result: Result?
    private var failure: (any Error)?

    enum Step {
        case flights([PacketFlight], then: ([PacketFlight]) throws -> Step)
        case result(Result)
    }

    init(_ communicator: Communicator, _ header: CollectiveHeader, _ first: Step) {
        self.communicator = communicator
        self.header = header
        flights = []
        take(first)
    }

    private func take(_ step: Step) {
        switch step {
        case .flights(let flights, let then): (self.flights, next) = (flights, then)
        case .result(let result): (flights, next, self.result) = ([], nil, result)
        }
    }

    private func advance() throws -> Bool {
        while let next {
            for flight in flights where try !flight.advance() { return false }
            take(try next(flights))
        }
        return true
    }

    /// Looks whether the call is complete; never waits.
    public func isComplete() throws -> Bool {
        if result != nil { return true }
        return try attempt { try advance() }
    }

    /// Waits for the result.
    @discardableResult public func wait() throws -> Result {
        if let result { return result }
        return try attempt {
            try communicator.waitUntil(peer: flights.first?.peer, { header.description }) { try advance() ? result : nil }
        }
    }

    public func waitForCompletion() throws { try wait() }

    private func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        return try communicator.call {
            do {
                return try body()
            } catch {
                let located = communicator.located(error) { header.description }
                failure = located
                flights = []
                next = nil
                throw located
            }
        }
    }
}

extension Communicator {
    /// Tags that tell non-blocking collectives apart; blocking ones have 0.
    func tag(_ header: CollectiveHeader) -> Int32 { 1 + Int32(header.sequence % 16383) }
}

extension Storage {
    /// The bytes as an array.
    func array<Element: Transferable>(of type: Element.Type) -> [Element] {
        let count = byteCount / max(1, MemoryLayout<Element>.stride)
        defer { withExtendedLifetime(self) {} }
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            if count > 0 {
                UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: address, byteCount: count * MemoryLayout<Element>.stride)
            }
            initialized = count
        }
    }
}
