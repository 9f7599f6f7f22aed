import Datasets
import Execution

/// What a run will do, worked out before it does anything.
public struct ExecutionPlan: Sendable {
    /// One line of the explanation: a stage and what it makes.
    public struct Step: Sendable {
        public var name: String
        public var description: DatasetDescription
        /// What is asked of the stage for the first piece.
        public var request: UpdateRequest
    }

    /// Inputs first.
    public var steps: [Step]
    public var pieces: Int
    /// Whether memory, not the caller, chose the number of pieces.
    public var isSparing: Bool
    /// Estimated bytes at the peak; nil where the source does not know its size.
    public var peakBytes: Int?
    public var limit: Int

    /// The plan as text, a line a stage, without a final newline.
    public var explanation: String {
        var lines = [
            pieces == 1 ? "everything at once" : "\(pieces) pieces, one after the other",
            "memory: \(peakBytes.map { "about \(formatBytes($0)) at the peak" } ?? "not known before"), limit \(formatBytes(limit))",
        ]
        for step in steps {
            var facts = [step.description.kind.rawValue]
            if let extent = step.description.wholeExtent { facts.append("extent \(extent)") }
            if let cells = step.description.cellCount { facts.append("\(cells) cells") }
            if let bytes = step.description.byteCount { facts.append(formatBytes(bytes)) }
            switch step.description.splitting {
            case .none: break
            case .pieces: facts.append("answers pieces")
            case .extents: facts.append("answers extents")
            case .ownedPieces: facts.append("answers pieces without ghosts")
            case .wholeBlocks: facts.append("answers blocks")
            }
            var wanted = step.request.pieceCount == 1 ? "all" : "piece 0 of \(step.request.pieceCount)"
            if step.request.ghostLevels > 0 { wanted += ", ghost levels \(step.request.ghostLevels)" }
            lines.append("\(step.name): \(facts.joined(separator: ", ")); asked for \(wanted)")
        }
        return lines.joined(separator: "\n")
    }
}

extension Executor {
    /// Works out how `pipeline` will run, with as many pieces as asked for or as memory needs.
    ///
    /// - Parameter pieces: nil lets memory decide.
    /// - Throws: `MemoryExceededError` where it cannot fit.
    public func plan(for pipeline: Pipeline, pieces: Int? = nil, ghostLevels: Int = 0) throws -> ExecutionPlan {
        let limit = context.memory.limit
        var count = max(1, pieces ?? 1)
        let sources = try pipeline.sourceDescriptions()
        let bytes = sources.contains { $0.byteCount == nil } ? nil : sources.reduce(0) { $0 + $1.byteCount! }
        // What does not split stays as a whole, and so do the inputs of stages that need it.
        let resident = sources.reduce(0) { $0 + ($1.splitting.isCutFromWhole ? $1.byteCount ?? 0 : 0) } + (try pipeline.wholeByteCount())
        let depth = pipeline.stages.count
        // A stage's result is about as large as its input at most, and two of them are alive at a time; filters work beside them.
        func peak(_ pieces: Int) -> Int? {
            bytes.map { 48_000_000 + resident + $0 / pieces * (depth > 1 ? 3 : 1) }
        }
        if let needed = peak(count), needed > limit, pieces == nil {
            if resident + 48_000_000 > limit {
                throw MemoryExceededError(needed: resident + 48_000_000, limit: limit, purpose: "reading \(pipeline.sourceName)")
            }
            while let now = peak(count), now > limit / 5 * 4, count < 1 << 16 { count *= 2 }
            if let now = peak(count), now > limit {
                throw MemoryExceededError(needed: now, limit: limit, purpose: "running \(pipeline.sourceName) in pieces")
            }
        }
        var request = UpdateRequest(piece: 0, of: count, ghostLevels: count > 1 ? ghostLevels : 0)
        request.arrays = .all
        var steps: [ExecutionPlan.Step] = []
        try collect(pipeline, request, &steps)
        return ExecutionPlan(steps: steps, pieces: count, isSparing: pieces == nil && count > 1, peakBytes: peak(count), limit: limit)
    }

    private func collect(_ pipeline: Pipeline, _ request: UpdateRequest, _ steps: inout [ExecutionPlan.Step]) throws {
        let requests = try pipeline.stage.request(request, from: try pipeline.inputs.map { try $0.describe() })
        for (input, wanted) in zip(pipeline.inputs, requests) { try collect(input, wanted, &steps) }
        steps.append(ExecutionPlan.Step(name: pipeline.stage.name, description: try pipeline.describe(), request: request))
    }
}

extension Pipeline {
    /// The descriptions of all sources.
    func sourceDescriptions() throws -> [DatasetDescription] {
        if inputs.isEmpty { return [try describe()] }
        return try inputs.flatMap { try $0.sourceDescriptions() }
    }

    /// Bytes, as far as known, of the inputs of stages that need them whole, apart from sources that do not split.
    func wholeByteCount() throws -> Int {
        var bytes = 0
        for input in inputs {
            bytes += try input.wholeByteCount()
            if stage.needsWhole {
                let description = try input.describe()
                if !(input.inputs.isEmpty && description.splitting.isCutFromWhole) { bytes += description.byteCount ?? 0 }
            }
        }
        return bytes
    }

    /// Whether it is one source and stages behind it that keep what they make where their input lies.
    var isLocalChain: Bool { inputs.isEmpty || inputs.count == 1 && stage.isLocal && inputs[0].isLocalChain }

    /// The name of the first source.
    var sourceName: String { inputs.first?.sourceName ?? stage.name }
}
