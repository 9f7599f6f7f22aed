import Foundation

/// Which of a transport's message spaces a message travels in. Messages of one space never match receives of another.
public enum Channel: Int, Sendable, CaseIterable {
    /// What the user sends from rank to rank.
    case user = 0
    /// What collectives are made of.
    case collective = 1
    /// Notices of failure and of leaving, which every wait looks out for.
    case control = 2
}

/// A send or receive that was started. Trivial on purpose: starting and testing one allocates nothing.
@frozen public struct Operation: Sendable, BitwiseCopyable {
    /// Means something to the transport that made it only.
    public var handle: UInt
    public var detail: UInt

    @inlinable public init(handle: UInt, detail: UInt = 0) {
        self.handle = handle
        self.detail = detail
    }
}

/// What a receive got, or a probe saw; of a send, what was sent.
@frozen public struct Envelope: Sendable, Hashable, BitwiseCopyable {
    /// The rank at the other end.
    public var rank: Int
    public var tag: Int32
    public var byteCount: Int

    @inlinable public init(rank: Int, tag: Int32, byteCount: Int) {
        self.rank = rank
        self.tag = tag
        self.byteCount = byteCount
    }
}

/// What can go wrong below a communicator.
public enum TransportError: Error, Sendable, Hashable {
    /// These ranks (as far as known) are gone.
    case ranksFailed([Int])
    /// A message was longer than the place for it.
    case truncated(expected: Int, found: Int)
    /// The transport was told to give up.
    case revoked
    /// Anything else, in words.
    case failed(String)
}

/// Carries bytes between the ranks of one communicator: threads of a process, or processes under MPI.
///
/// One object per communicator and rank, used by one thread at a time. Messages between two ranks in one channel with one tag arrive in
/// the order sent. Buffers belong to the caller and must stay in place until the operation that uses them is complete or cancelled.
public protocol Transport: AnyObject, Sendable {
    var rank: Int { get }
    var size: Int { get }
    /// What carries: `threads`, `Open MPI 4.1.4`.
    var name: String { get }
    /// Collectives of the engine itself, which foreign ranks can join; nil where there are none.
    var native: (any NativeCollectives)? { get }

    /// Starts to send. Tags are 0 or greater.
    func startSend(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int32, in channel: Channel) throws -> Operation
    /// Starts to receive; nil for any rank or any tag. A message longer than the buffer is `TransportError.truncated`.
    func startReceive(
        into bytes: UnsafeMutableRawBufferPointer, from rank: Int?, tag: Int32?, in channel: Channel
    ) throws -> Operation
    /// The envelope if the operation is complete (which ends it), else nil. Never waits.
    func test(_ operation: inout Operation) throws -> Envelope?
    /// Waits for the operation, at most `seconds`, giving other threads and processes the processor where it takes long.
    func wait(_ operation: inout Operation, seconds: Double) throws -> Envelope?
    /// Gives an operation up; its buffer is free afterwards. Does nothing to one that has ended.
    func cancel(_ operation: inout Operation)
    /// The envelope of a message that could be received now, which stays; never waits.
    func probe(from rank: Int?, tag: Int32?, in channel: Channel) throws -> Envelope?
    /// Waits up to `seconds` for anything to happen on this rank since the last probe, at most; may return at once.
    func pause(seconds: Double)

    /// Sends, waiting at most `seconds`: nil when done, else the operation, which goes on. The fast path of blocking sends.
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int32, in channel: Channel, seconds: Double) throws -> Operation?
    /// Receives, waiting at most `seconds`: the envelope when done, else nil and the operation, which goes on. The fast path of blocking
    /// receives.
    func receive(
        into bytes: UnsafeMutableRawBufferPointer, from rank: Int?, tag: Int32?, in channel: Channel, seconds: Double,
        unfinished operation: inout Operation
    ) throws -> Envelope?

    /// A transport for `members` (ranks of this one, in the order of their new ranks), called by each of them with the same list.
    /// `tag` tells groups apart that are made at the same time.
    func makeGroup(_ members: [Int], tag: Int32) throws -> any Transport

    /// Whether the survivors of a lost rank can go on (ULFM; threads).
    var survivesFailures: Bool { get }
    /// After a failure: interrupts every rank's operations in this communicator.
    func revoke()
    /// After `revoke`: a transport for the ranks that still live, in the order of their old ranks, and which those are.
    func shrink() throws -> (transport: any Transport, survivors: [Int])

    /// Frees what the engine holds; called once, by every rank that lives.
    func close()
    /// Ends the job, all of its ranks, without unwinding.
    func abort() -> Never
}

extension Transport {
    @inlinable public func send(
        _ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int32, in channel: Channel, seconds: Double
    ) throws -> Operation? {
        var operation = try startSend(bytes, to: rank, tag: tag, in: channel)
        return try wait(&operation, seconds: seconds) == nil ? operation : nil
    }

    @inlinable public func receive(
        into bytes: UnsafeMutableRawBufferPointer, from rank: Int?, tag: Int32?, in channel: Channel, seconds: Double,
        unfinished operation: inout Operation
    ) throws -> Envelope? {
        operation = try startReceive(into: bytes, from: rank, tag: tag, in: channel)
        return try wait(&operation, seconds: seconds)
    }

    public func abort() -> Never { exit(1) }
}

/// The engine's own collectives: what a communicator that was adopted from elsewhere uses, so that plain MPI ranks can be on the other side.
/// Those may give types to what they send, and engines compare: `type` is that of the elements, nil for bytes.
public protocol NativeCollectives: Sendable {
    func barrier() throws
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, of type: NativeScalar?, from root: Int) throws
    func gather(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer?, to root: Int) throws
    func gather(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer?, byteCounts: [Int], to root: Int) throws
    func allGather(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer) throws
    func scatter(_ all: UnsafeRawBufferPointer?, into bytes: UnsafeMutableRawBufferPointer, of type: NativeScalar?, from root: Int) throws
    func reduce(_ values: UnsafeMutableRawBufferPointer, of type: NativeScalar, _ operation: NativeReduction, to root: Int?) throws
    func allToAll(_ bytes: UnsafeRawBufferPointer, of type: NativeScalar?, into all: UnsafeMutableRawBufferPointer) throws
    func split(colour: Int?, key: Int) throws -> (any Transport)?
}

/// Scalar types that an engine can reduce.
public enum NativeScalar: Sendable, Hashable, CaseIterable {
    case int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, double
}

/// Reductions that an engine knows.
public enum NativeReduction: Sendable, Hashable, CaseIterable {
    case sum, product, minimum, maximum, logicalAnd, logicalOr, bitwiseAnd, bitwiseOr, bitwiseExclusiveOr
}
