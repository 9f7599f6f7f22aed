/// Something that was started and will be complete.
public protocol Pending: AnyObject {
    /// Looks whether it is complete; never waits.
    func isComplete() throws -> Bool
    /// Waits for it, and hands out the errors.
    func waitForCompletion() throws
}

/// A message that was started. Keeps what it sends alive; if it is dropped before it is complete it is given up.
///
/// Belongs, like its communicator, to one thread at a time.
public final class PendingMessage: Pending, @unchecked Sendable {
    // Unchecked: see `Communicator`.
    private let communicator: Communicator
    private let peer: Int?
    private let kind: CallKind
    private let detail: String
    private let site: CallSite
    private var operation: Operation
    /// Once the message is complete.
    public private(set) var envelope: Envelope?
    private var failure: (any Error)?
    private let owner: Any?

    init(
        _ communicator: Communicator, _ operation: Operation, peer: Int?, kind: CallKind, detail: String, _ site: CallSite, keeping owner: Any?
    ) {
        self.communicator = communicator
        self.operation = operation
        self.peer = peer
        self.kind = kind
        self.detail = detail
        self.site = site
        self.owner = owner
    }

    deinit { if envelope == nil, failure == nil { communicator.transport.cancel(&operation) } }

    private func description() -> CallDescription { communicator.describe(kind, detail, site) }

    /// Waits until the buffer may be used again, or is filled.
    @discardableResult public func wait() throws -> Envelope {
        if let envelope { return envelope }
        if let failure { throw failure }
        return try communicator.call {
            do {
                let found = try communicator.complete(&operation, peer: peer, description)
                envelope = found
                return found
            } catch {
                failure = error
                throw error
            }
        }
    }

    public func waitForCompletion() throws { try wait() }

    public func isComplete() throws -> Bool {
        if envelope != nil { return true }
        if let failure { throw failure }
        return try communicator.call {
            do {
                envelope = try communicator.transport.test(&operation)
                return envelope != nil
            } catch {
                communicator.transport.cancel(&operation)
                let located = communicator.located(error, description)
                failure = located
                throw located
            }
        }
    }

    /// Gives the message up; its buffer is free afterwards.
    public func cancel() {
        guard envelope == nil, failure == nil else { return }
        communicator.transport.cancel(&operation)
        failure = MessagingError(
            communicator: communicator.name, rank: communicator.jobRanks[communicator.rank], call: description(), reason: "it was cancelled")
    }
}

/// An array that is being received.
public final class PendingReceive<Element: Transferable>: Pending, @unchecked Sendable {
    // Unchecked: see `Communicator`.
    private let place: UnsafeMutableBufferPointer<Element>
    private let message: PendingMessage
    private let site: CallSite
    private let communicator: Communicator

    init(_ communicator: Communicator, _ place: UnsafeMutableBufferPointer<Element>, _ message: PendingMessage, _ site: CallSite) {
        self.communicator = communicator
        self.place = place
        self.message = message
        self.site = site
    }

    deinit {
        message.cancel()
        place.deallocate()
    }

    /// Waits for the values; a message shorter than what was asked for gives fewer.
    public func wait() throws -> [Element] {
        let envelope = try message.wait()
        try communicator.checkWhole(envelope, MemoryLayout<Element>.stride, site)
        return Array(place[0..<envelope.byteCount / max(1, MemoryLayout<Element>.stride)])
    }

    /// Once the message is complete: who sent it.
    public var envelope: Envelope? { message.envelope }
    public func waitForCompletion() throws { try message.wait() }
    public func isComplete() throws -> Bool { try message.isComplete() }
    public func cancel() { message.cancel() }
}

/// Waits for all of them.
public func waitAll(_ pending: [some Pending]) throws {
    for one in pending { try one.waitForCompletion() }
}

/// Waits for one of them, and says which; nil if there are none.
public func waitAny(_ pending: [any Pending], on communicator: Communicator, file: StaticString = #fileID, line: UInt32 = #line) throws -> Int? {
    guard !pending.isEmpty else { return nil }
    return try communicator.call {
        try communicator.waitUntil(peer: nil, { communicator.describe(.wait, "any of \(pending.count)", CallSite(file, line)) }) {
            try pending.firstIndex { try $0.isComplete() }
        }
    }
}

