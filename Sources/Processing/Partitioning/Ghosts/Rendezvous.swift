import Datasets
import Execution
import Geometry

/// Shared points of parts anywhere: points that lie in the box of another part are named to the part that a hash of their name says, which
/// answers who has them.
struct Rendezvous {
    private let parts: [Part]
    private let exchange: PartExchange

    init(_ parts: [Part], _ exchange: PartExchange) {
        self.parts = parts
        self.exchange = exchange
    }

    /// A point that one asks about.
    private struct Query: BitwiseCopyable, Sendable {
        var identity: PointIdentity
    }

    /// An answer: which of the asker's points another part has.
    private struct Answer: BitwiseCopyable, Sendable {
        var query: Int32
        var part: Int32
    }

    func find(context: ExecutionContext) throws -> [SharedPoints] {
        let boxes = try exchange.allGather(parts.map { Box($0.dataset.explicitPoints ?? Points()) })
        // Which points each part asks each server about.
        let candidates = try context.mapParts(parts.count) { index, context in
            try Rendezvous.candidates(parts[index], boxes, exchange.held.lowerBound + index, context)
        }
        var queries: [[[Int32]]] = []
        var outgoing: [[PartExchange.Message<Query>]] = []
        for (part, points) in zip(parts, candidates) {
            var asked = [[Int32]](repeating: [], count: exchange.count)
            for point in points { asked[server(of: part.identities.pointer[Int(point)])].append(point) }
            outgoing.append(asked.indices.filter { !asked[$0].isEmpty }.map { server in
                .init(part: server, values: asked[server].map { Query(identity: part.identities.pointer[Int($0)]) })
            })
            queries.append(asked)
        }
        let received = try exchange.exchange(outgoing)
        let answers = try exchange.exchange(try context.mapParts(parts.count) { index, _ in Rendezvous.answer(received[index]) })
        // Who has which of a part's points: by point, then part.
        var pairs: [[(point: Int32, part: Int32)]] = []
        for (asked, messages) in zip(queries, answers) {
            var found: [(point: Int32, part: Int32)] = []
            for message in messages {
                for answer in message.values { found.append((asked[message.part][Int(answer.query)], answer.part)) }
            }
            found.sort { $0.point != $1.point ? $0.point < $1.point : $0.part < $1.part }
            pairs.append(found)
        }
        return try positions(pairs)
    }

    private func server(of identity: PointIdentity) -> Int {
        var hash = identity.low ^ identity.high &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash &>> 32
        hash &*= 0xD6E8_FEB8_6659_FD93
        return Int(((hash &>> 33) &* UInt64(exchange.count)) &>> 31)
    }

    /// Tells the askers of each point about each other.
    private static func answer(_ messages: [PartExchange.Message<Query>]) -> [PartExchange.Message<Answer>] {
        struct Asker { var identity: PointIdentity; var message: Int32; var query: Int32 }
        var askers: [Asker] = []
        askers.reserveCapacity(messages.reduce(0) { $0 + $1.values.count })
        for (number, message) in messages.enumerated() {
            for (query, value) in message.values.enumerated() {
                askers.append(Asker(identity: value.identity, message: Int32(number), query: Int32(truncatingIfNeeded: query)))
            }
        }
        askers.sort {
            if $0.identity.low != $1.identity.low { return $0.identity.low < $1.identity.low }
            if $0.identity.high != $1.identity.high { return $0.identity.high < $1.identity.high }
            return $0.message < $1.message
        }
        var replies = messages.map { PartExchange.Message<Answer>(part: $0.part, values: []) }
        var first = 0
        while first < askers.count {
            var end = first + 1
            while end < askers.count && askers[end].identity == askers[first].identity { end += 1 }
            for one in first..<end {
                for other in first..<end where askers[other].message != askers[one].message {
                    replies[Int(askers[one].message)].values.append(
                        Answer(query: askers[one].query, part: Int32(messages[Int(askers[other].message)].part)))
                }
            }
            first = end
        }
        return replies.filter { !$0.values.isEmpty }
    }

