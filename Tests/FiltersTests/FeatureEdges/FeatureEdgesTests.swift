import Datasets
import Execution
import Geometry
import Testing

@testable import Filters

/// Edges by kind.
@Suite(.timeLimit(.minutes(1))) struct FeatureEdgesTests {
    /// Lines as pairs of points, with what `Edge Types` says in sixths of three.
    private func edges(_ filter: FeatureEdges, _ poly: PolyData) throws -> [[Int]] {
        var poly = poly
        poly.attributes.pointData.set(FieldArray(name: "p", Buffer((0..<poly.points.count).map { Int32($0) })))
        guard case .poly(let result) = try filter(.poly(poly)) else { return [] }
        #expect(Dataset.poly(result).validate().isEmpty)
        let types = try #require(result.attributes.cellData["Edge Types"])
        let names = try #require(result.attributes.pointData["p"])
        return (0..<result.lines.count).map { line in
            result.lines.points(of: line).map { Int(names.value(Int($0))) } + [Int((types.value(line) * 4.5).rounded())]
        }
    }

    private let cube = PolyData(
        points: Points((0..<8).map { Vector3(Double($0 & 1), Double($0 >> 1 & 1), Double($0 >> 2)) }),
        polygons: CellArray([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]))

    @Test func aCubeHasTwelveSharpEdges() throws {
        #expect(try edges(FeatureEdges(), cube).count == 12)
        #expect(try edges(FeatureEdges(featureAngle: 91, manifold: true), cube).allSatisfy { $0[2] == 3 })
        #expect(try edges(FeatureEdges(featureAngle: 91), cube).isEmpty)
        #expect(try edges(FeatureEdges(featureAngle: nil, manifold: true), cube).count == 12)
        let open = PolyData(points: cube.points, polygons: CellArray([[0, 2, 3, 1], [0, 1, 5, 4]]))
        #expect(try edges(FeatureEdges(), open) == [[0, 2, 0], [2, 3, 0], [3, 1, 0], [1, 0, 2], [1, 5, 0], [5, 4, 0], [4, 0, 0]])
    }

    @Test func threePolygonsAtAnEdgeAreTooMany() throws {
        let fins = PolyData(
            points: Points([Vector3(0, 0, 0), Vector3(0, 0, 1), Vector3(1, 0, 0), Vector3(-1, 1, 0), Vector3(-1, -1, 0)]),
            polygons: CellArray([[0, 1, 2], [1, 0, 3], [0, 1, 4]]))
        #expect(try edges(FeatureEdges(boundary: false), fins) == [[0, 1, 1]])
        #expect(try edges(FeatureEdges(nonManifold: false), fins).count == 6)
        #expect(try edges(FeatureEdges(boundary: false, nonManifold: false), fins).isEmpty, "a fin's edge is never a feature edge")
    }

    @Test func stripsCountTriangleByTriangle() throws {
        let points = Points((0..<6).map { Vector3(Double($0 / 2), Double($0 % 2), $0 > 3 ? 1 : 0) })
        let strip = PolyData(points: points, strips: CellArray([[0, 1, 2, 3, 4, 5]]))
        let triangles = PolyData(points: points, polygons: CellArray([[0, 1, 2], [2, 1, 3], [2, 3, 4], [4, 3, 5]]))
        let all = FeatureEdges(featureAngle: 30, manifold: true)
        #expect(try edges(all, strip) == edges(all, triangles))
        #expect(try edges(FeatureEdges(boundary: false), strip) == [[2, 3, 2]].map { try edges(FeatureEdges(boundary: false), triangles).first ?? $0 })
    }

    @Test func repeatedCornersMakeNoEdge() throws {
        let poly = PolyData(
            points: Points([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0)]), vertices: CellArray([[0]]), lines: CellArray([[0, 1]]),
            polygons: CellArray([[0, 0, 1, 2], [1], []]))
        #expect(try edges(FeatureEdges(), poly) == [[0, 1, 0], [1, 2, 0], [2, 0, 0]])
    }

    @Test(arguments: [1, 3]) func edgesOfManyTrianglesAreCounted(threads: Int) throws {
        // A torus of quads: every edge has two.
        let (n, m) = (60, 37)
        var quads: [[Int]] = []
        for i in 0..<n { for j in 0..<m { quads.append([i * m + j, (i + 1) % n * m + j, (i + 1) % n * m + (j + 1) % m, i * m + (j + 1) % m]) } }
        let points = Points((0..<n * m).map { Vector3(Double($0 % 7), Double($0 % 11), Double($0 % 13)) })
        let torus = Dataset.poly(PolyData(points: points, polygons: CellArray(quads)))
        let context = ExecutionContext(threads: threads)
        #expect(try FeatureEdges(featureAngle: nil, manifold: true)(torus, context: context).cellCount == 2 * n * m)
        #expect(try FeatureEdges(featureAngle: nil)(torus, context: context).cellCount == 0)
        let both = try FeatureEdges(featureAngle: 40)(torus, context: context).cellCount
        let rest = try FeatureEdges(boundary: false, nonManifold: false, featureAngle: 40, manifold: true)(torus, context: context).cellCount
        #expect(both > 0 && rest == 2 * n * m)
    }

    @Test func nothingIsAValue() throws {
        #expect(try FeatureEdges()(.poly(PolyData())).cellCount == 0)
        #expect(throws: DatasetError.self) { try FeatureEdges()(.unstructured(UnstructuredGrid())) }
    }
}
