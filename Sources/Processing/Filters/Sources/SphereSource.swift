import Datasets
import Dataflow
import Execution
import Foundation
import Geometry

/// A sphere of triangles between circles of latitude, with outward `Normals`; points and cells numbered as `vtkSphereSource` numbers them.
///
/// Points: the two poles, then meridian after meridian from north to south. `2 θ (φ − 2)` triangles.
public struct SphereSource: Source {
    public var center: Vector3
    public var radius: Double
    /// Points around the axis, at least 3.
    public var thetaResolution: Int
    /// Points from pole to pole, both included, at least 3.
    public var phiResolution: Int

    /// Resolutions below 3 become 3.
    public init(thetaResolution: Int = 8, phiResolution: Int = 8, radius: Double = 0.5, center: Vector3 = Vector3()) {
        self.thetaResolution = max(3, thetaResolution)
        self.phiResolution = max(3, phiResolution)
        self.radius = radius
        self.center = center
    }

    public var name: String { "sphere" }

    public func describe() throws -> DatasetDescription {
        let points = thetaResolution * (phiResolution - 2) + 2
        let cells = 2 * thetaResolution * (phiResolution - 2)
        try checkIndexRange("sphere", points: points, connectivity: 3 * cells)
        return DatasetDescription(
            kind: .poly, arrays: [ArrayDescription(name: "Normals", association: .point, type: .float32, components: 3)],
            pointCount: points, cellCount: cells,
            bounds: Bounds(lower: center - Vector3(repeating: radius), upper: center + Vector3(repeating: radius)),
            byteCount: points * 24 + cells * 12, maximumCellSize: 3)
    }

    public func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let description = try describe()
        let rings = phiResolution - 2
        let (points, normals) = try pointsAndNormals(
            count: description.pointCount!, withNormals: request.arrays.wants("Normals", .point), context: context)
        let theta = thetaResolution
        let connectivity = try Buffer<Int32>(count: 6 * theta * rings) { out in
            // A fan at each pole, then the strips between meridians.
            for side in 0..<theta {
                let here = Int32(2 + side * rings)
                let next = Int32(2 + (side + 1) % theta * rings)
                let north = out + 3 * side
                (north[0], north[1], north[2]) = (here, next, 0)
                let south = out + 3 * (theta + side)
                (south[0], south[1], south[2]) = (here + Int32(rings - 1), 1, next + Int32(rings - 1))
            }
            let strips = out + 6 * theta
            try context.parallelFor(theta, grain: max(1, 16384 / rings)) { sides in
                for side in sides {
                    var here = Int32(truncatingIfNeeded: 2 &+ side &* rings)
                    var next = Int32(truncatingIfNeeded: 2 &+ (side &+ 1 == theta ? 0 : side &+ 1) &* rings)
                    var cell = strips + 6 &* side &* (rings &- 1)
                    for _ in 0..<(rings &- 1) {
                        cell[0] = here
                        cell[1] = here &+ 1
                        cell[2] = next &+ 1
                        cell[3] = here
                        cell[4] = next &+ 1
                        cell[5] = next
                        cell += 6
                        here &+= 1
                        next &+= 1
                    }
                }
            }
        }
        var attributes = DatasetAttributes()
        if let normals {
            attributes.pointData.set(FieldArray(name: "Normals", components: 3, normals))
            attributes.pointData.active[.normals] = "Normals"
        }
        return .poly(
            PolyData(
                points: .float32(points), polygons: CellArray(uniformSize: 3, connectivity: connectivity), attributes: attributes))
    }

    /// Positions and, where wanted, normals of length one.
    private func pointsAndNormals(count: Int, withNormals: Bool, context: ExecutionContext) throws -> (Buffer<Float>, Buffer<Float>?) {
        let rings = phiResolution - 2
        var positions = Buffer<Float>(uninitializedCount: 3 * count)
        var normals: Buffer<Float>? = withNormals ? Buffer<Float>(uninitializedCount: 3 * count) : nil
        let circles = (0..<rings).map { ring -> (Double, Double) in
            let angle = Double(ring + 1) * Double.pi / Double(phiResolution - 1)
            return (sin(angle), cos(angle))
        }
        let (center, radius) = (center, radius)
        let stepAround = 2 * Double.pi / Double(thetaResolution)
        try positions.withUnsafeMutablePointer { out in
            nonisolated(unsafe) let normalsOut = normals?.withUnsafeMutablePointer { $0 }
            for pole in 0..<2 {
                let sign = pole == 0 ? 1.0 : -1.0
                (out[3 * pole], out[3 * pole + 1]) = (Float(center.x), Float(center.y))
                out[3 * pole + 2] = Float(center.z + sign * radius)
                if let normalsOut {
                    (normalsOut[3 * pole], normalsOut[3 * pole + 1], normalsOut[3 * pole + 2]) = (0, 0, Float(sign))
                }
            }
            try context.parallelFor(thetaResolution, grain: max(1, 8192 / rings)) { sides in
                circles.withUnsafeBufferPointer { circles in
                    for side in sides {
                        let (sine, cosine) = (sin(Double(side) * stepAround), cos(Double(side) * stepAround))
                        var place = 3 &* (2 &+ side &* rings)
                        for ring in 0..<rings {
                            let direction = (circles[ring].0 * cosine, circles[ring].0 * sine, circles[ring].1)
                            out[place] = Float(radius * direction.0 + center.x)
                            out[place &+ 1] = Float(radius * direction.1 + center.y)
                            out[place &+ 2] = Float(radius * direction.2 + center.z)
                            if let normalsOut {
                                normalsOut[place] = Float(direction.0)
                                normalsOut[place &+ 1] = Float(direction.1)
                                normalsOut[place &+ 2] = Float(direction.2)
                            }
                            place &+= 3
                        }
                    }
                }
            }
        }
        return (positions, normals)
    }
}

/// - Throws: `DatasetError` where a source would need more than 2³¹ − 1 points or connectivity entries in one piece.
func checkIndexRange(_ what: String, points: Int, connectivity: Int) throws {
    if points > Int(Int32.max) || connectivity > Int(Int32.max) {
        throw DatasetError(
            "\(what) of \(points) points and \(connectivity) cell entries is too large: one piece holds at most \(Int32.max) of each")
    }
}
