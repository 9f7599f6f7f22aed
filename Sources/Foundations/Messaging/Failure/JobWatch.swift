import Execution
import Foundation

/// What every message counts and looks at: in memory of its own, since access to an object's variables is checked and keeps the object alive,
/// which costs as much as a short message.
struct MessageCounts {
    /// Whether something that concerns all ranks has failed.
    var hasFailed = false
    var sent = MessageStatistics()

    @inline(__always) mutating func add(_ byteCount: Int) {
        sent.messagesSent &+= 1
        sent.bytesSent &+= byteCount
    }
}

/// What one rank knows of the job: which ranks have left, what failed, what it is owed. All communicators that come from one another share it.
///
/// Notices travel on the control channel of the communicator that the ranks started with; every long wait looks there.
final class JobWatch: @unchecked Sendable {
    // Unchecked: one thread at a time uses a rank's communicators, as `Transport` asks.
    let transport: any Transport
    let options: CommunicatorOptions
    /// The first error that concerns all ranks; every later call throws it.
    private(set) var failure: (any Error)? {
        didSet { counts.pointee.hasFailed = failure != nil }
    }
    /// Ranks whose program has ended, with the count of their collective calls; nil count if they ended with an error.
    private(set) var left: [Int: Int?] = [:]
    /// Ranks that found nothing wrong at the end.
    private(set) var closed: Set<Int> = []
    private(set) var lastCalls: [Int: CallDescription] = [:]
    private(set) var reports: [Int: (report: WaitReport, time: Double)] = [:]
    let counts: UnsafeMutablePointer<MessageCounts>
    /// Set while this rank waits for long: what it tells when others ask.
    var ownReport: WaitReport?
    private var hasReported = false
    private var owedSends: [OwedSend] = []

    /// A message whose buffer is ours until it has gone.
    private struct OwedSend {
        var transport: any Transport
        var operation: Operation
        var buffer: UnsafeMutableRawBufferPointer
        var isNotice: Bool
    }

    /// Transports of all communicators made, to be closed at the end.
    var transports: [any Transport] = []
    /// The communicator that goes on in place of this one after a recovery.
    var successor: Communicator?
    var isClosed = false
    /// What the rank is doing, for its log.
    var stage = ""
    let startTime = monotonicSeconds()

    init(transport: any Transport, options: CommunicatorOptions) {
        self.transport = transport
        self.options = options
        counts = .allocate(capacity: 1)
        counts.initialize(to: MessageCounts())
        transports = [transport]
    }

    deinit {
        releaseOwedSends(cancelling: true)
        counts.deallocate()
    }

    var statistics: MessageStatistics {
        get { counts.pointee.sent }
        set { counts.pointee.sent = newValue }
    }

    var rank: Int { transport.rank }

    // MARK: Telling

    /// Tells every other rank that still listens: all but those that ended with an error.
    func tell(_ notice: Notice) {
        let bytes = notice.bytes
        for other in 0..<transport.size where other != rank {
            if let collectives = left[other], collectives == nil { continue }
            // The notice may be the last thing that a failing rank does: an error in telling must not hide the first one.
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
            copy.copyBytes(from: bytes)
            guard let operation = try? transport.startSend(UnsafeRawBufferPointer(copy), to: other, tag: 0, in: .control) else {
                copy.deallocate()
                continue
            }
            owe(copy, operation, on: transport, isNotice: true)
            statistics.messagesSent += 1
            statistics.bytesSent += bytes.count
        }
    }

    /// Remembers an error that concerns all ranks and tells them; the first one counts.
    func fail(_ error: any Error) {
        guard failure == nil else { return }
        failure = error
        if let notice = Notice(error) { tell(notice) } else if error is CancelledError { tell(.cancelled(rank: rank)) }
    }

    // MARK: Hearing

    /// Reads the notices that have come.
    func poll() throws {
        while let envelope = try transport.probe(from: nil, tag: nil, in: .control) {
            var bytes = [UInt8](repeating: 0, count: envelope.byteCount)
            try bytes.withUnsafeMutableBytes { raw in
                var operation = try transport.startReceive(into: raw, from: envelope.rank, tag: envelope.tag, in: .control)
                let end = monotonicSeconds() + 1
                while try transport.wait(&operation, seconds: 0.01) == nil {
                    if monotonicSeconds() > end {
                        transport.cancel(&operation)
                        throw TransportError.failed("a notice from rank \(envelope.rank) was announced and did not come")
                    }
                }
            }
            if let notice = Notice(bytes: bytes) { hear(notice) }
        }
    }

    private func hear(_ notice: Notice) {
        switch notice {
        case .left(let rank, let collectives, let call):
            left[rank] = .some(collectives)
            lastCalls[rank] = call
        case .closed(let rank): closed.insert(rank)
        case .failed(let rank, let reason):
            left[rank] = .some(nil)
            if failure == nil {
                failure = RankFailedError(
                    communicator: options.name, ranks: [rank], reason: "threw an error: \(reason)", rank: self.rank, call: ownReport?.call)
            }
        case .mismatch(let error): failure = failure ?? error
        case .deadline(let error): failure = failure ?? error
        case .lost(let error): failure = failure ?? error
        case .refused(let error): failure = failure ?? error
        case .cancelled: failure = failure ?? CancelledError()
        case .waiting(let report):
            reports[report.rank] = (report, monotonicSeconds())
            if ownReport != nil { reportOnce() }
        }
    }

    /// Tells the others what this rank waits for, once for each wait.
    func reportOnce() {
        guard !hasReported, let ownReport else { return }
        hasReported = true
        tell(.waiting(ownReport))
    }

    func beginWait(_ report: WaitReport) {
        ownReport = report
        hasReported = false
    }

    func endWait() { ownReport = nil }

    // MARK: Sends that nobody waits for

    /// Keeps a copy of a message alive until it was received.
    func owe(_ buffer: UnsafeMutableRawBufferPointer, _ operation: Operation, on transport: any Transport, isNotice: Bool = false) {
        owedSends.append(OwedSend(transport: transport, operation: operation, buffer: buffer, isNotice: isNotice))
        releaseOwedSends(cancelling: false)
    }

    /// Waits until the notices have gone, so that nobody misses the last ones.
    func flushNotices(seconds: Double) {
        let end = monotonicSeconds() + seconds
        releaseOwedSends(cancelling: false)
        while owedSends.contains(where: \.isNotice), monotonicSeconds() < end {
            transport.pause(seconds: 0.001)
            releaseOwedSends(cancelling: false)
        }
    }

    func releaseOwedSends(cancelling: Bool) {
        var kept: [OwedSend] = []
        for var owed in owedSends {
            // A send whose receiver is gone fails: over, too.
            let isOver: Bool
            do { isOver = try owed.transport.test(&owed.operation) != nil } catch { isOver = true }
            if !isOver, !cancelling {
                kept.append(owed)
                continue
            }
            owed.transport.cancel(&owed.operation)
            owed.buffer.deallocate()
        }
        owedSends = kept
    }
}
