import Compositing
import Foundation

/// What one frame of opaque parts on many ranks is going to take: every rank draws its part, the schedule brings the parts together, the root gets
/// the pixels (*sort-last*).
///
/// Phases follow each other here, where the compositor lets coding and messages overlap, so that the plan is rather late than early.
/// How radix-k and binary swap scale: Moreland, Kendall, Peterka, Huang: An image compositing solution at scale, SC 2011.
public struct FramePlan: Sendable, Hashable {
    public var ranks: Int
    public var schedule: String
    public var rounds: Int
    /// Of the rank that has most to draw.
    public var drawSeconds: Double
    /// Until every row has its owner.
    public var compositeSeconds: Double
    /// Until the root has all rows.
    public var deliverSeconds: Double
    /// For what ranks agree on before and after.
    public var agreeSeconds: Double
    /// Sent by all ranks, and by the one that sends most.
    public var bytes: Double
    public var greatestBytes: Double
    public var messages: Double
    public var greatestMessages: Double
    /// Of the rank that needs most: its geometry, its pictures, its messages.
    public var memoryBytes: Double

    public var seconds: Double { drawSeconds + compositeSeconds + deliverSeconds + agreeSeconds }

    /// - Parameter ranks: at least 1.
    /// - Complexity: O(ranks).
    public init(ranks: Int, tree: CompositingTree, _ workload: FrameWorkload, on model: ClusterModel) {
        let ranks = max(1, ranks)
        let count = Double(ranks)
        self.ranks = ranks
        schedule = tree.name
        var simulation = ScheduleSimulation(tree, ranks: ranks, workload, model)
        let subtree = simulation.figures(of: ranks)
        let found = subtree.figures
        rounds = subtree.roundCount
        let samples = workload.coverage(of: 1, ranks: ranks) * workload.pixels
        let drawing = model.secondsPerPrimitive * workload.primitives / count + model.secondsPerSample * samples
        drawSeconds = model.seconds(greatest: drawing * max(1, workload.imbalance), total: drawing * count)

        // The rows that the root owns go straight into its picture; so do all of them on one rank.
        let owners = Double(min(ranks, workload.height))
        let shown = workload.coverage * workload.pixels
        let delivered = ranks == 1 ? 0 : shown * (owners - 1) / owners
        let deliveredRows = ranks == 1 ? 0 : Double(workload.height) * (owners - 1) / owners
        let deliveredBytes = RankWork.bytes(
            samples: delivered, rows: deliveredRows, messages: owners - 1, runsPerRow: workload.runsPerRow, wordsPerSample: 1)
        let deliveries = RankWork.messages(deliveredBytes, atLeast: owners - 1)
        let coding = model.secondsPerCodedSample * delivered
        let writing = model.secondsPerMergedSample * shown + model.overhead * deliveries
        let wire = deliveredBytes / model.bandwidth
        let latency = model.latency * model.turns(ranks)
        deliverSeconds = model.seconds(
            greatest: coding / owners + writing + wire + (ranks > 1 ? latency + model.overhead : 0),
            total: coding + writing + (model.cores == nil ? 0 : wire))

        // One rank keeps what it has drawn.
        let keeping = ranks == 1 ? model.secondsPerMergedSample * samples + model.secondsPerPixel * workload.pixels : 0
        compositeSeconds = model.seconds(greatest: found.seconds, total: found.workSeconds) + keeping
        agreeSeconds = ranks == 1 ? 0 : 2 * 2 * logarithm(count) / logarithm(2) * (latency + 2 * model.overhead)
        bytes = found.bytes + deliveredBytes
        messages = found.messages + deliveries
        greatestBytes = found.greatestBytes + deliveredBytes / max(1, owners - 1)
        greatestMessages = found.greatestMessages + (deliveries / max(1, owners - 1)).rounded(.up)
        let parts = Double(ranks > 1 ? tree.partCount(of: ranks) : 1)
        memoryBytes =
            workload.geometryBytes / count * max(1, workload.imbalance) + workload.pixels * (20 + 4 + 16 / parts)
            + (ranks > 1 ? 9 * 1_048_576 : 0)
    }
}

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
func logarithm(_ value: Double) -> Double { log(value) }
