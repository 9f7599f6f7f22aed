import Dataflow
import Datasets
import Execution
import Messaging

/// Makes everything of a pipeline that takes more than one rank, so that each rank can make its pieces on its own afterwards.
struct Preparation {
    let communicator: Communicator
    let context: ExecutionContext
    let local: Executor
    let extractor: any PieceExtractor
    let gatherer: any PieceGatherer
    let ghosts: (any GhostProvider)?
    let assignment: PieceAssignment
    let phases: Phases

    /// The pipeline with all that needs other ranks made and put in its place.
    ///
    /// - Parameter requests: what will be asked of it, one request a piece.
    func prepare(_ pipeline: Pipeline, _ requests: [UpdateRequest]) throws -> Pipeline {
        // A stage in front of it wants the whole everywhere, and each rank makes it.
        if requests.contains(where: \.isWhole) { return pipeline }
        let stage = pipeline.stage
        if pipeline.inputs.isEmpty { return try prepareSource(pipeline, requests) }
        if stage.needsWhole { return try prepareWhole(pipeline, requests) }
        let wanted = try communicator.together {
            let descriptions = try pipeline.inputs.map { try $0.describe() }
            return try requests.map { try stage.request($0, from: descriptions) }
        }
        let inputs = try pipeline.inputs.indices.map { index in try prepare(pipeline.inputs[index], wanted.map { $0[index] }) }
        return Pipeline(stage, inputs: inputs)
    }

    // MARK: Sources

    private func prepareSource(_ pipeline: Pipeline, _ requests: [UpdateRequest]) throws -> Pipeline {
        let description = try communicator.together { try pipeline.describe() }
        switch description.splitting {
        case .pieces, .extents: return pipeline
        case .ownedPieces:
            if let ghosts, requests.count == communicator.size { return try exchange(pipeline, description, requests, ghosts) }
        case .none, .wholeBlocks: break
        }
        return try transmit(pipeline, description, requests) { try local.update(pipeline, requests[0].whole) }
    }

    /// Each rank's own piece, ghosts and owners by exchange.
    private func exchange(
        _ pipeline: Pipeline, _ description: DatasetDescription, _ requests: [UpdateRequest], _ ghosts: any GhostProvider
    ) throws -> Pipeline {
        let request = requests[communicator.rank]
        var bare = request
        bare.ghostLevels = 0
        let own = try communicator.together {
            try context.trace.timing(pipeline.stage.name) { try pipeline.stage.produce(bare, from: [], context: context) }
        }
        let piece = try communicator.together {
            try context.trace.timing("ghosts") { try ghosts.addGhosts(request.ghostLevels, to: own, context: context) }
        }
        return prepared(pipeline, description, [request: piece])
    }

    /// Pieces that rank 0 cuts out of the whole, and sends.
    private func transmit(
        _ pipeline: Pipeline, _ description: DatasetDescription, _ requests: [UpdateRequest], _ whole: () throws -> Dataset
    ) throws -> Pipeline {
        let dataset = try communicator.together(isRootOnly: true) { communicator.rank == 0 ? try whole() : nil }
        // Cutting can fail on rank 0 while the others wait for their pieces: then they get empty ones, and the error after them.
        var failure: (any Error)?
        let own = try communicator.distribute(assignment) { piece in
            guard let dataset, failure == nil else { return .poly(PolyData()) }
            do {
                return try context.trace.timing("extract piece") {
                    try extractor.extract(requests[piece], from: dataset, wholeExtent: dataset.extent, context: context)
                }
            } catch {
                failure = error
                return .poly(PolyData())
            }
        }
        try communicator.together(isRootOnly: true) { if let failure { throw failure } }
        return prepared(pipeline, description, Dictionary(uniqueKeysWithValues: own.map { (requests[$0.number], $0.dataset) }))
    }

    private func prepared(_ pipeline: Pipeline, _ description: DatasetDescription, _ pieces: [UpdateRequest: Dataset]) -> Pipeline {
        Pipeline(PreparedSource(name: pipeline.stage.name, signature: pipeline.signature, description: description, pieces: pieces))
    }

    // MARK: Stages that need the whole

    /// The whole of a stage's inputs is put together on rank 0, where the stage runs; its result is cut again.
    private func prepareWhole(_ pipeline: Pipeline, _ requests: [UpdateRequest]) throws -> Pipeline {
        let description = try communicator.together { try pipeline.describe() }
        let whole = try wholeResult(pipeline, requests[0].whole)
        return try transmit(pipeline, description, requests) { whole }
    }

    /// The result of a stage that needs its inputs whole, on rank 0; something empty on the others.
    private func wholeResult(_ pipeline: Pipeline, _ request: UpdateRequest) throws -> Dataset {
        let stage = pipeline.stage
        let wanted = try communicator.together { try stage.request(request, from: try pipeline.inputs.map { try $0.describe() }) }
        var inputs: [Dataset] = []
        for (input, request) in zip(pipeline.inputs, wanted) { inputs.append(try whole(of: input, request)) }
        phases.next()
        return try communicator.together(isRootOnly: true) {
            guard communicator.rank == 0 else { return .poly(PolyData()) }
            let made = try context.trace.timing(stage.name) { try stage.produce(request, from: inputs, context: context) }
            return try gatherer.gather([made], context: context)
        }
    }

    /// The whole result of a pipeline on rank 0; something empty on the others.
    private func whole(of pipeline: Pipeline, _ request: UpdateRequest) throws -> Dataset {
        if pipeline.stage.needsWhole { return try wholeResult(pipeline, request) }
        if try isReadByRoot(pipeline) {
            return try communicator.together(isRootOnly: true) {
                communicator.rank == 0 ? try gatherer.gather([local.update(pipeline, request.whole)], context: context) : .poly(PolyData())
            }
        }
        let requests = assignment.ranks.indices.map { piece in
            var part = request
            (part.piece, part.pieceCount) = (piece, assignment.ranks.count)
            return part
        }
        let prepared = try prepare(pipeline, requests)
        let own = try communicator.together {
            try assignment.pieces(of: communicator.rank).map { ($0, try local.update(prepared, requests[$0])) }
        }
        let pieces = try communicator.collect(own, assignment)
        return try communicator.together(isRootOnly: true) {
            guard communicator.rank == 0 else { return .poly(PolyData()) }
            return try context.trace.timing("gather") { try gatherer.gather(pieces, context: context) }
        }
    }

    /// Whether it is a source that rank 0 reads for all.
    private func isReadByRoot(_ pipeline: Pipeline) throws -> Bool {
        guard pipeline.inputs.isEmpty else { return false }
        switch try communicator.together({ try pipeline.describe() }).splitting {
        case .pieces, .extents: return false
        case .none, .wholeBlocks: return true
        case .ownedPieces: return ghosts == nil || assignment.ranks.count != communicator.size
        }
    }
}
