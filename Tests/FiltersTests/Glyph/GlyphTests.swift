import Datasets
import Execution
import Filters
import Geometry
import Testing

@Suite(.timeLimit(.minutes(1))) struct GlyphTests {
    private func points(_ vectors: [Vector3], _ scalars: [Float] = []) -> Dataset {
        var poly = PolyData(points: Points(vectors.indices.map { Vector3(10 * Double($0), 0, 0) }))
        poly.attributes.pointData.set(FieldArray(name: "V", components: 3, Buffer(vectors.flatMap { [$0.x, $0.y, $0.z] })))
        if !scalars.isEmpty { poly.attributes.pointData.set(FieldArray(name: "s", Buffer(scalars))) }
        return .poly(poly)
    }

    private func made(_ glyph: Glyph, _ dataset: Dataset) throws -> PolyData {
        guard case .poly(let poly) = try glyph(dataset) else { return PolyData() }
        return poly
    }

    private let vectors = ArraySelector("V")

    /// The tip of an arrow lies where the vector ends.
    @Test func arrowsPointAlongVectors() throws {
        let all = [
            Vector3(2, 0, 0), Vector3(-2, 0, 0), Vector3(0, 3, 0), Vector3(0, 0, -1), Vector3(1, 2, 3), Vector3(-1, 1e-9, 0), Vector3(-5, 0.1, -0.2),
        ]
        let arrows = try made(Glyph(.arrow(), orientation: vectors, scaling: .vectorMagnitude(vectors), scaleFactor: 0.5), points(all))
        #expect(arrows.points.count == 31 * all.count && arrows.polygons.count == 15 * all.count)
        for (index, vector) in all.enumerated() {
            let tip = arrows.points[31 * index + 24]
            #expect((tip - Vector3(10 * Double(index), 0, 0) - vector * 0.5).length < 1e-5, "\(vector)")
            #expect(arrows.attributes.pointData["GlyphVector"]!.value(31 * index + 7, 1) == Double(Float(vector.y)))
        }
        // A turn keeps right-handedness.
        let cubes = try made(Glyph(.cube(), orientation: vectors), points(all))
        for index in all.indices {
            let corner = (0..<8).map { cubes.points[24 * index + $0] }
            #expect((corner[4] - corner[0]).cross(corner[2] - corner[0]).dot(corner[1] - corner[0]) > 0.99)
        }
    }

    @Test func sizes() throws {
        let data = points([Vector3(1, 2, -3), Vector3(0, 0, 0), Vector3(4, 0, 0)], [2, 0, -1])
        func extents(_ glyph: Glyph) throws -> [Vector3] {
            let poly = try made(glyph, data)
            return (0..<poly.points.count / 24).map { index in
                var box = Bounds()
                for point in 0..<24 { box.add(poly.points[24 * index + point]) }
                return box.size
            }
        }
        #expect(try extents(Glyph(.cube(), scaleFactor: 3)) == [Vector3(3, 3, 3), Vector3(3, 3, 3), Vector3(3, 3, 3)])
        #expect(try extents(Glyph(.cube(), scaling: .scalar(ArraySelector("s")), scaleFactor: 0.5)).map(\.x) == [1, 0, 0.5])
        #expect(try extents(Glyph(.cube(), scaling: .vectorComponents(vectors)))[0] == Vector3(1, 2, 3))
        #expect(try extents(Glyph(.cube(), scaling: .vectorMagnitude(vectors))).map(\.y)[2] == 4)
        #expect(try extents(Glyph(.cube(), scaling: .scalar(ArraySelector("s")), clamping: -1...1)).map(\.x) == [1, 0.5, 0])
    }

    @Test func arraysAndNormalsComeAlong() throws {
        let data = points([Vector3(0, 1, 0), Vector3(0, 0, 0)], [7, 8])
        let cubes = try made(Glyph(.cube(), orientation: vectors, scaling: .vectorComponents(ArraySelector("V"))), data)
        #expect(cubes.attributes.pointData["s"]!.doubles()!.array == [Double](repeating: 7, count: 24) + [Double](repeating: 8, count: 24))
        let normals = cubes.attributes.pointData["Normals"]!
        #expect(cubes.attributes.pointData.active[.normals] == "Normals")
        for point in 0..<48 {
            let normal = Vector3(normals.value(point, 0), normals.value(point, 1), normals.value(point, 2))
            #expect(abs(normal.length - 1) < 1e-6)
        }
        // The first face looked along −x; x turned to y.
        #expect(abs(normals.value(0, 1) + 1) < 1e-6)
        #expect(try made(Glyph(.line), data).attributes.pointData["GlyphVector"] == nil)
    }

    @Test func badValuesHaveNoGlyph() throws {
        let data = points([Vector3(1, 0, 0), Vector3(.nan, 0, 0), Vector3(0, .infinity, 0), Vector3(0, 1, 0)], [1, 1, 1, .nan])
        #expect(try made(Glyph(.line), data).lines.count == 4)
        #expect(try made(Glyph(.line, orientation: vectors), data).lines.count == 2)
        #expect(try made(Glyph(.line, orientation: vectors, scaling: .scalar(ArraySelector("s"))), data).lines.count == 1)
        #expect(throws: DatasetError.self) { try made(Glyph(.line, orientation: ArraySelector("s")), data) }
        #expect(throws: DatasetError.self) { try made(Glyph(.line, orientation: ArraySelector("x")), data) }
        var hidden = data
        hidden.attributes.pointData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([2, 0, 0, 1])))
        #expect(try made(Glyph(.line), hidden).lines.count == 3)
    }

    @Test func tooManyGlyphsAreAnError() throws {
        let data = Dataset.image(ImageData(extent: Extent(0, 999, 0, 999, 0, 0)))
        #expect(throws: DatasetError.self) { try Glyph(.sphere(thetaResolution: 100, phiResolution: 100))(data) }
        #expect(try Glyph(.cube())(.poly(PolyData())).cellCount == 0)
    }

    @Test func threadsDoNotMatter() throws {
        let data = Dataset.image(ImageData(extent: Extent(0, 30, 0, 30, 0, 30)))
        let glyph = Glyph(.cone(), scaleFactor: 0.3)
        let one = try glyph(data, context: ExecutionContext(threads: 1))
        for threads in [2, 3] { #expect(try glyph(data, context: ExecutionContext(threads: threads)).digest == one.digest) }
    }
}
