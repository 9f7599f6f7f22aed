import Datasets
import Filters
import Geometry
import Testing

/// The answers are those of `vtkExtractVOI`.
@Suite(.timeLimit(.minutes(1))) struct ExtractExtentTests {
    private func image() -> ImageData {
        var image = ImageData(extent: Extent(1, 4, 0, 3, 2, 6), origin: Vector3(1, 2, 3), spacing: Vector3(0.5, 1, 2))
        image.attributes.pointData.set(FieldArray(name: "s", Buffer((0..<80).map { Float($0) })))
        image.attributes.cellData.set(FieldArray(name: "c", Buffer((0..<36).map { Int32($0) })))
        return image
    }

    private func check(
        _ filter: ExtractExtent, _ extent: Extent, _ origin: Vector3, _ spacing: Vector3, points: [Double], cells: [Double]
    ) throws {
        guard case .image(let made) = try filter(.image(image())) else { return }
        #expect(made.extent == extent && made.origin == origin && made.spacing == spacing)
        #expect(made.attributes.pointData["s"]!.doubles()!.array.prefix(points.count).elementsEqual(points))
        #expect(made.attributes.cellData["c"]!.doubles()!.array == cells)
        #expect(made.attributes.pointData["s"]!.tupleCount == extent.pointCount)
    }

    @Test func boxesAndRates() throws {
        let base = (Vector3(1, 2, 3), Vector3(0.5, 1, 2))
        try check(
            ExtractExtent(extent: Extent(2, 4, 1, 3, 3, 6)), Extent(2, 4, 1, 3, 3, 6), base.0, base.1, points: [21, 22, 23, 25],
            cells: [13, 14, 16, 17, 22, 23, 25, 26, 31, 32, 34, 35])
        try check(
            ExtractExtent(extent: Extent(2, 4, 0, 3, 2, 6), rate: SIMD3(2, 3, 2)), Extent(0, 1, 0, 1, 0, 2), Vector3(2, 2, 7), Vector3(1, 3, 4),
            points: [1, 3, 13, 15, 33, 35, 45, 47, 65, 67, 77, 79], cells: [1, 19])
        try check(
            ExtractExtent(extent: Extent(2, 4, 0, 3, 2, 5), rate: SIMD3(2, 3, 2), includesBoundary: true), Extent(0, 1, 0, 1, 0, 2), Vector3(2, 2, 7),
            Vector3(1, 3, 4), points: [1, 3, 13, 15, 33, 35, 45, 47, 49, 51, 61, 63], cells: [1, 19])
        try check(
            ExtractExtent(extent: Extent(-5, 9, 1, 1, 2, 99), rate: SIMD3(2, 2, 3)), Extent(0, 1, 0, 0, 0, 1), Vector3(1.5, 3, 7), Vector3(1, 2, 6),
            points: [4, 6, 52, 54], cells: [3])
        try check(
            ExtractExtent(extent: Extent(2, 4, 1, 3, 3, 6), rate: SIMD3(1, 2, 1)), Extent(2, 4, 0, 1, 3, 6), Vector3(1, 3, 3), Vector3(0.5, 2, 2),
            points: [21, 22, 23, 29], cells: [13, 14, 22, 23, 31, 32])
        try check(
            ExtractExtent(extent: Extent(2, 4, 1, 3, 3, 6), rate: SIMD3(9, 9, 9), includesBoundary: true), Extent(0, 1, 0, 1, 0, 1), Vector3(2, 3, 9),
            Vector3(4.5, 9, 18), points: [21, 23, 29, 31, 69, 71, 77, 79], cells: [13])
    }

    @Test func otherKinds() throws {
        func axis(_ count: Int) -> FieldArray { FieldArray(name: "x", Buffer((0..<count).map { Float($0 * $0) })) }
        let grid = RectilinearGrid(extent: Extent(1, 4, 0, 3, 2, 6), x: axis(4), y: axis(4), z: axis(5), attributes: image().attributes)
        let filter = ExtractExtent(extent: Extent(2, 4, 1, 3, 3, 6), rate: SIMD3(1, 2, 1))
        guard case .rectilinear(let made) = try filter(.rectilinear(grid)) else { return }
        #expect(made.coordinates.x.doubles()!.array == [1, 4, 9] && made.coordinates.y.doubles()!.array == [1, 9])
        let curved = try Transformation(.identity)(.rectilinear(grid))
        guard case .structured(let part) = try filter(curved) else { return }
        #expect(part.extent == Extent(2, 4, 0, 1, 3, 6) && part.points[5] == Vector3(9, 9, 1))
        #expect(throws: DatasetError.self) { try filter(.poly(PolyData())) }
        #expect(throws: DatasetError.self) { try ExtractExtent(extent: .empty, rate: SIMD3(0, 1, 1))(.image(image())) }
        #expect(try ExtractExtent(extent: Extent(7, 9, 0, 3, 2, 6))(.image(image())).pointCount == 0)
    }
}
