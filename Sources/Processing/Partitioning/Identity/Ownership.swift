import Datasets
import Execution
import Filters

/// Which pieces own the parts of a piece: a point, an edge or a face belongs to the owner of the lowest cell that has it.
///
/// Owned exactly once in all pieces together, so sums over points, edges or faces count each once. The piece needs a layer of ghost cells (or to be
/// whole): then every cell that has something that an owned cell has is there.
public struct Ownership: Sendable {
    private let piece: Dataset
    private let lists: [CellArray]
    /// The piece's number.
    public let number: Int
    /// The piece that owns each cell.
    public let ofCells: Buffer<Int32>
    /// The piece that owns each point; the piece itself owns those that no cell uses.
    public let ofPoints: Buffer<Int32>

    /// - Throws: `DatasetError` for kinds without explicit cells.
    public init(of piece: Dataset) throws {
        guard piece.kind == .unstructured || piece.kind == .poly else {
            throw DatasetError("owners are worked out for cells that list their points, not for \(piece.kind.rawValue)")
        }
        self.piece = piece
        lists = piece.explicitCells
        let number = Int32(truncatingIfNeeded: piece.piece?.piece ?? 0)
        self.number = Int(number)
        let cells = piece.piece?.cellOwners ?? Buffer(repeating: number, count: piece.cellCount)
        guard cells.count == piece.cellCount else {
            throw DatasetError("a piece has \(piece.cellCount) cells, but owners of \(cells.count)")
        }
        ofCells = cells
        // Cells lie in the order of the whole, so the first cell that has a point is the lowest.
        var owners = Buffer<Int32>(repeating: -1, count: piece.pointCount)
        owners.withUnsafeMutablePointer { owner in
            var first = 0
            for list in piece.explicitCells {
                for cell in 0..<list.count {
                    for point in list.points(of: cell) where owner[Int(point)] < 0 { owner[Int(point)] = cells.pointer[first + cell] }
                }
                first += list.count
            }
            for point in 0..<piece.pointCount where owner[point] < 0 { owner[point] = number }
        }
        ofPoints = owners
    }

    /// A part of cells that several cells may have, by its points in rising order.
    public struct Owned: Sendable, Hashable {
        public var points: [Int32]
        /// The piece that owns it.
        public var owner: Int
        /// The lowest cell that has it.
        public var cell: Int
    }

    /// Every edge of the cells, by its lowest cell and place there.
    public func edges() -> [Owned] { collect { cell, type, points in Ownership.edges(type, points) } }

    /// Every face of the three-dimensional cells, by its lowest cell and place there.
    public func faces() -> [Owned] {
        collect { cell, type, points in
            if type == .polyhedron, case .unstructured(let grid) = piece, let lists = grid.polyhedronFaces {
                return lists.facesOfCells.points(of: cell).map { Array(lists.faces.points(of: Int($0))) }
            }
            return CellTopology.facesOfCells(type)?.map { face in face.map { points[$0] } } ?? []
        }
    }

    private static func edges(_ type: CellType, _ points: [Int32]) -> [[Int32]] {
        if let topology = CellTopology.edgesOfCells(type), points.count >= topology.pointCount {
            return topology.edges.map { [points[$0.0], points[$0.1]] }
        }
        switch type {
        case .vertex, .polyVertex: return []
        case .line, .polyLine: return zip(points, points.dropFirst()).map { [$0, $1] }
        case .pixel where points.count == 4: return [[points[0], points[1]], [points[1], points[3]], [points[3], points[2]], [points[2], points[0]]]
        case .triangleStrip:
            return zip(points, points.dropFirst()).map { [$0, $1] } + zip(points, points.dropFirst(2)).map { [$0, $1] }
        default:
            guard type.dimension == 2, points.count > 2 else { return [] }
            return points.indices.map { [points[$0], points[($0 + 1) % points.count]] }
        }
    }

    private func collect(_ parts: (Int, CellType, [Int32]) -> [[Int32]]) -> [Owned] {
        var seen: Set<[Int32]> = []
        var result: [Owned] = []
        var first = 0
        for (number, list) in lists.enumerated() {
            for index in 0..<list.count {
                let points = Array(list.points(of: index))
                let cell = first + index
                let type: CellType
                if case .unstructured(let grid) = piece { type = grid.type(of: cell) } else { type = PolyData.cellType(list: number, size: points.count) }
                for part in parts(cell, type, points) {
                    let sorted = part.sorted()
                    if seen.insert(sorted).inserted { result.append(Owned(points: sorted, owner: Int(ofCells[cell]), cell: cell)) }
                }
            }
            first += list.count
        }
        return result
    }
}
