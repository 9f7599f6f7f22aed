import CMPI
import Execution
import Messaging

/// Carries bytes between processes by MPI: three message spaces are three private duplicates of one communicator.
///
/// One thread at a time uses it. Every wait is a non-blocking call and polling that first spins, then yields, then sleeps.
public final class MPITransport: Transport, @unchecked Sendable {
    public let rank: Int
    public let size: Int
    public let name: String
    /// The port and its pool of operations, owned.
    let port: OpaquePointer
    /// Whether the communicator belongs to somebody else: then it carries messages of users and native collectives only, and is not freed.
    let isForeign: Bool
    /// Whether the communicators are ours to free.
    let isOwner: Bool
    let isCrowded: Bool
    /// Bounds the calls that MPI has in a blocking form only, in seconds.
    let deadline: Double
    private var isClosed = false
    /// Where short messages go between the ranks of one machine.
    private var rings: SharedMemory?

    /// Takes `port` over.
    init(
        port: OpaquePointer, name: String, isForeign: Bool = false, isOwner: Bool = true, isCrowded: Bool, deadline: Double
    ) throws(MPIError) {
        var rank: Int32 = 0
        var size: Int32 = 0
        try MPIError.check(cmpi_rank(cmpi_port_communicator(port, 0), &rank), "MPI_Comm_rank")
        try MPIError.check(cmpi_size(cmpi_port_communicator(port, 0), &size), "MPI_Comm_size")
        self.rank = Int(rank)
        self.size = Int(size)
        self.name = name
        self.port = port
        self.isForeign = isForeign
        self.isOwner = isOwner
        self.isCrowded = isCrowded
        self.deadline = deadline
    }

    deinit { close() }

    /// Private duplicates of `communicator`, made by all its ranks: one for each message space, or for the first ones only.
    convenience init(
        duplicating communicator: UInt, channels: Int = Channel.allCases.count, name: String, isCrowded: Bool, deadline: Double
    ) throws(MPIError) {
        var made = [UInt](repeating: 0, count: Channel.allCases.count)
        for channel in 0..<channels { made[channel] = try Self.duplicate(communicator, deadline: deadline) }
        let port = cmpi_port_make(made[0], made[1], made[2], isCrowded)
        try self.init(port: port, name: name, isCrowded: isCrowded, deadline: deadline)
    }

    /// A communicator that another part of the program made, such as `mpi4py` (`MPI._handleof(comm)`), which keeps it and must keep it alive.
    public convenience init(adopting handle: UInt, deadline: Double = 30) throws(MPIError) {
        let library = try MPILibrary.load()
        // MPICH's handles are 32 bits, however the host widened them.
        let communicator = library.family == .mpich ? handle & 0xffff_ffff : handle
        try self.init(
            port: cmpi_port_make(communicator, 0, 0, true), name: library.name, isForeign: true, isOwner: false, isCrowded: true,
            deadline: deadline)
    }

    /// The same with a handle of Fortran's kind (`comm.py2f()`).
    public convenience init(adoptingFortran handle: Int32, deadline: Double = 30) throws(MPIError) {
        _ = try MPILibrary.load()
        try self.init(adopting: cmpi_from_fortran(handle), deadline: deadline)
    }

    static func duplicate(_ communicator: UInt, deadline: Double) throws(MPIError) -> UInt {
        var made: UInt = 0
        var request: UInt = 0
        try MPIError.check(cmpi_start_duplicate(communicator, &made, &request), "MPI_Comm_idup")
        try MPIError.check(cmpi_wait_request(&request, deadline), "MPI_Comm_idup")
        try MPIError.check(cmpi_return_errors(made), "MPI_Comm_set_errhandler")
        return made
    }

    func communicator(of channel: Channel) -> UInt { cmpi_port_communicator(port, Int32(channel.rawValue)) }

    public var native: (any NativeCollectives)? { MPICollectives(transport: self) }

