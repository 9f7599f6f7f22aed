import Datasets
import Execution
import Geometry
import Testing

@testable import Filters

/// Where the middles of cells are.
@Suite(.timeLimit(.minutes(1))) struct CellCentersTests {
    private func centers(_ dataset: Dataset, vertices: Bool = false) throws -> [Vector3] {
        guard case .poly(let result) = try CellCenters(makesVertices: vertices)(dataset) else { return [] }
        return (0..<result.points.count).map { result.points[$0] }
    }

    @Test func latticesOfEveryDimension() throws {
        var image = ImageData(extent: Extent(2, 4, -1, 1, 5, 6), origin: Vector3(1, 2, 3), spacing: Vector3(0.5, 2, 4))
        #expect(try centers(.image(image)) == (0..<4).map { Vector3(2.25 + 0.5 * Double($0 % 2), 1 + 2 * Double($0 / 2), 25) })
        image.direction = [0, -1, 0, 1, 0, 0, 0, 0, 1]
        #expect(try centers(.image(image))[0] == Vector3(1 + 1, 2 + 1.25, 25))
        #expect(try centers(.image(ImageData(extent: Extent(0, 2, 0, 0, 0, 0)))) == [Vector3(0.5, 0, 0), Vector3(1.5, 0, 0)])
        #expect(try centers(.image(ImageData(extent: Extent(7, 7, 0, 0, 0, 0)))) == [Vector3(7, 0, 0)])
        let grid = RectilinearGrid(
            extent: Extent(0, 2, 0, 1, 4, 4), x: FieldArray(name: "x", Buffer([0.0, 1, 4])), y: FieldArray(name: "y", Buffer([1.0, 2])),
            z: FieldArray(name: "z", Buffer([8.0])))
        #expect(try centers(.rectilinear(grid)) == [Vector3(0.5, 1.5, 8), Vector3(2.5, 1.5, 8)])
    }

    /// Types, corners and the weights that VTK gives them; mixed types in one grid.
    private let cells: [(type: UInt8, corners: [Int], weights: [Double])] = [
        (1, [4], [1]), (2, [1, 2, 7, 9, 11], [0, 0, 1, 0, 0]), (3, [2, 4], [0.5, 0.5]), (4, [1, 2, 3, 4], [0, 0.5, 0.5, 0]),
        (4, [1, 2, 3], [0, 0.5, 0.5]), (5, [0, 3, 6], [1.0 / 3, 1.0 / 3, 1.0 / 3]),
        (6, [0, 3, 6, 9, 12], [0, 1.0 / 3, 1.0 / 3, 1.0 / 3, 0]), (10, [0, 1, 2, 3], [0.25, 0.25, 0.25, 0.25]),
        (14, [0, 2, 4, 6, 8], [0.288, 0.192, 0.128, 0.192, 0.2]), (21, [0, 2, 7], [0, 0, 1]),
        (13, [0, 1, 2, 3, 4, 5], [Double](repeating: 1.0 / 6, count: 6)),
        (24, Array(0..<10), [Double](repeating: -0.125, count: 4) + [Double](repeating: 0.25, count: 6)),
    ]

    private func place(_ point: Int) -> Vector3 {
        let x = Double(point)
        return Vector3(x, x * x * 0.5, Double(point % 3))
    }

    @Test func typesOfCells() throws {
        let points = Points.float64(Buffer((0..<30).flatMap { point in (0..<3).map { place(point)[$0] } }))
        var list = cells.map { (CellType(rawValue: $0.type), $0.corners) }
        list.append((.empty, []))
        let found = try centers(.unstructured(UnstructuredGrid(points: points, cells: list)))
        #expect(found.count == cells.count)
        for (cell, center) in zip(cells, found) {
            var expected = Vector3()
            for (corner, weight) in zip(cell.corners, cell.weights) { expected += weight * place(corner) }
            #expect((expected - center).length < 1e-9, "type \(cell.type): \(center), expected \(expected)")
        }
    }

    @Test func polyhedraHaveTheCentreOfTheirVolume() throws {
        // A pyramid over the square of side 2, faces wound anyhow: a quarter of the height up.
        let points = Points([Vector3(0, 0, 0), Vector3(2, 0, 0), Vector3(2, 2, 0), Vector3(0, 2, 0), Vector3(1, 1, 4)])
        let faces = PolyhedronFaces(
            facesOfCells: CellArray([[0, 1, 2, 3, 4]]), faces: CellArray([[0, 1, 2, 3], [0, 1, 4], [1, 4, 2], [2, 3, 4], [0, 3, 4]]))
        let grid = UnstructuredGrid(
            points: points, types: Buffer([CellType.polyhedron.rawValue]), cells: CellArray([[0, 1, 2, 3, 4]]), polyhedronFaces: faces)
        let found = try centers(.unstructured(grid))
        #expect((found[0] - Vector3(1, 1, 1)).length < 1e-12)
    }

    @Test func weightsOfEveryTypeAddUpToOne() throws {
        for type in (1...37).map({ CellType(rawValue: $0) }) {
            guard let size = type.pointCount, size > 0 else { continue }
            let grid = UnstructuredGrid(points: Points(Array(repeating: Vector3(3, -2, 5), count: size)), cells: [(type, Array(0..<size))])
            let found = try centers(.unstructured(grid))
            #expect((found[0] - Vector3(3, -2, 5)).length < 1e-12, "\(type)")
        }
    }

    @Test func polygonsHaveTheMiddleOfTheirBox() throws {
        // An L: the box of 3 × 2, whatever the corners are.
        let points = Points([Vector3(0, 0, 1), Vector3(3, 0, 1), Vector3(3, 1, 1), Vector3(1, 1, 1), Vector3(1, 2, 1), Vector3(0, 2, 1)])
        let poly = PolyData(points: points, polygons: CellArray([[0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0]]))
        let found = try centers(.poly(poly))
        #expect((found[0] - Vector3(1.5, 1, 1)).length < 1e-12 && found[1] == Vector3(0, 0, 1))
    }

    @Test func arraysFollowAndHiddenCellsGo() throws {
        var image = ImageData(extent: Extent(0, 3, 0, 0, 0, 0))
        image.attributes.cellData.set(FieldArray(name: "c", Buffer<Float>([1, 2, 3])))
        image.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([0, 32, 0])))
        let points = try CellCenters()(.image(image))
        #expect(points.pointCount == 2 && points.cellCount == 0 && points.pointData["c"]!.value(1) == 3 && points.cellData.isEmpty)
        let vertices = try CellCenters(makesVertices: true)(.image(image))
        #expect(vertices.cellCount == 2 && vertices.cellData["c"]!.value(1) == 3 && vertices.validate().isEmpty)
        #expect(try CellCenters()(.unstructured(UnstructuredGrid())).pointCount == 0)
    }
}
