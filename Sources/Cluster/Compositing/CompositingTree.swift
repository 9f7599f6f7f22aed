/// How ranks come together, node by node: at each, so many of the parts below meet at once.
public enum CompositingTree: Sendable, Hashable {
    case directSend, binarySwap, twoThreeSwap
    /// At most so many at once, at least 2.
    case radixK(Int)

    public var name: String {
        switch self {
        case .directSend: "direct-send"
        case .binarySwap: "binary-swap"
        case .twoThreeSwap: "2-3 swap"
        case .radixK(let radix): "radix-k \(max(2, radix))"
        }
    }

    /// Into how many parts a node over `count` ranks is divided, as evenly as can be, the small ones and the large ones mixed.
    ///
    /// - Precondition: `count` is at least 2.
    public func partCount(of count: Int) -> Int {
        switch self {
        case .directSend: return count
        case .binarySwap: return 2
        case .twoThreeSwap: return count % 3 == 0 || count == 5 ? min(3, count) : 2
        case .radixK(let radix):
            let greatest = max(2, min(max(2, radix), count))
            return (2...greatest).last { count % $0 == 0 } ?? greatest
        }
    }

    /// How many ranks each part of a node over `count` of them has.
    public func children(of count: Int) -> [Int] {
        let parts = partCount(of: count)
        return (0..<parts).map { count * ($0 + 1) / parts - count * $0 / parts }
    }
}