    /// Sends short messages through memory that the ranks share, where all of them are on one machine and can: a message of a few bytes takes half
    /// the time of the library's. All ranks call this, before any message. Without such memory nothing changes.
    ///
    /// - Parameters:
    ///   - isWanted: false on any rank leaves everything to the library.
    ///   - threadsMeet: whether other threads may call MPI while one uses this transport.
    func useRings(isWanted: Bool, threadsMeet: Bool) throws(MPIError) {
        let byteCount = Int(cmpi_rings_byte_count(Int32(size)))
        let world = communicator(of: .user)
        var memory = rank == 0 ? SharedMemory(byteCount: byteCount) : nil
        var handle = memory?.handle ?? .none
        let code = withUnsafeMutableBytes(of: &handle) { cmpi_broadcast(world, $0.baseAddress, Int64($0.count), -1, 0) }
        try MPIError.check(code, "MPI_Bcast")
        if rank != 0 { memory = SharedMemory(handle, byteCount: byteCount) }
        var canAll: UInt8 = isWanted && memory != nil ? 1 : 0
        let minimum = NativeReduction.allCases.firstIndex(of: .minimum)!
        let type = NativeScalar.allCases.firstIndex(of: .uint8)!
        try MPIError.check(cmpi_reduce(world, &canAll, 1, Int32(type), Int32(minimum), -1), "MPI_Allreduce")
        memory?.hide()
        guard canAll == 1, let memory else { return }
        rings = memory
        cmpi_port_use_rings(port, memory.address, Int32(rank), Int32(size), threadsMeet)
    }

    // MARK: Messages

    public func startSend(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int32, in channel: Channel) throws -> Operation {
        try checkChannel(channel)
        var slot: OpaquePointer?
        let code = cmpi_start_send(port, Int32(channel.rawValue), bytes.baseAddress, Int64(bytes.count), Int32(rank), tag, &slot)
        guard code == 0 else { throw failure(code, in: channel) }
        return Operation(handle: UInt(bitPattern: slot), detail: UInt(channel.rawValue))
    }

    public func startReceive(
        into bytes: UnsafeMutableRawBufferPointer, from rank: Int?, tag: Int32?, in channel: Channel
    ) throws -> Operation {
        try checkChannel(channel)
        var slot: OpaquePointer?
        let code = cmpi_start_receive(
            port, Int32(channel.rawValue), bytes.baseAddress, Int64(bytes.count), Int32(rank ?? -1), tag ?? -1, &slot)
        guard code == 0 else { throw failure(code, in: channel) }
        return Operation(handle: UInt(bitPattern: slot), detail: UInt(channel.rawValue))
    }

    public func test(_ operation: inout Operation) throws -> Envelope? {
        try end(&operation) { slot, envelope in cmpi_test(port, slot, envelope) }
    }

    public func wait(_ operation: inout Operation, seconds: Double) throws -> Envelope? {
        try end(&operation) { slot, envelope in cmpi_wait(port, slot, seconds, envelope) }
    }

    @inline(__always)
    private func end(
        _ operation: inout Operation, _ body: (OpaquePointer, UnsafeMutablePointer<CMPIEnvelope>) -> Int32
    ) throws -> Envelope? {
        guard let slot = OpaquePointer(bitPattern: operation.handle) else { throw TransportError.failed("the operation has ended already") }
        let count = cmpi_slot_count(slot)
        var found = CMPIEnvelope()
        let code = body(slot, &found)
        if code == 0 {
            operation.handle = 0
            return Envelope(rank: Int(found.rank), tag: found.tag, byteCount: Int(found.byteCount))
        }
        if code == Int32(CMPI_PENDING) { return nil }
        operation.handle = 0
        throw failure(code, in: Channel(rawValue: Int(operation.detail)) ?? .user, expected: Int(count), found: Int(found.byteCount))
    }

    public func send(
        _ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int32, in channel: Channel, seconds: Double
    ) throws -> Operation? {
        try checkChannel(channel)
        var slot: OpaquePointer?
        let code = cmpi_send(port, Int32(channel.rawValue), bytes.baseAddress, Int64(bytes.count), Int32(rank), tag, seconds, &slot)
        if code == 0 { return nil }
        guard code == Int32(CMPI_PENDING) else { throw failure(code, in: channel) }
        return Operation(handle: UInt(bitPattern: slot), detail: UInt(channel.rawValue))
    }

    public func receive(
        into bytes: UnsafeMutableRawBufferPointer, from rank: Int?, tag: Int32?, in channel: Channel, seconds: Double,
        unfinished operation: inout Operation
    ) throws -> Envelope? {
        try checkChannel(channel)
        var slot: OpaquePointer?
        var found = CMPIEnvelope()
        let code = cmpi_receive(
            port, Int32(channel.rawValue), bytes.baseAddress, Int64(bytes.count), Int32(rank ?? -1), tag ?? -1, seconds, &slot, &found)
        if code == 0 { return Envelope(rank: Int(found.rank), tag: found.tag, byteCount: Int(found.byteCount)) }
        guard code == Int32(CMPI_PENDING) else {
            throw failure(code, in: channel, expected: bytes.count, found: Int(found.byteCount))
        }
        operation = Operation(handle: UInt(bitPattern: slot), detail: UInt(channel.rawValue))
        return nil
    }

