import Datasets
import Execution
import Foundation
import Geometry

/// A small surface of standard size, for glyphs and as a source: points, cells and normals as VTK's source of that shape makes them.
public struct Shape: Sendable {
    public let surface: PolyData
    /// Different for different shapes.
    public let signature: String

    /// A shape of your own.
    ///
    /// - Parameter signature: different for different surfaces; results are cached by it.
    public init(_ surface: PolyData, signature: String) {
        self.surface = surface
        self.signature = signature
    }

    /// An arrow from the origin to (1, 0, 0). Resolutions below 3 become 3.
    ///
    /// Points of the shaft's side, of its two ends, then of the tip: `4 · shaft + tip + 1`; cells in the same order, `shaft + tip + 3`.
    public static func arrow(
        tipResolution: Int = 6, shaftResolution: Int = 6, tipLength: Double = 0.35, tipRadius: Double = 0.1, shaftRadius: Double = 0.03
    ) -> Shape {
        let (tip, shaft) = (max(3, tipResolution), max(3, shaftResolution))
        let neck = 1 - tipLength
        var maker = ShapeMaker()
        let circle = ShapeMaker.circle(shaft)
        maker.addTube(circle.flatMap { [Vector3(neck, -shaftRadius * $0.x, -shaftRadius * $0.y), Vector3(0, -shaftRadius * $0.x, -shaftRadius * $0.y)] })
        maker.addCone(tip: Vector3(1, 0, 0), ring: ShapeMaker.circle(tip).map { Vector3(neck, tipRadius * $0.x, tipRadius * $0.y) })
        return Shape(
            maker.surface(), signature: "arrow \(tip) \(shaft) \(tipLength) \(tipRadius) \(shaftRadius)")
    }

    /// A cone along x, around the origin: from a base at −½ to its tip at ½, radius ½.
    public static func cone(resolution: Int = 6, height: Double = 1, radius: Double = 0.5) -> Shape {
        var maker = ShapeMaker()
        maker.addCone(
            tip: Vector3(height / 2, 0, 0),
            ring: ShapeMaker.circle(max(3, resolution)).map { Vector3(-height / 2, radius * $0.x, radius * $0.y) })
        return Shape(maker.surface(), signature: "cone \(max(3, resolution)) \(height) \(radius)")
    }

    /// A cylinder along y, around the origin, with closed ends: height 1, radius ½.
    public static func cylinder(resolution: Int = 6, height: Double = 1, radius: Double = 0.5) -> Shape {
        var maker = ShapeMaker()
        let circle = ShapeMaker.circle(max(3, resolution))
        maker.addTube(circle.flatMap { [Vector3(radius * $0.x, height / 2, -radius * $0.y), Vector3(radius * $0.x, -height / 2, -radius * $0.y)] })
        maker.addTubeNormals(circle.map { Vector3($0.x, 0, -$0.y) }, end: Vector3(0, 1, 0))
        return Shape(maker.surface(), signature: "cylinder \(max(3, resolution)) \(height) \(radius)")
    }

