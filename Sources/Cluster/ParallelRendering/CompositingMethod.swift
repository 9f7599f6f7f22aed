import Compositing
import Planning

/// How the pictures of ranks come together.
public enum CompositingMethod: String, Sendable, Hashable, CaseIterable {
    case directSend = "direct-send"
    case binarySwap = "binary-swap"
    case radixK = "radix-k"
    case twoThreeSwap = "2-3-swap"
    case automatic = "auto"

    /// The schedule for a picture.
    public func schedule(rankCount: Int, rowCount: Int, root: Int) -> CompositingSchedule {
        CompositingSchedule(tree(rankCount: rankCount, rowCount: rowCount), rankCount: rankCount, rowCount: rowCount)
    }

    /// How so many ranks come together for a picture of about as many columns as rows.
    public func tree(rankCount: Int, rowCount: Int = 1024) -> CompositingTree {
        switch self {
        case .directSend: .directSend
        case .binarySwap: .binarySwap
        case .radixK: .radixK(8)
        case .twoThreeSwap: .twoThreeSwap
        case .automatic: Self.choice(rankCount: rankCount, rowCount: rowCount).best
        }
    }

    /// What `automatic` chooses, and why.
    public static func choice(rankCount: Int, rowCount: Int) -> CompositingChoice {
        CompositingChoice(ranks: rankCount, FrameWorkload(width: max(1, rowCount), height: max(1, rowCount)))
    }
}
