/// Who sends which rows of the picture to whom, round after round, until every row has one owner: a value, made and checked without any rank.
///
/// A tree says how ranks come together. Each of its leaves is a rank, which holds all rows of its own picture; at an inner node the ranks
/// below come together: the rows are divided anew among all of them, and whoever below holds rows sends them to their new owner.
/// One node over all ranks is *direct-send*; two children a node are *binary swap*, k children *radix-k*, two or three *2-3 swap*.
/// Rows are counted in the order of `RowOrder`, so that neighbouring numbers are not neighbouring rows.
public struct CompositingSchedule: Sendable, Hashable {
    /// One message: rows that a rank gives away.
    public struct Transfer: Sendable, Hashable {
        public var sender: Int
        public var receiver: Int
        public var rows: Range<Int>
    }

    /// Transfers that may all be under way at once.
    public struct Round: Sendable, Hashable {
        public var transfers: [Transfer]
        /// The rows that each rank holds afterwards.
        public var kept: [Range<Int>]
    }

    public let rankCount: Int
    public let rowCount: Int
    public let rounds: [Round]
    /// How it is called: `radix-k 8·4`.
    public let name: String

    /// The rows that each rank owns in the end.
    public var owned: [Range<Int>] { rounds.last?.kept ?? [0..<rowCount] }

    /// Every rank sends each owner's rows to it: one round, n·(n − 1) messages.
    public static func directSend(rankCount: Int, rowCount: Int) -> CompositingSchedule {
        CompositingSchedule(.directSend, rankCount: rankCount, rowCount: rowCount)
    }

    /// Halves: log₂ n rounds for powers of two; other counts are divided as evenly as can be.
    public static func binarySwap(rankCount: Int, rowCount: Int) -> CompositingSchedule {
        CompositingSchedule(.binarySwap, rankCount: rankCount, rowCount: rowCount)
    }

    /// Two or three at a time, for any number of ranks (Yu, Wang, Ma: Massively parallel volume rendering using 2-3 swap image compositing, SC 2008).
    public static func twoThreeSwap(rankCount: Int, rowCount: Int) -> CompositingSchedule {
        CompositingSchedule(.twoThreeSwap, rankCount: rankCount, rowCount: rowCount)
    }

    /// k at a time, the factors chosen from the divisors of the number of ranks up to `radix` (Peterka et al.: A configurable algorithm for
    /// parallel image-compositing applications, SC 2009); where a number has no such divisor, groups as even as can be.
    public static func radixK(rankCount: Int, rowCount: Int, radix: Int = 8) -> CompositingSchedule {
        CompositingSchedule(.radixK(radix), rankCount: rankCount, rowCount: rowCount)
    }

    /// The rounds of a tree.
    public init(_ tree: CompositingTree, rankCount: Int, rowCount: Int) {
        self.init(rankCount: rankCount, rowCount: rowCount, name: tree.name, children: tree.children)
    }

    init(rankCount: Int, rowCount: Int, rounds: [Round], name: String) {
        self.rankCount = rankCount
        self.rowCount = rowCount
        self.rounds = rounds
        self.name = name
    }

    /// - Parameter children: how many ranks each child of a node over so many ranks has; a sum of that number, at least two parts.
    private init(rankCount: Int, rowCount: Int, name: String, children: (Int) -> [Int]) {
        self.rankCount = rankCount
        self.rowCount = rowCount
        self.name = name
        var levels: [[Range<Int>]] = [[0..<max(1, rankCount)]]
        // Nodes by level from the root down; leaves stay until the last level.
        while let last = levels.last, last.contains(where: { $0.count > 1 }) {
            levels.append(
                last.flatMap { node -> [Range<Int>] in
                    if node.count == 1 { return [node] }
                    var start = node.lowerBound
                    return children(node.count).map { size in
                        defer { start += size }
                        return start..<start + size
                    }
                })
        }
        var held = Array(repeating: 0..<rowCount, count: max(1, rankCount))
        var rounds: [Round] = []
        for level in levels.dropLast().reversed() {
            let round = Self.round(level, held)
            held = round.kept
            rounds.append(round)
        }
        self.rounds = rounds.filter { !$0.transfers.isEmpty || $0.kept != Array(repeating: 0..<rowCount, count: max(1, rankCount)) }
    }

    /// The round that brings the ranks of each node together.
    private static func round(_ nodes: [Range<Int>], _ held: [Range<Int>]) -> Round {
        var kept = held
        var transfers: [Transfer] = []
        for node in nodes where node.count > 1 {
            // The node's rows: those of its ranks together.
            let first = node.map { held[$0].lowerBound }.min() ?? 0
            let end = node.map { held[$0].upperBound }.max() ?? 0
            // New parts go in order to the ranks in order of what they hold, so that each keeps some of it.
            let ranks = node.sorted { (held[$0].lowerBound, $0) < (held[$1].lowerBound, $1) }
            var changes = false
            for (part, rank) in ranks.enumerated() {
                let rows = first + (end - first) * part / node.count..<first + (end - first) * (part + 1) / node.count
                changes = changes || rows != held[rank]
                kept[rank] = rows
            }
            if !changes { continue }
            for sender in node {
                var rows = held[sender]
                // The new owners of the rows, by the places of their parts.
                var part = ranks.count * (rows.lowerBound - first) / max(1, end - first)
                while part > 0 && kept[ranks[part - 1]].upperBound > rows.lowerBound { part -= 1 }
                while !rows.isEmpty && part < ranks.count {
                    let given = rows.clamped(to: kept[ranks[part]])
                    if !given.isEmpty {
                        if ranks[part] != sender { transfers.append(Transfer(sender: sender, receiver: ranks[part], rows: given)) }
                        rows = given.upperBound..<rows.upperBound
                    }
                    part += 1
                }
            }
        }
        return Round(transfers: transfers, kept: kept)
    }

    /// Follows every row of every rank through the rounds.
    ///
    /// - Throws: `ScheduleError` unless each row ends with one owner, to whom each rank's contribution came exactly once.
    /// - Complexity: O(ranks² · rounds · parts of rows).
    public func validate() throws {
        // Between the borders of all ranges, rows share their fate.
        var borders: Set<Int> = [0, rowCount]
        for round in rounds {
            for rows in round.kept + round.transfers.map(\.rows) { borders.formUnion([rows.lowerBound, rows.upperBound]) }
        }
        for row in borders.sorted().dropLast() {
            var holdings = (0..<rankCount).map { [$0: 1] }
            for (number, round) in rounds.enumerated() {
                var next = (0..<rankCount).map { round.kept[$0].contains(row) ? holdings[$0] : [:] }
                for transfer in round.transfers where transfer.rows.contains(row) {
                    guard round.kept[transfer.receiver].contains(row) else {
                        throw ScheduleError("\(name): in round \(number) rank \(transfer.receiver) gets row \(row), which it does not keep")
                    }
                    next[transfer.receiver].merge(holdings[transfer.sender]) { $0 + $1 }
                }
                holdings = next
            }
            let owners = owned.indices.filter { owned[$0].contains(row) }
            guard owners.count == 1 else { throw ScheduleError("\(name): row \(row) ends with \(owners.count) owners") }
            guard holdings[owners[0]] == Dictionary(uniqueKeysWithValues: (0..<rankCount).map { ($0, 1) }) else {
                throw ScheduleError("\(name): row \(row) ends with contributions \(holdings[owners[0]]) for one of each of \(rankCount) ranks")
            }
        }
    }
}

/// A schedule that would not make the picture.
public struct ScheduleError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
