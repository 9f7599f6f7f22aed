import Datasets
import Execution

/// The points of a part that other parts have too, found by their identities.
struct SharedPoints: Sendable {
    /// A part that has the point, and the place of the point among those that it shares.
    struct Sharer: BitwiseCopyable, Sendable {
        var part: Int32
        var position: Int32
    }

    /// Rising.
    var points: [Int32] = []
    /// Where the sharers of each begin; one entry more than there are points.
    var offsets: [Int32] = [0]
    /// By rising number of the part.
    var sharers: [Sharer] = []
    /// Whether all points of the part, shared or not, are known to be the source's, in the order of their indices.
    var isInOrder = false

    func sharers(of position: Int) -> ArraySlice<Sharer> { sharers[Int(offsets[position])..<Int(offsets[position + 1])] }

    /// The shared points of every part here. Collective.
    ///
    /// - Complexity: O(points) to find those that may be shared, then O(those).
    static func find(_ parts: [Part], _ exchange: PartExchange, context: ExecutionContext) throws -> [SharedPoints] {
        if exchange.count == 1 { return parts.map { _ in SharedPoints() } }
        if exchange.isLocal, let found = try SharedIndices(parts)?.find(context: context) { return found }
        return try Rendezvous(parts, exchange).find(context: context)
    }
}

/// Shared points of parts that are all here and name their points by rising indices that are dense: a table of counts finds them.
struct SharedIndices {
    private let parts: [Part]
    private let greatest: UInt64
    private static let chunk = 1 << 14

    /// Nil where indices are not dense, or made points have names that are none.
    init?(_ parts: [Part]) {
        var greatest: UInt64 = 0
        var total = 0
        for part in parts where part.pointCount > 0 {
            let last = part.identities[part.pointCount - 1]
            if !last.isSource { return nil }
            greatest = max(greatest, last.low)
            total += part.pointCount
        }
        if greatest / 8 > UInt64(total) + 4096 || parts.count > 1 << 15 { return nil }
        self.parts = parts
        self.greatest = greatest
    }

    /// What one chunk of the indices has.
    private struct Chunk {
        /// Shared points, part after part; where each part's begin.
        var points: [Int32] = []
        var starts: [Int32] = []
        /// The entries of `points` by index, and where the group of each entry is.
        var grouped: [Int32] = []
        var groups: [Int32] = []
        var sizes: [Int32] = []
        var isInOrder = true
    }

    /// Nil where names of some part do not rise.
    func find(context: ExecutionContext) throws -> [SharedPoints]? {
        let size = Int(greatest) + 1
        let chunks = try context.parallelMap(size, grain: SharedIndices.chunk) { chunk($0) }
        if chunks.contains(where: { !$0.isInOrder }) { return nil }
        // Where each chunk's points and sharers go in the list of each part.
        var bases = [Int32](repeating: 0, count: chunks.count * parts.count)
        var sharerBases = bases
        var result: [SharedPoints] = []
        for part in parts.indices {
            var (points, sharers) = (0, 0)
            for (number, chunk) in chunks.enumerated() {
                bases[number * parts.count + part] = Int32(truncatingIfNeeded: points)
                sharerBases[number * parts.count + part] = Int32(truncatingIfNeeded: sharers)
                points += Int(chunk.starts[part + 1] - chunk.starts[part])
                for entry in Int(chunk.starts[part])..<Int(chunk.starts[part + 1]) { sharers += Int(chunk.sizes[entry]) - 1 }
            }
            var shared = SharedPoints()
            shared.isInOrder = true
            shared.points = [Int32](repeating: 0, count: points)
            shared.offsets = [Int32](repeating: Int32(truncatingIfNeeded: sharers), count: points + 1)
            shared.sharers = [SharedPoints.Sharer](repeating: .init(part: 0, position: 0), count: sharers)
            result.append(shared)
        }
        return try context.mapParts(parts.count) { part, _ in
            var shared = result[part]
            fill(&shared, part, chunks, bases, sharerBases)
            return shared
        }
    }

