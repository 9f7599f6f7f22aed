import Compositing

/// How the pictures of ranks come together.
public enum CompositingMethod: String, Sendable, Hashable, CaseIterable {
    case directSend = "direct-send"
    case binarySwap = "binary-swap"
    case radixK = "radix-k"
    case twoThreeSwap = "2-3-swap"
    case automatic = "auto"

    /// The schedule for a picture.
    public func schedule(rankCount: Int, rowCount: Int, root: Int) -> CompositingSchedule {
        CompositingSchedule(tree(rankCount: rankCount), rankCount: rankCount, rowCount: rowCount)
    }

    /// How so many ranks come together.
    public func tree(rankCount: Int) -> CompositingTree {
        switch self {
        case .directSend: .directSend
        case .binarySwap: .binarySwap
        case .radixK: .radixK(8)
        case .twoThreeSwap: .twoThreeSwap
        case .automatic: rankCount <= 16 ? .directSend : .radixK(8)
        }
    }
}