    /// Makes lists of shared points, and lets parts tell each other where their common points are in them.
    private func positions(_ pairs: [[(point: Int32, part: Int32)]]) throws -> [SharedPoints] {
        var result: [SharedPoints] = []
        // For each part, for each other one the sharers that mean it, by the points' identities: the same order on both sides.
        var common: [[Int: [Int]]] = []
        for (part, found) in zip(parts, pairs) {
            var shared = SharedPoints()
            var byPart: [Int: [(identity: PointIdentity, position: Int, sharer: Int)]] = [:]
            shared.offsets = []
            for (point, other) in found {
                if shared.points.last != point {
                    shared.points.append(point)
                    shared.offsets.append(Int32(truncatingIfNeeded: shared.sharers.count))
                }
                byPart[Int(other), default: []].append((part.identities[Int(point)], shared.points.count - 1, shared.sharers.count))
                shared.sharers.append(.init(part: other, position: Int32(truncatingIfNeeded: shared.points.count - 1)))
            }
            shared.offsets.append(Int32(truncatingIfNeeded: shared.sharers.count))
            result.append(shared)
            common.append(byPart.mapValues { entries in
                entries.sorted {
                    $0.identity.high != $1.identity.high ? $0.identity.high < $1.identity.high : $0.identity.low < $1.identity.low
                }.map(\.sharer)
            })
        }
        // Until now every sharer holds the own position, which is what the other side needs.
        let told = try exchange.exchange(zip(result, common).map { shared, others in
            others.keys.sorted().map { other in
                PartExchange.Message<Int32>(part: other, values: others[other]!.map { shared.sharers[$0].position })
            }
        })
        for index in result.indices {
            for message in told[index] {
                guard let mine = common[index][message.part], mine.count == message.values.count else {
                    throw DatasetError("pieces \(parts[index].number) and \(message.part) do not agree about which points they share")
                }
                for (sharer, position) in zip(mine, message.values) { result[index].sharers[sharer].position = position }
            }
        }
        return result
    }

    /// A box of points as it travels; of everything where a coordinate is not finite.
    struct Box: BitwiseCopyable, Sendable {
        var lower: SIMD3<Double>
        var upper: SIMD3<Double>

        init(_ points: Points) {
            lower = SIMD3(repeating: .infinity)
            upper = SIMD3(repeating: -.infinity)
            for point in 0..<points.count {
                let at = points[point]
                for axis in 0..<3 {
                    if !at[axis].isFinite {
                        lower[axis] = -.infinity
                        upper[axis] = .infinity
                    }
                    if at[axis] < lower[axis] { lower[axis] = at[axis] }
                    if at[axis] > upper[axis] { upper[axis] = at[axis] }
                }
            }
        }

        func overlaps(_ other: Box) -> Bool {
            (0..<3).allSatisfy { lower[$0] <= other.upper[$0] && upper[$0] >= other.lower[$0] }
        }
    }

    /// The points of a part that lie in the box of another one, borders included, or are nowhere.
    private static func candidates(_ part: Part, _ boxes: [Box], _ number: Int, _ context: ExecutionContext) throws -> [Int32] {
        let others = boxes.indices.filter { $0 != number && boxes[$0].overlaps(boxes[number]) }.map { boxes[$0] }
        if others.isEmpty { return [] }
        let points = part.dataset.explicitPoints ?? Points()
        func inside<Value: BinaryFloatingPoint & BitwiseCopyable & Sendable>(_ values: Buffer<Value>) throws -> [Int32] {
            let value = values.pointer
            defer { withExtendedLifetime(values) {} }
            return try context.parallelMap(values.count / 3, grain: 1 << 15) { range in
                var found: [Int32] = []
                for point in range {
                    let at = SIMD3(Double(value[3 &* point]), Double(value[3 &* point &+ 1]), Double(value[3 &* point &+ 2]))
                    for box in others {
                        // Not "inside" in this order, so that NaN counts as inside.
                        if at.x < box.lower.x || at.x > box.upper.x || at.y < box.lower.y || at.y > box.upper.y || at.z < box.lower.z
                            || at.z > box.upper.z
                        {
                            continue
                        }
                        found.append(Int32(truncatingIfNeeded: point))
                        break
                    }
                }
                return found
            }.flatMap { $0 }
        }
        switch points {
        case .float32(let buffer): return try inside(buffer)
        case .float64(let buffer): return try inside(buffer)
        }
    }
}
