/// Shares things out, in their order, so that all shares weigh about the same.
public enum Balance {
    /// For each of `parts` shares which things it gets: a run of neighbours, maybe none.
    ///
    /// A thing goes to the share in which the middle of its weight lies when all weights are laid end to end; so a share is off by at most half
    /// of its first and its last thing.
    /// - Parameter weights: bytes, cells or seconds, not negative; all 0 counts as all alike.
    public static func shares(of weights: [Int], among parts: Int) -> [Range<Int>] {
        precondition(parts >= 1, "things are shared out among at least one")
        let weights = weights.allSatisfy({ $0 <= 0 }) ? weights.map { _ in 1 } : weights.map { max(0, $0) }
        let total = weights.reduce(0.0) { $0 + Double($1) }
        var shares: [Range<Int>] = []
        var (next, sum) = (0, 0.0)
        for part in 0..<parts {
            let first = next
            let limit = total * Double(part + 1) / Double(parts)
            while next < weights.count, part == parts - 1 || sum + Double(weights[next]) / 2 < limit {
                sum += Double(weights[next])
                next += 1
            }
            shares.append(first..<next)
        }
        return shares
    }
}
