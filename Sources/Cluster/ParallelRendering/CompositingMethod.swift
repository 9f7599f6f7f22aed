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
        switch self {
        case .directSend: .directSend(rankCount: rankCount, rowCount: rowCount)
        case .binarySwap: .binarySwap(rankCount: rankCount, rowCount: rowCount)
        case .radixK: .radixK(rankCount: rankCount, rowCount: rowCount)
        case .twoThreeSwap: .twoThreeSwap(rankCount: rankCount, rowCount: rowCount)
        case .automatic:
            rankCount <= 16 ? .directSend(rankCount: rankCount, rowCount: rowCount) : .radixK(rankCount: rankCount, rowCount: rowCount)
        }
    }
}
