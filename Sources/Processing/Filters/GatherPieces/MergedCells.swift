import Datasets
import Execution

/// The cells that pieces own, of one list, in the order of their keys.
struct MergedCells {
    /// Where each cell comes from: the piece, and its index among all cells of the piece.
    let numbers: Numbered
    /// `count + 1` positions in the connectivity.
    let offsets: Buffer<Int32>

    var count: Int { numbers.piece.count }

    /// What a piece gives to a list.
    struct Part {
        let list: CellArray
        /// The index of the list's first cell among all cells of the piece.
        let firstCell: Int
        let keys: Buffer<UInt64>
        /// Compared before keys; nil: all 0.
        let ranks: Buffer<UInt32>?
        let levels: Buffer<UInt8>?
    }

    /// Merges the owned cells of the parts, whose keys rise within the list.
    ///
    /// - Throws: `DatasetError` where keys of a part fall, or the joined connectivity has 2³¹ entries or more.
    init(_ parts: [Part], context: ExecutionContext) throws {
        let owned = parts.map { MergedCells.owned($0) }
        let total = owned.reduce(0) { $0 + $1.count }
        var piece = Buffer<Int32>(uninitializedCount: total)
        var place = Buffer<Int32>(uninitializedCount: total)
        try MergedCells.checkRising(parts, owned)
        let keys = parts.map { $0.keys.pointer + $0.firstCell }
        let ranks = parts.map { part in part.ranks.map { $0.pointer + part.firstCell } }
        piece.withUnsafeMutablePointer { piece in
            place.withUnsafeMutablePointer { place in
                // Takes from the part with the least key up to the least key of the others: parts come in long runs.
                var heads = [Int](repeating: 0, count: parts.count)
                var next = 0
                while next < total {
                    var best = -1
                    var bestKey = MergeKey.greatest
                    var limit = MergeKey.greatest
                    var limitPart = Int.max
                    for part in parts.indices where heads[part] < owned[part].count {
                        let cell = Int(owned[part].pointer[heads[part]])
                        let key = MergeKey(rank: ranks[part]?[cell] ?? 0, key: keys[part][cell])
                        if best < 0 || key < bestKey {
                            if best >= 0 {
                                limit = bestKey
                                limitPart = best
                            }
                            best = part
                            bestKey = key
                        } else if key < limit || limitPart == .max {
                            limit = key
                            limitPart = part
                        }
                    }
                    let source = owned[best].pointer
                    let key = keys[best]
                    let rank = ranks[best]
                    let first = parts[best].firstCell
                    var head = heads[best]
                    let end = owned[best].count
                    while head < end {
                        let cell = Int(source[head])
                        if limitPart != .max && head > heads[best] {
                            let this = MergeKey(rank: rank?[cell] ?? 0, key: key[cell])
                            if limit < this || (this == limit && best > limitPart) { break }
                        }
                        piece[next] = Int32(truncatingIfNeeded: best)
                        place[next] = Int32(truncatingIfNeeded: first &+ cell)
                        next &+= 1
                        head &+= 1
                    }
                    heads[best] = head
                }
            }
        }
        var entries = 0
        let begins = parts.map { $0.list.offsets?.pointer }
        let sizes = parts.map(\.list.uniformSize)
        let firsts = parts.map(\.firstCell)
        let (pieces, places) = (piece.pointer, place.pointer)
        offsets = Buffer(count: total + 1) { out in
            for cell in 0..<total {
                out[cell] = Int32(truncatingIfNeeded: entries)
                let part = Int(pieces[cell])
                if let begin = begins[part] {
                    let local = Int(places[cell]) &- firsts[part]
                    entries &+= Int(begin[local &+ 1] &- begin[local])
                } else {
                    entries &+= sizes[part]
                }
            }
            out[total] = Int32(truncatingIfNeeded: entries)
        }
        if entries > Int(Int32.max) {
            throw DatasetError("the joined cells have \(entries) entries; one dataset holds fewer than \(Int32.max)")
        }
        numbers = Numbered(piece: piece, place: place)
        withExtendedLifetime((parts, owned)) {}
    }

    private static func checkRising(_ parts: [Part], _ owned: [Buffer<Int32>]) throws {
        for (part, cells) in zip(parts, owned) {
            let key = part.keys.pointer + part.firstCell
            let rank = part.ranks.map { $0.pointer + part.firstCell }
            let index = cells.pointer
            var falls = -1
            for position in 1..<max(1, cells.count) {
                let (a, b) = (Int(index[position &- 1]), Int(index[position]))
                if key[b] < key[a] && (rank == nil || rank![b] <= rank![a]) || (rank != nil && rank![b] < rank![a]) {
                    falls = b
                    break
                }
            }
            withExtendedLifetime((part, cells)) {}
            if falls >= 0 { throw DatasetError("keys of a piece's cells fall at cell \(falls) of a list, so the pieces have no common order") }
        }
    }

    /// Indices in the list of the cells that the piece owns.
    private static func owned(_ part: Part) -> Buffer<Int32> {
        guard let levels = part.levels else {
            return Buffer(count: part.list.count) { out in
                for cell in 0..<part.list.count { out[cell] = Int32(truncatingIfNeeded: cell) }
            }
        }
        let level = levels.pointer + part.firstCell
        var count = 0
        for cell in 0..<part.list.count where level[cell] == 0 { count += 1 }
        let result = Buffer<Int32>(count: count) { out in
            var next = 0
            for cell in 0..<part.list.count where level[cell] == 0 {
                out[next] = Int32(truncatingIfNeeded: cell)
                next += 1
            }
        }
        withExtendedLifetime(levels) {}
        return result
    }
}

/// The place of a cell among those of all pieces.
private struct MergeKey: Comparable {
    var rank: UInt32
    var key: UInt64

    static let greatest = MergeKey(rank: .max, key: .max)

    @inline(__always) static func < (a: MergeKey, b: MergeKey) -> Bool { a.rank != b.rank ? a.rank < b.rank : a.key < b.key }
}
