import Datasets
import Execution

/// Checks pieces with ghosts against the whole that they are pieces of, in the plainest way: by its definition.
///
/// Every cell belongs to exactly one piece; layer k of a piece are the cells that share a point with layer k − 1 (of lattices: that lie k cells
/// beside the piece). Nothing here is shared with what cuts or exchanges pieces, so that one can check the other.
public struct GhostCheck {
    let whole: Dataset
    let pieces: [Dataset]
    let levels: Int

    public init(whole: Dataset, pieces: [Dataset], levels: Int) {
        self.whole = whole
        self.pieces = pieces
        self.levels = levels
    }

    /// The first thing that is wrong, in words; nil where nothing is.
    ///
    /// - Complexity: O(points + connectivity) of the whole, times pieces.
    public func problem() throws -> String? {
        if whole.kind.isStructured { return latticeProblem() }
        guard let topology = Topology(whole) else { return nil }
        let sorted = try ownedKeys()
        if sorted.count != whole.cellCount { return "the pieces own \(sorted.count) cells together, and the whole has \(whole.cellCount)" }
        if zip(sorted, sorted.dropFirst()).contains(where: ==) { return "two pieces own one cell" }
        // The whole's number of each cell is the place of its key among all keys.
        var owners = [Int32](repeating: -1, count: sorted.count)
        var numbers: [[Int]] = []
        for (index, piece) in pieces.enumerated() {
            let keys = CellKey.keys(of: piece)
            let places = keys.map { CellKey.place(of: $0, in: sorted) }
            guard let known = places as? [Int] else { return "piece \(index) holds a cell that no piece owns" }
            numbers.append(known)
            for (cell, place) in known.enumerated() where piece.ghostLevel(cell: cell) == 0 { owners[place] = Int32(index) }
        }
        for index in pieces.indices {
            if let found = problem(of: index, numbers[index], owners, topology) { return "piece \(index) of \(pieces.count): \(found)" }
        }
        return nil
    }

    private func ownedKeys() throws -> [CellKey] {
        var all: [CellKey] = []
        for piece in pieces {
            for (cell, key) in CellKey.keys(of: piece).enumerated() where piece.ghostLevel(cell: cell) == 0 { all.append(key) }
        }
        return all.sorted()
    }

    private func problem(of index: Int, _ numbers: [Int], _ owners: [Int32], _ topology: Topology) -> String? {
        let piece = pieces[index]
        let expected = topology.levels(around: Int32(index), owners, upTo: levels)
        let held = numbers.count
        let wanted = expected.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }
        if held != wanted { return "\(held) cells, and \(wanted) lie in it and \(levels) layers around it" }
        for (cell, number) in numbers.enumerated() {
            let level = piece.ghostLevel(cell: cell)
            if Int(expected[number]) != level { return "cell \(number) of the whole has level \(level), and should have \(expected[number])" }
            let owner = piece.piece?.cellOwners.map { $0[cell] } ?? Int32(index)
            if owner != owners[number] { return "cell \(number) of the whole belongs to piece \(owners[number]), and is said to belong to \(owner)" }
        }
        guard let own = Topology(piece) else { return "a \(piece.kind.rawValue)" }
        return ownershipProblem(index, numbers, owners, own, topology) ?? valueProblem(piece, numbers, own, topology)
    }

    /// Points belong to the owner of their lowest cell.
    private func ownershipProblem(_ index: Int, _ numbers: [Int], _ owners: [Int32], _ own: Topology, _ topology: Topology) -> String? {
        let piece = pieces[index]
        guard let levels = piece.piece?.pointGhostLevels else { return nil }
        for (cell, number) in numbers.enumerated() {
            for (point, original) in zip(own.points(of: cell), topology.points(of: number)) {
                let owner = owners[Int(topology.lowestCell(of: Int(original)))]
                if (levels[Int(point)] == 0) != (owner == Int32(index)) {
                    return "point \(original) of the whole belongs to piece \(owner), and has level \(levels[Int(point)])"
                }
            }
        }
        return nil
    }

    /// Points, coordinates and values of the cells held are the whole's.
    private func valueProblem(_ piece: Dataset, _ numbers: [Int], _ own: Topology, _ topology: Topology) -> String? {
        var originals = [Int32](repeating: -1, count: piece.pointCount)
        for (cell, number) in numbers.enumerated() {
            let (mine, theirs) = (own.points(of: cell), topology.points(of: number))
            if mine.count != theirs.count { return "cell \(number) of the whole has \(mine.count) points, not \(theirs.count)" }
            for (point, original) in zip(mine, theirs) {
                if originals[Int(point)] >= 0 && originals[Int(point)] != original { return "point \(point) is \(originals[Int(point)]) and \(original) of the whole" }
                originals[Int(point)] = original
            }
        }
        let used = originals.indices.filter { originals[$0] >= 0 }
        let local = used.map { Int32($0) }
        let global = used.map { originals[$0] }
        func same(_ a: FieldArray, _ mine: [Int32], _ b: FieldArray, _ theirs: [Int32]) -> String? {
            mine.withUnsafeBufferPointer { mine in theirs.withUnsafeBufferPointer { a.gathered(mine).difference(to: b.gathered($0)) } }
        }
        if let a = piece.pointArray, let b = whole.pointArray, let found = same(a, local, b, global) { return found }
        for array in piece.pointData.arrays {
            guard let theirs = whole.pointData[array.name] else { return "the whole has no point array \(array.name)" }
            if let found = same(array, local, theirs, global) { return "point data: " + found }
        }
        let (cells, places) = (numbers.indices.map { Int32($0) }, numbers.map { Int32($0) })
        for array in piece.cellData.arrays {
            guard let theirs = whole.cellData[array.name] else { return "the whole has no cell array \(array.name)" }
            if let found = same(array, cells, theirs, places) { return "cell data: " + found }
        }
        return nil
    }

    // MARK: Lattices

    private func latticeProblem() -> String? {
        guard let extent = whole.extent else { return nil }
        let owned = pieces.indices.map { extent.piece($0, of: pieces.count) }
        for (index, piece) in pieces.enumerated() {
            let expected = owned[index].grown(by: levels, within: extent)
            guard let held = piece.extent, held == expected || (held.isEmpty && expected.isEmpty) else {
                return "piece \(index): extent \(piece.extent?.description ?? "none"), not \(expected)"
            }
            if held.isEmpty { continue }
            let size = held.cellDimensions
            for cell in 0..<held.cellCount {
                let place = SIMD3(cell % size.x, cell / size.x % size.y, cell / (size.x * size.y)) &+ held.lower
                let level = owned[index].distance(ofCellAt: place)
                if piece.ghostLevel(cell: cell) != level {
                    return "piece \(index): cell \(place) has level \(piece.ghostLevel(cell: cell)), and should have \(level)"
                }
                let owner = owned.firstIndex { !$0.isEmpty && $0.distance(ofCellAt: place) == 0 } ?? -1
                let said = piece.piece?.cellOwners.map { Int($0[cell]) } ?? index
                if said != owner { return "piece \(index): cell \(place) belongs to piece \(owner), and is said to belong to \(said)" }
            }
        }
        return nil
    }
}

