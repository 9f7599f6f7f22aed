import Execution
import Messaging

/// One round of a schedule on one rank: gives rows away, takes those of others in.
struct RoundExchange {
    private let sends: [CompositingSchedule.Transfer]
    private let receives: [CompositingSchedule.Transfer]
    private let kept: Range<Int>
    private let rank: Int
    private let tag: Int

    init(_ round: CompositingSchedule.Round, rank: Int, of count: Int, tag: Int) {
        // Messages go to the ranks after this one first, so that not all begin with the same.
        sends = round.transfers.filter { $0.sender == rank }
            .sorted { ($0.receiver - rank + count) % count < ($1.receiver - rank + count) % count }
        receives = round.transfers.filter { $0.receiver == rank }
        kept = round.kept[rank]
        self.rank = rank
        self.tag = tag
    }

    var isIdle: Bool { sends.isEmpty && receives.isEmpty }

    /// - Parameters:
    ///   - held: what the rank holds of earlier rounds; nil: the layer.
    ///   - target: gets the rows that the rank keeps; has room for them.
    func run(
        from held: (rows: SampleRows, range: Range<Int>)?, or layer: SampleLayer, _ order: RowOrder, into target: SampleRows,
        _ window: MessageWindow, _ statistics: inout CompositingStatistics
    ) throws {
        var clock = LapClock()
        var missing = receives
        func receive(waiting: Bool, _ statistics: inout CompositingStatistics) throws -> Bool {
            if missing.isEmpty { return false }
            return try window.receive(tag: tag, waiting: waiting) {
                statistics.waitSeconds += clock.lap()
            } _: { words, sender in
                guard let place = missing.firstIndex(where: { $0.sender == sender }) else {
                    throw ScheduleError("rank \(sender) sends rank \(rank) samples that are not due")
                }
                let isLast = try RunCoding.read(words, rows: missing[place].rows, width: layer.width, hasDepths: true, tie: target.add) {
                    if let depths = $2 { target.keep($0, $1, depths, $3, count: $4) }
                }
                if isLast { missing.remove(at: place) }
                statistics.mergeSeconds += clock.lap()
            }
        }
        // What is kept goes first, so that what comes in can be merged at any time.
        if let held {
            target.copy(kept.clamped(to: held.range), of: held.rows)
        } else {
            target.copy(kept, of: layer, order: order)
        }
        statistics.mergeSeconds += clock.lap()
        for transfer in sends {
            var rows = transfer.rows
            var ties = held.map { $0.rows.takeTies(in: transfer.rows) } ?? []
            repeat {
                while window.isFull, try receive(waiting: true, &statistics) {}
                let buffer = try window.takeBuffer(for: transfer.receiver)
                statistics.waitSeconds += clock.lap()
                let used: Int
                if let held {
                    used = RunCoding.write(
                        &rows, ties: &ties, empty: layer.empty, hasDepths: true, width: layer.width, into: buffer.words,
                        room: MessageBuffer.wordCount, line: held.rows.line)
                } else {
                    used = RunCoding.write(
                        &rows, ties: &ties, empty: layer.empty, hasDepths: true, width: layer.width, into: buffer.words,
                        room: MessageBuffer.wordCount
                    ) { layer.line(Int(order.rows[$0])) }
                }
                statistics.encodeSeconds += clock.lap()
                try window.send(buffer, words: used, to: transfer.receiver, tag: tag)
                while try receive(waiting: false, &statistics) {}
            } while !rows.isEmpty || !ties.isEmpty
        }
        while try receive(waiting: true, &statistics) {}
        try window.finish()
        statistics.waitSeconds += clock.lap()
    }
}

/// Seconds since it was last looked at.
struct LapClock {
    private var mark = monotonicSeconds()

    mutating func lap() -> Double {
        let now = monotonicSeconds()
        defer { mark = now }
        return now - mark
    }
}
