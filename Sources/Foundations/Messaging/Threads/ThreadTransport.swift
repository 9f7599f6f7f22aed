import Execution
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Carries messages between threads of one process that stand for ranks.
///
/// Messages up to 16 KiB are copied into the receiver's mailbox when nobody waits for them yet; longer ones are copied once, from the
/// sender's buffer into the receiver's, as soon as both are there.
public final class ThreadTransport: Transport, @unchecked Sendable {
    // Unchecked: `seenEvents` belongs to the one thread that uses the object, as `Transport` asks; the rest is constant.
    public let rank: Int
    let hub: ThreadHub
    private let mailbox: ThreadMailbox
    private var seenEvents: UInt = 0
    private let spins: Int
    /// Seconds that `shrink` waits for ranks that still run.
    private let patience: Double

    static let eagerLimit = 16 << 10
    private static let completeMark: UInt = 1 << 63

    init(hub: ThreadHub, rank: Int, patience: Double) {
        self.hub = hub
        self.rank = rank
        self.patience = patience
        mailbox = hub.mailboxes[rank]
        spins = hub.size <= ExecutionContext.processorCount ? 10_000 : 0
    }

    public var size: Int { hub.size }
    public var name: String { "threads" }
    public var native: (any NativeCollectives)? { nil }
    public var survivesFailures: Bool { true }

    private static func completed(_ envelope: Envelope) -> Operation {
        Operation(
            handle: completeMark | UInt(envelope.rank) << 32 | UInt(UInt32(bitPattern: envelope.tag)),
            detail: UInt(bitPattern: envelope.byteCount))
    }

    private static func envelope(_ operation: Operation) -> Envelope {
        Envelope(
            rank: Int((operation.handle & ~completeMark) >> 32), tag: Int32(truncatingIfNeeded: operation.handle),
            byteCount: Int(bitPattern: operation.detail))
    }

    // MARK: Sending

    public func startSend(
        _ bytes: UnsafeRawBufferPointer, to destination: Int, tag: Int32, in channel: Channel
    ) throws -> Operation {
        if channel != .control, hub.isRevoked.load(ordering: .acquiring) { throw TransportError.revoked }
        let done = Self.completed(Envelope(rank: destination, tag: tag, byteCount: bytes.count))
        let received = Envelope(rank: rank, tag: tag, byteCount: bytes.count)
        let box = hub.mailboxes[destination]
        let isEager = bytes.count <= Self.eagerLimit || destination == rank
        let sending = isEager ? done : mailbox.monitor.withLock { mailbox.makeSlot(capacity: bytes.count) }
        box.monitor.lock()
        if let posted = box.takePosted(source: Int32(rank), tag: tag, channel: channel) {
            if bytes.count > posted.capacity {
                box.complete(posted.slot, received, as: .truncated)
            } else if isEager {
                copy(bytes, to: posted.address)
                box.complete(posted.slot, received)
            } else {
                box.setState(posted.slot, .busy)
                box.monitor.unlock()
                copy(bytes, to: posted.address)
                box.monitor.lock()
                box.complete(posted.slot, received)
            }
            box.signal()
            box.monitor.unlock()
            if !isEager { mailbox.monitor.withLock { if let index = mailbox.slotIndex(sending) { mailbox.freeSlot(index) } } }
            return done
        }
        var message = ArrivedMessage(
            order: 0, source: Int32(rank), tag: tag, byteCount: bytes.count,
            address: UnsafeMutableRawPointer(mutating: bytes.baseAddress) ?? UnsafeMutableRawPointer(bitPattern: 64)!, blockCapacity: 0,
            sending: sending)
        if isEager {
            (message.address, message.blockCapacity) = box.takeBlock(bytes.count)
            copy(bytes, to: message.address)
        }
        box.append(message, channel: channel)
        box.signal()
        box.monitor.unlock()
        return sending
    }

    @inline(__always) private func copy(_ bytes: UnsafeRawBufferPointer, to address: UnsafeMutableRawPointer?) {
        if let address, let source = bytes.baseAddress, bytes.count > 0 { memcpy(address, source, bytes.count) }
    }

    // MARK: Receiving

    public func startReceive(
        into bytes: UnsafeMutableRawBufferPointer, from source: Int?, tag: Int32?, in channel: Channel
    ) throws -> Operation {
        if channel != .control, hub.isRevoked.load(ordering: .acquiring) { throw TransportError.revoked }
        mailbox.monitor.lock()
        while let place = mailbox.find(source: source, tag: tag, channel: channel) {
            let message = mailbox.remove(at: place, channel: channel)
            let fits = message.byteCount <= bytes.count
            if message.blockCapacity > 0 {
                if fits { copy(UnsafeRawBufferPointer(start: message.address, count: message.byteCount), to: bytes.baseAddress) }
                mailbox.giveBlock(message.address, capacity: message.blockCapacity)
                mailbox.monitor.unlock()
            } else {
                mailbox.monitor.unlock()
                guard fetch(message, into: fits ? bytes.baseAddress : nil) else {
                    mailbox.monitor.lock()
                    continue
                }
            }
            guard fits else { throw TransportError.truncated(expected: bytes.count, found: message.byteCount) }
            return Self.completed(Envelope(rank: Int(message.source), tag: message.tag, byteCount: message.byteCount))
        }
        let operation = mailbox.makeSlot(capacity: bytes.count)
        mailbox.posted[channel.rawValue].append(
            .init(
                slot: Int(operation.handle) - 1, source: source.map { Int32($0) }, tag: tag, address: bytes.baseAddress,
                capacity: bytes.count))
        mailbox.monitor.unlock()
        return operation
    }

