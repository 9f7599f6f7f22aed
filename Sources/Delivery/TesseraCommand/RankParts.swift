import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Mapping
import Messaging
import ParallelRendering
import RankDataflow
import SceneFiles

/// This rank's pieces of the data of a scene, and what all ranks' pieces have in common. Every rank makes the same calls in the same order.
final class RankParts: SceneParts {
    private let rank: RankExecutor
    private let demand: (Pipeline, Double?) throws -> RankExecutor.Demand
    /// What was made, in the order of the calls.
    private var made: [(pieces: [(number: Int, dataset: Dataset)], demand: RankExecutor.Demand)] = []

    let placesCopies: Bool

    /// - Parameter placesCopies: whether glyphs are copies of a shape, all on the first rank.
    init(_ rank: RankExecutor, placesCopies: Bool = false, demand: @escaping (Pipeline, Double?) throws -> RankExecutor.Demand) {
        self.rank = rank
        self.demand = demand
        self.placesCopies = placesCopies
    }

    private var communicator: Communicator { rank.communicator }

    /// This rank's pieces of a pipeline's result; those with nothing in them are left out.
    func pieces(of pipeline: Pipeline, time: Double?) throws -> [Dataset] {
        let demand = try demand(pipeline, time)
        let pieces = try rank.pieces(of: pipeline, demand)
        made.append((pieces, demand))
        return pieces.map(\.dataset).filter { $0.pointCount > 0 || $0.kind == .table || $0.kind == .blocks }
    }

    func whole(_ pipeline: Pipeline, time: Double?) throws -> Dataset? {
        let demand = try demand(pipeline, time)
        let pieces = try rank.pieces(of: pipeline, demand)
        made.append((pieces, demand))
        let all = try rank.collect(pieces, demand)
        return try communicator.together(isRootOnly: true) { try all.map { try GatherPieces().gather($0, context: rank.context) } }
    }

    func union(_ bounds: Bounds) throws -> Bounds { try communicator.union(bounds) }

    func sum(_ parts: [[DrawnShape]]) throws -> [DrawnShape] {
        var whole: [DrawnShape] = []
        func add(_ shapes: [DrawnShape]) {
            for (leaf, shape) in shapes.enumerated() {
                if leaf == whole.count { whole.append(DrawnShape()) }
                whole[leaf].add(shape)
            }
        }
        parts.forEach(add)
        let all = try communicator.allGather(whole)
        whole = []
        all.forEach(add)
        return whole
    }

    func facts(_ selector: ArraySelector, _ local: DatasetColoringFacts, _ parts: [[Dataset]]) -> any ColoringFacts {
        RankColoringFacts(communicator, local) { [made, rank] in
            // Which values lie between others takes all of them, each once.
            let wholes = try made.suffix(parts.count).compactMap { entry in
                try rank.collect(entry.pieces, entry.demand).map { try GatherPieces().gather($0, context: rank.context) }
            }
            return rank.isRoot ? DatasetColoringFacts(selector, in: wholes, context: rank.context) : nil
        }
    }
}

/// What colours depend on, of the pieces of all ranks.
private struct RankColoringFacts: ColoringFacts {
    private let communicator: Communicator
    private let local: DatasetColoringFacts
    /// The facts of everything put together, on rank 0.
    private let whole: () throws -> DatasetColoringFacts?

    init(_ communicator: Communicator, _ local: DatasetColoringFacts, whole: @escaping () throws -> DatasetColoringFacts?) {
        self.communicator = communicator
        self.local = local
        self.whole = whole
    }

    func range() throws -> ClosedRange<Double>? {
        let own = try communicator.together { try local.range() }
        let ends = try communicator.allReduce([own?.lowerBound ?? .infinity, -(own?.upperBound ?? -.infinity)], .minimum)
        return ends[0] <= -ends[1] ? ends[0]...(-ends[1]) : nil
    }

    func quantiles(_ fractions: [Double]) throws -> [Double] {
        let facts = try whole()
        var found = try communicator.together(isRootOnly: true) { try facts?.quantiles(fractions) ?? [] }
        try communicator.broadcast(&found, from: 0)
        return found
    }

    func leastPositive() throws -> Double? {
        let own = try communicator.together { try local.leastPositive() }
        let least = try communicator.allReduce(own ?? .infinity, .minimum)
        return least < .infinity ? least : nil
    }

    func distinct(limit: Int) throws -> [Double]? {
        // A rank that has too many says so with one that is no number.
        let own = try communicator.together { try local.distinct(limit: limit) ?? [.nan] }
        let all = try communicator.allGather(own).flatMap { $0 }
        let distinct = Set(all)
        return all.contains { $0.isNaN } || distinct.count > limit ? nil : distinct.sorted()
    }
}
