import Datasets

/// The faces of the cells of one type, each seen from outside in counterclockwise order, as VTK lists them.
struct CellFaces: Sendable {
    /// Points that a cell must have.
    let cellSize: Int
    /// Where each face begins in `corners`; one entry more than there are faces.
    let offsets: [Int32]
    /// Points of the faces, in the cell's own numbers.
    let corners: [Int32]
    /// For each set of a cell's first eight points (bit i: point i) the faces whose points are all in it. Empty where the cell has more.
    let facesWithin: [UInt32]

    init(_ faces: [[Int32]], cellSize: Int) {
        self.cellSize = cellSize
        var offsets: [Int32] = [0]
        for face in faces { offsets.append(offsets.last! + Int32(face.count)) }
        self.offsets = offsets
        corners = faces.flatMap { $0 }
        let masks = faces.map { face in face.reduce(UInt32(0)) { $0 | 1 << UInt32($1) } }
        facesWithin = cellSize > 8
            ? []
            : (0..<256).map { set in
                var result: UInt32 = 0
                for (face, mask) in masks.enumerated() where UInt32(set) & mask == mask { result |= 1 << UInt32(face) }
                return result
            }
    }

    var count: Int { offsets.count - 1 }

    static let tetrahedron = CellFaces([[0, 1, 3], [1, 2, 3], [2, 0, 3], [0, 2, 1]], cellSize: 4)
    static let voxel = CellFaces(
        [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]], cellSize: 8)
    static let hexahedron = CellFaces(
        [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]], cellSize: 8)
    static let wedge = CellFaces([[0, 2, 1], [3, 4, 5], [0, 1, 4, 3], [1, 2, 5, 4], [2, 0, 3, 5]], cellSize: 6)
    static let pyramid = CellFaces([[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], cellSize: 5)
    static let pentagonalPrism = prism(5)
    static let hexagonalPrism = prism(6)

    private static func prism(_ sides: Int32) -> CellFaces {
        var faces: [[Int32]] = [[0] + (1..<sides).reversed(), Array(sides..<2 * sides)]
        for side in 0..<sides {
            let next = (side + 1) % sides
            faces.append([side, next, next + sides, side + sides])
        }
        return CellFaces(faces, cellSize: Int(2 * sides))
    }

    /// The faces of a three-dimensional cell; of a nonlinear one those that its corners span. Nil for polyhedra, which list their own,
    /// and for types of other dimensions.
    static func of(_ type: CellType) -> CellFaces? {
        switch type.rawValue {
        case 10, 24, 71, 78: tetrahedron
        case 11: voxel
        case 12, 25, 29, 33, 72, 79: hexahedron
        case 13, 26, 31, 32, 73, 80: wedge
        case 14, 27, 37, 74, 81: pyramid
        case 15: pentagonalPrism
        case 16: hexagonalPrism
        default: nil
        }
    }
}

/// How a cell of dimension 0 to 2 becomes a cell of a `PolyData`.
struct FlatCell: Sendable {
    /// The list that it goes to: 0 vertices, 1 lines, 2 polygons, 3 strips.
    let list: Int
    /// The number of its leading points that are taken; nil for all, 0 for half of them.
    let size: Int?
    /// Whether the last two points change places.
    let isPixel: Bool

    /// Nil for three-dimensional and empty cells, and for types that nobody knows.
    static func of(_ type: CellType) -> FlatCell? {
        switch type.rawValue {
        case 1, 2: FlatCell(list: 0, size: nil, isPixel: false)
        case 3, 4: FlatCell(list: 1, size: nil, isPixel: false)
        case 21, 35, 68, 75: FlatCell(list: 1, size: 2, isPixel: false)
        case 5, 7, 9: FlatCell(list: 2, size: nil, isPixel: false)
        case 22, 34, 69, 76: FlatCell(list: 2, size: 3, isPixel: false)
        case 23, 28, 30, 70, 77: FlatCell(list: 2, size: 4, isPixel: false)
        case 36: FlatCell(list: 2, size: 0, isPixel: false)
        case 8: FlatCell(list: 2, size: nil, isPixel: true)
        case 6: FlatCell(list: 3, size: nil, isPixel: false)
        default: nil
        }
    }

    func pointCount(ofCellWith points: Int) -> Int {
        guard let size else { return points }
        return size == 0 ? points / 2 : min(size, points)
    }
}
