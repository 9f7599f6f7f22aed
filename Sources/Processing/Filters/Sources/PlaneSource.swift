import Datasets
import Dataflow
import Execution
import Geometry

/// A flat grid of quadrilaterals in the plane z = 0, one by one about the origin, with `Normals` and `TextureCoordinates` as `vtkPlaneSource` makes them.
public struct PlaneSource: Source {
    /// Quadrilaterals along x and y, at least 1.
    public var xResolution: Int
    public var yResolution: Int

    public init(xResolution: Int = 1, yResolution: Int = 1) {
        self.xResolution = max(1, xResolution)
        self.yResolution = max(1, yResolution)
    }

    public var name: String { "plane" }

    public func describe() throws -> DatasetDescription {
        let points = (xResolution + 1) * (yResolution + 1)
        let cells = xResolution * yResolution
        try checkIndexRange("plane", points: points, connectivity: 4 * cells)
        return DatasetDescription(
            kind: .poly,
            arrays: [
                ArrayDescription(name: "Normals", association: .point, type: .float32, components: 3),
                ArrayDescription(name: "TextureCoordinates", association: .point, type: .float32, components: 2),
            ],
            pointCount: points, cellCount: cells, bounds: Bounds(lower: Vector3(-0.5, -0.5, 0), upper: Vector3(0.5, 0.5, 0)),
            byteCount: points * 32 + cells * 16, maximumCellSize: 4)
    }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let count = try describe().pointCount!
        let (nx, ny) = (xResolution, yResolution)
        var points = Buffer<Float>(uninitializedCount: 3 * count)
        var normals = Buffer<Float>(uninitializedCount: 3 * count)
        var texture = Buffer<Float>(uninitializedCount: 2 * count)
        try points.withUnsafeMutablePointer { points in
            try normals.withUnsafeMutablePointer { normals in
                try texture.withUnsafeMutablePointer { texture in
                    try context.parallelFor(ny + 1, grain: max(1, 16384 / (nx + 1))) { rows in
                        for j in rows {
                            for i in 0...nx {
                                let point = j &* (nx &+ 1) &+ i
                                let (s, t) = (Double(i) / Double(nx), Double(j) / Double(ny))
                                points[3 &* point] = Float(s - 0.5)
                                points[3 &* point &+ 1] = Float(t - 0.5)
                                points[3 &* point &+ 2] = 0
                                normals[3 &* point] = 0
                                normals[3 &* point &+ 1] = 0
                                normals[3 &* point &+ 2] = 1
                                texture[2 &* point] = Float(s)
                                texture[2 &* point &+ 1] = Float(t)
                            }
                        }
                    }
                }
            }
        }
        let quads = try Buffer<Int32>(count: 4 * nx * ny) { out in
            try context.parallelFor(ny, grain: max(1, 16384 / nx)) { rows in
                for j in rows {
                    for i in 0..<nx {
                        let lower = Int32(truncatingIfNeeded: j &* (nx &+ 1) &+ i)
                        let upper = lower &+ Int32(truncatingIfNeeded: nx &+ 1)
                        let cell = out + 4 &* (j &* nx &+ i)
                        cell[0] = lower
                        cell[1] = lower &+ 1
                        cell[2] = upper &+ 1
                        cell[3] = upper
                    }
                }
            }
        }
        var attributes = DatasetAttributes()
        if request.arrays.wants("Normals", .point) {
            attributes.pointData.set(FieldArray(name: "Normals", components: 3, normals))
            attributes.pointData.active[.normals] = "Normals"
        }
        if request.arrays.wants("TextureCoordinates", .point) {
            attributes.pointData.set(FieldArray(name: "TextureCoordinates", components: 2, texture))
            attributes.pointData.active[.textureCoordinates] = "TextureCoordinates"
        }
        return .poly(PolyData(points: .float32(points), polygons: CellArray(uniformSize: 4, connectivity: quads), attributes: attributes))
    }
}
