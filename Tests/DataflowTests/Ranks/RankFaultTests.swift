import Dataflow
import Datasets
import Execution
import Filters
import Messaging
import RankDataflow
import Serialization
import Synchronization
import Testing

/// What goes wrong on one rank is known to all; what a lost rank had to do, others do.
@Suite struct RankFaultTests {
    /// Passes its input on, after `body` has been called with the piece's number.
    private struct Hook: Filter {
        var name: String { "hook" }
        var signature: String { "hook" }
        let body: @Sendable (_ piece: Int, _ rank: Int, _ context: ExecutionContext) throws -> Void
        func describe(_ input: DatasetDescription) throws -> DatasetDescription { input }
        func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
            try body(request.piece, context.rank, context)
            return input
        }
    }

    private struct Death: RankEndingError {}

    private static let contour = Contour(array: ArraySelector("RTData"), values: [157])

    @Test(.timeLimit(.minutes(1)), arguments: [0, 2])
    func anErrorOnOneRankIsOneErrorOnAll(failing: Int) throws {
        let hook = Hook { piece, _, _ in if piece == failing { throw DatasetError("piece \(piece) cannot be read") } }
        let pipeline = Pipeline(Wavelet(size: 12)).appending(hook).appending(Self.contour)
        let outcomes = try outcomesOfThreadRanks(4) { try RankExecutorTests.executor($0).result(of: pipeline) }
        for outcome in outcomes {
            guard case .failure(let error) = outcome else {
                Issue.record("a rank went on")
                continue
            }
            #expect("\(error)" == "rank \(failing): piece \(failing) cannot be read")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func whatIsWrongEverywhereIsSaidOnce() throws {
        let pipeline = Pipeline(Wavelet(size: 12)).appending(Contour(array: ArraySelector("missing"), values: [1]))
        var alone = ""
        do { _ = try RankExecutorTests.alone(pipeline) } catch { alone = "\(error)" }
        for outcome in try outcomesOfThreadRanks(3, { try RankExecutorTests.executor($0).result(of: pipeline) }) {
            guard case .failure(let error) = outcome else {
                Issue.record("a rank went on")
                continue
            }
            #expect("\(error)" == alone)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func differentDataOnDifferentRanks() throws {
        let outcomes = try outcomesOfThreadRanks(3) { communicator in
            try RankExecutorTests.executor(communicator).result(of: Pipeline(Wavelet(size: communicator.rank == 1 ? 10 : 12)))
        }
        for outcome in outcomes {
            guard case .failure(let error) = outcome else {
                Issue.record("a rank went on")
                continue
            }
            #expect("\(error)".hasPrefix("rank 1: sees other data than rank 0"))
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [(5, [3]), (5, [0]), (4, [1, 2]), (2, [1])] as [(Int, [Int])])
    func survivorsTakeOverThePieces(count: Int, lost: [Int]) throws {
        let sources: [any Source] = [Wavelet(size: 14), WaveletGrid(size: 9, isSplit: false)]
        for source in sources {
            let calls = Mutex<[Int]>([])
            let hook = Hook { piece, rank, _ in
                calls.withLock { $0.append(piece) }
                // A rank dies while it makes a piece; its successor at that piece has another number or another size of the world.
                if lost.contains(piece), calls.withLock({ $0.filter { $0 == piece }.count }) == 1 { throw Death() }
            }
            let pipeline = Pipeline(source).appending(Surface()).appending(hook).appending(Normals())
            let plain = Pipeline(source).appending(Surface()).appending(Hook { _, _, _ in }).appending(Normals())
            let digest = try RankExecutorTests.alone(plain).serialized().digest
            let outcomes = try outcomesOfThreadRanks(count, options: CommunicatorOptions(deadline: 10)) {
                try RankExecutorTests.executor($0).result(of: pipeline)
            }
            var results: [Dataset] = []
            for (rank, outcome) in outcomes.enumerated() {
                switch outcome {
                case .success(let dataset): if let dataset { results.append(dataset) }
                case .failure(let error): #expect(lost.contains(rank) && error is Death, "rank \(rank): \(error)")
                }
            }
            #expect(results.count == 1 && results[0].serialized().digest == digest, "\(source.name)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func cancellationEndsAllRanksSoon() throws {
        let token = CancellationToken()
        let hook = Hook { piece, _, context in
            if piece == 1 {
                let start = monotonicSeconds()
                while monotonicSeconds() - start < 20 { try context.checkCancellation() }
            } else if piece == 0 {
                token.cancel()
            }
        }
        let start = monotonicSeconds()
        let outcomes = try outcomesOfThreadRanks(3, options: CommunicatorOptions(cancellation: token)) {
            try RankExecutorTests.executor($0, ExecutionContext(threads: 1, cancellation: token)).result(of: Pipeline(Wavelet(size: 12)).appending(hook))
        }
        #expect(monotonicSeconds() - start < 2)
        for outcome in outcomes {
            guard case .failure(let error) = outcome else {
                Issue.record("a rank went on")
                continue
            }
            #expect(error is CancelledError || error is RankFailedError, "\(error)")
        }
    }
}
