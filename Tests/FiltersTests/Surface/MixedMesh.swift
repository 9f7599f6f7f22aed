import Datasets
import Geometry
import SeededNumbers

/// A conforming mesh of a box of unit cubes, some missing, and what its cells and faces are, told independently of the filter.
struct MixedMesh {
    var points: [Vector3] = []
    var cells: [(CellType, [Int])] = []
    /// The faces of each cell, outward.
    var faces: [[[Int]]] = []
    /// Cubes that are there.
    var volume = 0.0

    enum Style: CaseIterable { case tetrahedra, hexahedra, voxels, mixed, prisms }

    init(size: Int, style: Style, seed: Int, shuffled: Bool, missing: Double = 0.2) {
        var random = SplitMix64(seed: seed)
        let n = size + 1
        for k in 0..<n { for j in 0..<n { for i in 0..<n { points.append(Vector3(Double(i), Double(j), Double(k))) } } }
        func corner(_ i: Int, _ j: Int, _ k: Int) -> Int { (k * n + j) * n + i }
        var wedgeColumns: Set<Int> = []
        for column in 0..<size * size where Bool.random(using: &random) { wedgeColumns.insert(column) }
        for k in 0..<size {
            for j in 0..<size {
                for i in 0..<size {
                    if Double.random(in: 0..<1, using: &random) < missing { continue }
                    volume += 1
                    let v = (0..<8).map { corner(i + ($0 & 1), j + ($0 >> 1 & 1), k + ($0 >> 2)) }
                    switch style {
                    case .tetrahedra:
                        for t in [[0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7], [0, 5, 1, 7]] {
                            add(.tetrahedron, t.map { v[$0] })
                        }
                    case .hexahedra: add(.hexahedron, [0, 1, 3, 2, 4, 5, 7, 6].map { v[$0] })
                    case .voxels: add(.voxel, v)
                    case .mixed:
                        if wedgeColumns.contains(j * size + i) {
                            add(.wedge, [0, 1, 3, 4, 5, 7].map { v[$0] })
                            add(.wedge, [0, 3, 2, 4, 7, 6].map { v[$0] })
                        } else if Bool.random(using: &random) {
                            let centre = points.count
                            points.append(Vector3(Double(i) + 0.5, Double(j) + 0.5, Double(k) + 0.5))
                            let sides = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
                            for side in sides { add(.pyramid, side.map { v[$0] } + [centre]) }
                        } else {
                            add(Bool.random(using: &random) ? .hexahedron : .voxel, v)
                        }
                    case .prisms:
                        // A pentagonal prism: the quad 0 1 3 2 with a fifth corner beyond its edge from 1 to 3, which neighbours do not have.
                        let low = points.count
                        points.append(Vector3(Double(i) + 1.1, Double(j) + 0.5, Double(k)))
                        points.append(Vector3(Double(i) + 1.1, Double(j) + 0.5, Double(k + 1)))
                        volume += 0.05
                        add(.pentagonalPrism, [v[0], v[1], low, v[3], v[2], v[4], v[5], low + 1, v[7], v[6]])
                    }
                }
            }
        }
        if cells.contains(where: { $0.0 == .hexahedron }) {
            cells = cells.map { cell in cell.0 == .hexahedron && style == .mixed ? (.hexahedron, [0, 1, 3, 2, 4, 5, 7, 6].map { cell.1[$0] }) : cell }
        }
        if shuffled {
            let places = Array(points.indices).shuffled(using: &random)
            var moved = points
            for (old, new) in places.enumerated() { moved[new] = points[old] }
            points = moved
            cells = cells.map { ($0.0, $0.1.map { places[$0] }) }
            cells.shuffle(using: &random)
        }
        faces = cells.map { MixedMesh.outwardFaces($0.0, $0.1) }
    }

    private mutating func add(_ type: CellType, _ ids: [Int]) { cells.append((type, ids)) }

    /// Faces from the definition of the cells, not from the filter's tables; orientation is checked by volume.
    static func outwardFaces(_ type: CellType, _ p: [Int]) -> [[Int]] {
        switch type {
        case .tetrahedron: [[0, 1, 3], [1, 2, 3], [0, 3, 2], [0, 2, 1]].map { $0.map { p[$0] } }
        case .voxel:
            outwardFaces(.hexahedron, [0, 1, 3, 2, 4, 5, 7, 6].map { p[$0] })
        case .hexahedron:
            [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]].map { $0.map { p[$0] } }
        case .wedge: [[0, 2, 1], [3, 4, 5], [0, 1, 4, 3], [1, 2, 5, 4], [2, 0, 3, 5]].map { $0.map { p[$0] } }
        case .pyramid: [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]].map { $0.map { p[$0] } }
        case .pentagonalPrism:
            [[0, 4, 3, 2, 1], [5, 6, 7, 8, 9], [0, 1, 6, 5], [1, 2, 7, 6], [2, 3, 8, 7], [3, 4, 9, 8], [4, 0, 5, 9]].map { $0.map { p[$0] } }
        default: []
        }
    }

    /// Faces that one cell has alone: their points, sorted, and the cell.
    var boundary: Set<[Int]> {
        var cellsOfFace: [[Int]: [Int]] = [:]
        for (cell, list) in faces.enumerated() { for face in list { cellsOfFace[face.sorted(), default: []].append(cell) } }
        return Set(cellsOfFace.filter { $0.value.count == 1 }.map { $0.key + [-1, $0.value[0]] })
    }

    /// The grid, with its point and cell numbers as arrays `p` and `c`.
    var grid: UnstructuredGrid {
        var attributes = DatasetAttributes()
        attributes.pointData.set(FieldArray(name: "p", Buffer((0..<points.count).map { Int32($0) })))
        attributes.cellData.set(FieldArray(name: "c", Buffer((0..<cells.count).map { Int32($0) })))
        return UnstructuredGrid(points: Points(points), cells: cells, attributes: attributes)
    }
}
