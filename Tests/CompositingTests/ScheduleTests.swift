import Testing

@testable import Compositing

@Suite struct ScheduleTests {
    static func all(_ ranks: Int, _ rows: Int) -> [CompositingSchedule] {
        [
            .directSend(rankCount: ranks, rowCount: rows), .binarySwap(rankCount: ranks, rowCount: rows),
            .twoThreeSwap(rankCount: ranks, rowCount: rows), .radixK(rankCount: ranks, rowCount: rows),
            .radixK(rankCount: ranks, rowCount: rows, radix: 4), .radixK(rankCount: ranks, rowCount: rows, radix: 3),
        ]
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 5, 6, 7, 8, 11, 12, 16, 17, 30, 48])
    func everyRowEndsWithOneOwnerAndAllContributions(ranks: Int) throws {
        for rows in [0, 1, 2, 7, 64, 1080] {
            for schedule in Self.all(ranks, rows) { try schedule.validate() }
        }
    }

    @Test(.timeLimit(.minutes(1))) func roundsAreThoseOfTheirKind() {
        #expect(CompositingSchedule.directSend(rankCount: 8, rowCount: 1024).rounds.count == 1)
        #expect(CompositingSchedule.binarySwap(rankCount: 8, rowCount: 1024).rounds.count == 3)
        #expect(CompositingSchedule.radixK(rankCount: 64, rowCount: 1024, radix: 8).rounds.count == 2)
        #expect(CompositingSchedule.twoThreeSwap(rankCount: 6, rowCount: 1024).rounds.count == 2)
        // Binary swap sends half, a quarter, an eighth; each rank keeps part of what it had.
        let swap = CompositingSchedule.binarySwap(rankCount: 8, rowCount: 1024)
        let sent = swap.rounds.map { $0.transfers.filter { $0.sender == 3 }.reduce(0) { $0 + $1.rows.count } }
        #expect(sent == [512, 256, 128])
    }

    @Test(.timeLimit(.minutes(1))) func rowsOfTransfersAreFewForAnyCount() {
        // No schedule moves more rows than direct-send does, plus what uneven groups have to move again.
        for ranks in 2...40 {
            let least = CompositingSchedule.directSend(rankCount: ranks, rowCount: 5040)
            func moved(_ schedule: CompositingSchedule) -> Int {
                schedule.rounds.reduce(0) { $0 + $1.transfers.reduce(0) { $0 + $1.rows.count } }
            }
            for schedule in Self.all(ranks, 5040) { #expect(moved(schedule) <= 2 * moved(least), "\(schedule.name) of \(ranks)") }
        }
    }

    @Test(.timeLimit(.minutes(1))) func rowOrderIsAPermutationThatSpreadsRanges() {
        for (height, hands) in [(1, 5), (7, 3), (1080, 8), (1024, 2), (64, 200)] {
            let order = RowOrder(height: height, hands: hands)
            #expect(order.rows.sorted() == (0..<Int32(height)).map { $0 })
        }
        let order = RowOrder(height: 1024, hands: 4)
        for part in 0..<4 {
            let rows = order.rows[part * 256..<(part + 1) * 256]
            let upper = rows.count { $0 < 512 }
            #expect(abs(upper - 128) <= 4)
        }
    }
}
