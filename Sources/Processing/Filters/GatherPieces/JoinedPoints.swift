import Datasets
import Execution

/// The points of joined pieces: those of the source by index, then those that filters made in order of first use.
///
/// A point of the source stays if its piece owns it or an owned cell uses it; one that a filter made if an owned cell uses it.
struct JoinedPoints {
    /// Where each joined point comes from.
    let numbers: Numbered
    /// For each piece, the joined number of each of its points; −1 for points that do not stay.
    let maps: [Buffer<Int32>]

    /// - Throws: `DatasetError` where there are 2³¹ points or more.
    init(_ pieces: [Dataset], _ identities: [Buffer<PointIdentity>], cells: [MergedCells], context: ExecutionContext) throws {
        var maps = try pieces.indices.map { piece -> Buffer<Int32> in
            try JoinedPoints.stays(pieces[piece], identities[piece], piece, context)
        }
        let sources = try SourcePoints(maps, identities, context)
        var piece: [Int32] = []
        var place: [Int32] = []
        sources.number(&maps, identities, &piece, &place)
        // Made points: numbered as the cells come by.
        let madeCount = maps.indices.reduce(0) { sum, piece in
            let identity = identities[piece].pointer
            var count = 0
            for point in 0..<maps[piece].count where maps[piece].pointer[point] == JoinedPoints.waiting && !identity[point].isSource { count += 1 }
            return sum + count
        }
        if madeCount > 0 {
            var table = NameTable(capacity: madeCount)
            for index in maps.indices { maps[index].withUnsafeMutablePointer { _ in } }
            let writable = maps.map { UnsafeMutablePointer(mutating: $0.pointer) }
            let names = identities.map(\.pointer)
            for (list, merged) in cells.enumerated() where merged.count > 0 {
                let access = CellSources(pieces, list: list)
                let offset = merged.offsets.pointer
                let (cellPiece, cellPlace) = (merged.numbers.piece.pointer, merged.numbers.place.pointer)
                for cell in 0..<merged.count {
                    let number = Int(cellPiece[cell])
                    let entries = access.entries(of: Int(cellPlace[cell]), in: number)
                    let map = writable[number]
                    for corner in 0..<Int(offset[cell &+ 1] &- offset[cell]) {
                        let point = Int(entries[corner])
                        if map[point] >= 0 { continue }
                        let next = piece.count
                        let found = table.number(of: names[number][point], ifNew: Int32(truncatingIfNeeded: next))
                        map[point] = found
                        if Int(found) == next {
                            piece.append(Int32(truncatingIfNeeded: number))
                            place.append(Int32(truncatingIfNeeded: point))
                        }
                    }
                }
                withExtendedLifetime((merged, access)) {}
            }
        }
        if piece.count >= Int(Int32.max) {
            throw DatasetError("the joined pieces have \(piece.count) points; one dataset holds fewer than \(Int32.max)")
        }
        numbers = Numbered(piece: Buffer(piece), place: Buffer(place))
        self.maps = maps
    }

    static let dropped: Int32 = -1
    static let waiting: Int32 = -2

    /// `waiting` for each point that stays, else `dropped`.
    static func stays(
        _ dataset: Dataset, _ identities: Buffer<PointIdentity>, _ number: Int, _ context: ExecutionContext
    ) throws -> Buffer<Int32> {
        let count = dataset.pointCount
        let identity = identities.pointer
        let pointLevel = dataset.piece?.pointGhostLevels
        if let pointLevel, pointLevel.count != count {
            throw DatasetError("a piece has \(count) points, but ghost levels of \(pointLevel.count)")
        }
        let marks = try Buffer<Int32>(count: count) { out in
            let level = pointLevel?.pointer
            try context.parallelFor(count, grain: 1 << 16) { range in
                for point in range {
                    let isOwned = identity[point].isSource && (level == nil || level![point] == 0)
                    out[point] = isOwned ? waiting : dropped
                }
            }
            let levels = dataset.piece?.cellGhostLevels?.pointer
            var first = 0
            for list in dataset.explicitCells {
                let entries = list.connectivity.pointer
                let offsets = list.offsets?.pointer
                let size = list.uniformSize
                let cellLevels = levels.map { $0 + first }
                try context.parallelFor(list.count, grain: 1 << 14) { range in
                    for cell in range where cellLevels == nil || cellLevels![cell] == 0 {
                        let begin = offsets.map { Int($0[cell]) } ?? cell &* size
                        let end = offsets.map { Int($0[cell &+ 1]) } ?? begin &+ size
                        for entry in begin..<end { out[Int(entries[entry])] = waiting }
                    }
                }
                first += list.count
                withExtendedLifetime(list) {}
            }
        }
        withExtendedLifetime((dataset, identities)) {}
        return marks
    }
}

