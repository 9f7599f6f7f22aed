import Datasets

/// Which cells of which pieces of a file a rank reads, and what they and their points are called.
struct XMLShares {
    /// In the order of the file; at least one, empty where there is nothing for the rank, so that arrays keep their names and types.
    let list: [PieceShares.Share]
    /// Cells in each list of each piece of the file; grids have one list.
    private let counts: [[Int]]
    /// The key of the first cell of each list of each piece.
    private let firstKeys: [[Int]]
    /// Points in the pieces before each one.
    let firstPoints: [Int]

    /// - Throws: `FileError` where pieces together have more cells or points than can be counted.
    init(_ pieces: [XMLPiece], kind: DatasetKind, piece: Int, of count: Int) throws {
        var items: [PieceShares.Item] = []
        var (counts, firstPoints, pointTotal) = ([[Int]](), [Int](), 0)
        for part in pieces {
            try part.loader.file.at(part.element.place) {
                let points = try part.counts().points
                let lists = kind == .poly ? try part.listCounts() : [try part.counts().cells]
                let cells = lists.reduce(0, +)
                func width(_ arrays: [XMLArrayEntry]) -> Int { arrays.reduce(0) { $0 + $1.components * $1.valueWidth } }
                let bytes = Double(points) * Double(12 + width(part.pointArrays)) + Double(cells) * Double(40 + width(part.cellArrays))
                items.append(
                    PieceShares.Item(
                        bytes: bytes < 0x1p60 ? Int(bytes) : 1 << 60, cells: cells,
                        isCuttable: try part.isCuttable(in: ["Points", "Cells"] + XMLPiece.listNames.map(\.parent))))
                counts.append(lists)
                firstPoints.append(pointTotal)
                // Fewer than 2^31 in each of at most 2^20 pieces.
                pointTotal += points
            }
        }
        let listCount = kind == .poly ? 4 : 1
        var firstKeys = counts.map { _ in [Int](repeating: 0, count: listCount) }
        var key = 0
        for list in 0..<listCount {
            for index in counts.indices {
                firstKeys[index][list] = key
                key += counts[index][list]
            }
        }
        let shares = PieceShares.shares(of: items, part: piece, of: count)
        let model = items.indices.first { items[$0].cells > 0 } ?? 0
        list = shares.isEmpty && !items.isEmpty ? [PieceShares.Share(item: model, cells: 0..<0)] : shares
        (self.counts, self.firstKeys, self.firstPoints) = (counts, firstKeys, firstPoints)
    }

    /// Keys of the cells that were read, list after list, in each piece after piece.
    ///
    /// - Parameter list: what was read.
    func keys(_ list: [PieceShares.Share], _ cells: [TupleChoice]) -> Buffer<UInt64> {
        var keys: [UInt64] = []
        keys.reserveCapacity(cells.reduce(0) { $0 + $1.count })
        for listNumber in 0..<(firstKeys.first?.count ?? 0) {
            for (share, choice) in zip(list, cells) {
                let first = counts[share.item][..<listNumber].reduce(0, +)
                let range = first..<first + counts[share.item][listNumber]
                for position in 0..<choice.count where range.contains(choice.place(position)) {
                    keys.append(UInt64(firstKeys[share.item][listNumber] + choice.place(position) - first))
                }
            }
        }
        return Buffer(keys)
    }

    /// Names of the points that were kept.
    ///
    /// - Parameters:
    ///   - list: what was read.
    ///   - points: for each share the places in the piece of the file of the points that were read.
    ///   - kept: for each share which of them were kept.
    func identities(_ list: [PieceShares.Share], _ points: [Buffer<Int32>], _ kept: [[Int32]]) -> Buffer<PointIdentity> {
        Buffer(count: kept.reduce(0) { $0 + $1.count }) { out in
            var next = 0
            for (index, share) in list.enumerated() {
                let place = points[index].pointer
                for point in kept[index] {
                    out[next] = PointIdentity(sourceIndex: firstPoints[share.item] + Int(place[Int(point)]))
                    next += 1
                }
            }
        }
    }
}
