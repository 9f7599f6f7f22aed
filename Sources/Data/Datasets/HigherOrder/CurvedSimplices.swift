import Geometry

/// How cells of higher order are cut into simplices to measure them, as `vtkCellSizeFilter` does.
///
/// Only nodes of the cell are corners here, so nothing is made: measures of files agree with VTK's. `LinearParts` is what filters use.
enum CurvedSimplices {
    struct Parts {
        var dimension: Int
        var pointCount: Int
        var corners: [UInt8]
    }

    /// By VTK's type number; Lagrange and Bézier cells have none.
    static let parts: [UInt8: Parts] = [
        21: Parts(dimension: 1, pointCount: 3, corners: [0, 2, 2, 1]),
        22: Parts(dimension: 2, pointCount: 6, corners: [0, 3, 5, 3, 1, 4, 5, 4, 2, 4, 5, 3]),
        23: Parts(dimension: 2, pointCount: 8, corners: [0, 4, 7, 4, 1, 5, 5, 2, 6, 6, 3, 7, 4, 6, 7, 4, 5, 6]),
        24: Parts(
            dimension: 3, pointCount: 10,
            corners: [0, 4, 6, 7, 4, 1, 5, 8, 6, 5, 2, 9, 7, 8, 9, 3, 6, 4, 5, 8, 6, 5, 9, 8, 6, 9, 7, 8, 6, 7, 4, 8]),
        25: Parts(
            dimension: 3, pointCount: 20,
            corners: [
                8, 11, 0, 16, 1, 9, 8, 17, 2, 10, 9, 18, 11, 8, 10, 12, 10, 8, 9, 12, 11, 10, 3, 19, 12, 9, 10, 13, 13, 10, 12, 14,
                11, 12, 10, 14, 14, 11, 12, 15, 12, 11, 8, 16, 4, 15, 12, 16, 15, 11, 12, 16, 9, 12, 8, 17, 12, 13, 5, 17,
                13, 12, 9, 17, 13, 9, 10, 18, 13, 14, 6, 18, 14, 13, 10, 18, 11, 14, 10, 19, 14, 15, 7, 19, 15, 14, 11, 19,
            ]),
        26: Parts(
            dimension: 3, pointCount: 15,
            corners: [
                6, 7, 8, 9, 7, 8, 9, 10, 8, 9, 10, 11, 0, 6, 8, 3, 0, 6, 8, 9, 6, 9, 11, 12,
                1, 7, 6, 4, 1, 7, 6, 10, 7, 10, 9, 13, 2, 8, 7, 5, 2, 8, 7, 11, 8, 11, 10, 14,
            ]),
        27: Parts(
            dimension: 3, pointCount: 13,
            corners: [
                7, 6, 2, 11, 1, 6, 5, 10, 8, 7, 3, 12, 5, 8, 0, 9, 7, 8, 5, 9, 6, 7, 5, 9, 6, 9, 5, 10,
                9, 6, 7, 10, 10, 6, 7, 11, 9, 10, 7, 11, 10, 9, 4, 11, 9, 7, 8, 12, 9, 11, 7, 12, 11, 9, 4, 12,
            ]),
        28: Parts(dimension: 2, pointCount: 9, corners: [0, 4, 7, 4, 1, 5, 5, 2, 6, 6, 3, 7, 4, 8, 7, 4, 5, 8, 5, 6, 8, 6, 7, 8]),
        29: Parts(dimension: 3, pointCount: 27, corners: triquadratic),
        30: Parts(dimension: 2, pointCount: 6, corners: [0, 4, 5, 0, 5, 3, 4, 1, 2, 4, 2, 5]),
        31: Parts(
            dimension: 3, pointCount: 12,
            corners: cut([[8, 0, 6, 11, 3, 9], [8, 6, 7, 11, 9, 10], [7, 6, 1, 10, 9, 4], [2, 8, 7, 5, 11, 10]])),
        32: Parts(
            dimension: 3, pointCount: 18,
            corners: cut([
                [8, 0, 6, 17, 12, 15], [8, 6, 7, 17, 15, 16], [7, 6, 1, 16, 15, 13], [2, 8, 7, 14, 17, 16],
                [17, 12, 15, 11, 3, 9], [17, 15, 16, 11, 9, 10], [16, 15, 13, 10, 9, 4], [14, 17, 16, 5, 11, 10],
            ])),
        33: Parts(
            dimension: 3, pointCount: 24,
            corners: cut([
                [0, 8, 11, 16, 22, 20], [8, 1, 9, 22, 17, 21], [9, 2, 10, 21, 18, 23], [10, 3, 11, 23, 19, 20],
                [8, 9, 11, 22, 21, 20], [9, 10, 11, 21, 23, 20], [16, 22, 20, 4, 12, 15], [22, 17, 21, 12, 5, 13],
                [21, 18, 23, 13, 6, 14], [23, 19, 20, 14, 7, 15], [22, 21, 20, 12, 13, 15], [21, 23, 20, 13, 14, 15],
            ])),
        34: Parts(dimension: 2, pointCount: 7, corners: [0, 3, 6, 6, 3, 4, 6, 4, 5, 0, 6, 5, 3, 1, 4, 5, 4, 2]),
        35: Parts(dimension: 1, pointCount: 4, corners: [0, 2, 2, 3, 3, 1]),
        37: Parts(
            dimension: 3, pointCount: 19,
            corners: [
                13, 6, 11, 15, 6, 11, 7, 13, 5, 13, 9, 14, 6, 5, 1, 10, 7, 6, 2, 11, 8, 7, 3, 12, 5, 8, 0, 9, 8, 9, 5, 13,
                10, 13, 5, 14, 7, 12, 8, 13, 5, 10, 6, 13, 7, 13, 11, 16, 9, 13, 8, 17, 6, 13, 10, 15, 12, 13, 7, 16, 13, 12, 8, 17,
                10, 14, 4, 18, 15, 13, 10, 18, 4, 15, 10, 18, 13, 14, 10, 18, 11, 15, 4, 18, 4, 14, 9, 18, 14, 13, 9, 18,
                15, 11, 13, 18, 4, 16, 11, 18, 16, 13, 11, 18, 13, 17, 9, 18, 9, 17, 4, 18, 12, 16, 4, 18, 16, 12, 13, 18,
                4, 17, 12, 18, 17, 13, 12, 18,
            ]),
    ]

