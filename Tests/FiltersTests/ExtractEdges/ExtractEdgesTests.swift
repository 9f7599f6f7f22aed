import Datasets
import Execution
import Filters
import Geometry
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExtractEdgesTests {
    private func edges(_ dataset: Dataset, threads: Int = 2) throws -> PolyData {
        guard case .poly(let made) = try ExtractEdges()(dataset, context: ExecutionContext(threads: threads)) else { return PolyData() }
        return made
    }

    private func pairs(_ poly: PolyData) -> [[Int]] { (0..<poly.lines.count).map { poly.lines.points(of: $0).map { Int($0) } } }

    @Test func latticesHaveTheirEdgesOnce() throws {
        let extent = Extent(2, 6, 0, 3, 1, 3)
        let made = try edges(.image(ImageData(extent: extent, spacing: Vector3(0.5, 2, 3))))
        #expect(made.points.count == extent.pointCount)
        // x: 4 · 4 · 3, y: 5 · 3 · 3, z: 5 · 4 · 2.
        #expect(made.lines.count == 48 + 45 + 40)
        let length = pairs(made).reduce(0) { $0 + (made.points[$1[0]] - made.points[$1[1]]).length }
        #expect(abs(length - (48 * 0.5 + 45 * 2 + 40 * 3)) < 1e-9)
        #expect(Set(pairs(made)).count == made.lines.count)
    }

    @Test func everyKindOfFlatCell() throws {
        let points = Points((0..<12).map { Vector3(Double($0), Double($0 * $0 % 7), 0) })
        var poly = PolyData(
            points: points, vertices: CellArray([[11]]), lines: CellArray([[0, 1, 2], [1, 2], [2, 2]]), polygons: CellArray([[2, 3, 4], [4, 3, 5, 6]]),
            strips: CellArray([[6, 7, 8, 9, 10]]))
        poly.attributes.cellData.set(FieldArray(name: "c", Buffer((0..<7).map { Int32($0) })))
        let made = try edges(.poly(poly))
        #expect(
            pairs(made) == [[0, 1], [1, 2], [2, 3], [3, 4], [2, 4], [3, 5], [5, 6], [4, 6], [6, 7], [6, 8], [7, 8], [7, 9], [8, 9], [8, 10], [9, 10]])
        #expect(made.points.count == 11, "point 11 has no edge")
        #expect(made.attributes.cellData["c"]!.doubles()!.array == [1, 1, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6])
    }

    @Test func solidsPolyhedraAndHiddenCells() throws {
        var grid = UnstructuredGrid(
            points: Points((0..<9).map { Vector3(Double($0 & 1), Double($0 >> 1 & 1), Double($0 >> 2)) }),
            cells: [(.voxel, Array(0..<8)), (.tetrahedron, [0, 1, 2, 4]), (.polyhedron, [0, 1, 2, 8]), (.vertex, [3])])
        grid.polyhedronFaces = PolyhedronFaces(facesOfCells: CellArray([[], [], [0, 1, 2, 3], []]), faces: CellArray([[0, 1, 8], [1, 2, 8], [2, 0, 8], [0, 2, 1]]))
        #expect(try edges(.unstructured(grid)).lines.count == 12 + 3 + 3)
        grid.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([32, 0, 0, 0])))
        #expect(try edges(.unstructured(grid)).lines.count == 6 + 3)
    }

    /// A point where thousands of edges meet costs no more than others.
    @Test(arguments: [1, 3]) func hubs(threads: Int) throws {
        let count = 20_000
        var entries: [Int32] = []
        for side in 0..<count { entries += [0, Int32(1 + side), Int32(1 + (side + 1) % count)] }
        let fan = PolyData(
            points: .float32(Buffer<Float>(repeating: 0, count: 3 * (count + 1))), polygons: CellArray(uniformSize: 3, connectivity: Buffer(entries + entries)))
        #expect(try edges(.poly(fan), threads: threads).lines.count == 2 * count)
    }

    @Test func nothingAndTables() throws {
        #expect(try edges(.poly(PolyData())).lines.count == 0)
        #expect(throws: DatasetError.self) { try ExtractEdges()(.table(Table(columns: FieldCollection()))) }
    }
}