    public func cancel(_ operation: inout Operation) {
        guard let slot = OpaquePointer(bitPattern: operation.handle) else { return }
        // A notice of failure may be the last thing that a rank sends: it gets a moment to be on its way.
        if Int(operation.detail) == Channel.control.rawValue {
            var envelope = CMPIEnvelope()
            if cmpi_wait(port, slot, 0.25, &envelope) != Int32(CMPI_PENDING) { return operation.handle = 0 }
        }
        operation.handle = 0
        _ = cmpi_cancel(port, slot)
    }

    public func probe(from rank: Int?, tag: Int32?, in channel: Channel) throws -> Envelope? {
        try checkChannel(channel)
        var found = CMPIEnvelope()
        let code = cmpi_probe(port, Int32(channel.rawValue), Int32(rank ?? -1), tag ?? -1, &found)
        if code == Int32(CMPI_PENDING) { return nil }
        guard code == 0 else { throw failure(code, in: channel) }
        return Envelope(rank: Int(found.rank), tag: found.tag, byteCount: Int(found.byteCount))
    }

    public func pause(seconds: Double) { cmpi_pause(port, seconds) }

    @inline(__always)
    private func checkChannel(_ channel: Channel) throws {
        if isForeign, channel != .user {
            throw TransportError.failed("a communicator that was adopted carries only messages of users and native collectives")
        }
    }

    /// The transport's word for a code of the library.
    func failure(_ code: Int32, in channel: Channel, expected: Int = 0, found: Int = 0) -> TransportError {
        if code == Int32(CMPI_TRUNCATED) { return .truncated(expected: expected, found: found) }
        guard code > 0 else { return .failed(MPIError.text(of: code)) }
        let constants = cmpi_constants().pointee
        let kind = cmpi_error_class(code)
        if kind == constants.truncated { return .truncated(expected: expected, found: found) }
        if constants.processFailed != 0 {
            if kind == constants.processFailed || kind == constants.processFailedPending {
                return .ranksFailed(failedRanks(communicator(of: channel)))
            }
            if kind == constants.revoked { return .revoked }
        }
        return .failed(MPIError.text(of: code))
    }

    // MARK: Groups

    public func makeGroup(_ members: [Int], tag: Int32) throws -> any Transport {
        guard members.allSatisfy({ (0..<size).contains($0) }), Set(members).count == members.count, members.contains(rank) else {
            throw TransportError.failed("a group lists each of its ranks once, this one among them: found \(members) of \(size) ranks")
        }
        var made: UInt = 0
        let ranks = members.map(Int32.init)
        let code = guarded("MPI_Comm_create_group") {
            cmpi_make_group(communicator(of: .user), ranks, Int32(ranks.count), tag & 0x7fff, &made)
        }
        guard code == 0 else { throw failure(code, in: .user) }
        let other = try (Self.duplicate(made, deadline: deadline), Self.duplicate(made, deadline: deadline))
        return try MPITransport(
            port: cmpi_port_make(made, other.0, other.1, isCrowded), name: name, isCrowded: isCrowded, deadline: deadline)
    }

    /// Runs a call that MPI has only in a blocking form; if it takes longer than the deadline, the process ends with an error.
    func guarded(_ call: String, _ body: () -> Int32) -> Int32 {
        cmpi_guard_begin(deadline + 1, "tessera: rank \(rank) of \(size): \(call) took more than \(deadline) s; giving up", 1)
        defer { cmpi_guard_end() }
        return body()
    }

    /// Frees the pool. The communicators of a world are freed when it is closed, after all went well: no call of all ranks follows a failure.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        if isForeign, isOwner {
            var communicator = communicator(of: .user)
            _ = cmpi_free(&communicator)
        } else if isOwner {
            MPIWorld.freeLater(Channel.allCases.map(communicator(of:)))
        }
        cmpi_port_free(port)
        rings = nil
    }

    public func abort() -> Never { MPIWorld.abort(rank: rank, code: 1) }
}
