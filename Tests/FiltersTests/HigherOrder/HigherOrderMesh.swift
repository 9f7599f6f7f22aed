@testable import Datasets
import Geometry

/// The unit cube, cut into cells of one type of higher order (or polyhedra), whose nodes are shared.
struct HigherOrderMesh {
    /// A type, and the degree of Lagrange and Bézier cells.
    struct Kind: CustomStringConvertible, Sendable {
        var type: CellType
        var degree = 2
        var description: String { "\(type) of degree \(degree)" }
    }

    static let solids =
        [24, 25, 26, 27, 29, 31, 32, 33, 37].map { Kind(type: CellType(rawValue: $0)) }
        + [71, 72, 73, 78, 79, 80].flatMap { type in [2, 3].map { Kind(type: CellType(rawValue: type), degree: $0) } }
    static let flat =
        [22, 23, 28, 30, 34, 36].map { Kind(type: CellType(rawValue: $0)) }
        + [69, 70, 76, 77].flatMap { type in [2, 3].map { Kind(type: CellType(rawValue: type), degree: $0) } }

    private(set) var grid: UnstructuredGrid

    /// - Parameters:
    ///   - size: cubes along an axis; flat cells fill the square z = 0.
    ///   - place: where a node of the straight mesh goes.
    init(_ kind: Kind, size: Int, place: (Vector3) -> Vector3 = { $0 }) {
        var numbers: [SIMD3<Int>: Int] = [:]
        var points: [Vector3] = []
        var cells: [(CellType, [Int])] = []
        let nodes = HigherOrderMesh.nodes(kind)
        let layers = kind.type.dimension == 2 ? 1 : size
        for k in 0..<layers {
            for j in 0..<size {
                for i in 0..<size {
                    let corner = Vector3(Double(i), Double(j), Double(k))
                    for corners in HigherOrderMesh.linearCells(kind.type) {
                        let places = corners.map { (corner + $0) / Double(size) }
                        cells.append((kind.type, nodes.map { weights in
                            var sum = Vector3()
                            for (weight, at) in zip(weights, places) { sum += weight * at }
                            let key = SIMD3(Int((sum.x * 1e6).rounded()), Int((sum.y * 1e6).rounded()), Int((sum.z * 1e6).rounded()))
                            if let known = numbers[key] { return known }
                            numbers[key] = points.count
                            points.append(sum)
                            return points.count - 1
                        }))
                    }
                }
            }
        }
        let placed = points.map(place)
        grid = UnstructuredGrid(points: .float64(Buffer(placed.flatMap { [$0.x, $0.y, $0.z] })), cells: cells)
        grid.attributes.pointData.set(FieldArray(name: "f", Buffer(placed.map { HigherOrderMesh.field($0) })))
        grid.attributes.pointData.set(FieldArray(name: "r", Buffer(placed.map { ($0 - Vector3(0.5, 0.5, 0.5)).length })))
        grid.attributes.cellData.set(FieldArray(name: "number", Buffer(cells.indices.map { Int32($0) })))
    }

    /// A linear field, no level of which meets nodes.
    static func field(_ p: Vector3) -> Double { 0.31 * p.x + 0.47 * p.y + 0.83 * p.z }
    static let normal = Vector3(0.31, 0.47, 0.83)

    /// A map that moves points inside the cube along curves, and its sides within themselves.
    static func bend(_ p: Vector3) -> Vector3 {
        let (u, v, w) = (p.x * (1 - p.x), p.y * (1 - p.y), p.z * (1 - p.z))
        return Vector3(p.x + 0.4 * u * (p.y - 0.3 * p.z), p.y + 0.35 * v * (p.z - p.x * p.x), p.z + 0.3 * w * (p.x + p.y - 0.8))
    }

    // MARK: Cells

