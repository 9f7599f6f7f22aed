import Compositing

/// How the pictures of ranks come together in least time, as far as the model of the cluster tells: the same on every rank that asks.
public struct CompositingChoice: Sendable, Hashable {
    /// One plan a way, in the order of `ways`.
    public let plans: [FramePlan]
    public let best: CompositingTree

    /// What is chosen from; the first of equals wins.
    public static let ways: [CompositingTree] = [.directSend, .radixK(8), .binarySwap, .twoThreeSwap]

    /// - Parameter ranks: at least 1.
    /// - Complexity: O(ranks).
    public init(ranks: Int, _ workload: FrameWorkload, on model: ClusterModel = ClusterModel()) {
        let plans = Self.ways.map { FramePlan(ranks: ranks, tree: $0, workload, on: model) }
        let least = plans.indices.min { Self.seconds(plans[$0]) < Self.seconds(plans[$1]) }
        best = Self.ways[least ?? 0]
        self.plans = plans
    }

    private static func seconds(_ plan: FramePlan) -> Double { plan.compositeSeconds + plan.deliverSeconds }

    /// One line: what each way would take.
    public var explanation: String {
        let times = zip(Self.ways, plans).map { "\($0.name) \(Int((Self.seconds($1) * 1e6).rounded())) µs" }
        return "compositing: \(best.name), the least of " + times.joined(separator: ", ")
    }
}
