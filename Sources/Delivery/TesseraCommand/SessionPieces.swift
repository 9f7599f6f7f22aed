import Dataflow
import Datasets
import Execution
import Files
import Filters

extension Session {
    /// Runs a pipeline piece by piece and writes each piece as a file of its own; memory stays that of one piece.
    func write(_ pipeline: Pipeline, inPiecesTo output: String, time: Double?, options: WriterOptions) throws {
        let plan = try executor.plan(for: pipeline, pieces: pieces, ghostLevels: ghostLevels)
        if explains { printError(plan.explanation) }
        let levels = plan.pieces > 1 ? ghostLevels : 0
        let writer = try ParallelXMLWriter(path: output, options: options, ghostLevels: levels, context: context)
        var number = 0
        try executor.stream(pipeline, pieces: plan.pieces, ghostLevels: levels, time: time) { piece in
            let request = UpdateRequest(piece: number, of: plan.pieces, ghostLevels: levels)
            number += 1
            let own = try trimmed(piece, to: request)
            try context.trace.timing("write \(output)") { try writer.append(own) }
        }
        try writer.finish()
    }

    /// Runs a pipeline for each of its times (or the one asked for) and writes each result as files of its own.
    func write(_ pipeline: Pipeline, asTimeSeriesTo output: String, time: Double?, options: WriterOptions) throws {
        let known = try pipeline.describe().timeSteps
        let times = time.map { [$0] } ?? (known.isEmpty ? [0] : known)
        let writer = try TimeSeriesWriter(path: output, options: options, context: context)
        for step in times {
            let dataset = try run(pipeline, time: known.isEmpty ? nil : step)
            try context.trace.timing("write \(output)") { try writer.append(dataset, time: step) }
        }
        try writer.finish()
    }

    /// A piece without more ghosts than were asked for: filters may leave those that they needed themselves.
    private func trimmed(_ piece: Dataset, to request: UpdateRequest) throws -> Dataset {
        guard request.pieceCount > 1 else { return try GatherPieces().gather([piece], context: context) }
        if piece.kind.isStructured {
            guard let whole = piece.piece?.wholeExtent else { return piece }
            return try ExtractPiece().extract(request, from: piece, wholeExtent: whole, context: context)
        }
        return request.ghostLevels == 0 ? try GatherPieces().gather([piece], context: context) : piece
    }
}
