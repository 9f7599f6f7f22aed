import Datasets
import Execution
import Geometry

/// Where the parametric centres of cells are, type by type.
///
/// | type | centre |
/// |---|---|
/// | vertex, line, triangle, quad, tetrahedron, hexahedron, wedge, pentagonal prism | the mean of the corners |
/// | pixel, voxel | half way from the first to the last corner |
/// | poly-vertex | its middle point |
/// | poly-line, triangle strip | the middle of the middle segment or triangle |
/// | polygon, quadratic polygon | the middle of the box around it, along its first edge |
/// | pyramid | r = s = 0.4, t = 0.2 |
/// | hexagonal prism | the mean of two opposite edges |
/// | quadratic and other nonlinear types of fixed size | the type's shape functions at its centre |
/// | polyhedron | the centre of its volume |
/// | others, polyhedra without volume | the middle of the bounds |
enum CellCenter {
    /// The centres of all cells, x y z one after the other; anything for cells without points.
    static func all(of dataset: Dataset, _ cells: CellBlocks, _ positions: PointPositions, context: ExecutionContext) throws -> Buffer<Double> {
        try Buffer<Double>(count: 3 * cells.count) { out in
            nonisolated(unsafe) let out = out
            switch (dataset, positions) {
            case (.image(let image), _): try lattice(image.extent, out, context) { image.positionOfHalf($0) }
            case (.rectilinear(let grid), .rectilinear(let x, let y, let z, let size)):
                @inline(__always) func middle(_ axis: UnsafePointer<Double>, _ half: Int, _ count: Int) -> Double {
                    0.5 * (axis[half / 2] + axis[min(count - 1, (half + 1) / 2)])
                }
                try lattice(grid.extent, out, context) {
                    Vector3(middle(x.pointer, $0.x, size.x), middle(y.pointer, $0.y, size.y), middle(z.pointer, $0.z, size.z))
                }
                withExtendedLifetime((x, y, z)) {}
            default:
                try context.parallelFor(cells.count, grain: 1 << 13) { range in
                    cells.forEach(in: range) { block in
                        switch positions {
                        case .float32(let buffer): write(block, buffer.pointer, out)
                        case .float64(let buffer): write(block, buffer.pointer, out)
                        case .image, .rectilinear: break
                        }
                    }
                }
                if case .unstructured(let grid) = dataset, let faces = grid.polyhedronFaces {
                    try volumes(grid, faces, positions, out, context)
                }
            }
        }
    }

    /// The centres of volume of polyhedra: of the pyramids from the mean of the corners to the triangles of the faces, whose winding does
    /// not matter.
    private static func volumes(
        _ grid: UnstructuredGrid, _ faces: PolyhedronFaces, _ positions: PointPositions, _ out: UnsafeMutablePointer<Double>,
        _ context: ExecutionContext
    ) throws {
        nonisolated(unsafe) let out = out
        for run in grid.runs where run.type == .polyhedron {
            try context.parallelFor(run.cells.count, grain: 1 << 10) { range in
                for cell in run.cells.lowerBound + range.lowerBound..<run.cells.lowerBound + range.upperBound
                where cell < faces.facesOfCells.count {
                    let corners = grid.cells.points(of: cell)
                    if corners.isEmpty { continue }
                    let mean = corners.reduce(Vector3()) { $0 + positions[Int($1)] } / Double(corners.count)
                    var (center, volume) = (Vector3(), 0.0)
                    for face in faces.facesOfCells.points(of: cell) {
                        let ring = faces.faces.points(of: Int(face))
                        for corner in 1..<max(1, ring.count - 1) {
                            let (a, b, c) = (
                                positions[Int(ring[0])] - mean, positions[Int(ring[corner])] - mean, positions[Int(ring[corner + 1])] - mean
                            )
                            let part = abs(a.dot(b.cross(c)))
                            volume += part
                            center += part * 0.25 * (a + b + c)
                        }
                    }
                    if volume > 0 {
                        center = mean + center / volume
                        for axis in 0..<3 { out[3 &* cell &+ axis] = center[axis] }
                    }
                }
            }
        }
    }

    /// Centres of lattices' cells: `position` takes places in half steps from the first point.
    private static func lattice(
        _ extent: Extent, _ out: UnsafeMutablePointer<Double>, _ context: ExecutionContext, _ position: (SIMD3<Int>) -> Vector3
    ) throws {
        let (size, cells) = (extent.dimensions, extent.cellDimensions)
        let step = SIMD3(size.x > 1 ? 1 : 0, size.y > 1 ? 1 : 0, size.z > 1 ? 1 : 0)
        nonisolated(unsafe) let out = out
        try context.parallelFor(cells.y * cells.z, grain: max(1, (1 << 13) / cells.x)) { rows in
            for row in rows {
                let (k, j) = row.quotientAndRemainder(dividingBy: cells.y)
                for i in 0..<cells.x {
                    let at = position(2 &* SIMD3(i, j, k) &+ step)
                    let to = out + 3 &* (row &* cells.x &+ i)
                    to[0] = at.x
                    to[1] = at.y
                    to[2] = at.z
                }
            }
        }
    }

