import Datasets
import Filters
import Geometry
import Testing

/// Shapes are closed, turned outwards and of the sizes that they promise.
@Suite(.timeLimit(.minutes(1))) struct ShapeTests {
    /// Volume by the divergence theorem, polygons as fans.
    private func volume(_ shape: Shape) -> Double {
        var sum = 0.0
        for cell in 0..<shape.surface.polygons.count {
            let points = shape.surface.polygons.points(of: cell).map { shape.surface.points[Int($0)] }
            for corner in 1..<points.count - 1 { sum += points[0].dot(points[corner].cross(points[corner + 1])) }
        }
        return sum / 6
    }

    @Test func closedShapesHaveTheirVolumes() throws {
        #expect(abs(volume(.cube(size: 2)) - 8) < 1e-6)
        #expect(abs(volume(.cone(resolution: 2000)) - .pi / 12) < 1e-4)
        #expect(abs(volume(.cylinder(resolution: 2000)) - .pi / 4) < 1e-4)
        #expect(abs(volume(.arrow(tipResolution: 2000, shaftResolution: 2000)) - .pi * (0.65 * 0.0009 + 0.35 * 0.01 / 3)) < 1e-6)
        #expect(abs(volume(try .sphere(thetaResolution: 200, phiResolution: 200)) - .pi / 6) < 1e-3)
    }

    @Test func normalsLookOutwards() throws {
        for shape in [Shape.cube(), .cylinder(), try .sphere()] {
            let normals = try #require(shape.surface.attributes.pointData["Normals"])
            for point in 0..<shape.surface.points.count {
                let normal = Vector3(normals.value(point, 0), normals.value(point, 1), normals.value(point, 2))
                #expect(normal.dot(shape.surface.points[point]) > 0.2 && abs(normal.length - 1) < 1e-6)
            }
        }
    }

    /// Counts, points and cells of VTK's sources with a resolution of 6.
    @Test func numberedAsInVTK() {
        let arrow = Shape.arrow().surface
        #expect(arrow.points.count == 31 && arrow.polygons.count == 15)
        #expect((arrow.points[2] - Vector3(0.65, -0.015, -0.02598)).length < 1e-5 && arrow.points[24] == Vector3(1, 0, 0))
        #expect(arrow.polygons.points(of: 7).map { Int($0) } == [18, 19, 20, 21, 22, 23])
        #expect(arrow.polygons.points(of: 8).map { Int($0) } == [30, 29, 28, 27, 26, 25])
        #expect(arrow.polygons.points(of: 9).map { Int($0) } == [24, 25, 26])
        let cube = Shape.cube().surface
        #expect(cube.polygons.connectivity.array == [0, 1, 3, 2, 4, 6, 7, 5, 8, 10, 11, 9, 12, 13, 15, 14, 16, 18, 19, 17, 20, 21, 23, 22])
        #expect(cube.points[9] == Vector3(-0.5, -0.5, 0.5) && cube.points[18] == Vector3(-0.5, 0.5, -0.5))
        #expect(Shape.disk().surface.points.count == 12 && Shape.disk(resolution: 1).surface.polygons.count == 3)
    }
}
