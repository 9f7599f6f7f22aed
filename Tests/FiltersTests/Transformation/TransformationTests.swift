import Datasets
import Filters
import Geometry
import Testing

@Suite(.timeLimit(.minutes(1))) struct TransformationTests {
    private func triangle() -> PolyData {
        var poly = PolyData(points: Points([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0)]), polygons: CellArray([[0, 1, 2]]))
        poly.attributes.pointData.set(FieldArray(name: "N", components: 3, Buffer<Float>([0, 0, 1, 0, 0, 1, 0.6, 0, 0.8])))
        poly.attributes.pointData.set(FieldArray(name: "V", components: 3, Buffer<Double>([1, 0, 0, 0, 2, 0, 0, 0, 3])))
        poly.attributes.pointData.set(FieldArray(name: "W", components: 3, Buffer<Double>([1, 0, 0, 0, 2, 0, 0, 0, 3])))
        poly.attributes.pointData.active = [.normals: "N", .vectors: "V"]
        return poly
    }

    private func tuple(_ dataset: Dataset, _ name: String, _ index: Int) -> Vector3 {
        let array = dataset.pointData[name]!
        return Vector3(array.value(index, 0), array.value(index, 1), array.value(index, 2))
    }

    @Test func pointsVectorsAndNormals() throws {
        let map = Transform.translation(Vector3(5, 6, 7)) * .rotation(degrees: 90, axis: Vector3(0, 0, 1)) * .scale(Vector3(2, 1, 1))
        let made = try Transformation(map)(.poly(triangle()))
        guard case .poly(let poly) = made else { return }
        #expect(poly.points[1] == Vector3(5, 8, 7) && poly.points[2] == Vector3(4, 6, 7))
        #expect(tuple(made, "V", 0) == Vector3(0, 2, 0) && tuple(made, "V", 2) == Vector3(0, 0, 3))
        #expect(tuple(made, "W", 0) == Vector3(1, 0, 0), "only the active vectors turn")
        #expect(tuple(made, "N", 0) == Vector3(0, 0, 1))
        // A normal stays at right angles to its surface: (0.6, 0, 0.8) is one of the surface through (−0.8, 0, 0.6) and y.
        let along = map.apply(direction: Vector3(-0.8, 0, 0.6))
        #expect(abs(tuple(made, "N", 2).dot(along)) < 1e-6 && abs(tuple(made, "N", 2).length - 1) < 1e-6)
        #expect(try tuple(Transformation(map, transformsAllVectors: true)(.poly(triangle())), "W", 0) == Vector3(0, 2, 0))
    }

    /// A mirrored normal is that of the mirrored surface's side, not of the other one.
    @Test func mirrors() throws {
        let made = try Transformation(.scale(Vector3(1, 1, -1)))(.poly(triangle()))
        #expect(tuple(made, "N", 0) == Vector3(0, 0, -1))
    }

    @Test func latticesBecomeStructured() throws {
        var image = ImageData(extent: Extent(1, 3, 0, 2, 5, 6), origin: Vector3(1, 2, 3), spacing: Vector3(0.5, 1, 2))
        image.attributes.cellData.set(FieldArray(name: "c", Buffer((0..<4).map { Int32($0) })))
        let map = Transform.rotation(degrees: 30, axis: Vector3(0, 0, 2)) * .translation(Vector3(1, 1, 1))
        guard case .structured(let grid) = try Transformation(map)(.image(image)) else {
            Issue.record("an image becomes a structured grid")
            return
        }
        #expect(grid.extent == image.extent && grid.points.scalarType == .float64 && grid.attributes.cellData["c"] != nil)
        for index in 0..<grid.points.count {
            #expect((grid.points[index] - map.apply(point: image.position(image.extent.point(at: index)))).length < 1e-14)
        }
    }

    @Test func rotationsAreRotations() {
        for axis in [Vector3(1, 0, 0), Vector3(1, 2, 3), Vector3(0, -4, 1)] {
            for degrees in [-400.0, -90, 0, 10, 90, 180, 270, 359] {
                let turn = Transform.rotation(degrees: degrees, axis: axis)
                #expect((turn.apply(direction: axis) - axis).length < 1e-12)
                let back = Transform.rotation(degrees: -degrees, axis: axis) * turn
                #expect((back.apply(point: Vector3(3, 4, 5)) - Vector3(3, 4, 5)).length < 1e-12)
                #expect(abs(turn.apply(direction: Vector3(3, 4, 5)).length - Vector3(3, 4, 5).length) < 1e-12)
            }
        }
        #expect(Transform.rotation(degrees: 90, axis: Vector3(0, 0, 1)).apply(point: Vector3(1, 0, 0)) == Vector3(0, 1, 0))
    }

    @Test func refusesWhatIsNoAffineMap() throws {
        var map = Transform.identity
        map.rows.3 = SIMD4(0, 0, 1, 1)
        #expect(throws: DatasetError.self) { try Transformation(map).describe(.init(of: .poly(triangle()))) }
        #expect(throws: DatasetError.self) { try Transformation(.scale(Vector3(.nan, 1, 1))).describe(.init(of: .poly(triangle()))) }
        #expect(throws: DatasetError.self) { try Transformation(.identity)(.table(Table(columns: FieldCollection()))) }
    }
}
