import CKernels
import Datasets
import Execution

/// The cells of a part that lie within some layers of its shared points, and their points.
struct Band: Sendable {
    /// Rising.
    var cells: [Int32] = []
    /// The points of these cells, rising: a point's slot is its place here.
    var points: [Int32] = []
    /// The slots of each cell's points.
    var offsets: [Int32] = [0]
    var slots: [Int32] = []
    /// The slot of each shared point; -1 where no cell uses it.
    var sharedSlots: [Int32] = []
    /// For each slot the place among shared points, or -1.
    var sharedPlaces: [Int32] = []

    /// - Parameter layers: how many layers of cells; at least one, so that the cells that decide who owns a shared point are there.
    /// - Throws: `DatasetError` where names of cells fall.
    init(_ part: Part, _ shared: SharedPoints, layers: Int, context: ExecutionContext) throws {
        sharedSlots = [Int32](repeating: -1, count: shared.points.count)
        if shared.points.isEmpty { return }
        var bits = Buffer<UInt32>(repeating: 0, count: part.pointCount / 32 + 1)
        bits.withUnsafeMutablePointer { bits in
            for point in shared.points { bits[Int(point) >> 5] |= 1 << UInt32(point & 31) }
        }
        for layer in 0..<max(1, layers) {
            if layer > 0 { Band.mark(cells, of: part, in: &bits) }
            cells = try Band.cells(of: part, touching: bits, context)
        }
        Band.mark(cells, of: part, in: &bits)
        number(bits, part, shared)
    }

    /// Sets the bits of the points of `cells`.
    private static func mark(_ cells: [Int32], of part: Part, in bits: inout Buffer<UInt32>) {
        bits.withUnsafeMutablePointer { bits in
            part.forEachCell(cells) { points, count in
                for corner in 0..<count { bits[Int(points[corner]) >> 5] |= 1 << UInt32(points[corner] & 31) }
            }
        }
    }

    /// Numbers the marked points that cells of the band use.
    private mutating func number(_ bits: Buffer<UInt32>, _ part: Part, _ shared: SharedPoints) {
        // Shared points that no cell uses are marked too: they get slots, which nothing names.
        var before = [Int32](repeating: 0, count: bits.count)
        for word in 0..<bits.count {
            before[word] = Int32(truncatingIfNeeded: points.count)
            var rest = bits.pointer[word]
            while rest != 0 {
                points.append(Int32(truncatingIfNeeded: word * 32 + rest.trailingZeroBitCount))
                rest &= rest &- 1
            }
        }
        let bit = bits.pointer
        func slot(_ point: Int32) -> Int32 {
            let word = Int(point) >> 5
            return before[word] + Int32((bit[word] & ((1 << UInt32(point & 31)) - 1)).nonzeroBitCount)
        }
        sharedPlaces = [Int32](repeating: -1, count: points.count)
        for (place, point) in shared.points.enumerated() {
            sharedSlots[place] = slot(point)
            sharedPlaces[Int(slot(point))] = Int32(truncatingIfNeeded: place)
        }
        offsets.reserveCapacity(cells.count + 1)
        slots.reserveCapacity(cells.count * 8)
        part.forEachCell(cells) { points, count in
            for corner in 0..<count { slots.append(slot(points[corner])) }
            offsets.append(Int32(truncatingIfNeeded: slots.count))
        }
        withExtendedLifetime(bits) {}
    }

    /// Where each shared point is used first in the part: the cell, and the place among its points; −1 where no cell uses it.
    func firstUses() -> [(cell: Int32, corner: Int32)] {
        var uses = [(cell: Int32, corner: Int32)](repeating: (-1, 0), count: sharedSlots.count)
        var entry = 0
        slots.withUnsafeBufferPointer { slots in
            sharedPlaces.withUnsafeBufferPointer { places in
                for index in cells.indices {
                    let begin = entry
                    while entry < Int(offsets[index + 1]) {
                        let place = Int(places[Int(slots[entry])])
                        if place >= 0 && uses[place].cell < 0 { uses[place] = (cells[index], Int32(truncatingIfNeeded: entry - begin)) }
                        entry += 1
                    }
                }
            }
        }
        return uses
    }

    /// The cells with a point whose bit is set, rising.
    private static func cells(of part: Part, touching bits: Buffer<UInt32>, _ context: ExecutionContext) throws -> [Int32] {
        var result: [Int32] = []
        let bit = bits.pointer
        for (number, list) in part.lists.enumerated() where list.count > 0 {
            let first = part.firstCells[number]
            let ids = list.connectivity.pointer
            let offsets = list.offsets?.pointer
            let size = list.uniformSize
            let key = part.keys.pointer + first
            let rank = part.ranks.map { $0.pointer + first }
            let found = try context.parallelMap(list.count, grain: 1 << 14) { range in
                var found: [Int32] = []
                for cell in max(1, range.lowerBound)..<max(1, range.upperBound) {
                    let (a, b) = (rank?[cell &- 1] ?? 0, rank?[cell] ?? 0)
                    if b < a || (b == a && key[cell] < key[cell &- 1]) {
                        throw DatasetError("keys of piece \(part.number) fall at cell \(first + cell), so the pieces have no common order")
                    }
                }
                if offsets == nil && size == 8 {
                    for cell in range where ck_bits_8(bit, ids + 8 &* cell) != 0 {
                        found.append(Int32(truncatingIfNeeded: first &+ cell))
                    }
                    return found
                }
                for cell in range {
                    let begin = offsets.map { Int($0[cell]) } ?? cell &* size
                    let end = offsets.map { Int($0[cell &+ 1]) } ?? begin &+ size
                    for entry in begin..<end where bit[Int(ids[entry]) >> 5] >> UInt32(ids[entry] & 31) & 1 != 0 {
                        found.append(Int32(truncatingIfNeeded: first &+ cell))
                        break
                    }
                }
                return found
            }
            for part in found { result += part }
        }
        withExtendedLifetime((part, bits)) {}
        return result
    }
}

extension Part {
    /// Calls `body` with the points of each of `cells`, which rise.
    @inline(__always) func forEachCell(_ cells: [Int32], _ body: (UnsafePointer<Int32>, Int) -> Void) {
        cells.withUnsafeBufferPointer { forEachCell($0, body) }
    }

    /// Calls `body` with the points of each of `cells`, which rise.
    @inline(__always) func forEachCell(_ cells: UnsafeBufferPointer<Int32>, _ body: (UnsafePointer<Int32>, Int) -> Void) {
        var list = 0
        var position = 0
        while position < cells.count {
            while list + 1 < lists.count && Int(cells[position]) >= firstCells[list + 1] { list += 1 }
            let first = firstCells[list]
            let end = first + lists[list].count
            let ids = lists[list].connectivity.pointer
            let offsets = lists[list].offsets?.pointer
            let size = lists[list].uniformSize
            while position < cells.count && Int(cells[position]) < end {
                let cell = Int(cells[position]) &- first
                let begin = offsets.map { Int($0[cell]) } ?? cell &* size
                let count = offsets.map { Int($0[cell &+ 1]) &- begin } ?? size
                body(ids + begin, count)
                position += 1
            }
        }
        withExtendedLifetime(self) {}
    }
}
