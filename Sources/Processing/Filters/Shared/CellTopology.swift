import Datasets

/// Edges and faces of a solid cell, by its own point numbers.
package struct CellTopology: Sendable {
    let pointCount: Int
    /// In the order of VTK's cell classes.
    let edges: [(Int, Int)]
    /// Each face with its points counter-clockwise as seen from outside.
    let faces: [[Int]]

    /// The topology of a solid linear cell; nil for other types. A voxel is a hexahedron whose points `voxelOrder` lists.
    static func of(_ type: CellType) -> CellTopology? {
        switch type {
        case .tetrahedron: tetrahedron
        case .hexahedron: hexahedron
        case .wedge: wedge
        case .pyramid: pyramid
        case .pentagonalPrism: pentagonalPrism
        case .hexagonalPrism: hexagonalPrism
        default: nil
        }
    }

    /// The voxel's point that is the hexahedron's point 0…7.
    static let voxelOrder = [0, 1, 3, 2, 4, 5, 7, 6]

    static let tetrahedron = CellTopology(
        pointCount: 4, edges: [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)],
        faces: [[0, 1, 3], [1, 2, 3], [2, 0, 3], [0, 2, 1]])

    static let hexahedron = CellTopology(
        pointCount: 8,
        edges: [(0, 1), (1, 2), (3, 2), (0, 3), (4, 5), (5, 6), (7, 6), (4, 7), (0, 4), (1, 5), (3, 7), (2, 6)],
        faces: [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]])

    /// The second triangle lies where the right-hand rule over the first points to, as in VTK 9.
    static let wedge = CellTopology(
        pointCount: 6, edges: [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)],
        faces: [[0, 2, 1], [3, 4, 5], [0, 1, 4, 3], [1, 2, 5, 4], [2, 0, 3, 5]])

    static let pyramid = CellTopology(
        pointCount: 5, edges: [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4), (2, 4), (3, 4)],
        faces: [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])

    static let pentagonalPrism = prism(sides: 5)
    static let hexagonalPrism = prism(sides: 6)

    private static func prism(sides: Int) -> CellTopology {
        let ring = Array(0..<sides)
        func next(_ point: Int) -> Int { (point + 1) % sides }
        return CellTopology(
            pointCount: 2 * sides,
            edges: ring.map { ($0, next($0)) } + ring.map { ($0 + sides, next($0) + sides) } + ring.map { ($0, $0 + sides) },
            faces: [ring.reversed(), ring.map { $0 + sides }] + ring.map { [$0, next($0), next($0) + sides, $0 + sides] })
    }
}

extension CellTopology {
    /// Edges of a solid linear cell by its own point numbers, and how many points it has; nil for other types.
    package static func edgesOfCells(_ type: CellType) -> (pointCount: Int, edges: [(Int, Int)])? {
        if type == .voxel { return (8, hexahedron.edges.map { (voxelOrder[$0.0], voxelOrder[$0.1]) }) }
        return of(type).map { ($0.pointCount, $0.edges) }
    }

    /// Faces of a solid linear cell by its own point numbers; nil for other types.
    package static func facesOfCells(_ type: CellType) -> [[Int]]? {
        if type == .voxel { return hexahedron.faces.map { face in face.map { voxelOrder[$0] } } }
        return of(type)?.faces
    }
}
