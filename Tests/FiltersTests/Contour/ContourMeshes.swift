import Datasets
import Execution
import Geometry

/// Meshes whose contours are known, for the tests of contour and slice.
enum ContourMeshes {
    /// The box 0…size cut into unit cubes, each of them a hexahedron, a voxel, two wedges, six pyramids or six tetrahedra.
    ///
    /// `kind` says what the cube (i, j, k) becomes; faces between cubes fit where neighbours in k of wedges are wedges, and tetrahedra are
    /// everywhere or nowhere. Scalars and points are given by functions of the place.
    static func cubes(
        _ size: SIMD3<Int>, isDouble: Bool = false, kind: (Int, Int, Int) -> CellType, value: (Vector3) -> Double,
        place: (Vector3) -> Vector3 = { $0 }
    ) -> UnstructuredGrid {
        var points: [Vector3] = []
        for k in 0...size.z { for j in 0...size.y { for i in 0...size.x { points.append(Vector3(Double(i), Double(j), Double(k))) } } }
        func index(_ i: Int, _ j: Int, _ k: Int) -> Int { (k * (size.y + 1) + j) * (size.x + 1) + i }
        var cells: [(CellType, [Int])] = []
        for k in 0..<size.z {
            for j in 0..<size.y {
                for i in 0..<size.x {
                    let p = (0..<8).map { index(i + $0 & 1, j + $0 >> 1 & 1, k + $0 >> 2) }
                    let h = [p[0], p[1], p[3], p[2], p[4], p[5], p[7], p[6]]
                    switch kind(i, j, k) {
                    case .voxel: cells.append((.voxel, p))
                    case .wedge:
                        cells.append((.wedge, [h[0], h[1], h[2], h[4], h[5], h[6]]))
                        cells.append((.wedge, [h[0], h[2], h[3], h[4], h[6], h[7]]))
                    case .pyramid:
                        let apex = points.count
                        points.append(Vector3(Double(i), Double(j), Double(k)) + 0.5)
                        for face in [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]] {
                            // The base counter-clockwise as seen from the apex.
                            cells.append((.pyramid, face.reversed().map { h[$0] } + [apex]))
                        }
                    case .tetrahedron:
                        for t in [[3, 6, 5, 7], [4, 5, 3, 6], [2, 4, 3, 6], [3, 4, 1, 5], [1, 3, 2, 4], [1, 2, 0, 4]] {
                            cells.append((.tetrahedron, t.map { p[$0] }))
                        }
                    default: cells.append((.hexahedron, h))
                    }
                }
            }
        }
        let scalars = points.map { value(place($0)) }
        let placed = points.map(place)
        var grid = UnstructuredGrid(
            points: isDouble ? .float64(Buffer(placed.flatMap { [$0.x, $0.y, $0.z] })) : Points(placed), cells: cells)
        grid.attributes.pointData.set(FieldArray(name: "s", Buffer(scalars)))
        grid.attributes.pointData.set(FieldArray(name: "x", Buffer(placed.map { Float($0.x) })))
        grid.attributes.cellData.set(FieldArray(name: "id", Buffer(cells.indices.map { Int32($0) })))
        return grid
    }

    /// Hexahedra, voxels, wedges and pyramids together, faces fitting.
    static func mixed(_ i: Int, _ j: Int, _ k: Int) -> CellType {
        switch (i + 2 * j) % 4 {
        case 0: .hexahedron
        case 1: .wedge
        case 2: k % 2 == 0 ? .voxel : .pyramid
        default: k % 3 == 0 ? .pyramid : .hexahedron
        }
    }

    static func area(_ data: PolyData) -> Double {
        var sum = 0.0
        for triangle in 0..<data.polygons.count {
            let p = data.polygons.points(of: triangle).map { data.points[Int($0)] }
            sum += (p[1] - p[0]).cross(p[2] - p[0]).length / 2
        }
        return sum
    }

    static func length(_ data: PolyData) -> Double {
        var sum = 0.0
        for line in 0..<data.lines.count {
            let p = data.lines.points(of: line).map { data.points[Int($0)] }
            sum += (p[1] - p[0]).length
        }
        return sum
    }

    /// How many triangle sides have no partner in the opposite direction.
    static func openSides(_ data: PolyData) -> Int {
        var sides: [SIMD2<Int32>: Int] = [:]
        for triangle in 0..<data.polygons.count {
            let p = data.polygons.points(of: triangle)
            for corner in 0..<3 { sides[SIMD2(p[corner], p[(corner + 1) % 3]), default: 0] += 1 }
        }
        return sides.reduce(0) { $0 + (sides[SIMD2($1.key.y, $1.key.x)] == $1.value ? 0 : 1) }
    }

    /// The area of the part of a plane in the box 0…size: a large square in the plane, clipped by the six sides.
    static func area(of plane: Plane, inBoxTo size: Vector3) -> Double {
        let normal = plane.normal.normalized
        let other = abs(normal.x) < 0.8 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
        let u = normal.cross(other).normalized
        let v = normal.cross(u)
        var polygon = [u + v, v - u, -u - v, u - v].map { plane.origin + $0 * 1000 }
        for axis in 0..<3 {
            for (sign, limit) in [(1.0, 0.0), (-1.0, -size[axis])] {
                var clipped: [Vector3] = []
                for (index, point) in polygon.enumerated() {
                    let next = polygon[(index + 1) % polygon.count]
                    let (a, b) = (sign * point[axis] - limit, sign * next[axis] - limit)
                    if a >= 0 { clipped.append(point) }
                    if (a >= 0) != (b >= 0) { clipped.append(point + (next - point) * (a / (a - b))) }
                }
                polygon = clipped
                if polygon.isEmpty { return 0 }
            }
        }
        var sum = Vector3()
        for corner in 1..<max(1, polygon.count - 1) { sum += (polygon[corner] - polygon[0]).cross(polygon[corner + 1] - polygon[0]) }
        return sum.length / 2
    }

    /// Everything of a result as bytes: points, cells and arrays.
    static func bytes(_ dataset: Dataset) -> [UInt8] {
        guard case .poly(let data) = dataset else { return [] }
        var result: [UInt8] = []
        func add<Element>(_ buffer: Buffer<Element>) { result += Array(UnsafeRawBufferPointer(buffer.elements)) }
        func add(_ array: FieldArray) {
            result += Array(array.name.utf8)
            switch array.values {
            case .float32(let buffer): add(buffer)
            case .float64(let buffer): add(buffer)
            case .int32(let buffer): add(buffer)
            default: result += Array("\(array)".utf8)
            }
        }
        add(data.points.array)
        for list in data.cellLists {
            result += Array("\(list.count);".utf8)
            add(list.connectivity)
        }
        for array in data.attributes.pointData.arrays + data.attributes.cellData.arrays { add(array) }
        return result
    }
}
