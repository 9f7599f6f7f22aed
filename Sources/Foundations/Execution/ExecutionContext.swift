import Dispatch
import Synchronization

/// Where and how an operation runs: threads, cancellation, progress, memory and trace. Handed down as an argument; never global.
public struct ExecutionContext: Sendable {
    /// Worker threads of a parallel loop, at least 1.
    public var threads: Int
    public var cancellation: CancellationToken
    public var progress: Progress?
    public var memory: MemoryBudget
    public var trace: Trace
    /// Which of several ranks works here; 0 where there is one.
    public var rank = 0

    public init(
        threads: Int = ExecutionContext.processorCount, cancellation: CancellationToken = CancellationToken(),
        progress: Progress? = nil, memory: MemoryBudget = .standard(), trace: Trace = Trace()
    ) {
        self.threads = max(1, threads)
        self.cancellation = cancellation
        self.progress = progress
        self.memory = memory
        self.trace = trace
    }

    /// - Throws: `CancelledError` once the operation was cancelled.
    public func checkCancellation() throws { try cancellation.check() }

    /// Runs `body` for the chunks of `0 ..< count`, in any order, on the context's threads.
    ///
    /// Chunks are `grain` long (the last one may be shorter) whatever the number of threads, so results that depend on the
    /// chunk only are the same for any number. A body must write only to places that belong to its chunk.
    ///
    /// - Throws: `CancelledError` if cancelled between chunks; else the error of the lowest chunk that threw.
    public func parallelChunks(_ count: Int, grain: Int, _ body: (_ chunk: Int, _ range: Range<Int>) throws -> Void) throws {
        try checkCancellation()
        guard count > 0 else { return }
        let grain = max(1, grain)
        let chunkCount = (count + grain - 1) / grain
        let workers = min(threads, chunkCount)
        if workers <= 1 {
            for chunk in 0..<chunkCount {
                if chunk > 0 { try checkCancellation() }
                try body(chunk, chunk * grain..<min(count, (chunk + 1) * grain))
            }
            return
        }
        let next = Atomic<Int>(0)
        let failure = Mutex<(chunk: Int, error: any Error)?>(nil)
        let stopped = Atomic<Bool>(false)
        withoutActuallyEscaping(body) { body in
            // `concurrentPerform` returns after the last call, and bodies promise to write to their own chunk only.
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: workers) { _ in
                while !stopped.load(ordering: .relaxed) && !cancellation.isCancelled {
                    let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    if chunk >= chunkCount { break }
                    do {
                        try body(chunk, chunk * grain..<min(count, (chunk + 1) * grain))
                    } catch {
                        failure.withLock { current in
                            if current == nil || chunk < current!.chunk { current = (chunk, error) }
                        }
                        stopped.store(true, ordering: .relaxed)
                    }
                }
            }
        }
        try checkCancellation()
        if let found = failure.withLock({ $0?.error }) { throw found }
    }

    /// `parallelChunks` for bodies that do not need the chunk's number.
    @inlinable public func parallelFor(_ count: Int, grain: Int, _ body: (Range<Int>) throws -> Void) throws {
        try parallelChunks(count, grain: grain) { _, range in try body(range) }
    }

    /// Maps every chunk to a value and returns the values in the order of the chunks.
    public func parallelMap<Value>(_ count: Int, grain: Int, _ body: (Range<Int>) throws -> Value) throws -> [Value] {
        let grain = max(1, grain)
        let chunkCount = count <= 0 ? 0 : (count + grain - 1) / grain
        var values = [Value?](repeating: nil, count: chunkCount)
        try values.withUnsafeMutableBufferPointer { slots in
            nonisolated(unsafe) let slots = slots
            try parallelChunks(count, grain: grain) { chunk, range in slots[chunk] = try body(range) }
        }
        return values.map { $0! }
    }
}
