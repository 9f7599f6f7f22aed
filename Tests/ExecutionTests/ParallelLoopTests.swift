import Execution
import Synchronization
import Testing

@Suite struct ParallelLoopTests {
    private struct Failure: Error, Equatable { var chunk: Int }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 8])
    func everyIndexIsVisitedOnce(threads: Int) throws {
        let context = ExecutionContext(threads: threads)
        for count in [0, 1, 7, 64, 1000] {
            for grain in [1, 3, 64, 5000] {
                let visits = Mutex([Int](repeating: 0, count: count))
                try context.parallelFor(count, grain: grain) { range in
                    #expect(range.count <= grain && !range.isEmpty)
                    visits.withLock { visits in for index in range { visits[index] += 1 } }
                }
                #expect(visits.withLock { $0.allSatisfy { $0 == 1 } }, "\(count) by \(grain)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func chunksDoNotDependOnThreads() throws {
        func chunks(_ threads: Int) throws -> [Range<Int>] { try ExecutionContext(threads: threads).parallelMap(1001, grain: 100) { $0 } }
        let serial = try chunks(1)
        #expect(serial.count == 11 && serial.last == 1000..<1001)
        for threads in 2...5 { #expect(try chunks(threads) == serial) }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 4])
    func theErrorOfTheLowestFailingChunkIsThrown(threads: Int) {
        let context = ExecutionContext(threads: threads)
        for _ in 0..<20 {
            // Every chunk fails: the first is always among those that ran.
            #expect(throws: Failure(chunk: 0)) { try context.parallelChunks(64, grain: 1) { chunk, _ in throw Failure(chunk: chunk) } }
        }
        #expect(throws: Failure(chunk: 5)) {
            try context.parallelChunks(64, grain: 1) { chunk, _ in if chunk == 5 { throw Failure(chunk: chunk) } }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2])
    func cancellationStopsBetweenChunks(threads: Int) {
        let token = CancellationToken()
        let context = ExecutionContext(threads: threads, cancellation: token)
        let ran = Atomic<Int>(0)
        #expect(throws: CancelledError.self) {
            try context.parallelFor(10_000, grain: 1) { _ in if ran.wrappingAdd(1, ordering: .relaxed).newValue == 10 { token.cancel() } }
        }
        #expect(ran.load(ordering: .relaxed) < 10 + 4)
        #expect(throws: CancelledError.self) { try context.parallelFor(1, grain: 1) { _ in } }
        #expect(throws: CancelledError.self) { try context.checkCancellation() }
    }

    @Test(.timeLimit(.minutes(1)))
    func prefixSums() {
        var counts = [3, 0, 5, 1]
        #expect(exclusivePrefixSum(&counts) == 9)
        #expect(counts == [0, 3, 3, 8])
        var none: [Int] = []
        #expect(exclusivePrefixSum(&none) == 0)
        var small: [Int32] = [2, 2, 2]
        #expect(small.withUnsafeMutableBufferPointer { exclusivePrefixSum($0) } == 6)
        #expect(small == [0, 2, 4])
    }
}
