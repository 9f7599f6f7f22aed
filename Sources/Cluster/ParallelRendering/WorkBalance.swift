/// What a rank, or a group of them, did in a frame, counted: the same on every machine.
public struct CountedWork: Sendable, Hashable, BitwiseCopyable {
    /// Primitives that were looked at.
    public var primitives: Int
    /// Samples that were coloured.
    public var samples: Int

    public init(primitives: Int = 0, samples: Int = 0) {
        self.primitives = primitives
        self.samples = samples
    }

    /// One number: a primitive and a sample cost about the same.
    public var total: Double { Double(primitives) + Double(samples) }

    public static func + (a: CountedWork, b: CountedWork) -> CountedWork {
        CountedWork(primitives: a.primitives + b.primitives, samples: a.samples + b.samples)
    }

    /// The greatest work over the mean of all; 1 where there is none.
    public static func imbalance(_ work: [CountedWork]) -> Double {
        let sum = work.reduce(0) { $0 + $1.total }
        return sum > 0 ? (work.map(\.total).max() ?? 0) * Double(work.count) / sum : 1
    }
}

/// Shares of work that are corrected, frame after frame, by what was counted: who did too much gets less.
///
/// Only additions, multiplications and divisions, so that every rank comes to the same shares by itself.
public struct BalancedShares: Sendable, Hashable {
    /// One for each rank or group, in sum 1.
    public private(set) var shares: [Double]
    /// Imbalance that is left alone.
    public static let tolerance = 1.05

    /// - Parameter weights: how much each can do.
    public init(weights: [Double]) {
        let sum = weights.reduce(0, +)
        shares = sum > 0 ? weights.map { $0 / sum } : weights.map { _ in 1 / Double(max(1, weights.count)) }
    }

    /// - Parameters:
    ///   - work: of each, by weight where some can do more than others.
    ///   - gain: how much of a difference is corrected at once.
    public mutating func correct(_ work: [Double], gain: Double = 0.7) {
        let mean = work.reduce(0, +) / Double(max(1, work.count))
        guard mean > 0, work.count == shares.count else { return }
        for (index, found) in work.enumerated() {
            let ratio = found > 0 ? min(3, mean / found) : 3
            shares[index] *= max(0.3, 1 + gain * (ratio - 1))
        }
        let sum = shares.reduce(0, +)
        for index in shares.indices { shares[index] /= sum }
    }

    /// Cuts a list of weights into one run for each share, in order: as near to the shares as whole entries allow.
    public static func runs(_ weights: [Double], shares: [Double]) -> [Range<Int>] {
        let total = weights.reduce(0, +)
        var runs: [Range<Int>] = []
        var (place, sum, wanted) = (0, 0.0, 0.0)
        for index in shares.indices {
            wanted += shares[index] * total
            let first = place
            if index == shares.count - 1 {
                place = weights.count
            } else {
                while place < weights.count && sum + weights[place] * 0.5 < wanted {
                    sum += weights[place]
                    place += 1
                }
            }
            runs.append(first..<place)
        }
        return runs
    }
}
