import Execution
import Images
import Messaging

/// Decides between samples of equal depth from several ranks: all are asked, once, and the least in the scene's order is shown.
extension Compositor {
    private struct Question: BitwiseCopyable, Sendable {
        var row: Int32
        var column: Int32
        var depth: Int32
    }

    private struct Answer: BitwiseCopyable, Sendable {
        var question: UInt32
        var color: UInt32
        var order: SampleOrder
    }

    /// Up to so many ranks the root tells each of the others itself.
    private static let fewRanks = 16

    /// Settles the ties of the rows that a rank owns; every rank asks all others.
    func settleTies(_ owned: OwnedSamples, _ layer: SampleLayer, _ order: (_ x: Int, _ y: Int) -> SampleOrder?) throws {
        let mark = monotonicSeconds()
        let open = owned.rows.openTies(in: owned.range)
        statistics.ties = open.count
        if try communicator.allReduce(open.count, .sum) > 0 {
            let own = questions(open, owned.order)
            let asked = try communicator.allGather(own)
            let answers = asked.map { answer($0, layer, order) }
            statistics.bytesSent += own.count * 12 * (rankCount - 1) + answers.reduce(0) { $0 + $1.count } * 32
            let colors = try decide(own, try communicator.allToAll(answers))
            for (tie, color) in zip(open, colors) { owned.rows.setColor(color, Int(tie.row), Int(tie.column)) }
        }
        statistics.waitSeconds += monotonicSeconds() - mark
    }

    /// Settles the ties of all rows on the root, which has the picture. Every rank calls this.
    ///
    /// - Parameter ties: on the root: those of all ranks.
    func settleTies(
        _ ties: [TiedSample], at root: Int, over pixels: UnsafeMutablePointer<UInt32>?, stride: Int, _ layer: SampleLayer,
        _ order: (_ x: Int, _ y: Int) -> SampleOrder?
    ) throws {
        if rankCount == 1 { return }
        var asked = rank == root ? questions(ties, rowOrder(layer.height)) : []
        if rankCount > Self.fewRanks {
            try communicator.broadcast(&asked, from: root)
        } else if rank == root {
            for other in 0..<rankCount where other != root { try communicator.send(asked, to: other, tag: questionTag) }
        } else {
            asked = try communicator.receive(Question.self, from: root, tag: questionTag)
        }
        if asked.isEmpty { return }
        let own = answer(asked, layer, order)
        if rank != root {
            statistics.bytesSent += own.count * 32
            statistics.messagesSent += 1
            return try communicator.send(own, to: root, tag: answerTag)
        }
        statistics.bytesSent += asked.count * 12 * (rankCount - 1)
        var answers = [own]
        for other in 0..<rankCount where other != root { answers.append(try communicator.receive(Answer.self, from: other, tag: answerTag)) }
        guard let pixels else { return }
        for (question, color) in zip(asked, try decide(asked, answers)) { pixels[Int(question.row) * stride + Int(question.column)] = color }
    }

    private func questions(_ ties: [TiedSample], _ rowOrder: RowOrder) -> [Question] {
        ties.map { Question(row: rowOrder.rows[Int($0.row)], column: $0.column, depth: $0.depth) }
    }

    /// What this rank knows of questions.
    private func answer(_ questions: [Question], _ layer: SampleLayer, _ order: (_ x: Int, _ y: Int) -> SampleOrder?) -> [Answer] {
        questions.enumerated().compactMap { number, question in
            let (x, y) = (Int(question.column), Int(question.row))
            guard layer.isDrawn(x, y), layer.depths[y * layer.stride + x] == question.depth, let found = order(x, y) else { return nil }
            return Answer(question: UInt32(number), color: layer.colors[y * layer.stride + x], order: found)
        }
    }

    /// The colour that each question's sample shows.
    private func decide(_ questions: [Question], _ answers: [[Answer]]) throws -> [UInt32] {
        var best = [Answer?](repeating: nil, count: questions.count)
        for answer in answers.joined() {
            let place = Int(answer.question)
            guard place < best.count else { throw ScheduleError("an answer to question \(place) of \(best.count)") }
            if let held = best[place], held.order <= answer.order { continue }
            best[place] = answer
        }
        return try zip(questions, best).map { question, answer in
            guard let answer else {
                throw ScheduleError("no rank knows what is in row \(question.row), column \(question.column), which two have drawn")
            }
            return answer.color
        }
    }
}
