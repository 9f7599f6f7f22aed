import Dataflow
import Datasets
import Execution
import Files
import Filters
import Messaging
import RankDataflow

extension Session {
    /// Runs a pipeline piece by piece and writes each piece as a file of its own; memory stays that of one piece.
    func write(_ pipeline: Pipeline, inPiecesTo output: String, time: Double?, options: WriterOptions) throws {
        if ranks.count > 1 { return try writeOnRanks(pipeline, inPiecesTo: output, time: time, options: options) }
        let plan = try executor.plan(for: pipeline, pieces: pieces, ghostLevels: ghostLevels)
        if explains { printError(plan.explanation) }
        let levels = plan.pieces > 1 ? ghostLevels : 0
        let writer = try ParallelXMLWriter(path: output, options: options, ghostLevels: levels, context: context)
        var number = 0
        try executor.stream(pipeline, pieces: plan.pieces, ghostLevels: levels, time: time) { piece in
            let request = UpdateRequest(piece: number, of: plan.pieces, ghostLevels: levels)
            number += 1
            let own = try Session.trimmed(piece, to: request, context)
            try context.trace.timing("write \(output)") { try writer.append(own) }
        }
        try writer.finish()
    }

    /// Every rank makes its pieces and writes them as files of their own, under the same names; the first writes the index.
    private func writeOnRanks(_ pipeline: Pipeline, inPiecesTo output: String, time: Double?, options: WriterOptions) throws {
        let demand = try plan(pipeline, time: time)
        let count = demand.pieces ?? ranks.count
        let levels = count > 1 ? ghostLevels : 0
        _ = try onEveryRank { rank in
            let own = try rank.pieces(of: pipeline, demand)
            let world = rank.communicator
            let index = try world.together(isRootOnly: true) {
                world.rank == 0 ? try ParallelXMLWriter(path: output, options: options, ghostLevels: levels, context: rank.context) : nil
            }
            var folder = index?.folderPath ?? ""
            try world.broadcast(&folder, from: 0)
            let writer = try PieceFileWriter(path: output, options: options, ghostLevels: levels, folderPath: folder)
            let written = try world.together {
                try own.map { number, piece in
                    let request = UpdateRequest(piece: number, of: count, ghostLevels: levels)
                    let own = try Session.trimmed(piece, to: request, rank.context)
                    return try rank.context.trace.timing("write \(output)") { try writer.write(own, number: number, context: rank.context) }
                }
            }
            let outlines = try world.gather(WrittenPiece.bytes(of: written), to: 0)
            try world.together(isRootOnly: true) {
                guard let index, let outlines else { return }
                for piece in try outlines.flatMap(WrittenPiece.pieces).sorted(by: { $0.number < $1.number }) { index.add(piece) }
                try index.finish()
            }
        }
    }

    /// Runs a pipeline for each of its times (or the one asked for) and writes each result as files of its own.
    func write(_ pipeline: Pipeline, asTimeSeriesTo output: String, time: Double?, options: WriterOptions) throws {
        let known = try pipeline.describe().timeSteps
        let times = time.map { [$0] } ?? (known.isEmpty ? [0] : known)
        var writer: TimeSeriesWriter?
        try onRoot { if ranks.isRoot { writer = try TimeSeriesWriter(path: output, options: options, context: context) } }
        for step in times {
            let dataset = try run(pipeline, time: known.isEmpty ? nil : step)
            try onRoot {
                guard let writer, let dataset else { return }
                try context.trace.timing("write \(output)") { try writer.append(dataset, time: step) }
            }
        }
        try onRoot { try writer?.finish() }
    }

    /// A piece without more ghosts than were asked for: filters may leave those that they needed themselves.
    private static func trimmed(_ piece: Dataset, to request: UpdateRequest, _ context: ExecutionContext) throws -> Dataset {
        guard request.pieceCount > 1 else { return try GatherPieces().gather([piece], context: context) }
        if piece.kind.isStructured {
            guard let whole = piece.piece?.wholeExtent else { return piece }
            return try ExtractPiece().extract(request, from: piece, wholeExtent: whole, context: context)
        }
        return request.ghostLevels == 0 ? try GatherPieces().gather([piece], context: context) : piece
    }
}