    /// Wedges as three tetrahedra each.
    private static func cut(_ wedges: [[UInt8]]) -> [UInt8] {
        wedges.flatMap { wedge in [0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5].map { wedge[$0] } }
    }

    /// A cone from the middle over the faces, each cut into eight triangles: those at its corners, and four around its middle.
    private static let triquadratic: [UInt8] = {
        let faces: [[UInt8]] = [
            [0, 4, 7, 3, 16, 15, 19, 11, 20], [1, 2, 6, 5, 9, 18, 13, 17, 21], [0, 1, 5, 4, 8, 17, 12, 16, 22],
            [3, 7, 6, 2, 19, 14, 18, 10, 23], [0, 3, 2, 1, 11, 10, 9, 8, 24], [4, 5, 6, 7, 12, 13, 14, 15, 25],
        ]
        return faces.flatMap { face in
            (0..<4).flatMap { side in
                let (before, behind) = (face[4 + (side + 3) % 4], face[4 + side])
                // Seen from the middle the faces go round the other way.
                return [face[side], before, behind, 26, face[8], behind, before, 26]
            }
        }
    }()

    /// The simplices of a linear part of a Lagrange cell, by the corners of the part.
    static func simplices(of part: CellType) -> [Int] {
        switch part {
        case .triangle: [0, 1, 2]
        case .quad: [0, 1, 2, 0, 2, 3]
        case .tetrahedron: [0, 1, 2, 3]
        case .hexahedron: CellSimplices.hexahedron.map(Int.init)
        case .wedge: [0, 1, 2, 3, 1, 3, 4, 5, 1, 2, 3, 5]
        case .pyramid: [0, 1, 3, 4, 1, 2, 3, 4]
        default: []
        }
    }
}

