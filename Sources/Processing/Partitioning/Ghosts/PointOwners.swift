import Datasets
import Execution

/// Who owns the points that parts share: the owner of the lowest cell of all that use a point.
struct PointOwners: Sendable {
    /// For each shared point the part that owns it.
    var owners: [Int32]
    /// For each shared point the name of its lowest cell anywhere, and which of that cell's corners it is.
    var lowest: [LowestCell]
    /// For each sharer of each shared point whether its cells use the point.
    var uses: [Bool]

    /// Where a point is used first.
    struct LowestCell: BitwiseCopyable, Sendable {
        var name: CellName
        var corner: UInt64

        static func < (a: LowestCell, b: LowestCell) -> Bool { a.name == b.name ? a.corner < b.corner : a.name < b.name }
    }

    /// What a part tells a sharer of a point.
    private struct Use: BitwiseCopyable, Sendable {
        var position: Int64
        var lowest: LowestCell
    }

    /// The owners of every part's shared points. Collective.
    static func find(
        _ parts: [Part], _ shared: [SharedPoints], _ bands: [Band], _ exchange: PartExchange, context: ExecutionContext
    ) throws -> [PointOwners] {
        let told = try context.mapParts(parts.count) { index, _ in
            let part = parts[index]
            let own = bands[index].firstUses().map { use -> LowestCell in
                if use.cell < 0 { return LowestCell(name: .none, corner: 0) }
                return LowestCell(name: part.name(of: Int(use.cell)), corner: UInt64(use.corner))
            }
            var messages = [[Use]](repeating: [], count: exchange.count)
            for position in own.indices {
                for place in Int(shared[index].offsets[position])..<Int(shared[index].offsets[position + 1]) {
                    let sharer = shared[index].sharers[place]
                    messages[Int(sharer.part)].append(Use(position: Int64(sharer.position), lowest: own[position]))
                }
            }
            return (own, messages.indices.filter { !messages[$0].isEmpty }.map { PartExchange.Message(part: $0, values: messages[$0]) })
        }
        let incoming = try exchange.exchange(told.map(\.1))
        return try context.mapParts(parts.count) { index, _ in
            let own = told[index].0
            var result = PointOwners(
                owners: [Int32](repeating: Int32(parts[index].number), count: own.count), lowest: own,
                uses: [Bool](repeating: true, count: shared[index].sharers.count))
            for message in incoming[index] {
                for use in message.values {
                    let position = Int(use.position)
                    // Of parts whose cells do not use the point the lowest owns it.
                    let (owner, lowest) = (result.owners[position], result.lowest[position])
                    if use.lowest < lowest || (use.lowest.name == lowest.name && Int32(message.part) < owner) {
                        result.owners[position] = Int32(message.part)
                        result.lowest[position] = use.lowest
                    }
                    if use.lowest.name == .none {
                        for place in Int(shared[index].offsets[position])..<Int(shared[index].offsets[position + 1])
                        where Int(shared[index].sharers[place].part) == message.part { result.uses[place] = false }
                    }
                }
            }
            return result
        }
    }
}
