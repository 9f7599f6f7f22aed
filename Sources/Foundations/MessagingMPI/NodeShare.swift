import CMPI

/// A rank's share of the processors of its node.
struct NodeShare {
    var rank: Int
    var rankCount: Int
    var threadCount: Int
    /// Whether there are more ranks than processors.
    var isCrowded: Bool

    /// Called by all ranks of `world`.
    init(world: UInt) throws(MPIError) {
        var rank: Int32 = 0
        var count: Int32 = 0
        var node: UInt = 0
        try MPIError.check(cmpi_node(world, &rank, &count, &node), "MPI_Comm_split_type")
        defer { _ = cmpi_free(&node) }
        let words = 64
        var mine = [UInt64](repeating: 0, count: words)
        _ = cmpi_processors(&mine, Int32(words))
        var all = [UInt64](repeating: 0, count: words * Int(count))
        try MPIError.check(cmpi_all_gather(node, mine, Int64(words * 8), -1, &all), "MPI_Allgather")
        let masks = (0..<Int(count)).map { Array(all[($0 * words)..<(($0 + 1) * words)]) }
        self.init(rank: Int(rank), masks: masks)
    }

    /// `masks` has the processors of each rank of the node, one bit each.
    ///
    /// Ranks with the same mask deal its processors out evenly, the remainder to the first ones; a processor that ranks of different masks share
    /// counts for each of them by its part.
    init(rank: Int, masks: [[UInt64]]) {
        self.rank = rank
        rankCount = masks.count
        let mine = masks[rank]
        let processors = Self.processors(of: mine)
        let everyone = masks.dropFirst().reduce(masks[0]) { union, mask in zip(union, mask).map { $0 | $1 } }
        isCrowded = Self.processors(of: everyone).count < rankCount
        let same = masks.indices.filter { masks[$0] == mine }
        let others = masks.indices.filter { masks[$0] != mine }
        if others.allSatisfy({ other in zip(masks[other], mine).allSatisfy { $0 & $1 == 0 } }) {
            let place = same.firstIndex(of: rank) ?? 0
            let count = processors.count
            threadCount = count / same.count + (place < count % same.count ? 1 : 0)
        } else {
            // In units of one part in 720720, which the numbers from 1 to 16 divide.
            let unit = 720_720
            let share = processors.reduce(0) { sum, processor in
                sum + unit / masks.count { $0[processor / 64] >> UInt64(processor % 64) & 1 == 1 }
            }
            threadCount = share / unit
        }
        threadCount = max(1, threadCount)
    }

    private static func processors(of mask: [UInt64]) -> [Int] {
        mask.indices.flatMap { word in (0..<64).filter { mask[word] >> UInt64($0) & 1 == 1 }.map { word * 64 + $0 } }
    }
}
