import Datasets
import Execution
import Filters
import Foundation
import Geometry
import Testing

@Suite(.timeLimit(.minutes(1))) struct NormalsTests {
    private func cube(_ size: Int = 2) throws -> PolyData {
        try poly(Surface()(.image(ImageData(extent: Extent(0, size - 1, 0, size - 1, 0, size - 1)))))
    }

    private func normals(_ poly: PolyData) throws -> [Vector3] {
        let array = try #require(poly.attributes.pointData[AttributeRole.normals])
        #expect(array.name == "Normals" && array.components == 3 && array.scalarType == .float32)
        return (0..<array.tupleCount).map { Vector3(array.value($0, 0), array.value($0, 1), array.value($0, 2)) }
    }

    @Test func cubeSplitsAtItsEdges() throws {
        for threads in 1...3 {
            let result = try poly(Normals()(.poly(cube()), context: ExecutionContext(threads: threads)))
            #expect(result.points.count == 24)
            let normal = try normals(result)
            for face in lists(result.polygons) {
                let (a, b, c) = (result.points[face[0]], result.points[face[1]], result.points[face[2]])
                let expected = (b - a).cross(c - a).normalized
                for point in face { #expect((normal[point] - expected).length < 1e-6) }
            }
            // Kept points first, in place; copies by (point, lowest cell).
            let plain = try cube()
            for point in 0..<8 { #expect(result.points[point] == plain.points[point]) }
            #expect((8..<24).map { result.points[$0] } == (0..<8).flatMap { [plain.points[$0], plain.points[$0]] })
        }
        #expect(try poly(Normals()(.poly(cube(4)))).points.count == 6 * 16)
    }

    /// Quads that are triangles in truth have one normal at the point that they name twice, so that their pieces have it, too.
    @Test func degenerateCellsHaveOneNormalAtAPoint() throws {
        let points = [Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), Vector3(0, -1, 0)]
        let quads = PolyData(points: Points(points), polygons: CellArray([[0, 1, 2, 0], [0, 3, 4, 0]]))
        let result = try poly(Normals()(.poly(quads)))
        #expect(lists(result.polygons) == [[0, 1, 2, 0], [5, 3, 4, 5]])
        #expect(try normals(result)[5] == Vector3(1, 0, 0))
    }

    @Test func withoutSplitting() throws {
        for angle in [nil, 120.0] {
            let result = try poly(Normals(featureAngle: angle, computesCellNormals: true)(.poly(cube())))
            #expect(result.points.count == 8)
            let third = 1 / 3.0.squareRoot()
            for (point, normal) in try normals(result).enumerated() {
                let expected = (result.points[point] - Vector3(0.5, 0.5, 0.5)) * 2 * third
                #expect((normal - expected).length < 1e-6)
            }
            #expect(result.attributes.cellData["Normals"]?.tupleCount == 6)
        }
    }

    @Test func sphereNormalsPointOutward() throws {
        let sphere = try poly(SphereSource(thetaResolution: 64, phiResolution: 48)
            .produce(.init(), context: ExecutionContext()))
        let result = try poly(Normals()(.poly(sphere)))
        #expect(result.points.count == sphere.points.count)
        for (point, normal) in try normals(result).enumerated() {
            #expect(normal.dot(result.points[point].normalized) > 0.995)
        }
    }

    @Test func stripsGiveTheNormalsOfTheirTriangles() throws {
        let points = [Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0.3), Vector3(1, 1, 0.1), Vector3(0, 2, 0.9), Vector3(1, 2, 0.2)]
        let strip = PolyData(points: Points(points), strips: CellArray([[0, 1, 2, 3, 4, 5]]))
        let triangles = try poly(Triangulate()(.poly(strip)))
        #expect(lists(triangles.polygons) == [[0, 1, 2], [2, 1, 3], [2, 3, 4], [4, 3, 5]])
        let expected = try normals(poly(Normals(featureAngle: nil)(.poly(triangles))))
        #expect(try normals(poly(Normals(featureAngle: nil)(.poly(strip)))) == expected)
        let split = try poly(Normals(featureAngle: 5)(.poly(strip)))
        #expect(split.strips.count == 0 && split.polygons.count == 4 && split.points.count > 6)
    }

    @Test func linesAndVerticesPass() throws {
        let points = (0..<5).map { Vector3(Double($0), 0, 0) }
        let lines = PolyData(points: Points(points), vertices: CellArray([[0]]), lines: CellArray([[1, 2, 3]]))
        let result = try poly(Normals(computesCellNormals: true)(.poly(lines)))
        #expect(result.points.count == 5 && result.lines.count == 1 && result.vertices.count == 1)
        #expect(try normals(result).allSatisfy { $0 == Vector3() })
        #expect(try poly(Normals()(.poly(PolyData()))).points.count == 0)
    }

    @Test func hostileCells() {
        let bad = PolyData(points: Points([Vector3(), Vector3(), Vector3()]), polygons: CellArray([[0, 1, 3]]))
        #expect(throws: DatasetError.self) { _ = try Normals()(.poly(bad)) }
        #expect(throws: DatasetError.self) { _ = try Normals()(.image(ImageData(extent: Extent(0, 1, 0, 1, 0, 1)))) }
        let flat = PolyData(points: Points([Vector3(), Vector3(), Vector3()]), polygons: CellArray([[0, 1, 2], [0, 0, 1], [2]]))
        #expect(throws: Never.self) { _ = try Normals()(.poly(flat)) }
    }
}
