import Datasets
import Execution

/// The cells of a part by where they go.
struct CellSpread {
    private let part: Part
    private let count: Int
    /// For each part the cells that go there, rising.
    private var cells: [[Int32]]
    /// Levels and owners of these cells where some of them have another owner.
    private var levels: [[UInt8]?]
    private var owners: [[Int32]?]
    private let destinations: Buffer<UInt16>

    init(_ part: Part, _ destinations: Buffer<UInt16>, count: Int) {
        self.part = part
        self.count = count
        self.destinations = destinations
        var sizes = [Int](repeating: 0, count: count)
        for destination in destinations.elements { sizes[Int(destination)] += 1 }
        // Stable: cells of each part stay in their order.
        var starts = [Int](repeating: 0, count: count + 1)
        for destination in 0..<count { starts[destination + 1] = starts[destination] + sizes[destination] }
        var next = starts
        let sorted = Buffer<Int32>(count: destinations.count) { out in
            let to = destinations.pointer
            next.withUnsafeMutableBufferPointer { next in
                for cell in 0..<destinations.count {
                    let place = next[Int(to[cell])]
                    out[place] = Int32(truncatingIfNeeded: cell)
                    next[Int(to[cell])] = place &+ 1
                }
            }
        }
        cells = (0..<count).map { Array(sorted.elements[starts[$0]..<starts[$0 + 1]]) }
        levels = Array(repeating: nil, count: count)
        owners = levels.map { _ in nil }
    }

    /// Adds every cell to the parts whose boxes its own reaches into.
    mutating func addReached(_ tree: RegionTree, _ destinations: Buffer<UInt16>) {
        var added = [[Int32]](repeating: [], count: count)
        let points = part.dataset.explicitPoints ?? Points()
        for cell in 0..<part.cellCount {
            var box = FiniteBox()
            part.forEachCell([Int32(truncatingIfNeeded: cell)]) { corners, size in
                for corner in 0..<size {
                    let at = points[Int(corners[corner])]
                    for axis in 0..<3 where at[axis].isFinite {
                        if at[axis] < box.lower[axis] { box.lower[axis] = at[axis] }
                        if at[axis] > box.upper[axis] { box.upper[axis] = at[axis] }
                    }
                }
            }
            if box.isEmpty { continue }
            for other in tree.parts(reachedBy: box) where other != Int(destinations[cell]) {
                added[other].append(Int32(truncatingIfNeeded: cell))
            }
        }
        for other in added.indices where !added[other].isEmpty {
            let all = (cells[other] + added[other]).sorted()
            levels[other] = all.map { Int(destinations[Int($0)]) == other ? 0 : 1 }
            owners[other] = all.map { Int32(destinations[Int($0)]) }
            cells[other] = all
        }
    }

    /// What goes where: by rising part.
    func fragments(context: ExecutionContext) throws -> [(part: Int, fragment: Fragment)] {
        let orders = try part.namesItsPointsInOrder(context: context) ? nil : part.pointOrders()
        let unused = unusedPoints()
        let used = cells.indices.filter { !cells[$0].isEmpty || ($0 == 0 && !unused.isEmpty) }
        return try context.mapParts(used.count) { index, _ in
            let destination = used[index]
            let points = points(of: cells[destination], with: destination == 0 ? unused : [])
            return (
                destination,
                Fragment(
                    source: part, cells: Range32(cells[destination]), levels: levels[destination], owners: owners[destination],
                    points: .list(points), known: nil,
                    orders: orders.map { orders in points.elements.map { orders[Int($0)] } })
            )
        }
    }

    /// The points that these cells use and some others, rising.
    private func points(of cells: [Int32], with others: [Int32]) -> Buffer<Int32> {
        let words = part.pointCount / 64 + 1
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { bits in
            bits.initialize(repeating: 0)
            let bit = bits.baseAddress!
            for point in others { bit[Int(point) >> 6] |= 1 << UInt64(point & 63) }
            part.forEachCell(cells) { points, count in
                for corner in 0..<count {
                    let point = Int(points[corner])
                    bit[point &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: point & 63)
                }
            }
            var total = 0
            for word in 0..<words { total &+= bit[word].nonzeroBitCount }
            return Buffer(count: total) { out in
                var place = 0
                for word in 0..<words {
                    var rest = bit[word]
                    while rest != 0 {
                        out[place] = Int32(truncatingIfNeeded: word &* 64 &+ rest.trailingZeroBitCount)
                        place &+= 1
                        rest &= rest &- 1
                    }
                }
            }
        }
    }

    /// Points that the piece has and no cell uses: they go to the first part.
    private func unusedPoints() -> [Int32] {
        var isUsed = Buffer<UInt8>(repeating: 0, count: part.pointCount)
        isUsed.withUnsafeMutablePointer { isUsed in
            for list in part.lists {
                for point in list.connectivity.elements { isUsed[Int(point)] = 1 }
                withExtendedLifetime(list) {}
            }
        }
        var unused: [Int32] = []
        for point in 0..<part.pointCount where isUsed.pointer[point] == 0 { unused.append(Int32(truncatingIfNeeded: point)) }
        return unused
    }
}

extension RegionTree {
    /// The parts whose boxes a box reaches into, by more than its border.
    func parts(reachedBy box: FiniteBox) -> [Int] {
        var open = [0]
        var found: [Int] = []
        while let number = open.popLast() {
            guard let cut = nodes[number].cut else {
                found.append(nodes[number].parts.lowerBound)
                continue
            }
            let place = scale.coordinate(cut.place, cut.axis)
            if box.upper[cut.axis] > place { open.append(cut.children.1) }
            if box.lower[cut.axis] < place { open.append(cut.children.0) }
        }
        return found
    }
}
