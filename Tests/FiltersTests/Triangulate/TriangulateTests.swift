import Datasets
import Execution
import Filters
import Foundation
import Geometry
import SeededNumbers
import Testing

@Suite(.timeLimit(.minutes(1))) struct TriangulateTests {
    private func areas(_ poly: PolyData) -> [Double] {
        lists(poly.polygons).map { (poly.points[$0[1]] - poly.points[$0[0]]).cross(poly.points[$0[2]] - poly.points[$0[0]]).z / 2 }
    }

    @Test func concavePolygonsKeepTheirArea() throws {
        for seed in 1...60 {
            var random = SplitMix64(seed: seed)
            let count = 5 + seed * 3
            // A star-shaped polygon with wild radii: simple, mostly concave.
            let points = (0..<count).map { index -> Vector3 in
                let angle = 2 * Double.pi * Double(index) / Double(count)
                let radius = Double.random(in: 0.1...1, using: &random)
                return Vector3(Foundation.cos(angle) * radius, Foundation.sin(angle) * radius, 0)
            }
            var area = 0.0
            for index in 0..<count { area += points[index].cross(points[(index + 1) % count]).z / 2 }
            let input = PolyData(points: Points(points), polygons: CellArray([Array(0..<count)]))
            let result = try poly(Triangulate()(.poly(input)))
            let parts = areas(result)
            #expect(parts.count == count - 2, "seed \(seed)")
            #expect(parts.allSatisfy { $0 >= -1e-7 }, "seed \(seed): no triangle is turned over")
            #expect(abs(parts.reduce(0, +) - area) < 1e-6 * area, "seed \(seed)")
        }
    }

    @Test func quadsByTheShorterDiagonal() throws {
        func cut(_ points: [Vector3]) throws -> [[Int]] {
            try lists(poly(Triangulate()(.poly(PolyData(points: Points(points), polygons: CellArray([[0, 1, 2, 3]]))))).polygons)
        }
        #expect(try cut([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(1, 1, 0), Vector3(0, 1, 0)]) == [[0, 1, 3], [1, 2, 3]])
        #expect(try cut([Vector3(0, 0, 0), Vector3(2, 0, 0), Vector3(1, 1, 0), Vector3(0, 1, 0)]) == [[0, 1, 2], [0, 2, 3]])
        #expect(try cut([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(2, 1, 0), Vector3(0, 1, 0)]) == [[0, 1, 3], [1, 2, 3]])
        // An arrowhead: the shorter diagonal lies outside.
        #expect(try cut([Vector3(0, 0, 0), Vector3(1, -1, 0), Vector3(0, 10, 0), Vector3(-1, -1, 0)]) == [[0, 1, 2], [0, 2, 3]])
    }

    @Test func everyKindOfFlatCell() throws {
        let points = scattered(9)
        var input = PolyData(
            points: Points(points), vertices: CellArray([[0, 1], [2]]), lines: CellArray([[0, 1, 2], [3, 4]]),
            polygons: CellArray([[0, 1, 2], [1, 2, 3, 4, 5]]), strips: CellArray([[4, 5, 6, 7, 8]]))
        input.attributes.cellData.set(FieldArray(name: "c", Buffer((0..<7).map { Int32($0) })))
        let result = try poly(Triangulate()(.poly(input)))
        #expect(lists(result.vertices) == [[0], [1], [2]])
        #expect(lists(result.lines) == [[0, 1], [1, 2], [3, 4]])
        #expect(result.polygons.count == 1 + 3 + 3)
        #expect(lists(result.polygons).suffix(3) == [[4, 5, 6], [6, 5, 7], [6, 7, 8]])
        #expect(result.attributes.cellData["c"]?.doubles()?.array == [0, 0, 1, 2, 2, 3, 4, 5, 5, 5, 6, 6, 6])
    }

    @Test func degeneratePolygonsStillCount() throws {
        let points = (0..<6).map { Vector3(Double($0), 0, 0) }
        let input = PolyData(points: Points(points), polygons: CellArray([[0, 1, 2, 3, 4], [0, 0, 0, 0, 0, 0], [0, 1], [2], [0, 5, 1, 4, 2, 3]]))
        #expect(try poly(Triangulate()(.poly(input))).polygons.count == 3 + 4 + 0 + 0 + 4)
        let bad = PolyData(points: Points(points), polygons: CellArray([[0, 1, 9, 3]]))
        #expect(throws: DatasetError.self) { _ = try Triangulate()(.poly(bad)) }
    }

    @Test(arguments: MixedMesh.Style.allCases) func tetrahedraConformAndFill(style: MixedMesh.Style) throws {
        for seed in 1...6 {
            let mesh = MixedMesh(size: 4, style: style, seed: seed, shuffled: seed % 2 == 0)
            guard case .unstructured(let grid) = try Triangulate()(.unstructured(mesh.grid)) else {
                Issue.record("not a grid")
                return
            }
            var volume = 0.0
            for cell in 0..<grid.cellCount {
                #expect(grid.type(of: cell) == .tetrahedron)
                let p = grid.cells.points(of: cell).map { grid.points[Int($0)] }
                let part = (p[1] - p[0]).cross(p[2] - p[0]).dot(p[3] - p[0]) / 6
                #expect(part > 0, "seed \(seed)")
                volume += part
            }
            if style == .prisms { continue }
            #expect(abs(volume - mesh.volume) < 1e-5, "seed \(seed)")
            // Neighbours agree: the surface of the tetrahedra encloses the same and has two triangles for every quad.
            let before = try poly(Surface()(.unstructured(mesh.grid)))
            let after = try poly(Surface()(.unstructured(grid)))
            #expect(after.polygons.count == lists(before.polygons).reduce(0) { $0 + $1.count - 2 }, "seed \(seed)")
            #expect(isClosed(after))
        }
    }

    @Test func lattices() throws {
        let image = ImageData(extent: Extent(0, 3, 0, 2, 0, 4))
        guard case .unstructured(let grid) = try Triangulate()(.image(image)) else { return }
        #expect(grid.cellCount == 6 * 24 && grid.points.count == 60)
        let surface = try poly(Surface()(.unstructured(grid)))
        #expect(surface.polygons.count == 4 * (6 + 12 + 8) && isClosed(surface))
        #expect(abs(enclosedVolume(surface) - 24) < 1e-6)
        guard case .unstructured(let flat) = try Triangulate()(.image(ImageData(extent: Extent(0, 3, 2, 2, 0, 4)))) else { return }
        #expect(flat.cellCount == 24 && flat.runs[0].type == .triangle)
    }
}
