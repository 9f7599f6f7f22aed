import Execution

extension Communicator {
    /// A message from or to a neighbour; `slot` tells several between the same two ranks apart.
    struct Neighbour {
        var rank: Int
        var slot: Int32
    }

    /// Tags of neighbours' messages lie above those of non-blocking collectives.
    private static let neighbourTag: Int32 = 16384
    static let neighbourSlots = 8192

    /// Sends an array to each neighbour and receives one from each: packets start all at once.
    ///
    /// - Returns: what came, in the order of `sources`.
    func exchangeWithNeighbours<Element: Transferable>(
        _ header: CollectiveHeader, _ parts: [[Element]], to destinations: [Neighbour], from sources: [Neighbour]
    ) throws -> [[Element]] {
        let coming = try sources.map { try PacketFlight(from: $0.rank, header, tag: Self.neighbourTag + $0.slot, on: self) }
        let going = try zip(destinations, parts).map { neighbour, values in
            // The flight keeps the array as it is, so its buffer stays in place.
            try PacketFlight(
                sending: values.withUnsafeBytes { $0 }, to: neighbour.rank, header, tag: Self.neighbourTag + neighbour.slot, keeping: values,
                on: self)
        }
        var waiting = coming + going
        try waitUntil(peer: sources.first?.rank, { header.description }) {
            try waiting.removeAll { try $0.advance() }
            return waiting.isEmpty ? () : nil
        }
        return coming.map { $0.received?.array(of: Element.self) ?? [] }
    }
}