    /// A cube around the origin, four points a side so that every side has its normal.
    public static func cube(size: Double = 1) -> Shape {
        var maker = ShapeMaker()
        for axis in 0..<3 {
            // The axes across, the outer one first.
            let (outer, inner) = axis == 0 ? (1, 2) : axis == 1 ? (0, 2) : (1, 0)
            for side in [-0.5, 0.5] {
                var normal = Vector3()
                normal[axis] = 2 * side
                let first = maker.points.count
                for (a, b) in [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)] {
                    var point = Vector3()
                    point[axis] = side * size
                    point[outer] = a * size
                    point[inner] = b * size
                    maker.points.append(point)
                    maker.normals.append(normal)
                }
                // Outwards: the first side of x and the second of y and z run the other way round.
                let turns = axis == 0 ? side > 0 : axis == 1 ? side < 0 : side < 0
                maker.polygons.append((turns ? [0, 2, 3, 1] : [0, 1, 3, 2]).map { first + $0 })
            }
        }
        return Shape(maker.surface(), signature: "cube \(size)")
    }

    /// A ring in the plane of x and y, from radius ¼ to ½, of quads.
    public static func disk(resolution: Int = 6, innerRadius: Double = 0.25, outerRadius: Double = 0.5) -> Shape {
        var maker = ShapeMaker()
        let count = max(3, resolution)
        for direction in ShapeMaker.circle(count) {
            maker.points.append(Vector3(innerRadius * direction.x, innerRadius * direction.y, 0))
            maker.points.append(Vector3(outerRadius * direction.x, outerRadius * direction.y, 0))
        }
        maker.addSides(count, from: 0)
        return Shape(maker.surface(), signature: "disk \(count) \(innerRadius) \(outerRadius)")
    }

    /// A sphere around the origin, of triangles; see `SphereSource`.
    public static func sphere(thetaResolution: Int = 8, phiResolution: Int = 8, radius: Double = 0.5) throws -> Shape {
        let source = SphereSource(thetaResolution: thetaResolution, phiResolution: phiResolution, radius: radius)
        guard case .poly(let surface) = try source.produce(.init(), context: ExecutionContext(threads: 1)) else { return Shape(PolyData(), signature: "") }
        return Shape(surface, signature: "sphere \(source.thetaResolution) \(source.phiResolution) \(radius)")
    }

    /// A line along x from −½ to ½.
    public static let line = Shape(
        PolyData(points: Points([Vector3(-0.5, 0, 0), Vector3(0.5, 0, 0)]), lines: CellArray([[0, 1]])), signature: "line")
}

/// Puts shapes together.
private struct ShapeMaker {
    var points: [Vector3] = []
    /// As many as there are points, or none.
    var normals: [Vector3] = []
    var polygons: [[Int]] = []

    /// Cosine and sine of equal steps around a circle.
    static func circle(_ count: Int) -> [SIMD2<Double>] {
        (0..<count).map { SIMD2(cos(2 * Double.pi * Double($0) / Double(count)), sin(2 * Double.pi * Double($0) / Double(count))) }
    }

    /// Quads between pairs of points around.
    mutating func addSides(_ count: Int, from first: Int) {
        for side in 0..<count {
            let next = (side + 1) % count
            polygons.append([2 * side, 2 * side + 1, 2 * next + 1, 2 * next].map { first + $0 })
        }
    }

    /// A closed tube: a side through pairs of points around, and an end with points of its own over the first and the second of the pairs.
    mutating func addTube(_ pairs: [Vector3]) {
        let count = pairs.count / 2
        let first = points.count
        points += pairs
        points += (0..<count).map { pairs[2 * $0] }
        points += (0..<count).reversed().map { pairs[2 * $0 + 1] }
        addSides(count, from: first)
        polygons.append((0..<count).map { first + 2 * count + $0 })
        polygons.append((0..<count).map { first + 3 * count + $0 })
    }

    /// The normals of a tube: across the side and out of its ends.
    mutating func addTubeNormals(_ across: [Vector3], end: Vector3) {
        normals += across.flatMap { [$0, $0] } + across.map { _ in end } + across.map { _ in -end }
    }

    /// A cone with its base as one polygon.
    mutating func addCone(tip: Vector3, ring: [Vector3]) {
        let first = points.count
        points.append(tip)
        points += ring
        polygons.append((1...ring.count).reversed().map { first + $0 })
        for side in 0..<ring.count { polygons.append([first, first + 1 + side, first + 1 + (side + 1) % ring.count]) }
    }

    func surface() -> PolyData {
        var attributes = DatasetAttributes()
        if !normals.isEmpty {
            attributes.pointData.set(FieldArray(name: "Normals", components: 3, Buffer(normals.flatMap { [Float($0.x), Float($0.y), Float($0.z)] })))
            attributes.pointData.active[.normals] = "Normals"
        }
        return PolyData(points: Points(points), polygons: CellArray(polygons), attributes: attributes)
    }
}
