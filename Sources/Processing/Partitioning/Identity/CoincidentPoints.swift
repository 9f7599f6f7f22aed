import Datasets
import Execution
import Geometry

/// Finds points of parts anywhere that lie on one spot: points are sorted into boxes of space, and each box is looked at by one part.
struct CoincidentPoints {
    let tolerance: Double

    /// A point as it is sent to who looks at a box that it lies in or near.
    private struct Candidate: BitwiseCopyable, Sendable {
        var box: SIMD3<Int64>
        var place: SIMD3<Double>
        var index: UInt64
        /// Whether it lies in the box; else it only asks who does.
        var isInside: UInt64
    }

    /// For each point of each part the lowest raw index on its spot. Collective.
    ///
    /// - Parameter firstIndices: the raw index of each part's first point.
    func names(_ points: [Points], firstIndices: [Int], _ exchange: PartExchange, context: ExecutionContext) throws -> [[UInt64]] {
        var senders: [[[Int32]]] = []
        let outgoing = points.indices.map { part -> [PartExchange.Message<Candidate>] in
            var messages = [[Candidate]](repeating: [], count: exchange.count)
            var asked = [[Int32]](repeating: [], count: exchange.count)
            for point in 0..<points[part].count {
                // Adding 0 turns −0 into 0.
                let place = points[part][point] + Vector3()
                if !(place.x.isFinite && place.y.isFinite && place.z.isFinite) { continue }
                let home = box(of: place)
                for box in boxes(near: place, home) {
                    let part1 = looker(at: box, exchange.count)
                    messages[part1].append(
                        Candidate(box: box, place: place, index: UInt64(firstIndices[part] + point), isInside: box == home ? 1 : 0))
                    asked[part1].append(Int32(truncatingIfNeeded: point))
                }
            }
            senders.append(asked)
            return messages.indices.filter { !messages[$0].isEmpty }.map { .init(part: $0, values: messages[$0]) }
        }
        let received = try exchange.exchange(outgoing)
        let answers = try exchange.exchange(try context.mapParts(received.count) { index, _ in lowest(received[index]) })
        return points.indices.map { part in
            var names = (0..<points[part].count).map { UInt64(firstIndices[part] + $0) }
            for message in answers[part] {
                for (point, name) in zip(senders[part][message.part], message.values) { names[Int(point)] = min(names[Int(point)], name) }
            }
            return names
        }
    }

    /// Boxes are twice as wide as the tolerance, so that a point is near at most eight.
    private func box(of place: Vector3) -> SIMD3<Int64> {
        if tolerance == 0 { return SIMD3(Int64(bitPattern: place.x.bitPattern), Int64(bitPattern: place.y.bitPattern), Int64(bitPattern: place.z.bitPattern)) }
        func number(_ value: Double) -> Int64 {
            let scaled = (value / (2 * tolerance)).rounded(.down)
            return scaled < -9e18 ? .min : (scaled > 9e18 ? .max : Int64(scaled))
        }
        return SIMD3(number(place.x), number(place.y), number(place.z))
    }

    private func boxes(near place: Vector3, _ home: SIMD3<Int64>) -> [SIMD3<Int64>] {
        if tolerance == 0 { return [home] }
        let (low, high) = (box(of: place - Vector3(repeating: tolerance)), box(of: place + Vector3(repeating: tolerance)))
        var found: [SIMD3<Int64>] = []
        for x in Set([low.x, home.x, high.x]).sorted() {
            for y in Set([low.y, home.y, high.y]).sorted() {
                for z in Set([low.z, home.z, high.z]).sorted() { found.append(SIMD3(x, y, z)) }
            }
        }
        return found
    }

    private func looker(at box: SIMD3<Int64>, _ parts: Int) -> Int {
        var hash: UInt64 = 0
        for axis in 0..<3 {
            hash = (hash ^ UInt64(bitPattern: box[axis])) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash &>> 29
        }
        return Int(hash.multipliedFullWidth(by: UInt64(parts)).high)
    }

    /// Answers every candidate with the lowest raw index of those inside its box that are near enough.
    private func lowest(_ messages: [PartExchange.Message<Candidate>]) -> [PartExchange.Message<UInt64>] {
        var all: [(candidate: Candidate, message: Int, position: Int)] = []
        for (number, message) in messages.enumerated() {
            for (position, candidate) in message.values.enumerated() { all.append((candidate, number, position)) }
        }
        all.sort {
            let (a, b) = ($0.candidate, $1.candidate)
            for axis in 0..<3 where a.box[axis] != b.box[axis] { return a.box[axis] < b.box[axis] }
            return a.index < b.index
        }
        var answers = messages.map { PartExchange.Message(part: $0.part, values: [UInt64](repeating: .max, count: $0.values.count)) }
        var first = 0
        while first < all.count {
            var end = first + 1
            while end < all.count && all[end].candidate.box == all[first].candidate.box { end += 1 }
            if tolerance == 0 {
                // One spot a box: the first is the lowest.
                for entry in all[first..<end] { answers[entry.message].values[entry.position] = all[first].candidate.index }
            } else {
                for entry in all[first..<end] {
                    // In rising order of indices, so the first one near enough is the lowest.
                    let near = all[first..<end].first {
                        let away = $0.candidate.place - entry.candidate.place
                        return $0.candidate.isInside == 1 && (away * away).sum() <= tolerance * tolerance
                    }
                    if let near { answers[entry.message].values[entry.position] = near.candidate.index }
                }
            }
            first = end
        }
        return answers
    }
}
