import Datasets
import Execution

/// The cells of a part by where they go.
struct CellSpread {
    private let part: Part
    private let count: Int
    /// For each part the cells that go there, rising.
    private var cells: [Buffer<Int32>]
    /// Levels and owners of these cells where some of them have another owner.
    private var levels: [[UInt8]?]
    private var owners: [[Int32]?]

    /// Cells of each part stay in their order.
    init(_ part: Part, _ destinations: Buffer<UInt16>, count: Int, context: ExecutionContext) throws {
        self.part = part
        self.count = count
        let grain = max(1 << 15, count * 64)
        let to = destinations.pointer
        var tables = try context.parallelMap(destinations.count, grain: grain) { range in
            var sizes = [Int32](repeating: 0, count: count)
            sizes.withUnsafeMutableBufferPointer { sizes in for cell in range { sizes[Int(to[cell])] &+= 1 } }
            return sizes
        }
        // Where the cells of each chunk go.
        var starts = [Int](repeating: 0, count: count + 1)
        var sum: Int32 = 0
        for destination in 0..<count {
            starts[destination] = Int(sum)
            for chunk in tables.indices {
                let size = tables[chunk][destination]
                tables[chunk][destination] = sum
                sum += size
            }
        }
        starts[count] = Int(sum)
        let places = tables
        let sorted = try Buffer<Int32>(count: destinations.count) { out in
            try context.parallelChunks(destinations.count, grain: grain) { chunk, range in
                var next = places[chunk]
                next.withUnsafeMutableBufferPointer { next in
                    for cell in range {
                        let place = next[Int(to[cell])]
                        out[Int(place)] = Int32(truncatingIfNeeded: cell)
                        next[Int(to[cell])] = place &+ 1
                    }
                }
            }
        }
        withExtendedLifetime(destinations) {}
        cells = (0..<count).map { sorted.slice(starts[$0]..<starts[$0 + 1]) }
        levels = Array(repeating: nil, count: count)
        owners = Array(repeating: nil, count: count)
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
            let all = (cells[other].array + added[other]).sorted()
            levels[other] = all.map { Int(destinations[Int($0)]) == other ? 0 : 1 }
            owners[other] = all.map { Int32(destinations[Int($0)]) }
            cells[other] = Buffer(all)
        }
    }

    /// What goes where: by rising part. Points that no cell uses go to the first part.
    func fragments(context: ExecutionContext) throws -> [(part: Int, fragment: Fragment)] {
        let orders = try part.namesItsPointsInOrder(context: context) ? nil : part.pointOrders()
        let filled = cells.indices.filter { !cells[$0].isEmpty || $0 == 0 }
        let words = part.pointCount / 64 + 1
        var sets = try context.mapParts(filled.count) { index, _ in self.points(of: cells[filled[index]]) }
        var unused = 0
        let used = sets
        sets[0].withUnsafeMutablePointer { first in
            for word in 0..<words {
                var all: UInt64 = 0
                for set in used { all |= set.pointer[word] }
                var rest = ~all
                if word == words - 1 { rest &= 1 << UInt64(part.pointCount % 64) &- 1 }
                unused += rest.nonzeroBitCount
                first[word] |= rest
            }
        }
        let chosen = try context.mapParts(filled.count) { index, _ in CellSpread.members(of: sets[index]) }
        return filled.indices.compactMap { index -> (part: Int, fragment: Fragment)? in
            let destination = filled[index]
            if cells[destination].isEmpty && unused == 0 { return nil }
            return (
                destination,
                Fragment(
                    source: part, cells: .list(cells[destination]), levels: levels[destination], owners: owners[destination],
                    points: .list(chosen[index]), known: nil,
                    orders: orders.map { orders in chosen[index].elements.map { orders[Int($0)] } })
            )
        }
    }

    /// One bit a point: those that these cells use.
    private func points(of cells: Buffer<Int32>) -> Buffer<UInt64> {
        // A byte a point first: neighbours set bits of the same words, and each would wait for the one before.
        let words = part.pointCount / 64 + 1
        var marks = Buffer<UInt64>(repeating: 0, count: 8 * words)
        marks.withUnsafeMutablePointer { words in
            let mark = UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt8.self)
            part.forEachCell(cells.elements) { points, count in
                if count == 8 {
                    for corner in 0..<8 { mark[Int(points[corner])] = 1 }
                } else {
                    for corner in 0..<count { mark[Int(points[corner])] = 1 }
                }
            }
        }
        withExtendedLifetime(cells) {}
        let eight = marks.pointer
        defer { withExtendedLifetime(marks) {} }
        return Buffer(count: words) { out in
            for word in 0..<words {
                var bits: UInt64 = 0
                // Of eight bytes that are 0 or 1, each times the power of two that brings it to its place in the highest byte.
                for byte in 0..<8 { bits |= ((UInt64(littleEndian: eight[8 &* word &+ byte]) &* 0x0102_0408_1020_4080) &>> 56) &<< UInt64(8 &* byte) }
                out[word] = bits
            }
        }
    }

    /// The places of the bits that are set.
    private static func members(of bits: Buffer<UInt64>) -> Buffer<Int32> {
        let bit = bits.pointer
        var total = 0
        for word in 0..<bits.count { total &+= bit[word].nonzeroBitCount }
        defer { withExtendedLifetime(bits) {} }
        return Buffer(count: total) { out in
            var place = 0
            for word in 0..<bits.count {
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
