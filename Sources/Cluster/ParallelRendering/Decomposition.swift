/// How the work of a picture is divided among ranks (Molnar, Cox, Ellsworth, Fuchs: A sorting classification of parallel rendering, 1994).
public enum Decomposition: Sendable, Hashable {
    /// Every rank draws its part of the scene over the whole picture; pictures are put together sample by sample.
    case sortLast
    /// Every rank draws everything that shows in its tile of the picture.
    case sortFirst
    /// Groups of ranks have tiles; inside of a group each rank draws its part of what shows there. Nil: about as many groups as a group has ranks.
    case hybrid(groups: Int?)
    /// What a cost model finds fastest.
    case automatic

    /// How many groups share the picture, each of which has a tile: between 1 (sort-last) and the number of ranks (sort-first).
    public func groupCount(ranks: Int) -> Int {
        switch self {
        case .sortLast, .automatic: 1
        case .sortFirst: ranks
        case .hybrid(let groups): min(ranks, max(1, groups ?? Int(Double(ranks).squareRoot().rounded())))
        }
    }
}

extension Decomposition: LosslessStringConvertible {
    /// `sort-last`, `sort-first`, `hybrid`, `hybrid:GROUPS`, `auto`.
    public init?(_ text: String) {
        switch text {
        case "sort-last": self = .sortLast
        case "sort-first": self = .sortFirst
        case "hybrid": self = .hybrid(groups: nil)
        case "auto": self = .automatic
        default:
            guard text.hasPrefix("hybrid:"), let groups = Int(text.dropFirst(7)), groups >= 1 else { return nil }
            self = .hybrid(groups: groups)
        }
    }

    public var description: String {
        switch self {
        case .sortLast: "sort-last"
        case .sortFirst: "sort-first"
        case .hybrid(let groups): groups.map { "hybrid:\($0)" } ?? "hybrid"
        case .automatic: "auto"
        }
    }

    /// What the command's help lists.
    public static let names = ["sort-last", "sort-first", "hybrid", "hybrid:GROUPS", "auto"]
}