extension Communicator {
    /// Asks again and again until there is an answer, minding failures, cancellation and the deadline.
    func waitUntil<Answer>(peer: Int?, _ describe: Describe, _ ask: () throws -> Answer?) throws -> Answer {
        var patience: Patience?
        var nextLook = 0.0
        defer { if patience != nil { watch.endWait() } }
        while true {
            if let answer = try ask() { return answer }
            let now = monotonicSeconds()
            if patience == nil {
                patience = Patience()
                nextLook = now + Self.slice
            } else if now >= nextLook {
                do { try attend(&patience!, peer: peer, describe) } catch { throw located(error, describe) }
                nextLook = now + Self.slice
            } else {
                transport.pause(seconds: 0.001)
            }
        }
    }

    // MARK: Starting

    /// Starts to send an array, which is kept.
    public func startSend<Element: Transferable>(
        _ values: [Element], to destination: Int, tag: Int = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingMessage {
        // The array is kept as it is: nobody can change its buffer, which stays in place as long as it lives.
        let bytes = values.withUnsafeBytes { $0 }
        return try startSend(raw: bytes, to: destination, tag: tag, keeping: values, CallSite(file, line))
    }

    /// Starts to send bytes, which must stay in place and unchanged until the message is complete.
    ///
    /// - Parameter owner: kept until then.
    public func startSendBytes(
        _ bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int = 0, keeping owner: AnyObject? = nil, file: StaticString = #fileID,
        line: UInt32 = #line
    ) throws -> PendingMessage {
        try startSend(raw: bytes, to: destination, tag: tag, keeping: owner, CallSite(file, line))
    }

    /// Starts to receive up to `count` values.
    public func startReceive<Element: Transferable>(
        _ type: Element.Type, count: Int, from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingReceive<Element> {
        let site = CallSite(file, line)
        if count < 0 { throw argumentError(.receive, "\(count) values cannot be received", site) }
        let place = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
        do {
            let message = try startReceive(raw: UnsafeMutableRawBufferPointer(place), from: source, tag: tag, site)
            return PendingReceive(self, place, message, site)
        } catch {
            place.deallocate()
            throw error
        }
    }

    /// Starts to receive into a buffer, which must stay in place until the message is complete.
    public func startReceive<Element: Transferable>(
        into values: UnsafeMutableBufferPointer<Element>, from source: Int?, tag: Int? = 0, file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> PendingMessage {
        try startReceive(raw: UnsafeMutableRawBufferPointer(values), from: source, tag: tag, CallSite(file, line))
    }

    func startSend(
        raw bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int, keeping owner: Any?, _ site: CallSite
    ) throws -> PendingMessage {
        try call {
            try checkRank(destination, .send, site)
            let tag = try checkedTag(tag, .send, site)
            counts.pointee.add(bytes.count)
            let detail = "\(bytes.count) bytes to rank \(destination), tag \(tag)"
            do {
                let operation = try transport.startSend(bytes, to: destination, tag: tag, in: .user)
                return PendingMessage(self, operation, peer: destination, kind: .send, detail: detail, site, keeping: owner)
            } catch {
                throw located(error) { self.describe(.send, detail, site) }
            }
        }
    }

    func startReceive(raw bytes: UnsafeMutableRawBufferPointer, from source: Int?, tag: Int?, _ site: CallSite) throws -> PendingMessage {
        try call {
            if let source { try checkRank(source, .receive, site) }
            let tag = try tag.map { try checkedTag($0, .receive, site) }
            let detail = "from \(source.map { "rank \($0)" } ?? "any rank"), \(tag.map { "tag \($0)" } ?? "any tag")"
            do {
                let operation = try transport.startReceive(into: bytes, from: source, tag: tag, in: .user)
                return PendingMessage(self, operation, peer: source, kind: .receive, detail: detail, site, keeping: nil)
            } catch {
                throw located(error) { self.describe(.receive, detail, site) }
            }
        }
    }
}
