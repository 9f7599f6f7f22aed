import Datasets

/// Rising names of something, to be merged with others of its kind.
protocol SortedNames {
    associatedtype Name: Comparable
    var count: Int { get }
    func name(_ position: Int) -> Name
}

/// Merges sorted lists: calls `body` with stretches of one list, in the order of the names.
///
/// Equal names come in the order of the lists; a stretch that begins with the name that the one before ended with shows it by its flag.
/// - Complexity: O(stretches · (lists + log count)).
@inline(__always)
func merge<List: SortedNames>(_ lists: [List], _ body: (_ list: Int, _ range: Range<Int>, _ repeatsFirst: Bool) throws -> Void) rethrows {
    var heads = [Int](repeating: 0, count: lists.count)
    var live = lists.indices.filter { lists[$0].count > 0 }
    // The name at the head of each live list.
    var names = live.map { lists[$0].name(0) }
    var last: List.Name?
    while !live.isEmpty {
        var slot = 0
        var least = names[0]
        var limit: List.Name?
        var limitList = Int.max
        for other in 1..<max(1, live.count) {
            let name = names[other]
            if name < least {
                (limit, limitList) = (least, live[slot])
                (least, slot) = (name, other)
            } else if limit == nil || name < limit! {
                (limit, limitList) = (name, live[other])
            }
        }
        let best = live[slot]
        let source = lists[best]
        let begin = heads[best]
        var end = source.count
        if let limit {
            // All that come before the limit: doubling steps, then halving ones.
            func isBefore(_ position: Int) -> Bool {
                let name = source.name(position)
                return best < limitList ? !(limit < name) : name < limit
            }
            var low = begin + 1
            var step = 1
            while low < end && isBefore(low) {
                if low + step >= source.count || !isBefore(low + step) { break }
                low += step
                step *= 2
            }
            end = min(source.count, low + step)
            while low < end {
                let middle = (low + end) / 2
                if isBefore(middle) { low = middle + 1 } else { end = middle }
            }
        }
        try body(best, begin..<end, last == least)
        last = source.name(end - 1)
        heads[best] = end
        if end == source.count {
            live.remove(at: slot)
            names.remove(at: slot)
        } else {
            names[slot] = source.name(end)
        }
    }
}

/// Neighbouring tuples of one source that stay neighbours.
struct Run: BitwiseCopyable, Sendable {
    var source: Int32
    var first: Int32
    var count: Int32
    /// The place of the first one in the result.
    var target: Int32
}

/// Where the tuples of a result come from, in order.
struct RunList: Sendable {
    private(set) var runs: [Run] = []
    private(set) var count = 0

    /// Adds `count` tuples of a source from `first` on behind the others.
    @inline(__always) mutating func append(source: Int, first: Int, count added: Int) {
        if added == 0 { return }
        if let last = runs.last, Int(last.source) == source, Int(last.first) + Int(last.count) == first {
            runs[runs.count - 1].count += Int32(truncatingIfNeeded: added)
        } else {
            runs.append(
                Run(
                    source: Int32(truncatingIfNeeded: source), first: Int32(truncatingIfNeeded: first),
                    count: Int32(truncatingIfNeeded: added), target: Int32(truncatingIfNeeded: count)))
        }
        count += added
    }

    /// Calls `body` with the parts of runs that fill the places `range`.
    @inline(__always)
    func forEach(in range: Range<Int>, _ body: (_ source: Int, _ first: Int, _ count: Int, _ target: Int) -> Void) {
        runs.withUnsafeBufferPointer { runs in
            var (low, high) = (0, runs.count)
            while low < high {
                let middle = (low + high) / 2
                if Int(runs[middle].target) + Int(runs[middle].count) <= range.lowerBound { low = middle + 1 } else { high = middle }
            }
            while low < runs.count, Int(runs[low].target) < range.upperBound {
                let run = runs[low]
                let begin = max(range.lowerBound, Int(run.target))
                let end = min(range.upperBound, Int(run.target) + Int(run.count))
                body(Int(run.source), Int(run.first) + begin - Int(run.target), end - begin, begin)
                low += 1
            }
        }
    }
}
