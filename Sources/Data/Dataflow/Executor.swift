import Datasets
import Execution
import Synchronization

/// Runs pipelines on one rank: asks the three passes, streams pieces, keeps results.
public final class Executor: Sendable {
    public let context: ExecutionContext
    private let extractor: any PieceExtractor
    private let gatherer: any PieceGatherer
    private let cache: ResultCache

    public init(context: ExecutionContext, extractor: any PieceExtractor, gatherer: any PieceGatherer) {
        self.context = context
        self.extractor = extractor
        self.gatherer = gatherer
        cache = ResultCache(limit: context.memory.limit / 4)
    }

    /// The whole result, made at once or of `pieces` pieces one after the other: the same bytes either way.
    ///
    /// - Parameters:
    ///   - sparingly: joins pieces as they come, where they come in order: slower, but little more memory than the result's.
    ///   - time: the time wanted; nil: the first.
    /// - Throws: what the stages throw; `CancelledError`; `MemoryExceededError` before anything runs.
    public func result(
        of pipeline: Pipeline, pieces: Int = 1, ghostLevels: Int = 0, sparingly: Bool = false, arrays: ArrayDemand = .all,
        time: Double? = nil
    ) throws -> Dataset {
        if sparingly && pieces > 1 {
            do {
                // Layers are in order only where there are enough for all pieces.
                let layers = try pipeline.sourceDescriptions().map { $0.wholeExtent?.cellDimensions.z ?? 0 }.min() ?? 0
                let mode = layers >= pieces ? ExtentSplitMode.zSlab : .block
                let isLayered = mode == .zSlab && pipeline.isLocalChain
                let join = gatherer.accumulator(slabs: isLayered, context: context)
                try stream(pipeline, pieces: pieces, ghostLevels: ghostLevels, splitMode: mode, arrays: arrays, time: time) { piece in
                    try context.trace.timing("gather") { try join.add(piece) }
                }
                defer { giveBackReleasedMemory() }
                return try context.trace.timing("gather") { try join.finish() }
            } catch is PiecesOutOfOrderError {
                context.trace.forgetPieces()
            }
        }
        var made: [Dataset] = []
        try stream(pipeline, pieces: pieces, ghostLevels: ghostLevels, arrays: arrays, time: time) { made.append($0) }
        return try context.trace.timing("gather") { try gatherer.gather(made, context: context) }
    }

