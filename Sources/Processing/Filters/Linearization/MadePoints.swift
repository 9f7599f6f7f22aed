import Datasets
import Execution

/// The points that a linearisation makes, each once, ordered by their parents, then by their weights.
///
/// The order depends on comparisons of the parents' indices only, as DESIGN's one numbering asks for.
struct MadePoints {
    /// The parents of each point, rising, and the weight of each.
    let parents: CellArray
    let weights: Buffer<Double>
    /// Where the candidates of each chunk begin, and for each candidate the point that it is.
    let firsts: [Int]
    let ranks: Buffer<Int32>

    var count: Int { parents.count }

    init(_ chunks: [Linearization.Chunk], pointCount: Int, context: ExecutionContext) throws {
        var firsts = chunks.map { $0.starts.count - 1 }
        let total = exclusivePrefixSum(&firsts)
        self.firsts = firsts
        guard total < Int(Int32.max) else {
            throw DatasetError("\(total) points between nodes of cells are more than one piece can number: use more pieces")
        }
        if total == 0 {
            parents = CellArray()
            weights = Buffer()
            ranks = Buffer()
            return
        }
        var terms = MadePoints.joined(chunks)
        let order = try MadePoints.sorted(terms, pointCount: pointCount, context: context)
        ranks = Buffer(uninitializedCount: total)
        let rank = UnsafeMutablePointer(mutating: ranks.pointer)
        var chosen: [Int32] = []
        for (place, candidate) in order.enumerated() {
            if place == 0 || terms.compare(Int(chosen.last!), Int(candidate)) != 0 { chosen.append(candidate) }
            rank[Int(candidate)] = Int32(truncatingIfNeeded: chosen.count - 1)
        }
        var offsets: [Int32] = [0]
        var list: [Int32] = []
        var listWeights: [Double] = []
        for candidate in chosen {
            let range = terms.starts[Int(candidate)]..<terms.starts[Int(candidate) + 1]
            guard list.count + range.count < Int(Int32.max) else {
                throw DatasetError("points between nodes of cells have more parents than one piece can number: use more pieces")
            }
            list += terms.parents[range]
            listWeights += terms.weights[range]
            offsets.append(Int32(list.count))
        }
        parents = CellArray(offsets: Buffer(offsets), connectivity: Buffer(list))
        weights = Buffer(listWeights)
        terms = Terms()
    }

    /// The candidates of all chunks.
    private struct Terms: Sendable {
        var starts: [Int] = [0]
        var parents: [Int32] = []
        var weights: [Double] = []

        /// Less than, equal to or greater than zero.
        func compare(_ a: Int, _ b: Int) -> Int {
            let (firstA, firstB) = (starts[a], starts[b])
            let (countA, countB) = (starts[a + 1] - firstA, starts[b + 1] - firstB)
            for place in 0..<min(countA, countB) {
                let (x, y) = (parents[firstA + place], parents[firstB + place])
                if x != y { return x < y ? -1 : 1 }
            }
            if countA != countB { return countA < countB ? -1 : 1 }
            for place in 0..<countA {
                // Bit patterns, so that weights that are not numbers have an order too.
                let (x, y) = (weights[firstA + place].bitPattern, weights[firstB + place].bitPattern)
                if x != y { return x < y ? -1 : 1 }
            }
            return 0
        }
    }

    private static func joined(_ chunks: [Linearization.Chunk]) -> Terms {
        var terms = Terms()
        terms.starts.reserveCapacity(chunks.reduce(1) { $0 + $1.starts.count })
        terms.parents.reserveCapacity(chunks.reduce(0) { $0 + $1.parents.count })
        terms.weights.reserveCapacity(terms.parents.capacity)
        for chunk in chunks {
            let first = terms.parents.count
            for start in chunk.starts.dropFirst() { terms.starts.append(first + start) }
            terms.parents += chunk.parents
            terms.weights += chunk.weights
        }
        return terms
    }

    /// The candidates in order: dealt by their first parent through counts, each short list then sorted by itself.
    private static func sorted(_ terms: Terms, pointCount: Int, context: ExecutionContext) throws -> [Int32] {
        let total = terms.starts.count - 1
        var counts = [Int](repeating: 0, count: pointCount + 1)
        for candidate in 0..<total { counts[Int(terms.parents[terms.starts[candidate]])] += 1 }
        _ = exclusivePrefixSum(&counts)
        let firsts = counts
        var order = [Int32](repeating: 0, count: total)
        for candidate in 0..<total {
            let parent = Int(terms.parents[terms.starts[candidate]])
            order[counts[parent]] = Int32(truncatingIfNeeded: candidate)
            counts[parent] += 1
        }
        try order.withUnsafeMutableBufferPointer { slots in
            nonisolated(unsafe) let slots = slots
            try context.parallelFor(pointCount, grain: 1 << 10) { range in
                for point in range where firsts[point + 1] - firsts[point] > 1 {
                    var list = UnsafeMutableBufferPointer(rebasing: slots[firsts[point]..<firsts[point + 1]])
                    list.sort { terms.compare(Int($0), Int($1)) < 0 }
                }
            }
        }
        return order
    }
}
