import CKernels
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A block of memory, 64-byte aligned with 64 spare bytes at its end, or one that belongs to somebody else.
///
/// Large blocks ask for huge pages and are kept for reuse when they are released (first touch of fresh pages costs more than
/// most kernels do). The block's bytes are not initialized.
public final class Storage: @unchecked Sendable {
    // Unchecked: the address never changes; who writes to the bytes must own the storage uniquely (`Buffer` sees to it)
    // or keep to a part that nobody else touches (kernels).
    public let address: UnsafeMutableRawPointer
    /// Usable bytes.
    public let byteCount: Int
    private let owner: AnyObject?
    private let capacity: Int

    /// Fresh memory; the process ends if the system has none (callers check sizes from files before they ask).
    public init(byteCount: Int) {
        precondition(byteCount >= 0, "a block of memory has a size of at least zero")
        self.byteCount = byteCount
        owner = nil
        (address, capacity) = StoragePool.shared.take(byteCount)
    }

    /// Memory of somebody else, never written to and never freed here.
    ///
    /// - Parameter owner: kept alive as long as the storage.
    public init(borrowing address: UnsafeRawPointer, byteCount: Int, owner: AnyObject) {
        self.address = UnsafeMutableRawPointer(mutating: address)
        self.byteCount = byteCount
        self.owner = owner
        capacity = 0
    }

    /// Whether the bytes belong to somebody else and so must be copied before a change.
    public var isBorrowed: Bool { owner != nil }

    deinit {
        if owner == nil { StoragePool.shared.give(address, capacity) }
    }
}

/// Memory that was released and waits to be used again.
final class StoragePool: Sendable {
    static let shared = StoragePool()

    /// Smaller blocks are left to the C library; from here up it would give and take pages at every turn.
    private static let keptBlock = 1 << 17
    private static let hugePage = 2 << 20

    private struct State {
        /// Free blocks by capacity, least recently released first.
        var free: [(address: UInt, capacity: Int)] = []
        var freeBytes = 0
        var keep = 256 << 20
    }

    private let state = Mutex(State())

    /// Changes how many bytes of released memory are kept for reuse and frees the rest.
    func keep(atMost bytes: Int) {
        let dropped = state.withLock { state in
            state.keep = bytes
            return Self.trim(&state)
        }
        for address in dropped { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Frees all that is kept; goes on keeping as before.
    func empty() {
        let dropped = state.withLock { state in
            let keep = state.keep
            state.keep = 0
            defer { state.keep = keep }
            return Self.trim(&state)
        }
        for address in dropped { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    func take(_ byteCount: Int) -> (UnsafeMutableRawPointer, Int) {
        if byteCount < Self.keptBlock {
            let capacity = (byteCount + 127) & ~63
            return (Self.allocate(capacity, alignment: 64), capacity)
        }
        let grain = byteCount < 1 << 20 ? 1 << 16 : 1 << 20
        let needed = (byteCount + 64 + grain - 1) & ~(grain - 1)
        let reused: (UInt, Int)? = state.withLock { state in
            var best: Int?
            for (index, block) in state.free.enumerated() where block.capacity >= needed && block.capacity <= needed + needed / 4 {
                if best == nil || block.capacity < state.free[best!].capacity { best = index }
            }
            guard let best else { return nil }
            let block = state.free.remove(at: best)
            state.freeBytes -= block.capacity
            return block
        }
        if let reused { return (UnsafeMutableRawPointer(bitPattern: reused.0)!, reused.1) }
        let address = Self.allocate(needed, alignment: needed >= Self.hugePage ? Self.hugePage : 4096)
        #if canImport(Glibc)
        if needed >= Self.hugePage { madvise(address, needed, 14 /* MADV_HUGEPAGE */) }
        #endif
        return (address, needed)
    }

    func give(_ address: UnsafeMutableRawPointer, _ capacity: Int) {
        if capacity < Self.keptBlock {
            free(address)
            return
        }
        let bits = UInt(bitPattern: address)
        let dropped = state.withLock { state in
            state.free.append((bits, capacity))
            state.freeBytes += capacity
            return Self.trim(&state)
        }
        for address in dropped { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    private static func trim(_ state: inout State) -> [UInt] {
        var dropped: [UInt] = []
        while state.freeBytes > state.keep, !state.free.isEmpty {
            let block = state.free.removeFirst()
            state.freeBytes -= block.capacity
            dropped.append(block.address)
        }
        return dropped
    }

    private static func allocate(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
        var address: UnsafeMutableRawPointer?
        guard posix_memalign(&address, alignment, max(64, byteCount)) == 0, let address else {
            fatalError("out of memory: \(byteCount) bytes") // #2: nothing sensible is left to do
        }
        return address
    }
}

/// Gives memory that was released back to the system, all of it: what is next needs much of another kind.
public func giveBackReleasedMemory() {
    StoragePool.shared.empty()
    ck_trim_heap()
}

/// Bounds the released memory that is kept for reuse; 0 gives it all back to the system.
public func keepReleasedMemory(atMost bytes: Int) { StoragePool.shared.keep(atMost: bytes) }
