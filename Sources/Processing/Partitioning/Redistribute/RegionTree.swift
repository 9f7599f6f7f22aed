import Datasets
import Execution

/// Space cut in two again and again, until every part has a box of its own with its share of the cells.
///
/// A cut lies where the weights of the cells below it come closest to the share of the parts below it, found by counting all cells into
/// intervals and then counting the interval in question more finely: everything is sums of whole numbers, so the tree is the same however cells
/// are spread. Cells in one plane stay together unless that makes parts too unequal; then their keys decide.
struct RegionTree: Sendable {
    struct Node: Sendable {
        var parts: Range<Int>
        /// The numbers of cell centres in it, upper ends excluded.
        var lower = SIMD3<UInt64>()
        var upper = SIMD3<UInt64>(repeating: 1 << 32)
        /// What it is cut across; nil: a part's own box.
        var cut: Cut?
    }

    struct Cut: Sendable {
        var axis: Int
        /// Cells below it go to the lower side; those on it by their keys.
        var place: UInt64
        var key: UInt64 = 0
        var children: (Int, Int)
    }

    private(set) var nodes: [Node]
    let scale: CellCenters.Scale
    /// For the cells of each part that is here the node above the last cut that was made.
    private var inside: [Buffer<UInt16>]

    /// One cut in the making.
    private struct Search {
        var node: Int
        var axis: Int
        /// Where the intervals begin that are counted now, and how wide they are (as an exponent of two); keys once `place` is found.
        var first: UInt64
        var shift: UInt64
        var place: UInt64?
        /// Weights below `first`, of the whole node, and those that the lower side should have; the last known after the first count.
        var below: UInt64 = 0
        var total: UInt64?
    }

    private static let bins = 2048

    /// Cuts space for `count` parts by the cells of all parts. Collective.
    init(_ parts: [Part], _ centers: [CellCenters], _ scale: CellCenters.Scale, count: Int, _ exchange: PartExchange, context: ExecutionContext)
        throws
    {
        self.scale = scale
        nodes = [Node(parts: 0..<count)]
        inside = parts.map { Buffer<UInt16>(repeating: 0, count: $0.cellCount) }
        var level = [0]
        while !level.isEmpty {
            let open = level.filter { nodes[$0].parts.count > 1 }
            level = []
            var searches = open.map { node in
                let axis = longestAxis(nodes[node])
                let width = nodes[node].upper[axis] - nodes[node].lower[axis]
                var shift: UInt64 = 0
                while width >> shift > UInt64(RegionTree.bins) { shift += 1 }
                return Search(node: node, axis: axis, first: nodes[node].lower[axis], shift: shift)
            }
            var isFirst = true
            while !searches.isEmpty {
                let counts = try exchange.sum(self.count(searches, parts, centers, descends: isFirst, context))
                isFirst = false
                var rest: [Search] = []
                for (number, search) in searches.enumerated() {
                    let own = counts[number * RegionTree.bins..<(number + 1) * RegionTree.bins]
                    if let next = decide(search, own) { rest.append(next) }
                }
                searches = rest
            }
            for node in open { level += [nodes[node].cut!.children.0, nodes[node].cut!.children.1] }
        }
    }

    /// The axis along which a node is longest.
    private func longestAxis(_ node: Node) -> Int {
        var best = 0
        func length(_ axis: Int) -> Double { Double(node.upper[axis] - node.lower[axis]) * scale.extent[axis] }
        for axis in 1..<3 where length(axis) > length(best) && node.upper[axis] - node.lower[axis] > 1 { best = axis }
        return best
    }

