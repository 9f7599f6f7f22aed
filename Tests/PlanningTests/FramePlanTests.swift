import Compositing
import Execution
import Foundation
import Messaging
import Testing

@testable import Planning

/// Predictions against what must hold of any, and against the schedules themselves.
@Suite struct FramePlanTests {
    static let trees: [CompositingTree] = [.directSend, .binarySwap, .twoThreeSwap, .radixK(8), .radixK(4)]

    static func workload() -> FrameWorkload {
        var workload = FrameWorkload(width: 640, height: 200)
        workload.coverage = 0.4
        return workload
    }

    @Test func oneRankSendsNothing() {
        for tree in Self.trees {
            let plan = FramePlan(ranks: 1, tree: tree, Self.workload(), on: ClusterModel())
            #expect(plan.bytes == 0 && plan.messages == 0 && plan.rounds == 0 && plan.agreeSeconds == 0)
            let model = ClusterModel()
            let drawing = 1e6 * model.secondsPerPrimitive + 0.4 * 640 * 200 * model.secondsPerSample
            #expect(abs(plan.drawSeconds - drawing) < 1e-12)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 7, 8, 100, 10_000]) func theChosenWayTakesLeast(ranks: Int) {
        let choice = CompositingChoice(ranks: ranks, Self.workload())
        let seconds = choice.plans.map { $0.compositeSeconds + $0.deliverSeconds }
        let place = CompositingChoice.ways.firstIndex(of: choice.best)
        #expect(place == seconds.firstIndex(of: seconds.min() ?? -1))
        for way in CompositingChoice.ways { #expect(choice.explanation.contains(way.name)) }
        // A network on which messages cost nothing but their bytes takes the way with the fewest of them.
        var model = ClusterModel()
        (model.latency, model.overhead, model.bandwidth) = (0, 0, 1)
        let cheapest = CompositingChoice(ranks: ranks, Self.workload(), on: model)
        #expect(ranks > 8 || ranks == 1 || cheapest.best == .directSend || cheapest.best == .radixK(8))
    }

    /// The rows, messages and contributions of each transfer of the real schedule, added up.
    @Test(arguments: trees) func bytesAndMessagesAreThoseOfTheSchedule(tree: CompositingTree) {
        let workload = Self.workload()
        for ranks in [2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 27, 32, 45, 64, 300] {
            let schedule = CompositingSchedule(tree, rankCount: ranks, rowCount: workload.height)
            // How many ranks' pictures each rank holds grows node by node.
            var holds = Array(repeating: 1, count: ranks)
            var sizes: [[Int]] = [[ranks]]
            while let last = sizes.last, last.contains(where: { $0 > 1 }) { sizes.append(last.flatMap { $0 > 1 ? tree.children(of: $0) : [$0] }) }
            var (bytes, messages) = (0.0, 0.0)
            var sent = [Double](repeating: 0, count: ranks)
            for (number, round) in schedule.rounds.enumerated() {
                for transfer in round.transfers {
                    let samples = Double(transfer.rows.count) * Double(workload.width) * workload.coverage(of: holds[transfer.sender], ranks: ranks)
                    let words = RankWork.bytes(samples: samples, rows: Double(transfer.rows.count), messages: 1, runsPerRow: workload.runsPerRow)
                    bytes += words
                    messages += 1
                    sent[transfer.sender] += words
                }
                holds = sizes[sizes.count - 2 - number].flatMap { Array(repeating: $0, count: $0) }
            }
            var simulation = ScheduleSimulation(tree, ranks: ranks, workload, ClusterModel())
            let found = simulation.figures(of: ranks).figures
            #expect(abs(found.bytes - bytes) <= 1e-9 * bytes, "\(tree.name), \(ranks): \(found.bytes), \(bytes)")
            #expect(found.messages == messages, "\(tree.name), \(ranks)")
            #expect(found.greatestBytes >= (sent.max() ?? 0) * (1 - 1e-9), "\(tree.name), \(ranks)")
            #expect(found.greatestBytes <= (sent.max() ?? 0) * 1.5, "\(tree.name), \(ranks)")
        }
    }

    @Test(arguments: trees) func moreOfAnythingTakesLonger(tree: CompositingTree) {
        for ranks in [2, 5, 16, 100] {
            let base = ClusterModel()
            func seconds(_ change: (inout ClusterModel, inout FrameWorkload) -> Void) -> Double {
                var (model, workload) = (base, Self.workload())
                change(&model, &workload)
                return FramePlan(ranks: ranks, tree: tree, workload, on: model).seconds
            }
            let plain = seconds { _, _ in }
            #expect(seconds { model, _ in model.latency *= 10 } > plain)
            #expect(seconds { model, _ in model.overhead *= 10 } > plain)
            #expect(seconds { model, _ in model.bandwidth /= 10 } > plain)
            #expect(seconds { model, _ in model.cores = 1 } > plain)
            #expect(seconds { _, workload in workload.primitives *= 2 } > plain)
            #expect(seconds { _, workload in workload.coverage = 0.8 } > plain)
            #expect(seconds { _, workload in workload.imbalance = 2 } > plain)
        }
    }

    /// With free messages and samples, ranks draw as many times faster as there are, until they run out of cores.
    @Test func drawingScales() {
        var (model, workload) = (ClusterModel(), Self.workload())
        workload.coverage = 0
        let one = FramePlan(ranks: 1, tree: .directSend, workload, on: model).drawSeconds
        #expect(abs(FramePlan(ranks: 10, tree: .directSend, workload, on: model).drawSeconds - one / 10) < 1e-12)
        model.cores = 4
        #expect(abs(FramePlan(ranks: 100, tree: .directSend, workload, on: model).drawSeconds - one / 4) < 1e-12)
    }

    @Test(.timeLimit(.minutes(1)), arguments: trees) func millionRanks(tree: CompositingTree) {
        let start = monotonicSeconds()
        let plan = FramePlan(ranks: 1 << 20, tree: tree, Self.workload(), on: ClusterModel())
        #expect(plan.seconds.isFinite && plan.seconds > 0 && plan.bytes > 0 && plan.memoryBytes > 0)
        #expect(monotonicSeconds() - start < 10)
        if case .directSend = tree { #expect(plan.rounds == 1) } else { #expect(plan.rounds >= 7 && plan.rounds <= 20) }
    }

    @Test func coverageLiesBetweenOnePartAndAll() {
        var workload = Self.workload()
        workload.partCoverage = 0.1
        #expect(abs(workload.coverage(of: 1, ranks: 64) - 0.1) < 1e-12 && abs(workload.coverage(of: 64, ranks: 64) - 0.4) < 1e-12)
        let steps = [1, 2, 4, 8, 16, 32, 64].map { workload.coverage(of: $0, ranks: 64) }
        #expect(steps == steps.sorted())
        workload.coverage = 0
        #expect(workload.coverage(of: 3, ranks: 64) == 0)
    }

    @Test(.timeLimit(.minutes(1))) func ranksThatAreThreadsAreMeasured() throws {
        let models = try withThreadRanks(2) { world -> ClusterModel in
            var model = ClusterModel()
            try ClusterCalibration.network(world, &model)
            try ClusterCalibration.compositing(world, &model, side: 256)
            return model
        }
        #expect(models[0] == models[1])
        #expect(models[0].latency > 0 && models[0].latency < 1 && models[0].bandwidth > 1e6)
        #expect(models[0].secondsPerCodedSample > 0 && models[0].secondsPerMergedSample > 0 && models[0].secondsPerPixel > 0)
    }

    @Test(.timeLimit(.minutes(1))) func chartsShowTheirCurves() throws {
        let context = ExecutionContext(threads: 1)
        let empty = try PlanChart(title: "Nothing", curves: []).image(width: 200, height: 150, in: context)
        let chart = PlanChart(title: "Nothing", curves: [.init(name: "a", points: [(1, 30), (8, 5), (64, 2)]), .init(name: "b", points: [(1, 30)])])
        let image = try chart.image(width: 200, height: 150, in: context)
        #expect(image != empty && image.width == 200)
    }
}
