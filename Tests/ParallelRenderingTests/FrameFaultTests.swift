import Execution
import Foundation
import FrameFaults
import Messaging
import ParallelRendering
import Scenes
import Testing

/// Mistakes in the middle of frames: an error on every rank that names ranks and places, in time.
@Suite(.serialized) struct FrameFaultTests {
    @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 5]) func everyRankLearnsOfAMistake(ranks: Int) throws {
        for fault in frameFaults {
            let start = Date()
            let outcomes = try outcomesOfThreadRanks(ranks, options: CommunicatorOptions(deadline: 1)) { world -> Double in
                try fault.body(world)
                return 0
            }
            let seconds = Date().timeIntervalSince(start)
            for (rank, outcome) in outcomes.enumerated() {
                let complaint = fault.complaint(outcome.map { _ in () }, rank: rank, size: ranks, seconds: fault.reachesCulprit ? seconds : 0)
                #expect(complaint == nil, "\(fault.name), \(ranks) ranks: \(complaint ?? "")")
            }
            #expect(seconds < 5, "\(fault.name): \(seconds) s")
        }
    }

    @Test(.timeLimit(.minutes(1))) func ranksThatDrawOtherPicturesAreNamed() throws {
        let outcomes = try outcomesOfThreadRanks(3, options: CommunicatorOptions(deadline: 5)) { world in
            let manager = try ParallelRenderManager(world)
            defer { manager.close() }
            _ = try manager.render(Scene(actors: [], width: world.rank == 2 ? 64 : 80, height: 60), in: ExecutionContext(threads: 1))
        }
        for outcome in outcomes {
            guard case .failure(let error) = outcome else {
                Issue.record("a rank ended without an error")
                continue
            }
            #expect("\(error)".contains("rank 0 one of 80×60") && "\(error)".contains("rank 2 one of 64×60"), "\(error)")
        }
    }
}