    /// What each corner counts for each node.
    private static func nodes(_ kind: Kind) -> [[Double]] {
        let raw = kind.type.rawValue
        if let shape = HigherOrderShape(kind.type) {
            let p = kind.degree
            return HigherOrderNodes(shape, degrees: SIMD3(repeating: p)).positions.map { at in
                let (x, y, z) = (Double(at.x) / Double(p), Double(at.y) / Double(p), Double(at.z) / Double(p))
                switch shape {
                case .curve: return [1 - x, x]
                case .triangle: return [1 - x - y, x, y]
                case .quadrilateral: return [(1 - x) * (1 - y), x * (1 - y), x * y, (1 - x) * y]
                case .tetrahedron: return [1 - x - y - z, x, y, z]
                case .wedge: return [1 - x - y, x, y].map { $0 * (1 - z) } + [1 - x - y, x, y].map { $0 * z }
                case .hexahedron:
                    let ring = [(1 - x) * (1 - y), x * (1 - y), x * y, (1 - x) * y]
                    return ring.map { $0 * (1 - z) } + ring.map { $0 * z }
                }
            }
        }
        let corners: Int = [22: 3, 34: 3, 23: 4, 28: 4, 30: 4, 36: 4, 24: 4, 25: 8, 29: 8, 33: 8, 26: 6, 31: 6, 32: 6, 27: 5, 37: 5][raw]!
        let squareEdges = [[0, 1], [1, 2], [2, 3], [3, 0]]
        let triangleEdges = [[0, 1], [1, 2], [2, 0]]
        let upper = { (edges: [[Int]], by: Int) in edges.map { $0.map { $0 + by } } }
        let hexahedronEdges = squareEdges + upper(squareEdges, 4) + (0..<4).map { [$0, $0 + 4] }
        let sides = [[0, 3, 4, 7], [1, 2, 5, 6], [0, 1, 4, 5], [2, 3, 6, 7]]
        let wedgeSides = [[0, 1, 3, 4], [1, 2, 4, 5], [2, 0, 5, 3]]
        var sets = (0..<corners).map { [$0] }
        switch raw {
        case 22: sets += triangleEdges
        case 34: sets += triangleEdges + [[0, 1, 2]]
        case 23, 36: sets += squareEdges
        case 28: sets += squareEdges + [[0, 1, 2, 3]]
        case 30: sets += [[0, 1], [2, 3]]
        case 24: sets += [[0, 1], [1, 2], [2, 0], [0, 3], [1, 3], [2, 3]]
        case 25: sets += hexahedronEdges
        case 29: sets += hexahedronEdges + sides + [[0, 1, 2, 3], [4, 5, 6, 7], Array(0..<8)]
        case 33: sets += hexahedronEdges + sides
        case 26: sets += triangleEdges + upper(triangleEdges, 3) + (0..<3).map { [$0, $0 + 3] }
        case 31: sets += triangleEdges + upper(triangleEdges, 3)
        case 32: sets += triangleEdges + upper(triangleEdges, 3) + (0..<3).map { [$0, $0 + 3] } + wedgeSides
        default:
            sets += squareEdges + (0..<4).map { [$0, 4] }
            if raw == 37 { sets += [[0, 1, 2, 3], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], Array(0..<5)] }
        }
        return sets.map { set in (0..<corners).map { set.contains($0) ? 1 / Double(set.count) : 0 } }
    }

    /// The cells that fill a unit cube (or square), by their corners.
    private static func linearCells(_ type: CellType) -> [[Vector3]] {
        let cube = [
            Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(1, 1, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), Vector3(1, 0, 1), Vector3(1, 1, 1),
            Vector3(0, 1, 1),
        ]
        let lists: [[Int]]
        switch type.rawValue {
        case 22, 34, 69, 76: lists = [[0, 1, 2], [0, 2, 3]]
        case 23, 28, 30, 36, 70, 77: lists = [[0, 1, 2, 3]]
        case 24, 71, 78:
            lists = [[0, 1, 2, 6], [0, 2, 3, 6], [0, 3, 7, 6], [0, 7, 4, 6], [0, 4, 5, 6], [0, 5, 1, 6]]
        case 26, 31, 32, 73, 80: lists = [[0, 1, 2, 4, 5, 6], [0, 2, 3, 4, 6, 7]]
        case 27, 37:
            return [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]].map { face in
                face.reversed().map { cube[$0] } + [Vector3(0.5, 0.5, 0.5)]
            }
        default: lists = [Array(0..<8)]
        }
        return lists.map { $0.map { cube[$0] } }
    }
}

extension UnstructuredGrid {
    /// The same solid cells as polyhedra, each with faces of its own.
    func asPolyhedra() -> UnstructuredGrid {
        let order: [[Int]] = [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]]
        var faces: [[Int]] = []
        var lists: [[Int]] = []
        for cell in 0..<cellCount {
            let points = cells.points(of: cell).map { Int($0) }
            lists.append((0..<6).map { faces.count + $0 })
            faces += order.map { $0.map { points[$0] } }
        }
        return UnstructuredGrid(
            points: points, types: Buffer([UInt8](repeating: 42, count: cellCount)), cells: cells,
            polyhedronFaces: PolyhedronFaces(facesOfCells: CellArray(lists), faces: CellArray(faces)), attributes: attributes)
    }
}
