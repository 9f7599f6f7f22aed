import Execution

/// Values that messages can carry as they are: no references inside.
public typealias Transferable = BitwiseCopyable & Sendable

/// Ranks that talk: point to point and all together. Each rank holds its own object, and one thread at a time uses it.
///
/// All ranks of a communicator must make the same collective calls in the same order; checks turn everything else into errors that name ranks
/// and places in the program. After an error that concerns all ranks (`CollectiveMismatchError`, `DeadlineError`, `RankFailedError`,
/// `CancelledError`) each later call throws it again; `recover` makes a communicator of those that live.
public final class Communicator: @unchecked Sendable {
    // Unchecked: belongs to the thread that is its rank; MPI and `Transport` ask for the same.
    public let transport: any Transport
    let watch: JobWatch
    /// The members' ranks in the communicator that the ranks started with, which errors speak of.
    public let jobRanks: [Int]
    /// Shown in errors.
    public var name: String
    public var errorPolicy = ErrorPolicy.throw
    /// Seconds after which a wait is an error.
    public var deadline: Double
    /// What this communicator was taken over from has ranks that know nothing of our checks.
    public let isAdopted: Bool
    /// Ranks that `recover` left behind, in the numbering of the communicator that failed; empty otherwise.
    public internal(set) var lostRanks: [Int] = []
    /// What users keep with a communicator; see `subscript(key:)`.
    var attributes: [ObjectIdentifier: any Sendable] = [:]
    let isChecked: Bool
    /// What every message counts and looks at.
    let counts: UnsafeMutablePointer<MessageCounts>
    private let calls = UnsafeMutablePointer<CallState>.allocate(capacity: 1)
    /// Header and small payload of what goes out and what comes in.
    let outgoing = UnsafeMutableRawBufferPointer.allocate(byteCount: CollectiveHeader.byteCount + Communicator.inlineLimit, alignment: 64)
    let incoming = UnsafeMutableRawBufferPointer.allocate(byteCount: CollectiveHeader.byteCount + Communicator.inlineLimit, alignment: 64)

    /// Payload bytes that travel in one message with the header: what fits the engines' shortest eager messages.
    static let inlineLimit = 3968
    /// Seconds of one look at an operation before the rest of the world is looked at.
    static let slice = 0.01
    static let collectiveTag: Int32 = 0

    /// The communicator that a job starts with: every rank makes its own on its transport.
    public convenience init(transport: any Transport, options: CommunicatorOptions = CommunicatorOptions()) {
        self.init(
            transport: transport, watch: JobWatch(transport: transport, options: options), jobRanks: Array(0..<transport.size),
            name: options.name, isAdopted: false)
    }

    /// Takes over what another program's ranks share: no checks, no notices; collectives are the engine's own where it has them, so that
    /// plain ranks can be on the other side.
    public convenience init(adopting transport: any Transport, options: CommunicatorOptions = CommunicatorOptions()) {
        var options = options
        options.isChecked = false
        self.init(
            transport: transport, watch: JobWatch(transport: transport, options: options), jobRanks: Array(0..<transport.size),
            name: options.name, isAdopted: true)
    }

    init(transport: any Transport, watch: JobWatch, jobRanks: [Int], name: String, isAdopted: Bool) {
        self.transport = transport
        self.watch = watch
        self.jobRanks = jobRanks
        self.name = name
        self.isAdopted = isAdopted
        counts = watch.counts
        calls.initialize(to: CallState())
        deadline = watch.options.deadline
        isChecked = watch.options.isChecked
        rank = transport.rank
        size = transport.size
    }

    deinit {
        outgoing.deallocate()
        incoming.deallocate()
        calls.deallocate()
    }

    /// Outside of the object, like `MessageCounts`.
    private struct CallState: BitwiseCopyable {
        var sequence: UInt32 = 0
        var lastCall: CollectiveHeader?
        /// Of the last call, made once for calls that follow each other in one file.
        var file = CollectiveHeader.FileName()
    }

    var sequence: UInt32 { calls.pointee.sequence }
    var lastCall: CollectiveHeader? { calls.pointee.lastCall }

    @inline(__always) func fileName(_ site: CallSite) -> CollectiveHeader.FileName {
        if !calls.pointee.file.isOf(site.file) { calls.pointee.file = CollectiveHeader.FileName(site.file) }
        return calls.pointee.file
    }

    @inline(__always) func note(_ call: CollectiveHeader) {
        calls.pointee.sequence &+= 1
        calls.pointee.lastCall = call
    }

    /// This rank's number, from 0.
    public let rank: Int
    /// How many ranks there are.
    public let size: Int

    /// What this rank sent since it started, over all communicators that come from the same one.
    public var statistics: MessageStatistics { watch.statistics }

    // MARK: Attributes

    /// A value that the user keeps with this rank's communicator; nil until it is set.
    public subscript<Key: CommunicatorKey>(key: Key.Type) -> Key.Value? {
        get { attributes[ObjectIdentifier(key)] as? Key.Value }
        set { attributes[ObjectIdentifier(key)] = newValue }
    }

    // MARK: Errors

    /// Runs the body of a call: throws what failed before; hands errors to the error policy.
    @inline(__always) func call<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            if counts.pointee.hasFailed, let failure = watch.failure { throw failure }
            return try body()
        } catch {
            throw policed(error)
        }
    }

    @inline(never) private func policed(_ error: any Error) -> any Error {
        switch errorPolicy {
        case .throw: return error
        case .call(let closure): return closure(error)
        case .abort:
            writeToStandardError("\(error)\n")
            transport.abort()
        }
    }

    /// A description of a call that is not collective.
    @inline(never) func describe(_ kind: CallKind, _ detail: String, _ site: CallSite) -> CallDescription {
        var header = CollectiveHeader(kind, sequence: 0, elementSize: 0, count: 0, line: site.line, file: CollectiveHeader.FileName(site.file))
        header.count = 0
        var description = header.description
        description.sequence = nil
        description.detail = detail
        return description
    }

    func argumentError(_ kind: CallKind, _ reason: String, _ site: CallSite) -> MessagingError {
        MessagingError(communicator: name, rank: jobRanks[rank], call: describe(kind, "", site), reason: reason)
    }

    @inline(__always) func checkRank(_ other: Int, _ kind: CallKind, _ site: CallSite) throws {
        if other < 0 || other >= size { throw argumentError(kind, "there is no rank \(other) among \(size)", site) }
    }
}

/// The type of a communicator's attribute: an empty type that names the value's type.
public protocol CommunicatorKey {
    associatedtype Value: Sendable
}
