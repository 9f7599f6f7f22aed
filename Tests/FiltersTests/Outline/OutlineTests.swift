import Datasets
import Filters
import Geometry
import Testing

@Suite(.timeLimit(.minutes(1))) struct OutlineTests {
    /// As `vtkOutlineFilter` numbers them.
    @Test func boxOfAnImage() throws {
        let image = ImageData(extent: Extent(1, 4, 0, 3, 2, 6), origin: Vector3(1, 2, 3), spacing: Vector3(0.5, 1, 2))
        guard case .poly(let box) = try Outline()(.image(image)) else { return }
        #expect(box.points.count == 8)
        #expect(box.points[0] == Vector3(1.5, 2, 7) && box.points[1] == Vector3(3, 2, 7) && box.points[2] == Vector3(1.5, 5, 7))
        #expect(box.points[7] == Vector3(3, 5, 15))
        #expect(box.lines.connectivity.array == [0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 1, 3, 4, 6, 5, 7, 0, 4, 1, 5, 2, 6, 3, 7])
    }

    @Test func flatAndEmptyDatasets() throws {
        #expect(try Outline()(.poly(PolyData())).cellCount == 0)
        let point = try Outline()(.poly(PolyData(points: Points([Vector3(1, 2, 3)]))))
        #expect(point.pointCount == 8 && point.bounds == Bounds(lower: Vector3(1, 2, 3), upper: Vector3(1, 2, 3)))
        #expect(throws: DatasetError.self) { try Outline()(.table(Table(columns: FieldCollection()))) }
        let blocks = Dataset.blocks(BlockCollection(blocks: [.init(name: "a", dataset: .poly(PolyData(points: Points([Vector3()])))), .init(name: "b", dataset: nil)]))
        #expect(try Outline()(blocks).cellCount == 12)
    }
}
