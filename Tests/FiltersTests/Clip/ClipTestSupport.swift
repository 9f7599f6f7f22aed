import Datasets
import Execution
import Geometry
import SeededNumbers

extension SplitMix64 {
    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
    mutating func vector() -> Vector3 { Vector3(unit(), unit(), unit()) }
}

/// Sample cells of volume: corners, and faces seen from outside.
struct SampleCell {
    var type: CellType
    var corners: [Vector3]
    var faces: [[Int]]

    static let tetrahedron = SampleCell(
        type: .tetrahedron, corners: [Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)],
        faces: [[0, 1, 3], [1, 2, 3], [2, 0, 3], [0, 2, 1]])
    static let hexahedron = SampleCell(
        type: .hexahedron,
        corners: [
            Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(1, 1, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), Vector3(1, 0, 1), Vector3(1, 1, 1),
            Vector3(0, 1, 1),
        ], faces: [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]])
    static let voxel = SampleCell(
        type: .voxel, corners: [0, 1, 3, 2, 4, 5, 7, 6].map { hexahedron.corners[$0] },
        faces: [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]])
    static let wedge = SampleCell(
        type: .wedge,
        corners: [Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), Vector3(1, 0, 1), Vector3(0, 1, 1)],
        faces: [[0, 2, 1], [3, 4, 5], [0, 1, 4, 3], [1, 2, 5, 4], [2, 0, 3, 5]])
    static let pyramid = SampleCell(
        type: .pyramid,
        corners: [Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(1, 1, 0), Vector3(0, 1, 0), Vector3(0.5, 0.5, 1)],
        faces: [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    static let all = [tetrahedron, hexahedron, voxel, wedge, pyramid]

    static func faces(of type: CellType) -> [[Int]] { all.first { $0.type == type }?.faces ?? [] }

    /// Volume, quads taken as the mean of their two ways to be two triangles: the same seen from both sides.
    static func volume(_ points: [Vector3], _ type: CellType) -> Double {
        var sum = 0.0
        for face in faces(of: type) {
            let p = face.map { points[$0] - points[0] }
            if p.count == 3 {
                sum += p[0].dot(p[1].cross(p[2]))
            } else {
                for (a, b, c) in [(0, 1, 2), (0, 2, 3), (0, 1, 3), (1, 2, 3)] { sum += 0.5 * p[a].dot(p[b].cross(p[c])) }
            }
        }
        return sum / 6
    }
}

extension UnstructuredGrid {
    /// Every cell's type and points.
    var cellList: [(type: CellType, points: [Int])] {
        runs.flatMap { run in run.cells.map { (run.type, cells.points(of: $0).map { Int($0) }) } }
    }

    /// The signed volumes of the cells.
    var volumes: [Double] { cellList.map { cell in SampleCell.volume(cell.points.map { points[$0] }, cell.type) } }

    /// Faces by their sorted points, with how often they occur and one occurrence.
    var faceUses: [[Int]: (count: Int, face: [Int])] {
        var uses: [[Int]: (count: Int, face: [Int])] = [:]
        for cell in cellList {
            for face in SampleCell.faces(of: cell.type) {
                let points = face.map { cell.points[$0] }
                uses[points.sorted(), default: (0, points)].count += 1
            }
        }
        return uses
    }
}

extension Dataset {
    /// All bytes that the dataset is made of, for comparison.
    var digest: [[UInt8]] {
        func bytes<Element>(_ buffer: Buffer<Element>) -> [UInt8] { Array(UnsafeRawBufferPointer(buffer.elements)) }
        func bytes(_ array: FieldArray) -> [UInt8] {
            switch array.values {
            case .float32(let b): bytes(b)
            case .float64(let b): bytes(b)
            case .int32(let b): bytes(b)
            case .uint8(let b): bytes(b)
            case .int64(let b): bytes(b)
            default: Array("\(array.name) \(array.values)".utf8)
            }
        }
        func bytes(_ cells: CellArray) -> [UInt8] { bytes(cells.connectivity) + bytes(cells.explicitOffsets()) }
        var parts: [[UInt8]] = []
        switch self {
        case .unstructured(let d): parts = [bytes(d.points.array), bytes(d.cells), bytes(d.explicitTypes())]
        case .poly(let d): parts = [bytes(d.points.array)] + d.cellLists.map(bytes)
        default: break
        }
        for array in pointData.arrays + cellData.arrays { parts.append(Array(array.name.utf8) + bytes(array)) }
        return parts
    }
}