    private static func write<Value: MeanValue>(
        _ block: CellBlock, _ position: UnsafePointer<Value>, _ out: UnsafeMutablePointer<Double>
    ) {
        @inline(__always) func at(_ point: Int32) -> Vector3 {
            let p = position + 3 &* Int(point)
            return Vector3(p[0].wide, p[1].wide, p[2].wide)
        }
        let isMean = means.contains(block.type.rawValue)
        let weights = isMean ? nil : weights[block.type.rawValue]
        var entry = 0
        for index in 0..<block.count {
            let points = block.points + entry
            let size = block.size(index)
            entry &+= size
            if size == 0 { continue }
            var center = Vector3()
            if isMean {
                for corner in 0..<size { center += at(points[corner]) }
                center /= Double(size)
            } else if let weights, weights.count == size {
                for corner in 0..<size where weights[corner] != 0 { center += weights[corner] * at(points[corner]) }
            } else {
                center = special(block.type, UnsafeBufferPointer(start: points, count: size).map { at($0) })
            }
            let to = out + 3 &* (block.first &+ index)
            to[0] = center.x
            to[1] = center.y
            to[2] = center.z
        }
    }

    /// Types whose centre is the mean of the corners.
    private static let means: Set<UInt8> = [1, 3, 5, 9, 10, 12, 13, 15]

    /// Shape functions at the centre, one a point.
    private static let weights: [UInt8: [Double]] = {
        func list(_ parts: (count: Int, weight: Double)...) -> [Double] { parts.flatMap { Array(repeating: $0.weight, count: $0.count) } }
        return [
            8: [0.5, 0, 0, 0.5], 11: [0.5, 0, 0, 0, 0, 0, 0, 0.5], 14: [0.288, 0.192, 0.128, 0.192, 0.2],
            16: [0.25, 0, 0, 0.25, 0, 0, 0.25, 0, 0, 0.25, 0, 0], 21: [0, 0, 1], 22: list((3, -1.0 / 9), (3, 4.0 / 9)),
            23: list((4, -0.25), (4, 0.5)), 24: list((4, -0.125), (6, 0.25)), 25: list((8, -0.25), (12, 0.25)),
            26: list((6, -2.0 / 9), (6, 2.0 / 9), (3, 1.0 / 3)), 27: quadraticPyramid, 28: list((8, 0), (1, 1)), 29: list((26, 0), (1, 1)),
            30: [0, 0, 0, 0, 0.5, 0.5], 31: list((6, -1.0 / 18), (6, 2.0 / 9)), 32: list((12, 0), (3, -1.0 / 9), (3, 4.0 / 9)),
            33: list((16, 0), (4, -0.25), (4, 0.5)), 34: list((6, 0), (1, 1)), 35: list((2, -1.0 / 16), (2, 9.0 / 16)),
        ]
    }()

    /// At r = s = 6/13, t = 3/13, where VTK puts the centre.
    private static let quadraticPyramid = [
        -0.28434727788068676, -0.27887989767152577, -0.2709616228858445, -0.27887989767152577, -0.1242603550295858, 0.4044411121301878,
        0.3591938276405799, 0.3591938276405799, 0.4044411121301878, 0.20587514442771612, 0.17646440950947098, 0.15125520815097515,
        0.17646440950947098,
    ]

    /// Centres that need more than weights.
    private static func special(_ type: CellType, _ corners: [Vector3]) -> Vector3 {
        let count = corners.count
        switch type.rawValue {
        case 2: return corners[count / 2]
        case 4:
            if count == 1 { return corners[0] }
            let segment = (count - 1) / 2
            return 0.5 * (corners[segment] + corners[min(count - 1, segment + 1)])
        case 6:
            if count < 3 { break }
            let triangle = (count - 2) / 2
            return (corners[triangle] + corners[triangle + 1] + corners[triangle + 2]) / 3
        case 7: return polygon(corners)
        case 36:
            // Corners, then the points between them.
            return polygon((0..<count).map { corners[$0 / 2 + ($0 % 2 == 1 ? count / 2 : 0)] })
        default: break
        }
        var bounds = Bounds()
        for corner in corners { bounds.add(corner) }
        return bounds.isEmpty ? corners[0] : bounds.center
    }

    /// The middle of the rectangle around a polygon that has a side along its first edge.
    private static func polygon(_ corners: [Vector3]) -> Vector3 {
        let count = corners.count
        let mean = corners.reduce(Vector3(), +) / Double(count)
        if count < 3 { return mean }
        var normal = Vector3()
        for corner in 1..<count - 1 { normal += (corners[corner] - corners[0]).cross(corners[corner + 1] - corners[0]) }
        let along = (corners[1] - corners[0]).normalized
        let across = normal.normalized.cross(along).normalized
        if along.length == 0 || across.length == 0 { return mean }
        var lower = SIMD2<Double>()
        var upper = SIMD2<Double>()
        for corner in corners {
            let place = SIMD2((corner - corners[0]).dot(along), (corner - corners[0]).dot(across))
            for axis in 0..<2 {
                if place[axis] < lower[axis] { lower[axis] = place[axis] }
                if place[axis] > upper[axis] { upper[axis] = place[axis] }
            }
        }
        let middle = 0.5 * (lower + upper)
        return corners[0] + middle.x * along + middle.y * across
    }
}

extension ImageData {
    /// Where a place lies that is given in half steps from the first point.
    @inline(__always) fileprivate func positionOfHalf(_ half: SIMD3<Int>) -> Vector3 {
        let scaled = spacing
            * Vector3(
                Double(extent.lower.x) + 0.5 * Double(half.x), Double(extent.lower.y) + 0.5 * Double(half.y),
                Double(extent.lower.z) + 0.5 * Double(half.z))
        if isAxisAligned { return origin + scaled }
        return origin
            + Vector3(
                direction[0] * scaled.x + direction[1] * scaled.y + direction[2] * scaled.z,
                direction[3] * scaled.x + direction[4] * scaled.y + direction[5] * scaled.z,
                direction[6] * scaled.x + direction[7] * scaled.y + direction[8] * scaled.z)
    }
}