    /// Makes the pieces one after the other and hands each to `body`, ghosts included.
    public func stream(
        _ pipeline: Pipeline, pieces: Int, ghostLevels: Int = 0, splitMode: ExtentSplitMode = .block, arrays: ArrayDemand = .all,
        time: Double? = nil, _ body: (Dataset) throws -> Void
    ) throws {
        let stageCount = Double(pipeline.stages.count)
        var wholes: [CacheKey: Dataset] = [:]
        for piece in 0..<max(1, pieces) {
            try context.checkCancellation()
            var request = UpdateRequest(piece: piece, of: max(1, pieces), ghostLevels: pieces > 1 ? ghostLevels : 0)
            request.splitMode = splitMode
            request.arrays = arrays
            request.time = time
            let start = monotonicSeconds()
            var run = Run(base: Double(piece) / Double(max(1, pieces)), step: 1 / (stageCount * Double(max(1, pieces))), wholes: wholes)
            let dataset = try update(pipeline, request, &run)
            wholes = run.wholes
            var entry = Trace.PieceEntry()
            entry.piece = piece
            let levels = dataset.piece?.cellGhostLevels
            let ghosts = levels.map { $0.elements.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } } ?? 0
            entry.cells = dataset.cellCount - ghosts
            entry.ghostCells = ghosts
            entry.primitives = entry.cells
            entry.seconds = monotonicSeconds() - start
            context.trace.record(piece: entry)
            try body(dataset)
        }
    }

    /// The answer to one request.
    public func update(_ pipeline: Pipeline, _ request: UpdateRequest) throws -> Dataset {
        var run = Run(base: 0, step: 1 / Double(pipeline.stages.count))
        return try update(pipeline, request, &run)
    }

    /// Where progress stands, and what pieces to come need again.
    private struct Run {
        var base: Double
        var step: Double
        /// Results of stages that need the whole, in runs of several pieces.
        var wholes: [CacheKey: Dataset] = [:]
    }

    private func update(_ pipeline: Pipeline, _ request: UpdateRequest, _ run: inout Run) throws -> Dataset {
        let key = CacheKey(signature: pipeline.signature, request: request)
        if let found = cache[key] {
            run.base += run.step * Double(pipeline.stages.count)
            return found
        }
        let stage = pipeline.stage
        let result: Dataset
        if pipeline.inputs.isEmpty {
            result = try source(pipeline, request, &run)
            context.trace.record(heldBytes: result.byteCount)
        } else if stage.needsWhole {
            let whole = try whole(pipeline, request, &run)
            result = request.pieceCount == 1 ? whole : try extract(request, from: whole)
        } else {
            let descriptions = try pipeline.inputs.map { try $0.describe() }
            let requests = try stage.request(request, from: descriptions)
            var inputs: [Dataset] = []
            for (input, wanted) in zip(pipeline.inputs, requests) { inputs.append(try update(input, wanted, &run)) }
            result = try timed(stage, &run) { try stage.produce(request, from: inputs, context: context) }
            context.trace.record(heldBytes: inputs.reduce(result.byteCount) { $0 + $1.byteCount })
        }
        // Pieces are made once each; keeping them would only fill memory.
        if request.pieceCount == 1 { cache[key] = result }
        return result
    }

    private func source(_ pipeline: Pipeline, _ request: UpdateRequest, _ run: inout Run) throws -> Dataset {
        let stage = pipeline.stage
        if request.isWhole { return try timed(stage, &run) { try stage.produce(request, from: [], context: context) } }
        let description = try stage.describe([])
        switch description.splitting {
        case .pieces:
            return try timed(stage, &run) { try stage.produce(request, from: [], context: context) }.withDescribedArrays(description.arrays, request.arrays)
        case .extents:
            guard let whole = description.wholeExtent else {
                throw DatasetError("\(stage.name) says that it makes parts of a lattice, but not of which")
            }
            var wanted = request
            if wanted.extent == nil {
                wanted.extent = whole.piece(
                    request.piece, of: request.pieceCount, ghostLevels: request.ghostLevels, mode: request.splitMode)
            }
            let part = try timed(stage, &run) { try stage.produce(wanted, from: [], context: context) }
            return try extractor.extract(request, from: part, wholeExtent: whole, context: context).withDescribedArrays(description.arrays, request.arrays)
        case .none, .ownedPieces, .wholeBlocks: return try extract(request, from: try update(pipeline, request.whole, &run))
        }
    }

    /// The whole result of a stage that needs whole inputs, points in the order that pieces put together would have.
    ///
    /// The inputs are made in `request.pieceCount` pieces each, so that what is before them is streamed; the result is kept for later pieces.
    private func whole(_ pipeline: Pipeline, _ request: UpdateRequest, _ run: inout Run) throws -> Dataset {
        let key = CacheKey(signature: pipeline.signature, request: request.whole)
        if let found = run.wholes[key] {
            run.base += run.step * Double(pipeline.stages.count)
            return found
        }
        let requests = try pipeline.stage.request(request.whole, from: try pipeline.inputs.map { try $0.describe() })
        var inputs: [Dataset] = []
        let step = run.step
        run.step /= Double(request.pieceCount)
        for (input, wanted) in zip(pipeline.inputs, requests) {
            // What is made whole anyhow need not be cut to be put together again.
            let isWhole = try input.stage.needsWhole || (input.inputs.isEmpty && input.describe().splitting.isCutFromWhole)
            let count = isWhole ? 1 : request.pieceCount
            var parts: [Dataset] = []
            for piece in 0..<count {
                var part = wanted
                (part.piece, part.pieceCount) = (piece, count)
                parts.append(try update(input, part, &run))
            }
            inputs.append(try context.trace.timing("gather") { try gatherer.gather(parts, context: context) })
        }
        run.step = step
        let made = try timed(pipeline.stage, &run) { try pipeline.stage.produce(request.whole, from: inputs, context: context) }
        let result = try gatherer.gather([made], context: context)
        if request.pieceCount > 1 { run.wholes[key] = result }
        return result
    }

    private func extract(_ request: UpdateRequest, from whole: Dataset) throws -> Dataset {
        try context.trace.timing("extract piece") {
            try extractor.extract(request, from: whole, wholeExtent: whole.extent, context: context)
        }
    }

    private func timed(_ stage: any Stage, _ run: inout Run, _ body: () throws -> Dataset) throws -> Dataset {
        try context.checkCancellation()
        context.progress?.begin(stage: stage.name, base: run.base, span: run.step)
        let result = try context.trace.timing(stage.name, body)
        context.progress?.report(1)
        run.base += run.step
        return result
    }
}

/// What made a result.
private struct CacheKey: Hashable {
    let signature: String
    let request: UpdateRequest
}

/// Results by what made them; the least recently used go first when they exceed the limit.
private final class ResultCache: Sendable {
    private struct State {
        var results: [CacheKey: (dataset: Dataset, bytes: Int, used: Int)] = [:]
        var bytes = 0
        var clock = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    subscript(key: CacheKey) -> Dataset? {
        get {
            state.withLock { state in
                guard state.results[key] != nil else { return nil }
                state.clock += 1
                state.results[key]!.used = state.clock
                return state.results[key]!.dataset
            }
        }
        set {
            guard let newValue else { return }
            let bytes = newValue.byteCount
            if bytes > limit { return }
            state.withLock { state in
                state.clock += 1
                if let old = state.results[key] { state.bytes -= old.bytes }
                state.results[key] = (newValue, bytes, state.clock)
                state.bytes += bytes
                while state.bytes > limit, let oldest = state.results.min(by: { $0.value.used < $1.value.used }) {
                    state.results.removeValue(forKey: oldest.key)
                    state.bytes -= oldest.value.bytes
                }
            }
        }
    }
}
