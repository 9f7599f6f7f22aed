import CMPI
import Messaging
import Synchronization

/// The ranks that a launcher started together, opened once in a process.
public final class MPIWorld: Sendable {
    /// How far threads may call MPI: what is asked for; a library may grant less.
    public enum ThreadLevel: Int, Sendable, CaseIterable, Comparable {
        case single, funneled, serialized, multiple

        public static func < (a: ThreadLevel, b: ThreadLevel) -> Bool { a.rawValue < b.rawValue }
    }

    public let library: MPILibrary
    public let transport: MPITransport
    public let threadLevel: ThreadLevel
    /// How many ranks share this node, and which of them this one is.
    public let ranksOnNode: Int
    public let rankOnNode: Int
    /// Threads that this rank may use so that the ranks of a node together use each processor once: its processors, shared evenly with the
    /// ranks that may use the same ones.
    public let defaultThreadCount: Int
    /// Whether somebody else opened MPI, and closes it.
    let isGuest: Bool

    private static let isOpen = Mutex(false)

    /// Loads MPI and opens it; all ranks call this. Throws `MPIError`; then nothing is open, and the process should end with an error.
    public init(launcher: Launcher? = .current, threadLevel wanted: ThreadLevel = .serialized, deadline: Double = 30) throws(MPIError) {
        library = try MPILibrary.load(launcher: launcher)
        let isFirst = Self.isOpen.withLock { isOpen in
            defer { isOpen = true }
            return !isOpen
        }
        guard isFirst, !cmpi_is_finalized() else { throw .openedTwice }
        isGuest = cmpi_is_initialized()
        let place = launcher?.rank.map { "rank \($0): " } ?? ""
        cmpi_guard_begin(max(deadline, 30), "tessera: \(place)opening \(library) took more than \(max(deadline, 30)) s; giving up", 1)
        defer { cmpi_guard_end() }
        var granted: Int32 = 0
        try MPIError.check(cmpi_initialize(Int32(wanted.rawValue), &granted), "MPI_Init_thread")
        threadLevel = ThreadLevel(rawValue: Int(granted)) ?? .single
        let world = cmpi_constants().pointee.world
        var size: Int32 = 0
        try MPIError.check(cmpi_size(world, &size), "MPI_Comm_size")
        if let launcher, let expected = launcher.size, !isGuest, expected != Int(size) {
            throw .wrongWorld(launcher: launcher, expected: expected, found: Int(size), library: library.name, path: library.path)
        }
        let node = try NodeShare(world: world)
        ranksOnNode = node.rankCount
        rankOnNode = node.rank
        defaultThreadCount = node.threadCount
        transport = try MPITransport(duplicating: world, name: library.name, isCrowded: node.isCrowded, deadline: deadline)
    }

    /// Closes MPI; every rank calls this after all messages are done and no rank has failed.
    public func close(deadline: Double = 30) throws(MPIError) {
        transport.close()
        guard !isGuest else { return }
        let rank = transport.rank
        cmpi_guard_begin(deadline, "tessera: rank \(rank): MPI_Finalize took more than \(deadline) s; giving up", 1)
        defer { cmpi_guard_end() }
        try MPIError.check(cmpi_finalize(), "MPI_Finalize")
    }

    /// Ends all ranks at once, as a failure.
    public func abort(code: Int32 = 1) -> Never {
        cmpi_guard_begin(2, "tessera: rank \(transport.rank): MPI_Abort took more than 2 s; giving up", code)
        cmpi_abort(code)
    }
}

/// A rank's share of the processors of its node.
struct NodeShare {
    var rank: Int
    var rankCount: Int
    var threadCount: Int
    /// Whether there are more ranks than processors.
    var isCrowded: Bool

    /// Called by all ranks of `world`.
    init(world: UInt) throws(MPIError) {
        var rank: Int32 = 0
        var count: Int32 = 0
        var node: UInt = 0
        try MPIError.check(cmpi_node(world, &rank, &count, &node), "MPI_Comm_split_type")
        defer { _ = cmpi_free(&node) }
        let words = 64
        var mine = [UInt64](repeating: 0, count: words)
        _ = cmpi_processors(&mine, Int32(words))
        var all = [UInt64](repeating: 0, count: words * Int(count))
        try MPIError.check(cmpi_all_gather(node, mine, Int64(words * 8), &all), "MPI_Allgather")
        let masks = (0..<Int(count)).map { Array(all[($0 * words)..<(($0 + 1) * words)]) }
        self.init(rank: Int(rank), masks: masks)
    }

    /// `masks` has the processors of each rank of the node, one bit each.
    ///
    /// Ranks with the same mask deal its processors out evenly, the remainder to the first ones; a processor that ranks of different masks share
    /// counts for each of them by its part.
    init(rank: Int, masks: [[UInt64]]) {
        self.rank = rank
        rankCount = masks.count
        let mine = masks[rank]
        let processors = Self.processors(of: mine)
        let everyone = masks.dropFirst().reduce(masks[0]) { union, mask in zip(union, mask).map { $0 | $1 } }
        isCrowded = Self.processors(of: everyone).count < rankCount
        let same = masks.indices.filter { masks[$0] == mine }
        let others = masks.indices.filter { masks[$0] != mine }
        if others.allSatisfy({ other in zip(masks[other], mine).allSatisfy { $0 & $1 == 0 } }) {
            let place = same.firstIndex(of: rank) ?? 0
            let count = processors.count
            threadCount = count / same.count + (place < count % same.count ? 1 : 0)
        } else {
            // In units of one part in 720720, which the numbers from 1 to 16 divide.
            let unit = 720_720
            let share = processors.reduce(0) { sum, processor in
                sum + unit / masks.count { $0[processor / 64] >> UInt64(processor % 64) & 1 == 1 }
            }
            threadCount = share / unit
        }
        threadCount = max(1, threadCount)
    }

    private static func processors(of mask: [UInt64]) -> [Int] {
        mask.indices.flatMap { word in (0..<64).filter { mask[word] >> UInt64($0) & 1 == 1 }.map { word * 64 + $0 } }
    }
}