    private func fill(_ shared: inout SharedPoints, _ part: Int, _ chunks: [Chunk], _ bases: [Int32], _ sharerBases: [Int32]) {
        let count = parts.count
        shared.points.withUnsafeMutableBufferPointer { points in
            shared.offsets.withUnsafeMutableBufferPointer { offsets in
                shared.sharers.withUnsafeMutableBufferPointer { sharers in
                    for (number, chunk) in chunks.enumerated() {
                        var place = Int(bases[number * count + part])
                        var next = Int(sharerBases[number * count + part])
                        let starts = chunk.starts
                        for entry in Int(starts[part])..<Int(starts[part + 1]) {
                            points[place] = chunk.points[entry]
                            offsets[place] = Int32(truncatingIfNeeded: next)
                            place += 1
                            let group = Int(chunk.groups[entry])
                            // Entries of a group rise, and with them their parts.
                            var other = 0
                            for member in group..<group + Int(chunk.sizes[entry]) {
                                let fellow = Int(chunk.grouped[member])
                                if fellow == entry { continue }
                                while fellow >= Int(starts[other + 1]) { other += 1 }
                                sharers[next] = .init(
                                    part: Int32(truncatingIfNeeded: other),
                                    position: bases[number * count + other] + Int32(truncatingIfNeeded: fellow) - starts[other])
                                next += 1
                            }
                        }
                    }
                }
            }
        }
    }

    private func chunk(_ range: Range<Int>) -> Chunk {
        var result = Chunk()
        let (begin, end) = (UInt64(range.lowerBound), UInt64(range.upperBound))
        let bounds = parts.map { (place(of: begin, $0), place(of: end, $0)) }
        result.starts.append(0)
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: range.count) { table in
            table.initialize(repeating: 0)
            for (part, (low, high)) in zip(parts, bounds) {
                let name = part.identities.pointer
                var next = begin
                for point in low..<max(low, high) {
                    let (index, top) = (name[point].low, name[point].high)
                    if top != 0 || index < next || index >= end {
                        result.isInOrder = false
                        return
                    }
                    table[Int(index &- begin)] &+= 1
                    next = index &+ 1
                }
                withExtendedLifetime(part) {}
            }
            var isShared = false
            for entry in table where entry > 1 {
                isShared = true
                break
            }
            for (part, (low, high)) in zip(parts, bounds) {
                if isShared {
                    let name = part.identities.pointer
                    for point in low..<max(low, high) where table[Int(name[point].low &- begin)] > 1 {
                        result.points.append(Int32(truncatingIfNeeded: point))
                        result.sizes.append(Int32(table[Int(name[point].low &- begin)]))
                        result.groups.append(Int32(truncatingIfNeeded: name[point].low &- begin))
                    }
                    withExtendedLifetime(part) {}
                }
                result.starts.append(Int32(truncatingIfNeeded: result.points.count))
            }
        }
        group(&result, range.count)
        return result
    }

    /// Puts the entries of a chunk, whose `groups` are indices, into groups of equal ones.
    private func group(_ chunk: inout Chunk, _ size: Int) {
        if chunk.points.isEmpty { return }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: size) { place in
            place.initialize(repeating: 0)
            for (entry, index) in chunk.groups.enumerated() { place[Int(index)] = chunk.sizes[entry] }
            var sum: Int32 = 0
            for index in 0..<size {
                let count = place[index]
                place[index] = sum
                sum += count
            }
            chunk.grouped = [Int32](repeating: -1, count: chunk.points.count)
            for entry in chunk.groups.indices {
                let start = place[Int(chunk.groups[entry])]
                chunk.groups[entry] = start
                var free = Int(start)
                while chunk.grouped[free] >= 0 { free += 1 }
                chunk.grouped[free] = Int32(truncatingIfNeeded: entry)
            }
        }
    }

    /// The first point of a part whose name is `index` or more, where names rise.
    private func place(of index: UInt64, _ part: Part) -> Int {
        let name = part.identities.pointer
        var (low, high) = (0, part.pointCount)
        while low < high {
            let middle = (low + high) / 2
            if name[middle].isSource && name[middle].low < index { low = middle + 1 } else { high = middle }
        }
        withExtendedLifetime(part) {}
        return low
    }
}