    /// Copies a message from its sender's buffer; false if the sender has given it up.
    private func fetch(_ message: ArrivedMessage, into address: UnsafeMutableRawPointer?) -> Bool {
        let box = hub.mailboxes[Int(message.source)]
        box.monitor.lock()
        guard let index = box.slotIndex(message.sending), box.state(index) == .pending else {
            box.monitor.unlock()
            return false
        }
        box.setState(index, .busy)
        box.monitor.unlock()
        copy(UnsafeRawBufferPointer(start: message.address, count: message.byteCount), to: address)
        box.monitor.lock()
        box.complete(index, Envelope(rank: rank, tag: message.tag, byteCount: message.byteCount))
        box.signal()
        box.monitor.unlock()
        return true
    }

    public func probe(from source: Int?, tag: Int32?, in channel: Channel) throws -> Envelope? {
        seenEvents = mailbox.events.load(ordering: .acquiring)
        if channel == .control {
            if mailbox.controlCount.load(ordering: .relaxed) == 0 { return nil }
        } else if hub.isRevoked.load(ordering: .acquiring) {
            throw TransportError.revoked
        }
        return mailbox.monitor.withLock {
            guard let place = mailbox.find(source: source, tag: tag, channel: channel) else { return nil }
            let message = mailbox.message(at: place)
            return Envelope(rank: Int(message.source), tag: message.tag, byteCount: message.byteCount)
        }
    }

    // MARK: Waiting

    public func test(_ operation: inout Operation) throws -> Envelope? {
        if operation.handle & Self.completeMark != 0 { return end(&operation) }
        mailbox.monitor.lock()
        defer { mailbox.monitor.unlock() }
        return try testLocked(&operation)
    }

    private func end(_ operation: inout Operation) -> Envelope {
        defer { operation = Operation(handle: 0) }
        return Self.envelope(operation)
    }

    private func testLocked(_ operation: inout Operation) throws -> Envelope? {
        guard let index = mailbox.slotIndex(operation) else {
            throw TransportError.failed("an operation was waited for after its end")
        }
        switch mailbox.state(index) {
        case .complete:
            defer { free(&operation, index) }
            return mailbox.envelope(index)
        case .truncated:
            let (expected, found) = (mailbox.capacity(index), mailbox.envelope(index).byteCount)
            free(&operation, index)
            throw TransportError.truncated(expected: expected, found: found)
        case .pending where hub.isRevoked.load(ordering: .acquiring):
            throw TransportError.revoked
        default:
            return nil
        }
    }

    private func free(_ operation: inout Operation, _ index: Int) {
        mailbox.freeSlot(index)
        operation = Operation(handle: 0)
    }

    public func wait(_ operation: inout Operation, seconds: Double) throws -> Envelope? {
        if operation.handle & Self.completeMark != 0 { return end(&operation) }
        var seen = mailbox.events.load(ordering: .acquiring)
        if let envelope = try test(&operation) { return envelope }
        for _ in 0..<spins {
            let now = mailbox.events.load(ordering: .acquiring)
            if now != seen {
                seen = now
                if let envelope = try test(&operation) { return envelope }
            }
        }
        let limit = monotonicSeconds() + seconds
        mailbox.monitor.lock()
        defer { mailbox.monitor.unlock() }
        while true {
            if let envelope = try testLocked(&operation) { return envelope }
            if mailbox.controlCount.load(ordering: .relaxed) > 0 { return nil }
            let left = limit - monotonicSeconds()
            guard left > 0 else { return nil }
            mailbox.monitor.wait(seconds: left)
        }
    }

    public func cancel(_ operation: inout Operation) {
        defer { operation = Operation(handle: 0) }
        guard operation.handle & Self.completeMark == 0 else { return }
        mailbox.monitor.lock()
        defer { mailbox.monitor.unlock() }
        guard let index = mailbox.slotIndex(operation) else { return }
        // Somebody copies from or to the buffer just now: it is free only after that.
        while mailbox.state(index) == .busy { mailbox.monitor.wait(seconds: 0.1) }
        for channel in mailbox.posted.indices { mailbox.posted[channel].removeAll { $0.slot == index } }
        mailbox.freeSlot(index)
    }

    public func pause(seconds: Double) {
        mailbox.monitor.lock()
        if mailbox.events.load(ordering: .acquiring) == seenEvents { mailbox.monitor.wait(seconds: seconds) }
        mailbox.monitor.unlock()
        seenEvents = mailbox.events.load(ordering: .acquiring)
    }

    // MARK: Groups and failure

    public func makeGroup(_ members: [Int], tag: Int32) throws -> any Transport {
        guard let place = members.firstIndex(of: rank) else {
            throw TransportError.failed("rank \(rank) is not a member of the group \(members)")
        }
        return ThreadTransport(hub: hub.group(members, tag: tag, for: rank), rank: place, patience: patience)
    }

    public func revoke() { hub.revoke() }

    public func shrink() throws -> (transport: any Transport, survivors: [Int]) {
        let (shrunk, survivors) = try hub.shrink(rank, seconds: patience)
        guard let place = survivors.firstIndex(of: rank) else { throw TransportError.failed("rank \(rank) was taken for lost") }
        return (ThreadTransport(hub: shrunk, rank: place, patience: patience), survivors)
    }

    public func close() {}
}
