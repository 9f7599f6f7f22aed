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

    /// The owners of every part's shared points. Collective.
    static func find(_ parts: [Part], _ shared: [SharedPoints], _ bands: [Band], _ exchange: PartExchange) throws -> [PointOwners] {
        let own = parts.indices.map { index in
            let cells = bands[index].lowestCells()
            return zip(cells, shared[index].points).map { cell, point -> LowestCell in
                if cell < 0 { return LowestCell(name: .none, corner: 0) }
                var corner = 0
                parts[index].forEachCell([cell]) { points, count in
                    while corner < count && points[corner] != point { corner += 1 }
                }
                return LowestCell(name: parts[index].name(of: Int(cell)), corner: UInt64(corner))
            }
        }
        struct Use: BitwiseCopyable, Sendable {
            var position: Int64
            var lowest: LowestCell
        }
        var outgoing: [[PartExchange.Message<Use>]] = []
        for index in parts.indices {
            var byPart: [Int: [Use]] = [:]
            for position in shared[index].points.indices {
                for sharer in shared[index].sharers(of: position) {
                    byPart[Int(sharer.part), default: []].append(Use(position: Int64(sharer.position), lowest: own[index][position]))
                }
            }
            outgoing.append(byPart.keys.sorted().map { .init(part: $0, values: byPart[$0]!) })
        }
        let incoming = try exchange.exchange(outgoing)
        return parts.indices.map { index in
            var result = PointOwners(
                owners: [Int32](repeating: Int32(parts[index].number), count: own[index].count), lowest: own[index],
                uses: [Bool](repeating: true, count: shared[index].sharers.count))
            for message in incoming[index] {
                for use in message.values {
                    let position = Int(use.position)
                    let isNone = use.lowest.name == .none
                    // Of parts whose cells do not use the point the lowest owns it.
                    let (owner, lowest) = (result.owners[position], result.lowest[position])
                    let isFirst = use.lowest < lowest || (use.lowest.name == lowest.name && Int32(message.part) < owner)
                    if isFirst {
                        result.owners[position] = Int32(message.part)
                        result.lowest[position] = use.lowest
                    }
                    if isNone {
                        for place in Int(shared[index].offsets[position])..<Int(shared[index].offsets[position + 1])
                        where Int(shared[index].sharers[place].part) == message.part { result.uses[place] = false }
                    }
                }
            }
            return result
        }
    }
}
