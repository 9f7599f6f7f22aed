import Geometry

/// The size of one cell: a number of points, a length, an area or a signed volume.
struct CellSize {
    /// −1: the cell has no size.
    var dimension: Int
    var value: Double
}

/// Sizes of cells over explicit points, computed in Double.
struct CellReader<Value: Scalar> {
    private let buffer: Buffer<Value>
    private let coordinates: UnsafePointer<Value>

    init(points: Buffer<Value>) {
        buffer = points
        coordinates = points.pointer
    }

    @inline(__always) func at(_ point: Int32) -> Vector3 {
        let place = coordinates + 3 &* Int(point)
        return Vector3(place[0].asDouble, place[1].asDouble, place[2].asDouble)
    }

    /// The size of a cell by its type and points.
    func size(_ type: CellType, _ points: UnsafePointer<Int32>, _ count: Int) -> CellSize {
        switch type {
        case .empty: return CellSize(dimension: -1, value: 0)
        case .vertex, .polyVertex: return CellSize(dimension: 0, value: Double(count))
        case .line, .polyLine: return CellSize(dimension: 1, value: length(points, count))
        case .triangle: return CellSize(dimension: 2, value: triangleArea(points[0], points[1], points[2]))
        case .triangleStrip:
            var sum = 0.0
            for first in 0..<max(0, count - 2) { sum += triangleArea(points[first], points[first + 1], points[first + 2]) }
            return CellSize(dimension: 2, value: sum)
        case .polygon:
            var sum = 0.0
            for corner in 1..<max(2, count - 1) where corner + 1 < count { sum += triangleArea(points[0], points[corner], points[corner + 1]) }
            return CellSize(dimension: 2, value: sum)
        case .pixel:
            let origin = at(points[0])
            return CellSize(dimension: 2, value: (at(points[1]) - origin).length * (at(points[2]) - origin).length)
        case .quad: return CellSize(dimension: 2, value: quadArea(points))
        case .voxel:
            let origin = at(points[0])
            let size = (at(points[1]).x - origin.x) * (at(points[2]).y - origin.y) * (at(points[4]).z - origin.z)
            return CellSize(dimension: 3, value: abs(size))
        case .tetrahedron: return CellSize(dimension: 3, value: tetrahedronVolume(points[0], points[1], points[2], points[3]))
        case .hexahedron: return CellSize(dimension: 3, value: 0.5 * volume(points, CellSimplices.hexahedronTwice))
        case .wedge: return CellSize(dimension: 3, value: 0.5 * volume(points, CellSimplices.wedgeTwice))
        case .pyramid: return CellSize(dimension: 3, value: 0.5 * volume(points, CellSimplices.pyramidTwice))
        case .pentagonalPrism: return CellSize(dimension: 3, value: volume(points, CellSimplices.pentagonalPrism))
        case .hexagonalPrism: return CellSize(dimension: 3, value: volume(points, CellSimplices.hexagonalPrism))
        default: return curvedSize(type, points, count)
        }
    }

    private func length(_ points: UnsafePointer<Int32>, _ count: Int) -> Double {
        var sum = 0.0
        for point in 1..<max(1, count) { sum += (at(points[point]) - at(points[point - 1])).length }
        return sum
    }

    @inline(__always) func triangleArea(_ a: Int32, _ b: Int32, _ c: Int32) -> Double {
        let origin = at(a)
        return (at(b) - origin).cross(at(c) - origin).length * 0.5
    }

    @inline(__always) func tetrahedronVolume(_ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32) -> Double {
        let origin = at(a)
        return (at(b) - origin).cross(at(c) - origin).dot(at(d) - origin) / 6
    }

    /// The mean of the areas at the four corners along the normal in the middle, as Verdict defines it.
    private func quadArea(_ points: UnsafePointer<Int32>) -> Double {
        let (a, b, c, d) = (at(points[0]), at(points[1]), at(points[2]), at(points[3]))
        let (e0, e1, e2, e3) = (b - a, c - b, d - c, a - d)
        let normal = (e0 - e2).cross(e1 - e3).normalized
        return 0.25 * (normal.dot(e3.cross(e0)) + normal.dot(e0.cross(e1)) + normal.dot(e1.cross(e2)) + normal.dot(e2.cross(e3)))
    }