    /// Cuts the search's node if the counts say where; else the search with finer intervals.
    private mutating func decide(_ search: Search, _ counts: ArraySlice<UInt64>) -> Search? {
        var search = search
        let node = nodes[search.node]
        let total = search.total ?? counts.reduce(0, +)
        search.total = total
        let lowerParts = UInt64(node.parts.count / 2)
        // What the lower side should have, in units of one part's share.
        let scaledTotal = total.multipliedFullWidth(by: lowerParts)
        let target = UInt64(node.parts.count).dividingFullWidth(scaledTotal).quotient
        if total == 0 {
            split(search.node, search.axis, place: (node.lower[search.axis] + node.upper[search.axis]) / 2, key: 0)
            return nil
        }
        var before = search.below
        var bin = 0
        for (number, weight) in counts.enumerated() {
            bin = number
            if before + weight >= target { break }
            before += weight
        }
        let after = before + counts[counts.startIndex + bin]
        let takesLower = target - min(target, before) <= (after > target ? after - target : target - after)
        let off = takesLower ? (before > target ? before - target : target - before) : (after > target ? after - target : target - after)
        let interval = search.first + UInt64(bin) << search.shift
        let width: UInt64 = 1 << search.shift
        let edge = takesLower ? interval : (interval > .max - width ? .max : interval + width)
        if let place = search.place {
            if search.shift == 0 || off <= total / 1024 {
                split(search.node, search.axis, place: place, key: edge)
                return nil
            }
        } else if off <= total / 128 || (search.shift == 0 && off <= total / 16) {
            split(search.node, search.axis, place: edge, key: 0)
            return nil
        } else if search.shift == 0 {
            // Many cells in one plane: their keys say which go where.
            search.place = interval
            search.below = before
            search.first = 0
            search.shift = 53
            return search
        }
        search.below = before
        search.first = interval
        search.shift = search.shift > 11 ? search.shift - 11 : 0
        return search
    }

    private mutating func split(_ number: Int, _ axis: Int, place: UInt64, key: UInt64) {
        let node = nodes[number]
        let middle = node.parts.lowerBound + node.parts.count / 2
        var lower = Node(parts: node.parts.lowerBound..<middle, lower: node.lower, upper: node.upper)
        var upper = Node(parts: middle..<node.parts.upperBound, lower: node.lower, upper: node.upper)
        lower.upper[axis] = min(node.upper[axis], place + (key > 0 ? 1 : 0))
        upper.lower[axis] = min(node.upper[axis], place)
        nodes[number].cut = Cut(axis: axis, place: place, key: key, children: (nodes.count, nodes.count + 1))
        nodes += [lower, upper]
    }

    /// Counts the cells of all parts here into the intervals of each search, and moves them down the tree first.
    private func count(
        _ searches: [Search], _ parts: [Part], _ centers: [CellCenters], descends: Bool, _ context: ExecutionContext
    ) throws -> [UInt64] {
        let bins = RegionTree.bins
        // Four tables in turn: cells that follow each other are often counted in one place, and would wait for each other. One where tables are large.
        let laneBits = searches.count <= 8 ? 2 : 0
        let laneMask = (1 << laneBits) - 1
        var sums = [UInt64](repeating: 0, count: searches.count * bins)
        let moves = moves
        // What is counted in each node.
        var counters = [Counter](repeating: Counter(), count: nodes.count)
        for (number, search) in searches.enumerated() {
            counters[search.node] = Counter(
                slot: number, axis: search.axis, first: search.first, shift: search.shift, tie: search.place ?? .max)
        }
        for index in parts.indices {
            let node = UnsafeMutablePointer(mutating: inside[index].pointer)
            let (x, y, z) = (centers[index].axes[0].pointer, centers[index].axes[1].pointer, centers[index].axes[2].pointer)
            let weight = centers[index].weights?.pointer
            let key = parts[index].keys.pointer
            let grain = max(1 << 15, parts[index].cellCount / (4 * context.threads) + 1)
            let tables = try counters.withUnsafeBufferPointer { counters in
                try moves.withUnsafeBufferPointer { moves in
                    try context.parallelMap(parts[index].cellCount, grain: grain) { (range) -> [UInt64] in
                        var table = [UInt64](repeating: 0, count: (searches.count * bins) << laneBits)
                        let isPlain = nodes.count == 1 && weight == nil && counters[0].slot == 0 && counters[0].tie == .max
                        table.withUnsafeMutableBufferPointer { table in
                            if isPlain {
                                let counter = counters[0]
                                let values = counter.axis == 0 ? x : (counter.axis == 1 ? y : z)
                                for cell in range {
                                    let value = UInt64(values[cell])
                                    let bin = (value &- counter.first) &>> counter.shift
                                    if value >= counter.first && bin < UInt64(bins) { table[(Int(bin) &<< laneBits) &+ (cell & laneMask)] &+= 1 }
                                }
                                return
                            }
                            for cell in range {
                                var inside = Int(node[cell])
                                if descends && moves[inside].axis >= 0 {
                                    inside = moves[inside].next(x[cell], y[cell], z[cell], key, cell)
                                    node[cell] = UInt16(truncatingIfNeeded: inside)
                                }
                                let counter = counters[inside]
                                if counter.slot < 0 { continue }
                                var value = UInt64(counter.axis == 0 ? x[cell] : (counter.axis == 1 ? y[cell] : z[cell]))
                                if counter.tie != .max {
                                    if value != counter.tie { continue }
                                    value = key[cell]
                                }
                                let bin = (value &- counter.first) &>> counter.shift
                                if value >= counter.first && bin < UInt64(bins) {
                                    let place = ((counter.slot &* bins &+ Int(bin)) &<< laneBits) &+ (cell & laneMask)
                                    let cost: UInt64 = weight.map { UInt64($0[cell]) } ?? 1
                                    table[place] &+= cost
                                }
                            }
                        }
                        if laneBits == 0 { return table }
                        return (0..<searches.count * bins).map { place -> UInt64 in
                            let pairs = (table[4 * place] &+ table[4 * place + 1], table[4 * place + 2] &+ table[4 * place + 3])
                            return pairs.0 &+ pairs.1
                        }
                    }
                }
            }
            for table in tables { for place in sums.indices { sums[place] &+= table[place] } }
            withExtendedLifetime((centers, parts, inside)) {}
        }
        return sums
    }

