extension CompositingSchedule {
    /// Every rank sends all of its rows to one, which owns them all: the fewest messages, one rank's work.
    public static func toRoot(rankCount: Int, rowCount: Int, root: Int = 0) -> CompositingSchedule {
        let all = 0..<rowCount
        let kept = (0..<max(1, rankCount)).map { $0 == root ? all : 0..<0 }
        let transfers = (0..<max(1, rankCount)).filter { $0 != root && !all.isEmpty }.map { Transfer(sender: $0, receiver: root, rows: all) }
        return CompositingSchedule(rankCount: rankCount, rowCount: rowCount, rounds: [Round(transfers: transfers, kept: kept)], name: "to root")
    }
}