extension CellReader {
    /// Cells with curved edges: by straight parts between their nodes.
    func curvedSize(_ type: CellType, _ points: UnsafePointer<Int32>, _ count: Int) -> CellSize {
        if let parts = CurvedSimplices.parts[type.rawValue], count >= parts.pointCount {
            var sum = 0.0
            let corners = parts.corners
            if parts.dimension == 3 { return CellSize(dimension: 3, value: volume(points, corners)) }
            for first in stride(from: 0, to: corners.count, by: parts.dimension + 1) {
                let (a, b) = (points[Int(corners[first])], points[Int(corners[first + 1])])
                sum += parts.dimension == 1 ? distance(a, b) : triangleArea(a, b, points[Int(corners[first + 2])])
            }
            return CellSize(dimension: parts.dimension, value: sum)
        }
        if type.rawValue == 36, let parts = LinearParts.of(type, pointCount: count) {
            var sum = 0.0
            for corner in 1..<count - 1 {
                sum += triangleArea(points[Int(parts.corners[0])], points[Int(parts.corners[corner])], points[Int(parts.corners[corner + 1])])
            }
            return CellSize(dimension: 2, value: sum)
        }
        return CellSize(dimension: -1, value: 0)
    }

    /// The size of a Lagrange or Bézier cell by the lattice of its nodes; control points of Bézier cells count as nodes, as for VTK.
    func latticeSize(_ parts: LinearParts, dimension: Int, _ points: UnsafePointer<Int32>) -> CellSize {
        var sum = 0.0
        for part in 0..<parts.count {
            let first = Int(parts.offsets[part])
            func corner(_ place: Int) -> Int32 { points[Int(parts.corners[first + place])] }
            if dimension == 1 {
                for place in 1..<max(1, Int(parts.offsets[part + 1]) - first) { sum += distance(corner(place - 1), corner(place)) }
                continue
            }
            let simplices = CurvedSimplices.simplices(of: CellType(rawValue: parts.types[part]))
            for place in stride(from: 0, to: simplices.count, by: dimension + 1) {
                let (a, b, c) = (corner(simplices[place]), corner(simplices[place + 1]), corner(simplices[place + 2]))
                sum += dimension == 2 ? triangleArea(a, b, c) : tetrahedronVolume(a, b, c, corner(simplices[place + 3]))
            }
        }
        return CellSize(dimension: dimension, value: sum)
    }

    private func distance(_ a: Int32, _ b: Int32) -> Double { (at(b) - at(a)).length }
}

/// The parts of Lagrange and Bézier cells met so far, by type, number of nodes and degrees.
public struct LinearPartsCache {
    private struct Key: Hashable {
        var type: UInt8
        var count: Int
        var degrees: SIMD3<Int>?
        var diagonal: Int
    }

    private var known: [Key: LinearParts?] = [:]
    private let degrees: FieldArray?
    private var last: (key: Key, parts: LinearParts?)?

    /// - Parameter attributes: of the grid, which may state the degrees of its cells.
    public init(_ attributes: DatasetAttributes) {
        let stated = attributes.cellData[.higherOrderDegrees]
        degrees = stated?.components == 3 && stated?.scalarType != nil ? stated : nil
    }

    /// What `LinearParts.of` gives for a cell.
    public mutating func parts(of type: CellType, cell: Int, pointCount: Int, diagonal: Int = 0) -> LinearParts? {
        var stated: SIMD3<Int>?
        if type.rawValue >= 68, let degrees, cell < degrees.tupleCount {
            var found = SIMD3(repeating: 0)
            for axis in 0..<3 {
                let value = degrees.value(cell, axis)
                found[axis] = value >= 1 && value <= 1e6 ? Int(value) : 0
            }
            stated = found
        }
        let key = Key(type: type.rawValue, count: pointCount, degrees: stated, diagonal: diagonal)
        if let last, last.key == key { return last.parts }
        let parts = known[key] ?? LinearParts.of(type, pointCount: pointCount, degrees: stated, diagonal: diagonal)
        known[key] = parts
        last = (key, parts)
        return parts
    }
}
