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
        let levels: Buffer<UInt8>?
    }

    /// Merges the owned cells of the parts, whose keys rise within the list.
    ///
    /// - Throws: `DatasetError` where the joined connectivity has 2³¹ entries or more.
    init(_ parts: [Part], context: ExecutionContext) throws {
        let owned = parts.map { MergedCells.owned($0) }
        let total = owned.reduce(0) { $0 + $1.count }
        var piece = Buffer<Int32>(uninitializedCount: total)
        var place = Buffer<Int32>(uninitializedCount: total)
        let keys = parts.map { $0.keys.pointer + $0.firstCell }
        piece.withUnsafeMutablePointer { piece in
            place.withUnsafeMutablePointer { place in
                // Takes from the part with the least key up to the least key of the others: parts come in long runs.
                var heads = [Int](repeating: 0, count: parts.count)
                var next = 0
                while next < total {
                    var best = -1
                    var bestKey = UInt64.max
                    var limit = UInt64.max
                    var limitPart = Int.max
                    for part in parts.indices where heads[part] < owned[part].count {
                        let key = keys[part][Int(owned[part].pointer[heads[part]])]
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
                    let first = parts[best].firstCell
                    var head = heads[best]
                    let end = owned[best].count
                    while head < end {
                        let cell = Int(source[head])
                        if limitPart != .max && (key[cell] > limit || (key[cell] == limit && best > limitPart)) && head > heads[best] { break }
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
