import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Synchronization
import TestDatasets
import Testing

/// Counts how often a stage ran.
private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}

/// A stage that passes its input and counts; `number` stands for a parameter.
private struct Counting: Filter {
    let counter: Counter
    var number: Int
    var name: String { "count" }
    var signature: String { "count \(number)" }
    func describe(_ input: DatasetDescription) throws -> DatasetDescription { input }
    func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        counter.add()
        return input
    }
}

@Suite struct ExecutorTests {
    private func executor(_ context: ExecutionContext = context()) -> Executor {
        Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
    }

    @Test(.timeLimit(.minutes(1)))
    func aChangedParameterInvalidatesOnlyWhatFollows() throws {
        var samples = Samples(seed: 1)
        let source = Pipeline(DatasetSource(samples.triangles(), signature: "triangles"))
        let (first, second, third) = (Counter(), Counter(), Counter())
        let executor = executor()
        func run(_ number: Int) throws {
            let pipeline = source.appending(Counting(counter: first, number: 0)).appending(Counting(counter: second, number: number))
                .appending(Counting(counter: third, number: 100))
            _ = try executor.result(of: pipeline)
        }
        try run(1)
        try run(1)
        #expect([first.value, second.value, third.value] == [1, 1, 1])
        try run(2)
        #expect([first.value, second.value, third.value] == [1, 2, 2])
        try run(1)
        #expect([first.value, second.value, third.value] == [1, 2, 2], "both results are kept")
    }

    @Test(.timeLimit(.minutes(1)))
    func everyPieceRunsEveryStageAndIsTraced() throws {
        var samples = Samples(seed: 1)
        let counter = Counter()
        let pipeline = Pipeline(DatasetSource(samples.triangles(), signature: "t")).appending(Counting(counter: counter, number: 0))
        let context = context()
        let executor = executor(context)
        _ = try executor.result(of: pipeline, pieces: 5, ghostLevels: 1)
        #expect(counter.value == 5)
        #expect(context.trace.pieces.map(\.piece) == [0, 1, 2, 3, 4])
        #expect(context.trace.pieces.reduce(0) { $0 + $1.cells } == 240)
        #expect(context.trace.pieces.allSatisfy { $0.ghostCells > 0 })
    }

    @Test(.timeLimit(.minutes(1)))
    func progressRises() throws {
        var samples = Samples(seed: 1)
        let fractions = Mutex<[Double]>([])
        var context = context()
        context.progress = Progress { report in fractions.withLock { $0.append(report.fraction) } }
        let pipeline = Pipeline(DatasetSource(samples.triangles(), signature: "t")).appending(Halve()).appending(Halve(salt: 3))
        _ = try executor(context).result(of: pipeline, pieces: 3)
        let found = fractions.withLock { $0 }
        #expect(found.count > 6 && found == found.sorted())
        #expect(found.last! > 0.99 && found.last! <= 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func cancellationEndsARun() throws {
        var samples = Samples(seed: 1)
        let context = context()
        context.cancellation.cancel()
        let pipeline = Pipeline(DatasetSource(samples.triangles(), signature: "t"))
        #expect(throws: CancelledError.self) { try executor(context).result(of: pipeline, pieces: 3) }
    }

    @Test(.timeLimit(.minutes(1)))
    func keysThatWouldNotFitAreAnError() throws {
        var description = DatasetDescription(kind: .unstructured, cellCount: 1 << 40)
        for _ in 0..<2 { description = try description.fanned(by: 1 << 10) }
        #expect(description.keyBits == 20)
        #expect(throws: CellKeyError.self) { try description.fanned(by: 1 << 10) }
        // The bits of the source count, not those of what is left.
        description = DatasetDescription(kind: .unstructured, cellCount: 1000)
        for _ in 0..<3 {
            description = try description.fanned(by: 1 << 18)
            description.cellCount = nil
        }
        #expect(throws: CellKeyError.self) { try description.fanned(by: 2) }
        description.numberCells(upTo: nil)
        #expect(try description.fanned(by: 1 << 32).keyBits == 32)
        #expect(fanBits(1) == 0 && fanBits(2) == 1 && fanBits(5) == 3 && fanBits(8) == 3)
    }

    @Test(.timeLimit(.minutes(1)))
    func cellsAreNumberedAnewWhereKeysWouldNotFit() throws {
        var samples = Samples(seed: 3)
        var pipeline = Pipeline(DatasetSource(samples.triangles(), signature: "t"))
        for _ in 0..<3 { pipeline = pipeline.appending(ExtractEdges()) }
        #expect(!pipeline.stages.contains { $0.name == "number cells" })
        for _ in 0..<6 { pipeline = pipeline.appending(ExtractEdges()) }
        #expect(pipeline.stages.filter { $0.name == "number cells" }.count == 3)
        #expect(try pipeline.describe().kind == .poly)
        let missing = Pipeline(DatasetSource(samples.triangles(), signature: "t")).appending(Contour(array: ArraySelector("none"), values: [1]))
        #expect(throws: DatasetError.self) { try executor(context()).result(of: missing) }
    }

    @Test(.timeLimit(.minutes(1)))
    func requests() {
        let request = UpdateRequest(piece: 2, of: 5, ghostLevels: 1)
        #expect(request.addingGhostLevels(2).ghostLevels == 3 && !request.isWhole && request.whole.isWhole)
        let demand = ArrayDemand.only(point: ["a"], cell: []).adding(ArraySelector("b")).adding(ArraySelector("c", association: .cell))
        #expect(demand == .only(point: ["a", "b"], cell: ["b", "c"]))
        #expect(demand.wants("time", .field) && !demand.wants("c", .point) && ArrayDemand.all.wants("x", .cell))
        #expect(demand.union(.all) == .all)
    }
}
