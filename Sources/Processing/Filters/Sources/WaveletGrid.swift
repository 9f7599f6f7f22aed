import Datasets
import Dataflow
import Execution
import Geometry

/// The wavelet as an unstructured grid: its voxels as they are, or six tetrahedra to a voxel. The grids of benchmarks.
///
/// Voxels as `vtkAppendFilter` hands them over; tetrahedra as `vtkDataSetTriangleFilter` makes of those: every voxel is cut the same
/// way, along the diagonal from its point 3 to its point 4, so neighbours agree on their common face.
public struct WaveletGrid: Source {
    public var size: Int
    public var isSplit: Bool

    /// - Parameters:
    ///   - size: points on each axis.
    ///   - isSplit: whether voxels are cut into tetrahedra.
    public init(size: Int, isSplit: Bool) {
        self.size = size
        self.isSplit = isSplit
    }

    public var name: String { isSplit ? "tets" : "hexes" }

    /// The points of each tetrahedron, in a voxel's own numbers (x fastest).
    private static let tetrahedra: [Int] = [3, 6, 5, 7, 4, 5, 3, 6, 2, 4, 3, 6, 3, 4, 1, 5, 1, 3, 2, 4, 1, 2, 0, 4]

    public func describe() throws -> DatasetDescription {
        let points = size * size * size
        let voxels = size > 1 ? (size - 1) * (size - 1) * (size - 1) : 0
        let entries = isSplit ? 24 * voxels : 8 * voxels
        try checkIndexRange(name, points: points, connectivity: entries)
        return DatasetDescription(
            kind: .unstructured, arrays: [ArrayDescription(name: "RTData", association: .point, type: .float32)], pointCount: points,
            cellCount: isSplit ? 6 * voxels : voxels, bounds: ImageData(extent: Wavelet(size: size).extent).bounds,
            byteCount: points * 16 + entries * 4, maximumCellSize: isSplit ? 4 : 8)
    }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let description = try describe()
        var whole = UpdateRequest()
        whole.arrays = request.arrays
        let attributes = try Wavelet(size: size).produce(whole, context: context).attributes
        let size = size
        let points = try Buffer<Float>(count: 3 * description.pointCount!) { out in
            try context.parallelFor(size * size, grain: max(1, 16384 / max(1, size))) { rows in
                for row in rows {
                    let (y, z) = (Float(row % size), Float(row / size))
                    var place = out + 3 &* row &* size
                    for i in 0..<size {
                        place[0] = Float(i)
                        place[1] = y
                        place[2] = z
                        place += 3
                    }
                }
            }
        }
        let cells = max(0, size - 1)
        let corner = (0..<8).map { Int32(($0 & 1) + ($0 >> 1 & 1) * size + ($0 >> 2) * size * size) }
        let pattern = isSplit ? WaveletGrid.tetrahedra.map { corner[$0] } : corner
        let connectivity = try Buffer<Int32>(count: pattern.count * cells * cells * cells) { out in
            try pattern.withUnsafeBufferPointer { pattern in
                nonisolated(unsafe) let pattern = pattern
                try context.parallelFor(cells * cells, grain: max(1, 8192 / max(1, cells))) { rows in
                    for row in rows {
                        let first = Int32(truncatingIfNeeded: (row / cells &* size &+ row % cells) &* size)
                        var place = out + pattern.count &* row &* cells
                        for i in 0..<cells {
                            let base = first &+ Int32(truncatingIfNeeded: i)
                            for entry in 0..<pattern.count { place[entry] = base &+ pattern[entry] }
                            place += pattern.count
                        }
                    }
                }
            }
        }
        return .unstructured(
            UnstructuredGrid(
                points: .float32(points), type: isSplit ? .tetrahedron : .voxel, connectivity: connectivity, attributes: attributes))
    }
}
