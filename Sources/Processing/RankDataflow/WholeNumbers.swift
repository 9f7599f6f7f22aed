import Datasets
import Messaging

/// A cell and a point of one of a rank's pieces.
public struct PieceNumbers: Sendable, Hashable {
    /// Which of the pieces that the rank has.
    public var piece: Int
    /// Nil where only a point is meant.
    public var cell: Int?
    public var point: Int

    public init(piece: Int, cell: Int?, point: Int) {
        self.piece = piece
        self.cell = cell
        self.point = point
    }
}

extension Communicator {
    /// The numbers that a cell and a point of a piece have once all pieces are gathered, without gathering them. Every rank calls this.
    ///
    /// Cells are counted by key; points of the source by index, then points that filters made in order of first use, each where it was used
    /// first of all ranks (as `GatherPieces` numbers them).
    ///
    /// - Parameters:
    ///   - wanted: on rank `owner`: whose numbers; not looked at on the others.
    ///   - pieces: this rank's, of unstructured or poly data.
    /// - Complexity: O(points + connectivity) of the rank's pieces; names of points that come before travel to one rank each.
    public func wholeNumbers(of wanted: PieceNumbers?, from owner: Int, in pieces: [Dataset]) throws -> (cell: Int?, point: Int) {
        var question = Question()
        if rank == owner, let wanted, pieces.indices.contains(wanted.piece) {
            let names = PieceNames(pieces[wanted.piece])
            question.identity = names.identity(wanted.point)
            if let cell = wanted.cell {
                question.hasCell = true
                question.cell = names.place(of: cell)
            }
        }
        try broadcast(&question, from: owner)
        let named = pieces.map(PieceNames.init)
        var cells = 0
        if question.hasCell {
            for piece in named { piece.forEachOwnedCell { place, _, _ in cells += place < question.cell ? 1 : 0 } }
            cells = try allReduce(cells, .sum)
        }
        let uses = try allGather(named.map { $0.firstUse(of: question.identity) }).joined()
        let first = uses.min() ?? .never
        var before = [Set<PointIdentity>](repeating: [], count: size)
        for piece in named {
            piece.forEachStayingPoint { identity, use in
                let comes = identity.isSource ? !question.identity.isSource || identity.low < question.identity.low : !question.identity.isSource && use < first
                if comes { before[Int((identity.low ^ identity.high &* 31) % UInt64(size))].insert(identity) }
            }
        }
        let met = try allToAll(before.map { Array($0) })
        let points = try allReduce(Set(met.joined()).count, .sum)
        return (question.hasCell ? cells : nil, points)
    }

    private struct Question: BitwiseCopyable, Sendable {
        var identity = PointIdentity(sourceIndex: 0)
        var cell = CellPlace(list: 0, rank: 0, key: 0)
        var hasCell = false
    }
}

/// A cell's place in the order of the whole dataset's cells.
private struct CellPlace: BitwiseCopyable, Sendable, Comparable {
    var list: Int32
    var rank: UInt32
    var key: UInt64

    static func < (a: CellPlace, b: CellPlace) -> Bool { (a.list, a.rank, a.key) < (b.list, b.rank, b.key) }
}

/// Where a point is used: a cell, and a corner of it.
private struct PointUse: BitwiseCopyable, Sendable, Comparable {
    var cell: CellPlace
    var corner: Int

    static let never = PointUse(cell: CellPlace(list: .max, rank: .max, key: .max), corner: .max)

    static func < (a: PointUse, b: PointUse) -> Bool { a.cell != b.cell ? a.cell < b.cell : a.corner < b.corner }
}

/// The names that a piece's cells and points have in the whole.
private struct PieceNames {
    private let piece: Dataset
    private let lists: [CellArray]

    init(_ piece: Dataset) {
        self.piece = piece
        lists =
            switch piece {
            case .unstructured(let grid): [grid.cells]
            case .poly(let poly): poly.cellLists
            default: []
            }
    }

    func identity(_ point: Int) -> PointIdentity { piece.piece?.pointIdentities.map { $0[point] } ?? PointIdentity(sourceIndex: point) }

    func place(of cell: Int) -> CellPlace {
        var (list, first) = (0, 0)
        while list < lists.count - 1 && cell >= first + lists[list].count {
            first += lists[list].count
            list += 1
        }
        return place(of: cell, list)
    }

    private func place(of cell: Int, _ list: Int) -> CellPlace {
        CellPlace(
            list: Int32(truncatingIfNeeded: list), rank: piece.piece?.cellRanks.map { $0[cell] } ?? 0,
            key: piece.piece?.cellKeys.map { $0[cell] } ?? UInt64(truncatingIfNeeded: cell))
    }

    /// In order, with the list and the place in it.
    func forEachOwnedCell(_ body: (_ place: CellPlace, _ list: CellArray, _ index: Int) -> Void) {
        let levels = piece.piece?.cellGhostLevels
        var first = 0
        for (number, list) in lists.enumerated() {
            for index in 0..<list.count where levels.map({ $0[first + index] == 0 }) ?? true {
                body(place(of: first + index, number), list, index)
            }
            first += list.count
        }
    }

    /// Each point that stays in the whole, with its first use here.
    func forEachStayingPoint(_ body: (PointIdentity, PointUse) -> Void) {
        var isUsed = [Bool](repeating: false, count: piece.pointCount)
        forEachOwnedCell { place, list, index in
            for (corner, point) in list.points(of: index).enumerated() where !isUsed[Int(point)] {
                isUsed[Int(point)] = true
                body(identity(Int(point)), PointUse(cell: place, corner: corner))
            }
        }
        let levels = piece.piece?.pointGhostLevels
        for point in 0..<piece.pointCount where !isUsed[point] {
            let identity = identity(point)
            if identity.isSource && (levels.map { $0[point] == 0 } ?? true) { body(identity, .never) }
        }
    }

    func firstUse(of wanted: PointIdentity) -> PointUse {
        var found = PointUse.never
        forEachStayingPoint { identity, use in if identity == wanted && use < found { found = use } }
        return found
    }
}
