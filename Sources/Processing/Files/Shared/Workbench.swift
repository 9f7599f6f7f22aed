import Execution
import Synchronization

/// What one thread needs while it decodes: a decompressor and scratch memory.
final class Workbench: @unchecked Sendable {
    // Unchecked: the pool lends a bench to one thread at a time.
    let decompressor: Decompressor
    private var scratch: Storage?
    private var input: Storage?

    init(_ codec: Codec) { decompressor = Decompressor(codec) }

    /// At least `count` bytes, not initialized; valid until the next call.
    func scratch(_ count: Int) -> UnsafeMutableRawPointer { Workbench.room(count, in: &scratch) }

    /// At least `count` bytes for what is decompressed, not initialized; valid until the next call.
    func input(_ count: Int) -> UnsafeMutableRawPointer { Workbench.room(count, in: &input) }

    private static func room(_ count: Int, in storage: inout Storage?) -> UnsafeMutableRawPointer {
        if let storage, storage.byteCount >= count { return storage.address }
        let fresh = Storage(byteCount: max(count, 1 << 16))
        storage = fresh
        return fresh.address
    }
}

/// Benches that threads take and give back.
final class WorkbenchPool: Sendable {
    private let codec: Codec
    private let free = Mutex<[Workbench]>([])

    init(_ codec: Codec) { self.codec = codec }

    /// Runs `body` with a bench of its own.
    func withBench<Result>(_ body: (Workbench) throws -> Result) rethrows -> Result {
        let bench = free.withLock { $0.popLast() } ?? Workbench(codec)
        defer { free.withLock { $0.append(bench) } }
        return try body(bench)
    }
}

/// Checks that a result fits the memory that the operation may use before it is allocated.
func checkMemory(_ byteCount: Int, for purpose: String, _ context: ExecutionContext) throws {
    if byteCount > context.memory.limit {
        throw MemoryExceededError(needed: byteCount, limit: context.memory.limit, purpose: purpose)
    }
}

/// The product of counts that come from a file.
///
/// - Throws: `FormatProblem` where it exceeds what can be addressed.
func product(_ factors: Int..., for what: String) throws -> Int {
    var result = 1
    for factor in factors {
        let (next, overflow) = result.multipliedReportingOverflow(by: factor)
        if overflow || next < 0 || next > 1 << 56 { throw FormatProblem(expected: "\(what) that can be addressed", found: "a count beyond 2^56") }
        result = next
    }
    return result
}