/// The places of the source's points among those that stay.
private struct SourcePoints {
    /// One bit an index, where indices are dense; else empty.
    private var bits: [UInt64] = []
    /// Set bits before each word.
    private var ranks: [Int32] = []
    /// Rising indices, where they are sparse.
    private var sorted: [UInt64] = []
    private var count = 0

    init(_ maps: [Buffer<Int32>], _ identities: [Buffer<PointIdentity>], _ context: ExecutionContext) throws {
        var greatest: UInt64 = 0
        var total = 0
        for piece in maps.indices {
            let (map, identity) = (maps[piece].pointer, identities[piece].pointer)
            for point in 0..<maps[piece].count where map[point] == JoinedPoints.waiting && identity[point].isSource {
                total += 1
                if identity[point].low > greatest { greatest = identity[point].low }
            }
        }
        if total == 0 { return }
        if greatest / 64 <= UInt64(total) * 4 + 4096 {
            bits = [UInt64](repeating: 0, count: Int(greatest / 64) + 1)
            for piece in maps.indices {
                let (map, identity) = (maps[piece].pointer, identities[piece].pointer)
                for point in 0..<maps[piece].count where map[point] == JoinedPoints.waiting && identity[point].isSource {
                    bits[Int(identity[point].low / 64)] |= 1 << (identity[point].low % 64)
                }
            }
            ranks.reserveCapacity(bits.count)
            for word in bits {
                ranks.append(Int32(truncatingIfNeeded: count))
                count += word.nonzeroBitCount
            }
        } else {
            sorted.reserveCapacity(total)
            for piece in maps.indices {
                let (map, identity) = (maps[piece].pointer, identities[piece].pointer)
                for point in 0..<maps[piece].count where map[point] == JoinedPoints.waiting && identity[point].isSource {
                    sorted.append(identity[point].low)
                }
            }
            sorted.sort()
            var unique = 0
            for index in sorted.indices where index == 0 || sorted[index] != sorted[unique - 1] {
                sorted[unique] = sorted[index]
                unique += 1
            }
            sorted.removeLast(sorted.count - unique)
            count = unique
        }
    }

    private func place(of index: UInt64) -> Int {
        if sorted.isEmpty {
            let word = Int(index / 64)
            let below = bits[word] & ((1 << (index % 64)) - 1)
            return Int(ranks[word]) + below.nonzeroBitCount
        }
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Writes the joined numbers of the source's points into the maps, and for each joined point the first piece that has it.
    func number(_ maps: inout [Buffer<Int32>], _ identities: [Buffer<PointIdentity>], _ piece: inout [Int32], _ place: inout [Int32]) {
        piece = [Int32](repeating: -1, count: count)
        place = [Int32](repeating: 0, count: count)
        for number in maps.indices {
            let identity = identities[number].pointer
            let points = maps[number].count
            maps[number].withUnsafeMutablePointer { map in
                for point in 0..<points where map[point] == JoinedPoints.waiting && identity[point].isSource {
                    let target = self.place(of: identity[point].low)
                    map[point] = Int32(truncatingIfNeeded: target)
                    if piece[target] < 0 {
                        piece[target] = Int32(truncatingIfNeeded: number)
                        place[target] = Int32(truncatingIfNeeded: point)
                    }
                }
            }
        }
    }
}
