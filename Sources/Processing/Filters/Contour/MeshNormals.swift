import Datasets
import Execution
import Geometry

extension Contour {
    /// Adds the point array `Normals`: the mean of the unit normals of the triangles around each point, in the order of the triangles,
    /// with length one. Points without a triangle, or whose triangles have no area, get zero.
    ///
    /// - Complexity: O(points + triangles).
    func addMeshNormals(to data: inout PolyData, context: ExecutionContext) throws {
        let normals: Buffer<Float>
        switch data.points {
        case .float32(let points): normals = try meshNormals(points.elements, data.polygons, context)
        case .float64(let points): normals = try meshNormals(points.elements, data.polygons, context)
        }
        data.attributes.pointData.set(FieldArray(name: Contour.normalsName, components: 3, normals))
        data.attributes.pointData.active[.normals] = Contour.normalsName
    }

    private func meshNormals<Coordinate: BinaryFloatingPoint>(
        _ points: UnsafeBufferPointer<Coordinate>, _ triangles: CellArray, _ context: ExecutionContext
    ) throws -> Buffer<Float> {
        let pointCount = points.count / 3
        let corners = triangles.connectivity.pointer
        let cornerCount = triangles.connectivity.count
        let normals = try Buffer<Double>(count: triangles.count * 3) { out in
            try context.parallelFor(triangles.count, grain: 1 << 14) { range in
                for triangle in range {
                    func corner(_ number: Int) -> Vector3 {
                        let at = 3 &* Int(corners[3 &* triangle &+ number])
                        return Vector3(Double(points[at]), Double(points[at &+ 1]), Double(points[at &+ 2]))
                    }
                    let first = corner(0)
                    let normal = (corner(1) - first).cross(corner(2) - first).normalized
                    out[3 &* triangle] = normal.x
                    out[3 &* triangle &+ 1] = normal.y
                    out[3 &* triangle &+ 2] = normal.z
                }
            }
        }
        // Triangles around each point, rising.
        var starts = Buffer<Int32>(repeating: 0, count: pointCount + 1)
        let around = Buffer<Int32>(count: cornerCount) { out in
            starts.withUnsafeMutablePointer { start in
                for corner in 0..<cornerCount { start[Int(corners[corner])] &+= 1 }
                var sum: Int32 = 0
                for point in 0...pointCount {
                    sum &+= start[point]
                    start[point] = sum
                }
                // Backwards, so that each list rises and `start` ends at where the lists begin.
                for corner in stride(from: cornerCount - 1, through: 0, by: -1) {
                    let point = Int(corners[corner])
                    start[point] &-= 1
                    out[Int(start[point])] = Int32(truncatingIfNeeded: corner / 3)
                }
            }
        }
        return try Buffer(count: pointCount * 3) { out in
            let normal = normals.pointer
            let start = starts.pointer
            let triangle = around.pointer
            try context.parallelFor(pointCount, grain: 1 << 14) { range in
                for point in range {
                    var sum = Vector3()
                    for place in Int(start[point])..<Int(start[point &+ 1]) {
                        let at = normal + 3 &* Int(triangle[place])
                        sum += Vector3(at[0], at[1], at[2])
                    }
                    let mean = sum.normalized
                    out[3 &* point] = Float(mean.x)
                    out[3 &* point &+ 1] = Float(mean.y)
                    out[3 &* point &+ 2] = Float(mean.z)
                }
            }
        }
    }
}
