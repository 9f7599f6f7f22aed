import Execution

/// Ranks as nodes of a graph, each of which knows from whom it receives and to whom it sends.
public final class GraphCommunicator: Sendable {
    public let communicator: Communicator
    /// From whom this rank receives; a rank may occur several times.
    public let sources: [Int]
    /// To whom it sends.
    public let destinations: [Int]

    init(_ communicator: Communicator, sources: [Int], destinations: [Int]) {
        self.communicator = communicator
        self.sources = sources
        self.destinations = destinations
    }

    public var rank: Int { communicator.rank }
    public var size: Int { communicator.size }

    /// Sends this rank's array along every edge.
    ///
    /// - Returns: what came, in the order of `sources`.
    public func neighbourAllGather<Element: Transferable>(
        _ values: [Element], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [[Element]] {
        try exchange(.neighbourAllGather, [[Element]](repeating: values, count: destinations.count), file, line)
    }

    /// Sends part i to `destinations[i]`.
    ///
    /// - Returns: what came, in the order of `sources`.
    public func neighbourAllToAll<Element: Transferable>(
        _ parts: [[Element]], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> [[Element]] {
        try exchange(.neighbourAllToAll, parts, file, line)
    }

    private func exchange<Element: Transferable>(
        _ kind: CallKind, _ parts: [[Element]], _ file: StaticString, _ line: UInt32
    ) throws -> [[Element]] {
        try communicator.call {
            let site = CallSite(file, line)
            let header = try communicator.begin(kind, elementSize: MemoryLayout<Element>.stride, count: 0, countMatters: false, site)
            guard parts.count == destinations.count else {
                throw communicator.concerningAll(
                    communicator.argumentError(kind, "\(parts.count) parts for \(destinations.count) neighbours", site))
            }
            return try communicator.exchangeWithNeighbours(
                header, parts, to: Self.slots(destinations), from: Self.slots(sources))
        }
    }

    /// The k-th edge from one rank to another meets the k-th that the other expects.
    private static func slots(_ ranks: [Int]) -> [Communicator.Neighbour] {
        var seen: [Int: Int32] = [:]
        return ranks.map { rank in
            let slot = seen[rank, default: 0]
            seen[rank] = slot + 1
            return .init(rank: rank, slot: slot)
        }
    }
}

extension Communicator {
    /// Makes the ranks nodes of a graph; every rank tells its own edges.
    ///
    /// - Throws: `MessagingError` on every rank if an edge is known at one of its ends only.
    public func graph(
        sources: [Int], destinations: [Int], file: StaticString = #fileID, line: UInt32 = #line
    ) throws -> GraphCommunicator {
        try call {
            let site = CallSite(file, line)
            let header = try begin(.graph, elementSize: MemoryLayout<Int32>.stride, count: 0, countMatters: false, site)
            let isKnown = (sources + destinations).allSatisfy { $0 >= 0 && $0 < size }
            guard isKnown, sources.count <= Self.neighbourSlots, destinations.count <= Self.neighbourSlots else {
                throw concerningAll(argumentError(.graph, "edges from \(sources), to \(destinations) among \(size) ranks", site))
            }
            let all = try allGatherArrays(header, destinations.map { Int32($0) })
            let told = (0..<size).flatMap { other in all[other].filter { Int($0) == rank }.map { _ in other } }
            guard told == sources.sorted() else {
                throw concerningAll(argumentError(.graph, "this rank receives from \(sources.sorted()), but \(told) send to it", site))
            }
            let synchronizing = try begin(.graph, elementSize: 0, count: 0, site)
            try synchronize(synchronizing)
            return GraphCommunicator(
                try makeGroup(Array(0..<size), synchronizing, name: "\(name)/graph"), sources: sources, destinations: destinations)
        }
    }

    /// Makes the ranks nodes of a graph whose edges go both ways.
    public func graph(neighbours: [Int], file: StaticString = #fileID, line: UInt32 = #line) throws -> GraphCommunicator {
        try graph(sources: neighbours, destinations: neighbours, file: file, line: line)
    }
}
