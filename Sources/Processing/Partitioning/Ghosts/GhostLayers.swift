import Datasets
import Execution

/// Which cells of each part become ghosts of which other parts, layer by layer.
///
/// A set of parts (bits in words) for each point and each cell of the band says for whom it lies in a layer found so far, so that all parts' layers
/// grow in one pass over the band.
struct GhostLayers: Sendable {
    /// Cells that go to one part.
    struct Cells: Sendable {
        var part: Int
        /// Places in the band, rising.
        var places: [Int32]
        var levels: [UInt8]
    }

    /// For one part: what goes to others, by rising part.
    var outgoing: [Cells]

    /// Finds `levels` layers. Collective.
    static func find(
        _ parts: [Part], _ shared: [SharedPoints], _ owners: [PointOwners], _ bands: [Band], levels: Int, _ exchange: PartExchange,
        context: ExecutionContext
    ) throws -> [GhostLayers] {
        var growths = try context.mapParts(parts.count) { index, _ in
            Growth(part: parts[index].number, parts: exchange.count, shared[index], owners[index], bands[index])
        }
        for level in 1..<max(1, levels + 1) {
            growths = try context.mapParts(parts.count) { index, _ in
                var growth = growths[index]
                growth.grow(UInt8(truncatingIfNeeded: level), bands[index], isLast: level == levels)
                return growth
            }
            if level == levels { break }
            let notices = try exchange.exchange(growths.indices.map { growths[$0].notices(shared[$0]) })
            for index in growths.indices { growths[index].take(notices[index], bands[index]) }
        }
        return growths.map { $0.result() }
    }
}

/// One part's layers for all others.
private struct Growth: Sendable {
    /// A point that lies in a layer for the parts in a word.
    struct Notice: BitwiseCopyable, Sendable {
        var position: Int32
        var word: Int32
        var parts: UInt64
    }

    let part: Int
    /// Words of a set of parts.
    let words: Int
    /// For each slot, for whom its point lies in a layer.
    var near: [UInt64]
    /// For each cell of the band, for whom it lies in a layer.
    var taken: [UInt64]
    /// Shared places with parts that were added since the last notices: place, word, parts.
    var fresh: [Notice] = []
    /// What goes to each part: places in the band and levels, layer after layer.
    var places: [[Int32]]
    var levels: [[UInt8]]

    init(part: Int, parts: Int, _ shared: SharedPoints, _ owners: PointOwners, _ band: Band) {
        self.part = part
        words = (parts + 63) / 64
        places = Array(repeating: [], count: parts)
        levels = Array(repeating: [], count: parts)
        near = [UInt64](repeating: 0, count: band.points.count * words)
        taken = [UInt64](repeating: 0, count: band.cells.count * words)
        for position in shared.points.indices {
            let slot = Int(band.sharedSlots[position])
            for place in Int(shared.offsets[position])..<Int(shared.offsets[position + 1]) where owners.uses[place] {
                let other = Int(shared.sharers[place].part)
                near[slot * words + other >> 6] |= 1 << UInt64(other & 63)
            }
        }
    }

    /// Adds the cells that share a point with the layers so far, and then their points.
    mutating func grow(_ level: UInt8, _ band: Band, isLast: Bool) {
        var grown: [(place: Int32, word: Int32, parts: UInt64)] = []
        let words = words
        near.withUnsafeBufferPointer { near in
            taken.withUnsafeMutableBufferPointer { taken in
                band.slots.withUnsafeBufferPointer { slots in
                    for place in band.cells.indices {
                        let (begin, end) = (Int(band.offsets[place]), Int(band.offsets[place + 1]))
                        for word in 0..<words {
                            var parts: UInt64 = 0
                            for entry in begin..<end { parts |= near[Int(slots[entry]) &* words &+ word] }
                            parts &= ~taken[place &* words &+ word]
                            if parts == 0 { continue }
                            taken[place &* words &+ word] |= parts
                            grown.append((Int32(truncatingIfNeeded: place), Int32(truncatingIfNeeded: word), parts))
                        }
                    }
                }
            }
        }
        for (place, word, parts) in grown {
            var rest = parts
            while rest != 0 {
                let other = Int(word) * 64 + rest.trailingZeroBitCount
                rest &= rest &- 1
                places[other].append(place)
                levels[other].append(level)
            }
        }
        if isLast { return }
        for (place, word, parts) in grown {
            for entry in Int(band.offsets[Int(place)])..<Int(band.offsets[Int(place) + 1]) {
                let slot = Int(band.slots[entry])
                let added = parts & ~near[slot * words + Int(word)]
                if added == 0 { continue }
                near[slot * words + Int(word)] |= added
                if band.sharedPlaces[slot] >= 0 { fresh.append(Notice(position: band.sharedPlaces[slot], word: word, parts: added)) }
            }
        }
    }

    /// What the sharers of fresh points have to know.
    mutating func notices(_ shared: SharedPoints) -> [PartExchange.Message<Notice>] {
        var byPart: [Int: [Notice]] = [:]
        for notice in fresh {
            for sharer in shared.sharers(of: Int(notice.position)) {
                byPart[Int(sharer.part), default: []].append(Notice(position: sharer.position, word: notice.word, parts: notice.parts))
            }
        }
        fresh = []
        return byPart.keys.sorted().map { .init(part: $0, values: byPart[$0]!) }
    }

    mutating func take(_ messages: [PartExchange.Message<Notice>], _ band: Band) {
        for message in messages {
            for notice in message.values {
                var parts = notice.parts
                if Int(notice.word) == part >> 6 { parts &= ~(1 << UInt64(part & 63)) }
                near[Int(band.sharedSlots[Int(notice.position)]) * words + Int(notice.word)] |= parts
            }
        }
    }

    func result() -> GhostLayers {
        GhostLayers(outgoing: places.indices.filter { !places[$0].isEmpty }.map { other in
            let (found, level) = (places[other], levels[other])
            if level.first == level.last { return GhostLayers.Cells(part: other, places: found, levels: level) }
            let order = found.indices.sorted { found[$0] < found[$1] }
            return GhostLayers.Cells(part: other, places: order.map { found[$0] }, levels: order.map { level[$0] })
        })
    }
}