    @inline(__always) func volume(_ points: UnsafePointer<Int32>, _ tetrahedra: [UInt8]) -> Double {
        var sum = 0.0
        tetrahedra.withUnsafeBufferPointer { corner in
            var next = 0
            while next < corner.count {
                sum += tetrahedronVolume(
                    points[Int(corner[next])], points[Int(corner[next + 1])], points[Int(corner[next + 2])], points[Int(corner[next + 3])])
                next += 4
            }
        }
        return sum
    }

    /// The volume that the faces enclose, those that are not flat at the triangulation that encloses most.
    func polyhedronVolume(_ cell: Int, _ faces: PolyhedronFaces) -> Double {
        var center = Vector3()
        var corners = 0.0
        for face in faces.facesOfCells.points(of: cell) {
            for point in faces.faces.points(of: Int(face)) {
                center += at(point)
                corners += 1
            }
        }
        if corners == 0 { return 0 }
        center /= corners
        var sum = 0.0
        for face in faces.facesOfCells.points(of: cell) {
            sum += coneVolume(faces.faces.points(of: Int(face)).map { at($0) - center })
        }
        return sum
    }

    /// The greatest volume between the origin and a triangulation of a polygon: O(corners³) dynamic programming over its chords.
    private func coneVolume(_ polygon: [Vector3]) -> Double {
        let count = polygon.count
        if count < 3 { return 0 }
        func cone(_ a: Int, _ b: Int, _ c: Int) -> Double { polygon[a].dot(polygon[b].cross(polygon[c])) / 6 }
        var fan = 0.0
        for corner in 1..<count - 1 { fan += cone(0, corner, corner + 1) }
        // Long polygons are flat in practice, and their table would be large.
        if count > 32 { return abs(fan) }
        let sign = fan < 0 ? -1.0 : 1.0
        var best = [Double](repeating: 0, count: count * count)
        for span in 2..<count {
            for first in 0..<count - span {
                let last = first + span
                var most = -Double.infinity
                for middle in first + 1..<last {
                    let volume = best[first * count + middle] + best[middle * count + last] + sign * cone(first, middle, last)
                    if volume > most { most = volume }
                }
                best[first * count + last] = most
            }
        }
        return best[count - 1]
    }
}

/// How cells are cut into simplices to measure them: corner numbers, one simplex after the other, as VTK's cells triangulate.
///
/// Tables called `Twice` cut the cell in two ways that differ in the diagonal of every quad: their mean is the volume within bilinear faces.
enum CellSimplices {
    static let hexahedron: [UInt8] = [0, 1, 3, 4, 1, 4, 5, 6, 1, 4, 6, 3, 1, 3, 6, 2, 3, 6, 7, 4]
    static let hexahedronTwice: [UInt8] = hexahedron + [2, 1, 5, 0, 0, 2, 3, 7, 2, 5, 6, 7, 0, 7, 4, 5, 0, 2, 7, 5]
    static let wedgeTwice: [UInt8] = [0, 1, 2, 3, 1, 4, 5, 3, 1, 3, 5, 2, 0, 1, 2, 4, 0, 2, 5, 4, 3, 0, 5, 4]
    static let pyramidTwice: [UInt8] = [0, 1, 3, 4, 1, 2, 3, 4, 0, 1, 2, 4, 0, 2, 3, 4]
    static let pentagonalPrism: [UInt8] = [
        0, 1, 3, 5, 1, 5, 6, 7, 1, 5, 7, 3, 1, 3, 7, 2, 3, 7, 8, 5, 0, 4, 5, 3, 3, 5, 8, 9, 3, 4, 5, 9,
    ]
    static let hexagonalPrism: [UInt8] = [
        0, 1, 3, 6, 1, 6, 7, 8, 1, 6, 8, 3, 1, 3, 8, 2, 3, 8, 9, 6, 0, 5, 6, 3, 5, 6, 10, 11, 5, 6, 3, 10, 5, 3, 4, 10, 3, 10, 6, 9,
    ]
}
