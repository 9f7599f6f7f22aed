import CMPI
import Messaging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The ranks that a launcher started together, opened once in a process.
public final class MPIWorld: Sendable {
    /// How far threads may call MPI: what is asked for; a library may grant less.
    public enum ThreadLevel: Int, Sendable, CaseIterable, Comparable {
        case single, funneled, serialized, multiple

        public static func < (a: ThreadLevel, b: ThreadLevel) -> Bool { a.rawValue < b.rawValue }
    }

    public let library: MPILibrary
    public let transport: MPITransport
    /// What the ranks talk through.
    public let communicator: Communicator
    public let threadLevel: ThreadLevel
    /// How many ranks share this node, and which of them this one is.
    public let ranksOnNode: Int
    public let rankOnNode: Int
    /// Threads that this rank may use so that the ranks of a node together use each processor once: its processors, shared evenly with the
    /// ranks that may use the same ones.
    public let defaultThreadCount: Int
    /// Whether somebody else opened MPI, and closes it.
    let isGuest: Bool
    /// Carries the last word of each rank.
    let farewell: MPITransport

    /// Rings are between every two ranks: 16 KiB each.
    private static let mostRanksWithRings = 32
    private static let isOpen = Mutex(false)
    private static let unused = Mutex<[UInt]>([])
    /// Whether ranks went on without others; their communicators are not freed then.
    static let hasLostRanks = Mutex(false)

    public var rank: Int { transport.rank }
    public var size: Int { transport.size }

    /// For a program that closes the world itself; `withWorld` does it in order.
    public convenience init(launcher: Launcher?, deadline: Double = 30) throws(MPIError) {
        var options = WorldOptions(communicator: CommunicatorOptions(deadline: deadline))
        options.launcher = launcher
        try self.init(options)
    }

    /// Loads MPI and opens it; all ranks call this. Throws `MPIError`; then nothing is open, and the process should end with an error.
    init(_ options: WorldOptions) throws(MPIError) {
        library = try MPILibrary.load(launcher: options.launcher)
        isGuest = try Self.open(library, options)
        threadLevel = ThreadLevel(rawValue: Int(cmpi_granted_level())) ?? .single
        let world = cmpi_constants().pointee.world
        Self.guardOpening(library, options)
        defer { cmpi_guard_end() }
        let node = try NodeShare(world: world)
        ranksOnNode = node.rankCount
        rankOnNode = node.rank
        defaultThreadCount = node.threadCount
        let deadline = options.communicator.deadline
        transport = try MPITransport(duplicating: world, name: library.name, isCrowded: node.isCrowded, deadline: deadline)
        if node.rankCount == transport.size, (2...Self.mostRanksWithRings).contains(transport.size) {
            try transport.useRings(isWanted: options.sharesMemory, threadsMeet: threadLevel > .serialized)
        }
        farewell = try MPITransport(duplicating: world, channels: 1, name: library.name, isCrowded: true, deadline: deadline)
        communicator = Communicator(transport: transport, options: options.communicator)
    }

    /// Opens MPI; true if somebody has already. Throws if the launcher started another number of ranks than the library sees.
    static func open(_ library: MPILibrary, _ options: WorldOptions) throws(MPIError) -> Bool {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = true }
            return !isOpen
        }
        guard isFirst, !cmpi_is_finalized() else { throw .openedTwice }
        let isGuest = cmpi_is_initialized()
        guardOpening(library, options)
        defer { cmpi_guard_end() }
        var granted: Int32 = 0
        try MPIError.check(cmpi_initialize(Int32(options.threadLevel.rawValue), &granted), "MPI_Init_thread")
        var size: Int32 = 0
        try MPIError.check(cmpi_size(cmpi_constants().pointee.world, &size), "MPI_Comm_size")
        if let launcher = options.launcher, let expected = launcher.size, !isGuest, expected != Int(size) {
            throw .wrongWorld(launcher: launcher, expected: expected, found: Int(size), library: library.name, path: library.path)
        }
        return isGuest
    }

    private static func guardOpening(_ library: MPILibrary, _ options: WorldOptions) {
        let place = options.launcher?.rank.map { "rank \($0): " } ?? ""
        let seconds = max(options.communicator.deadline, 30)
        cmpi_guard_begin(seconds, "tessera: \(place)opening \(library) took more than \(seconds) s; giving up", 1)
    }

    /// Closes MPI; every rank calls this after all messages are done and no rank has failed.
    public func close(deadline: Double = 30) throws(MPIError) {
        transport.close()
        farewell.close()
        try Self.finalize(rank: transport.rank, deadline: deadline, isGuest: isGuest)
    }

    static func finalize(rank: Int, deadline: Double, isGuest: Bool) throws(MPIError) {
        if hasLostRanks.withLock({ $0 }) {
            // Open MPI sometimes waits for ranks that are gone. All that live have said that they are done: the process may end with that.
            fflush(nil)
            cmpi_guard_begin(min(deadline, 2), "", 0)
            defer { cmpi_guard_end() }
            if !isGuest { try MPIError.check(cmpi_finalize(), "MPI_Finalize") }
            return
        }
        cmpi_guard_begin(deadline, "tessera: rank \(rank): closing MPI took more than \(deadline) s; giving up", 1)
        defer { cmpi_guard_end() }
        for var communicator in unused.withLock({ $0 }) { _ = cmpi_free(&communicator) }
        if !isGuest { try MPIError.check(cmpi_finalize(), "MPI_Finalize") }
    }

    static func freeLater(_ communicators: [UInt]) { unused.withLock { $0 += communicators.filter { $0 != 0 } } }

    /// Tells the other ranks that this one has said all, and waits until they have, or for so many seconds: nobody ends the job before the
    /// others have said what failed.
    func sayGoodbye(seconds: Double) {
        let end = ContinuousClock.now + .seconds(seconds)
        var waiting = Set(0..<size).subtracting([rank])
        for other in waiting {
            if (try? farewell.startSend(UnsafeRawBufferPointer(start: nil, count: 0), to: other, tag: 0, in: .user)) == nil {
                waiting.remove(other)
            }
        }
        while !waiting.isEmpty, ContinuousClock.now < end {
            // A lost rank fails the probe of any rank, so each is asked alone.
            for other in waiting {
                guard let seen = try? farewell.probe(from: other, tag: nil, in: .user) else {
                    if survivesWithout(other) { waiting.remove(other) }
                    continue
                }
                waiting.remove(seen.rank)
            }
            farewell.pause(seconds: 0.01)
        }
        // Launchers hand on what was printed a little later, and drop it when the job is aborted before.
        usleep(50_000)
    }

    private func survivesWithout(_ other: Int) -> Bool {
        transport.survivesFailures && farewell.failedRanks(farewell.communicator(of: .user)).contains(other)
    }

    /// Ends all ranks at once, as a failure.
    static func abort(rank: Int, code: Int32) -> Never {
        fflush(nil)
        cmpi_guard_begin(2, "tessera: rank \(rank): MPI_Abort took more than 2 s; giving up", code)
        cmpi_abort(code)
    }
}
