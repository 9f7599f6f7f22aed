import Datasets
import Execution
import Geometry
import Mapping
import Scenes
import Testing

@Suite(.timeLimit(.minutes(1))) struct MappingTests {
    private let context = ExecutionContext(threads: 2)

    private let grid = Points((0..<16).map { Vector3(Double($0 % 4), Double($0 / 4), 0) })

    private func area(_ drawable: Drawable) -> Double {
        guard case .triangles(let indices) = drawable.primitives else { return .nan }
        return stride(from: 0, to: indices.count, by: 3).reduce(0) { sum, place in
            let p = (0..<3).map { drawable.points[Int(indices[place + $0])] }
            return sum + (p[1] - p[0]).cross(p[2] - p[0]).z / 2
        }
    }

    @Test func trianglesShareTheDatasetsBuffer() throws {
        let cells = CellArray([[0, 1, 5], [0, 5, 4]])
        let drawables = try DatasetMapper().drawables(of: .poly(PolyData(points: grid, polygons: cells)), context: context)
        #expect(drawables.count == 1)
        guard case .triangles(let indices) = drawables[0].primitives else { Issue.record("no triangles"); return }
        #expect(indices.isIdentical(to: cells.connectivity) && drawables[0].cells == nil)
    }

    @Test func polygonsKeepTheirAreaAndTheirEdges() throws {
        // A quadrilateral, a concave L of six corners, a triangle.
        let cells = CellArray([[0, 1, 5, 4], [2, 3, 15, 14, 10, 6], [8, 9, 12]])
        var poly = PolyData(points: grid, polygons: cells)
        poly.points = Points([
            Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(3, 0, 0), Vector3(9, 0, 0), Vector3(0, 1, 0), Vector3(1, 1, 0), Vector3(3, 4, 0),
            Vector3(0, 0, 0), Vector3(0, 6, 0), Vector3(1, 6, 0), Vector3(8, 4, 0), Vector3(0, 0, 0), Vector3(0, 7, 0), Vector3(0, 0, 0),
            Vector3(8, 9, 0), Vector3(9, 9, 0),
        ])
        let drawable = try #require(try DatasetMapper().drawables(of: .poly(poly), context: context).first)
        #expect(abs(area(drawable) - (1 + (1 * 9 + 5 * 4) + 0.5)) < 1e-12)
        #expect(drawable.count == 2 + 4 + 1)
        #expect(drawable.cells?.array == [0, 0, 1, 1, 1, 1, 2])
        let edges = try #require(drawable.cellEdges).array.map(\.nonzeroBitCount)
        #expect(edges[0] + edges[1] == 4 && edges[2] + edges[3] + edges[4] + edges[5] == 6 && edges[6] == 3)
    }

    @Test func cellValuesFollowTheOrderOfLists() throws {
        var poly = PolyData(
            points: grid, vertices: CellArray([[0], [1, 2]]), lines: CellArray([[0, 1, 2]]), polygons: CellArray([[0, 1, 5]]),
            strips: CellArray([[4, 8, 5, 9]]))
        poly.attributes.cellData.set(FieldArray(name: "id", Buffer<Float>([10, 11, 12, 13, 14])))
        let drawables = try DatasetMapper(colorBy: ArraySelector("id")).drawables(of: .poly(poly), context: context)
        #expect(drawables.map(\.count) == [3, 2, 1, 2])
        let values = drawables.map { drawable -> [Float] in
            guard case .cellScalars(let values) = drawable.colors else { return [] }
            return (0..<drawable.count).map { primitive in values[drawable.cells.map { Int($0[primitive]) } ?? primitive] }
        }
        #expect(values == [[10, 11, 11], [12, 12], [13], [14, 14]])
    }

    @Test func hiddenCellsAreNotDrawn() throws {
        var poly = PolyData(points: grid, polygons: CellArray([[0, 1, 5], [0, 5, 4], [1, 2, 6]]))
        poly.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([0, 32, 0])))
        let drawable = try #require(try DatasetMapper().drawables(of: .poly(poly), context: context).first)
        #expect(drawable.count == 2 && drawable.cells?.array == [0, 2])
    }

    @Test func pointsWithoutCellsAreSpheres() throws {
        var poly = PolyData(points: grid)
        poly.attributes.pointData.set(FieldArray(name: "rgb", components: 3, Buffer<UInt8>(repeating: 7, count: 48)))
        let drawables = try DatasetMapper(colorBy: ArraySelector("rgb"), sphereRadius: 0.25).drawables(of: .poly(poly), context: context)
        guard case .spheres(nil, let radius, nil) = drawables[0].primitives else { Issue.record("no spheres"); return }
        #expect(radius == 0.25 && drawables[0].count == 16)
        guard case .pointColors(_, components: 3) = drawables[0].colors else { Issue.record("no colours"); return }
        #expect(try DatasetMapper.range(of: ArraySelector("rgb"), in: .poly(poly), context: context) == nil)
    }

    @Test func rangesAndErrors() throws {
        var poly = PolyData(points: grid)
        poly.attributes.pointData.set(FieldArray(name: "v", components: 2, Buffer<Double>([3, 4] + [Double](repeating: .nan, count: 30))))
        let data = Dataset.poly(poly)
        #expect(try DatasetMapper.range(of: ArraySelector("v"), in: data, context: context) == 5...5)
        #expect(try DatasetMapper.range(of: ArraySelector(parsing: "v:1"), in: data, context: context) == 4...4)
        #expect(throws: DatasetError.self) { try DatasetMapper.range(of: ArraySelector("w"), in: data, context: context) }
        #expect(throws: DatasetError.self) { try DatasetMapper(colorBy: ArraySelector("w")).drawables(of: data, context: context) }
        let image = Dataset.image(ImageData(extent: Extent(lower: SIMD3(0, 0, 0), upper: SIMD3(1, 1, 1))))
        #expect(throws: DatasetError.self) { try DatasetMapper().drawables(of: image, context: context) }
        let wrong = PolyData(points: grid, lines: CellArray([[0, 1, 99]]))
        #expect(throws: DatasetError.self) { try DatasetMapper().drawables(of: .poly(wrong), context: context) }
    }
}
