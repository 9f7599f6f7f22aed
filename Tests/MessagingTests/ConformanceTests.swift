import Foundation
import Messaging
import MessagingConformance
import Testing

/// The suite that every transport runs, on ranks as threads.
@Suite(.serialized) struct ConformanceTests {
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 5, 8])
    func everyCallDoesWhatItSays(ranks: Int) throws {
        for check in conformanceChecks {
            do {
                _ = try withThreadRanks(ranks, options: CommunicatorOptions(deadline: 20)) { try check.run($0) }
            } catch {
                Issue.record("\(check.name) on \(ranks) ranks: \(error)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 5, 8])
    func everyMistakeIsAnErrorOnEveryRank(ranks: Int) throws {
        for fault in faultChecks where ranks >= fault.minimumRanks {
            let start = Date()
            let outcomes = try outcomesOfThreadRanks(ranks, options: CommunicatorOptions(deadline: 1), fault.body)
            let seconds = Date().timeIntervalSince(start)
            for (rank, outcome) in outcomes.enumerated() {
                let complaint = fault.complaint(outcome, rank: rank, size: ranks, seconds: seconds)
                #expect(complaint == nil, "\(fault.name) on \(ranks) ranks")
            }
        }
    }
}
