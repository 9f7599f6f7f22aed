import Execution
import Images
import Messaging

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

    /// Decides between samples of equal depth: owners ask every rank, once, and take the least in the scene's order.
    func settleTies(
        _ rows: SampleRows, _ owned: Range<Int>, _ layer: SampleLayer, _ rowOrder: RowOrder, _ order: (_ x: Int, _ y: Int) -> SampleOrder?
    ) throws {
        let mark = monotonicSeconds()
        let open = rows.openTies(in: owned)
        statistics.ties = open.count
        let asked = try communicator.allReduce(open.count, .sum)
        if asked > 0 {
            let own = open.map { Question(row: rowOrder.rows[Int($0.row)], column: $0.column, depth: $0.depth) }
            let questions = try communicator.allGather(own)
            let answers = questions.map { list -> [Answer] in
                list.enumerated().compactMap { number, question in
                    let (x, y) = (Int(question.column), Int(question.row))
                    guard layer.isDrawn(x, y), layer.depths[y * layer.stride + x] == question.depth, let found = order(x, y) else { return nil }
                    return Answer(question: UInt32(number), color: layer.colors[y * layer.stride + x], order: found)
                }
            }
            statistics.bytesSent += own.count * 12 * (rankCount - 1) + answers.reduce(0) { $0 + $1.count } * 32
            var best = [Answer?](repeating: nil, count: open.count)
            for answer in try communicator.allToAll(answers).joined() {
                let place = Int(answer.question)
                guard place < best.count else { throw ScheduleError("an answer to question \(place) of \(best.count)") }
                if let held = best[place], held.order <= answer.order { continue }
                best[place] = answer
            }
            for (tie, answer) in zip(open, best) {
                guard let answer else { throw ScheduleError("no rank knows what is at column \(tie.column) of a row that two have drawn") }
                rows.setColor(answer.color, Int(tie.row), Int(tie.column))
            }
        }
        statistics.waitSeconds += monotonicSeconds() - mark
    }
}
