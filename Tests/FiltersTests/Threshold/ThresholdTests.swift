import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Testing

@Suite struct ThresholdTests {
    private func image(_ values: [Float], cellValues: [Int32]? = nil, _ extent: Extent) -> Dataset {
        var attributes = DatasetAttributes(pointData: FieldCollection([FieldArray(name: "s", Buffer(values))]))
        if let cellValues { attributes.cellData.set(FieldArray(name: "c", Buffer(cellValues))) }
        return .image(ImageData(extent: extent, attributes: attributes))
    }

    @Test(.timeLimit(.minutes(1))) func keepsCellsByAllOrAnyPoint() throws {
        let data = image((0..<12).map { Float($0) }, Extent(0, 3, 0, 2, 0, 0))
        guard case .unstructured(let all) = try Threshold(array: ArraySelector("s"), range: 1...7)(data) else { return }
        #expect(all.cellList.map(\.points.count) == [4, 4])
        #expect(all.runs.map(\.type) == [.pixel])
        #expect(all.points.count == 6)
        #expect((0..<6).map { Int(all.attributes.pointData["s"]!.value($0)) } == [1, 2, 3, 5, 6, 7])
        #expect(all.points[0] == Vector3(1, 0, 0) && all.points[5] == Vector3(3, 1, 0))
        guard case .unstructured(let any) = try Threshold(array: ArraySelector("s"), range: 7...7, keepsAnyPoint: true)(data) else { return }
        #expect(any.cellCount == 2)
    }

    @Test(.timeLimit(.minutes(1))) func cellArraysRangesAndMissingValues() throws {
        let data = image([0, 1, 2, .nan, 4, 5, 6, 7, 8], cellValues: [10, 20, 30, 40], Extent(0, 2, 0, 2, 0, 0))
        let byCell = try Threshold(array: ArraySelector("c"), range: 20 ... .infinity)(data)
        #expect(byCell.cellCount == 3)
        #expect((0..<3).map { Int(byCell.cellData["c"]!.value($0)) } == [20, 30, 40])
        let byPoint = try Threshold(array: ArraySelector("s"), range: -.infinity ... .infinity)(data)
        #expect(byPoint.cellCount == 2, "NaN lies outside of every range")
        #expect((0..<2).map { Int(byPoint.cellData["c"]!.value($0)) } == [20, 40])
        let nothing = try Threshold(array: ArraySelector("s"), range: 100...200)(data)
        #expect(nothing.cellCount == 0 && nothing.pointCount == 0)
        #expect(throws: DatasetError.self) { try Threshold(array: ArraySelector("x"), range: 0...1)(data) }
    }

    /// A Float is compared with the Double ends exactly, not with their roundings.
    @Test(.timeLimit(.minutes(1))) func endsAreNotRounded() throws {
        let tenth: Float = 0.1
        let data = image([tenth, tenth], Extent(0, 1, 0, 0, 0, 0))
        #expect(try Threshold(array: ArraySelector("s"), range: 0...0.1)(data).cellCount == (Double(tenth) <= 0.1 ? 1 : 0))
        #expect(try Threshold(array: ArraySelector("s"), range: Double(tenth)...1)(data).cellCount == 1)
        #expect(try Threshold(array: ArraySelector("s"), range: Double(tenth).nextUp...1)(data).cellCount == 0)
    }

    @Test(.timeLimit(.minutes(1))) func rowsAndPointsWhereThereAreNoCells() throws {
        let columns = FieldCollection([
            FieldArray(name: "a", Buffer<Int32>([5, 1, 4])), FieldArray(name: "b", strings: ["x", "y", "z"]),
        ])
        guard case .table(let rows) = try Threshold(array: ArraySelector("a"), range: 4...9)(.table(Table(columns: columns))) else { return }
        #expect(rows.rowCount == 2)
        if case .strings(let names) = rows.columns["b"]!.values { #expect(names == ["x", "z"]) }
        let points = PolyData(
            points: Points([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(2, 0, 0)]),
            attributes: DatasetAttributes(pointData: FieldCollection([FieldArray(name: "v", components: 2, Buffer<Float>([3, 4, 0, 0, 6, 8]))])))
        guard case .poly(let kept) = try Threshold(array: ArraySelector("v", component: .magnitude), range: 5...6)(.poly(points)) else { return }
        #expect(kept.points.count == 1 && kept.points[0] == Vector3(0, 0, 0))
    }

    @Test(.timeLimit(.minutes(1))) func hiddenCellsGo() throws {
        var attributes = DatasetAttributes(pointData: FieldCollection([FieldArray(name: "s", Buffer<Float>([0, 1, 2, 3]))]))
        attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([0, 32, 0])))
        let data = Dataset.image(ImageData(extent: Extent(0, 3, 0, 0, 0, 0), attributes: attributes))
        #expect(try Threshold(array: ArraySelector("s"), range: 0...9)(data).cellCount == 2)
        #expect(try Clip(plane: Plane(origin: Vector3(0.5, 0, 0), normal: Vector3(1, 0, 0)))(data).cellCount == 2)
    }

    /// Mixed cells of a grid keep types and order; polyhedra keep their faces.
    @Test(.timeLimit(.minutes(1))) func mixedCellsAndPolyhedra() throws {
        let mesh = ClipMeshTests.mixedMesh(4, seed: 8)
        guard case .unstructured(let kept) = try Threshold(array: ArraySelector("s"), range: -0.5...1)(.unstructured(mesh)) else { return }
        let value = mesh.attributes.pointData["s"]!
        let expected = mesh.cellList.filter { $0.points.allSatisfy { value.value($0) >= -0.5 } }
        #expect(kept.cellList.map(\.type) == expected.map(\.type))
        #expect(zip(kept.cellList, expected).allSatisfy { a, b in zip(a.points, b.points).allSatisfy { kept.points[$0] == mesh.points[$1] } })

        var grid = UnstructuredGrid(
            points: Points([Vector3(9, 9, 9), Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)]),
            cells: [(.vertex, [0]), (.polyhedron, [1, 2, 3, 4])],
            attributes: DatasetAttributes(cellData: FieldCollection([FieldArray(name: "c", Buffer<Int32>([1, 2]))])))
        grid.polyhedronFaces = PolyhedronFaces(
            facesOfCells: CellArray([[], [0, 1, 2, 3]]), faces: CellArray([[1, 2, 4], [2, 3, 4], [3, 1, 4], [1, 3, 2]]))
        guard case .unstructured(let poly) = try Threshold(array: ArraySelector("c"), range: 2...2)(.unstructured(grid)) else { return }
        #expect(poly.cellCount == 1 && poly.points.count == 4)
        #expect(poly.polyhedronFaces?.faces.points(of: 0).map { Int($0) } == [0, 1, 3])
    }
}
