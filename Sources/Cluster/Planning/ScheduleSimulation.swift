import Compositing

/// What rounds of a schedule take, followed rank by rank for one node of each size: nodes of one size do the same at the same time.
///
/// Exact in rows and messages for any number of ranks: a node over s ranks divides the rows into s parts, so who sends what to whom follows
/// from the order in which its ranks hold parts of the level below.
struct ScheduleSimulation {
    private let tree: CompositingTree
    private let ranks: Int
    private let workload: FrameWorkload
    private let model: ClusterModel
    private var known: [Int: SubtreeFigures] = [:]

    init(_ tree: CompositingTree, ranks: Int, _ workload: FrameWorkload, _ model: ClusterModel) {
        self.tree = tree
        self.ranks = ranks
        self.workload = workload
        self.model = model
    }

    private var rows: Int { workload.height }

    /// Of a node over `count` ranks and all below it.
    ///
    /// - Complexity: O(count) for the levels together, times two.
    mutating func figures(of count: Int) -> SubtreeFigures {
        if count <= 1 { return SubtreeFigures() }
        if let found = known[count] { return found }
        let children = tree.children(of: count)
        var below = SubtreeFigures()
        var sizes: [Int: Int] = [:]
        for child in children { sizes[child, default: 0] += 1 }
        for (size, number) in sizes.sorted(by: { $0.key < $1.key }) { below.add(figures(of: size), times: number) }
        let made = below.followed(by: round(count, children, sizes))
        known[count] = made
        return made
    }

    /// The round that brings the ranks of one node together.
    private func round(_ count: Int, _ children: [Int], _ sizes: [Int: Int]) -> WorkFigures {
        var figures = WorkFigures()
        // Of all parts that meet, samples a row.
        let width = Double(workload.width)
        let density = sizes.keys.reduce(into: [Int: Double]()) { $0[$1] = width * workload.coverage(of: $1, ranks: ranks) }
        let arriving = sizes.reduce(0) { $0 + Double($1.value) * density[$1.key, default: 0] }
        for holder in PartOrder(children, count, rows: rows) {
            let held = part(holder.place, of: holder.size)
            let new = part(holder.rank, of: count)
            let kept = max(0, min(held.upperBound, new.upperBound) - max(held.lowerBound, new.lowerBound))
            let own = density[holder.size, default: 0]
            var work = RankWork()
            work.rowsSent = Double(held.count - kept)
            work.samplesSent = work.rowsSent * own
            work.messagesSent = Double(parts(overlapping: held, of: count) - (kept > 0 ? 1 : 0))
            work.samplesKept = Double(kept) * own
            work.samplesReceived = Double(new.count) * arriving - work.samplesKept
            work.rowsReceived = Double(new.count * children.count - kept)
            if !new.isEmpty {
                let holders = sizes.reduce(0) { $0 + $1.value * parts(overlapping: new, of: $1.key) }
                work.messagesReceived = Double(holders - (kept > 0 ? 1 : 0))
            }
            figures.add(alongside: WorkFigures(work, workload, model, ranks: ranks))
        }
        return figures
    }

    /// The rows of one of `count` parts.
    private func part(_ index: Int, of count: Int) -> Range<Int> { rows * index / count..<rows * (index + 1) / count }

    /// How many of `count` parts have a row of `range`.
    private func parts(overlapping range: Range<Int>, of count: Int) -> Int {
        if range.isEmpty { return 0 }
        if count >= rows { return range.count }
        func part(of row: Int) -> Int { ((row + 1) * count - 1) / rows }
        return part(of: range.upperBound - 1) - part(of: range.lowerBound) + 1
    }
}

/// The ranks of a node in the order in which they get its parts: by the first row that they hold, then by rank.
private struct PartOrder: Sequence, IteratorProtocol {
    struct Holder {
        /// The part of the child's rows that the rank holds.
        var place: Int
        /// Ranks of the child.
        var size: Int
        /// The part of the node's rows that it gets.
        var rank: Int
    }

    private var holders: [(place: Int, size: Int)]
    private var position = 0

    init(_ children: [Int], _ count: Int, rows: Int) {
        holders = []
        holders.reserveCapacity(count)
        if children.count == count {
            holders = Array(repeating: (0, 1), count: count)
            return
        }
        var places = children.map { _ in 0 }
        // Few children, or all of one rank: the least beginning among them is the next.
        for _ in 0..<count {
            var least = -1
            for child in children.indices where places[child] < children[child] {
                if least < 0 || rows * places[child] / children[child] < rows * places[least] / children[least] { least = child }
            }
            holders.append((places[least], children[least]))
            places[least] += 1
        }
    }

    mutating func next() -> Holder? {
        guard position < holders.count else { return nil }
        defer { position += 1 }
        return Holder(place: holders[position].place, size: holders[position].size, rank: position)
    }
}
