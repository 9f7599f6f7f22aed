import Datasets
import Execution
import Filters

/// The place of a cell in the order of the whole dataset: by list of poly data, rank, key.
struct CellName: Comparable, BitwiseCopyable, Sendable {
    /// List and rank.
    var group: UInt64
    var key: UInt64

    /// Behind every cell: of points that no cell uses.
    static let none = CellName(group: .max, key: .max)

    @inline(__always) static func < (a: CellName, b: CellName) -> Bool { a.group != b.group ? a.group < b.group : a.key < b.key }
}

/// A piece with explicit cells, none of them a ghost, and the names of its cells and points.
struct Part: Sendable {
    /// Its number among all parts.
    let number: Int
    let dataset: Dataset
    /// The lists of cells, and the number of the first cell of each among all cells.
    let lists: [CellArray]
    let firstCells: [Int]
    let keys: Buffer<UInt64>
    let ranks: Buffer<UInt32>?
    let identities: Buffer<PointIdentity>

    /// - Throws: `DatasetError` where the piece has other numbers of names than of cells and points.
    init(_ dataset: Dataset, number: Int, context: ExecutionContext = ExecutionContext(threads: 1)) throws {
        self.number = number
        self.dataset = dataset
        lists = dataset.explicitCells
        var first = 0
        var firsts: [Int] = []
        for list in lists {
            firsts.append(first)
            first += list.count
        }
        firstCells = firsts
        let (cells, points) = (dataset.cellCount, dataset.pointCount)
        let piece = dataset.piece
        keys = try piece?.cellKeys
            ?? Buffer(count: cells) { out in
                try context.parallelFor(cells, grain: 1 << 16) { range in
                    for cell in range { out[cell] = UInt64(truncatingIfNeeded: cell) }
                }
            }
        ranks = piece?.cellRanks
        identities = try piece?.pointIdentities
            ?? Buffer(count: points) { out in
                try context.parallelFor(points, grain: 1 << 16) { range in
                    for point in range { out[point] = PointIdentity(high: 0, low: UInt64(truncatingIfNeeded: point)) }
                }
            }
        guard keys.count == cells, identities.count == points, ranks == nil || ranks!.count == cells else {
            throw DatasetError(
                "piece \(number) has \(cells) cells and \(points) points, but names for \(keys.count) cells and \(identities.count) points")
        }
    }

    var cellCount: Int { keys.count }
    var pointCount: Int { identities.count }

    /// The list that a cell is in.
    func list(of cell: Int) -> Int {
        var list = 0
        while list + 1 < lists.count && cell >= firstCells[list + 1] { list += 1 }
        return list
    }

    func name(of cell: Int) -> CellName {
        CellName(group: UInt64(list(of: cell)) << 32 | UInt64(ranks?[cell] ?? 0), key: keys[cell])
    }
}