    /// What cells of a node are counted by.
    private struct Counter {
        /// Which search; -1: none.
        var slot = -1
        var axis = 0
        var first: UInt64 = 0
        var shift: UInt64 = 0
        /// Only cells in this place, by their keys.
        var tie = UInt64.max
    }

    /// A cut as cells pass it.
    private struct Move {
        var axis = -1
        var place: UInt64 = 0
        var key: UInt64 = 0
        var lower = 0

        @inline(__always) func next(_ x: UInt32, _ y: UInt32, _ z: UInt32, _ keys: UnsafePointer<UInt64>, _ cell: Int) -> Int {
            let value = UInt64(axis == 0 ? x : (axis == 1 ? y : z))
            if value < place { return lower }
            if value == place && key > 0 && keys[cell] < key { return lower }
            return lower &+ 1
        }
    }

    private var moves: [Move] {
        nodes.map { node in
            guard let cut = node.cut else { return Move() }
            return Move(axis: cut.axis, place: cut.place, key: cut.key, lower: cut.children.0)
        }
    }

    /// The part of every cell of a part, by its place among those that the tree was made from.
    func destinations(_ index: Int, _ parts: [Part], _ centers: [CellCenters], context: ExecutionContext) throws -> Buffer<UInt16> {
        let owners = nodes.map { UInt16(truncatingIfNeeded: $0.parts.lowerBound) }
        let (x, y, z) = (centers[index].axes[0].pointer, centers[index].axes[1].pointer, centers[index].axes[2].pointer)
        let keys = parts[index].keys.pointer
        let start = inside[index].pointer
        let result = try moves.withUnsafeBufferPointer { moves in
            try owners.withUnsafeBufferPointer { owners in
                try Buffer<UInt16>(count: parts[index].cellCount) { out in
                    try context.parallelFor(parts[index].cellCount, grain: 1 << 15) { range in
                        for cell in range {
                            var node = Int(start[cell])
                            while moves[node].axis >= 0 { node = moves[node].next(x[cell], y[cell], z[cell], keys, cell) }
                            out[cell] = owners[node]
                        }
                    }
                }
            }
        }
        withExtendedLifetime((parts, centers, self)) {}
        return result
    }
}