extension Extent {
    /// How many cells beside the extent's cells the cell with that lowest corner lies; 0 inside.
    fileprivate func distance(ofCellAt place: SIMD3<Int>) -> Int {
        (0..<3).reduce(0) { distance, axis in
            let last = max(lower[axis], upper[axis] - 1)
            return max(distance, lower[axis] - place[axis], place[axis] - last)
        }
    }
}

extension Dataset {
    fileprivate func ghostLevel(cell: Int) -> Int { piece?.cellGhostLevels.map { Int($0[cell]) } ?? 0 }

    fileprivate var pointArray: FieldArray? {
        switch self {
        case .unstructured(let grid): grid.points.array
        case .poly(let poly): poly.points.array
        default: nil
        }
    }
}

/// The name of a cell in all pieces, in canonical order.
private struct CellKey: Comparable {
    /// Of poly data.
    var list: Int
    var rank: UInt32
    var key: UInt64

    static func < (a: CellKey, b: CellKey) -> Bool { (a.list, a.rank, a.key) < (b.list, b.rank, b.key) }

    static func keys(of piece: Dataset) -> [CellKey] {
        var lists: [Int] = []
        if case .poly(let poly) = piece {
            for (number, list) in poly.cellLists.enumerated() { lists += repeatElement(number, count: list.count) }
        } else {
            lists = [Int](repeating: 0, count: piece.cellCount)
        }
        let info = piece.piece
        return lists.enumerated().map { cell, list in
            CellKey(list: list, rank: info?.cellRanks.map { $0[cell] } ?? 0, key: info?.cellKeys.map { $0[cell] } ?? UInt64(cell))
        }
    }

    /// Where the key stands among sorted ones; nil where it is not among them.
    static func place(of key: CellKey, in sorted: [CellKey]) -> Int? {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == key ? low : nil
    }
}

/// Cells by points and points by cells.
private struct Topology {
    private let lists: [CellArray]
    private let starts: [Int]
    private let pointCount: Int
    /// Cells of each point, rising: `cells[offsets[p] ..< offsets[p + 1]]`.
    private var offsets: [Int]
    private var cells: [Int32]

    init?(_ dataset: Dataset) {
        switch dataset {
        case .unstructured(let grid): lists = [grid.cells]
        case .poly(let poly): lists = poly.cellLists
        default: return nil
        }
        pointCount = dataset.pointCount
        var start = 0
        starts = lists.map { list in
            defer { start += list.count }
            return start
        }
        offsets = [Int](repeating: 0, count: pointCount + 1)
        for list in lists { for point in list.connectivity.elements { offsets[Int(point) + 1] += 1 } }
        for point in 0..<pointCount { offsets[point + 1] += offsets[point] }
        cells = [Int32](repeating: 0, count: offsets[pointCount])
        var next = offsets
        for (list, start) in zip(lists, starts) {
            for cell in 0..<list.count {
                for point in list.points(of: cell) {
                    cells[next[Int(point)]] = Int32(start + cell)
                    next[Int(point)] += 1
                }
            }
        }
        withExtendedLifetime(lists) {}
    }

    func points(of cell: Int) -> UnsafeBufferPointer<Int32> {
        let list = starts.lastIndex { $0 <= cell }!
        return lists[list].points(of: cell - starts[list])
    }

    func lowestCell(of point: Int) -> Int32 { cells[offsets[point]] }

    /// The level of every cell around those that `piece` owns; −1 beyond.
    func levels(around piece: Int32, _ owners: [Int32], upTo limit: Int) -> [Int32] {
        var levels = owners.map { $0 == piece ? Int32(0) : -1 }
        var front = owners.indices.filter { owners[$0] == piece }
        var seen = [Bool](repeating: false, count: pointCount)
        for level in stride(from: 1, through: limit, by: 1) {
            var next: [Int] = []
            for cell in front {
                for point in points(of: cell) where !seen[Int(point)] {
                    seen[Int(point)] = true
                    for other in cells[offsets[Int(point)]..<offsets[Int(point) + 1]] where levels[Int(other)] < 0 {
                        levels[Int(other)] = Int32(level)
                        next.append(Int(other))
                    }
                }
            }
            front = next
        }
        return levels
    }
}
