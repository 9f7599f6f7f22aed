/// How the pieces of files are shared out: runs of them, in order, cut where that balances.
enum PieceShares {
    /// A piece of a file, or a run of blocks.
    struct Item {
        /// Bytes in memory, an estimate.
        var bytes: Int
        var cells: Int
        /// Whether some of its cells cost less to read than all.
        var isCuttable: Bool
    }

    /// Cells of an item.
    struct Share: Hashable {
        var item: Int
        var cells: Range<Int>
    }

    /// The cells that piece `piece` of `count` has of a dataset of one piece, as VTK cuts it.
    static func cells(_ piece: Int, of count: Int, cells: Int, isPoly: Bool) -> Range<Int> {
        // Grids: floor(i·n/N + 1/2); poly data: ceil(i·n/N).
        func begin(_ piece: Int) -> Int { isPoly ? (piece * cells + count - 1) / count : (2 * piece * cells + count) / (2 * count) }
        return begin(piece)..<begin(piece + 1)
    }

    /// What part `part` of `count` gets: parts follow one another and together are everything.
    ///
    /// Parts end at multiples of the mean number of bytes, moved to the nearest end of an item where that is no farther than an eighth of it, or
    /// where the item cannot be cut.
    static func shares(of items: [Item], part: Int, of count: Int) -> [Share] {
        let (low, high) = (cut(items, part, count), cut(items, part + 1, count))
        return items.indices.compactMap { item in
            if item < low.item || item > high.item { return nil }
            let begin = item == low.item ? low.cell : 0
            let end = item == high.item ? high.cell : items[item].cells
            return begin < end ? Share(item: item, cells: begin..<end) : nil
        }
    }

    /// The run of things that part `part` of `count` gets whole, balanced by bytes.
    static func run(of bytes: [Int], part: Int, of count: Int) -> Range<Int> {
        let items = bytes.map { Item(bytes: $0, cells: 1, isCuttable: false) }
        return cut(items, part, count).item..<cut(items, part + 1, count).item
    }

    private static func cut(_ items: [Item], _ part: Int, _ count: Int) -> (item: Int, cell: Int) {
        if part <= 0 { return (0, 0) }
        if part >= count { return (items.count, 0) }
        // In Double: exact enough, and the same on every rank.
        let weights = items.map { Double(max($0.bytes, 1)) }
        let mean = weights.reduce(0, +) / Double(count)
        let wanted = mean * Double(part)
        var start = 0.0
        for (item, weight) in weights.enumerated() {
            if wanted >= start + weight {
                start += weight
                continue
            }
            let into = wanted - start
            if !items[item].isCuttable || min(into, weight - into) * 8 <= mean {
                return into * 2 <= weight ? (item, 0) : (item + 1, 0)
            }
            return (item, min(items[item].cells, Int(into / weight * Double(items[item].cells) + 0.5)))
        }
        return (items.count, 0)
    }
}
