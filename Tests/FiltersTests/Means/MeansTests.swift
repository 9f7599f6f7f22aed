import Datasets
import Execution
import Foundation
import Geometry
import Testing

@testable import Filters

/// Means over the points of cells and over the cells of points.
@Suite(.timeLimit(.minutes(1))) struct MeansTests {
    private func numbers<Value: Scalar>(_ count: Int, _ type: Value.Type, _ seed: Int) -> Buffer<Value> {
        Buffer((0..<count).map { Value(clampingDouble: Double(($0 * 7919 + seed * 104_729) % 211) - 90) })
    }

    /// Every cell of a dataset as a list of points.
    private func cells(of dataset: Dataset) -> [[Int]] {
        var all: [[Int]] = []
        let blocks = CellBlocks(dataset)!
        blocks.forEach(in: 0..<blocks.count) { block in
            for cell in 0..<block.count { all.append((0..<block.size(cell)).map { Int(block.points[block.start(cell) + $0]) }) }
        }
        return all
    }

    /// One dataset of each kind that has cells, with a scalar and a vector of points and of cells.
    private func samples() -> [Dataset] {
        let extents = [Extent(1, 6, -2, 3, 0, 4), Extent(0, 5, 2, 2, 0, 3), Extent(4, 4, 0, 9, 1, 1), Extent(3, 3, 3, 3, 3, 3)]
        func attributes(_ points: Int, _ cells: Int) -> DatasetAttributes {
            var result = DatasetAttributes()
            result.pointData.set(FieldArray(name: "f", numbers(points, Float.self, 1)))
            result.pointData.set(FieldArray(name: "d", components: 3, numbers(3 * points, Double.self, 2)))
            result.pointData.set(FieldArray(name: "i", numbers(points, Int16.self, 3)))
            result.cellData.set(FieldArray(name: "cf", numbers(cells, Float.self, 4)))
            result.cellData.set(FieldArray(name: "cd", components: 3, numbers(3 * cells, Double.self, 5)))
            result.cellData.set(FieldArray(name: "ci", numbers(cells, Int16.self, 6)))
            return result
        }
        var all: [Dataset] = extents.map { .image(ImageData(extent: $0, attributes: attributes($0.pointCount, $0.cellCount))) }
        let extent = Extent(0, 7, 0, 6, 0, 5)
        let image = Dataset.image(ImageData(extent: extent))
        let points = Points((0..<extent.pointCount).map { index in
            let place = extent.point(at: index)
            return Vector3(Double(place.x), Double(place.y), Double(place.z))
        })
        var hexahedra = cells(of: image)
        hexahedra.removeAll { $0[0] % 5 == 2 }
        all.append(.unstructured(UnstructuredGrid(
            points: points, cells: hexahedra.map { (.voxel, $0) }, attributes: attributes(extent.pointCount, hexahedra.count))))
        all.append(.unstructured(UnstructuredGrid(
            points: points, cells: hexahedra.enumerated().map { $0 % 3 == 0 ? (.tetrahedron, Array($1[0..<4])) : ($0 % 3 == 1 ? (.line, [$1[0], $1[7]]) : (.voxel, $1)) },
            attributes: attributes(extent.pointCount, hexahedra.count))))
        let squares = hexahedra.map { [$0[0], $0[1], $0[3], $0[2]] }
        all.append(.poly(PolyData(
            points: points, vertices: CellArray([[1], [5, 6]]), lines: CellArray([[0, 1, 2]]), polygons: CellArray(squares),
            attributes: attributes(extent.pointCount, squares.count + 3))))
        return all
    }

    @Test(arguments: [1, 3]) func meansOfPointsAreThoseOfTheirValues(threads: Int) throws {
        for dataset in samples() {
            let result = try PointToCell()(dataset, context: ExecutionContext(threads: threads))
            #expect(result.pointData.isEmpty && result.cellCount == dataset.cellCount)
            #expect(result.cellData.names == ["cf", "cd", "ci", "f", "d", "i"])
            for (name, type) in [("f", ScalarType.float32), ("d", .float64), ("i", .float32)] {
                let source = try #require(dataset.pointData[name])
                let mean = try #require(result.cellData[name])
                #expect(mean.scalarType == type)
                for (cell, points) in cells(of: dataset).enumerated() {
                    for component in 0..<source.components {
                        let expected = points.reduce(0) { $0 + source.value($1, component) } / Double(points.count)
                        #expect(abs(mean.value(cell, component) - expected) < 1e-5 * 100, "\(dataset.kind) \(name) cell \(cell)")
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 3]) func meansOfCellsAreThoseOfTheirValues(threads: Int) throws {
        for dataset in samples() {
            let result = try CellToPoint()(dataset, context: ExecutionContext(threads: threads))
            #expect(result.cellData.isEmpty && result.pointCount == dataset.pointCount)
            #expect(result.pointData.names == ["f", "d", "i", "cf", "cd", "ci"])
            var users = [[Int]](repeating: [], count: dataset.pointCount)
            for (cell, points) in cells(of: dataset).enumerated() { for point in points { users[point].append(cell) } }
            for name in ["cf", "cd", "ci"] {
                let source = try #require(dataset.cellData[name])
                let mean = try #require(result.pointData[name])
                let rounds = name == "ci" && dataset.extent != nil
                #expect(mean.scalarType == (name == "cd" ? .float64 : (rounds ? .int16 : .float32)))
                for point in users.indices {
                    for component in 0..<source.components {
                        var expected = users[point].reduce(0) { $0 + source.value($1, component) } / Double(max(1, users[point].count))
                        if rounds { expected = expected.rounded(.toNearestOrAwayFromZero) }
                        #expect(abs(mean.value(point, component) - expected) < 1e-3, "\(dataset.kind) \(name) point \(point)")
                    }
                }
            }
        }
    }

    @Test func linearFieldsComeBackInside() throws {
        let extent = Extent(0, 9, 0, 8, 0, 7)
        var image = ImageData(extent: extent)
        image.attributes.pointData.set(FieldArray(name: "f", Buffer((0..<extent.pointCount).map { index in
            let place = extent.point(at: index)
            return Double(place.x) - 2 * Double(place.y) + 0.5 * Double(place.z)
        })))
        let there = try PointToCell()(.image(image))
        let back = try CellToPoint()(there)
        for index in 0..<extent.pointCount {
            let place = extent.point(at: index)
            if (0..<3).contains(where: { place[$0] == 0 || place[$0] == extent.upper[$0] }) { continue }
            #expect(back.pointData["f"]!.value(index) == image.attributes.pointData["f"]!.value(index))
        }
    }

    @Test func hiddenCellsCountForNothing() throws {
        var image = ImageData(extent: Extent(0, 2, 0, 0, 0, 0))
        image.attributes.cellData.set(FieldArray(name: "c", Buffer<Float>([5, 1000])))
        image.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([0, 32])))
        let result = try CellToPoint()(.image(image))
        #expect((0..<3).map { result.pointData["c"]!.value($0) } == [5, 5, 0])
        #expect(result.cellData.names == ["vtkGhostType"])
    }

    /// Where nothing is hidden, marks change nothing; sums go in one order.
    @Test(arguments: [Extent(0, 6, 0, 5, 0, 4), Extent(0, 6, 0, 5, 0, 0), Extent(2, 2, 0, 5, 0, 4), Extent(0, 0, 0, 0, 0, 7)])
    func meansAwayFromHiddenCellsAreTheSame(extent: Extent) throws {
        var plain = ImageData(extent: extent)
        let count = plain.extent.cellCount
        plain.attributes.cellData.set(FieldArray(name: "c", components: 2, Buffer((0..<2 * count).map { sin(Double($0) * 1.7) / 3 })))
        var marked = plain
        marked.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer((0..<count).map { UInt8($0 == count / 2 ? 32 : 0) })))
        let (a, b) = (try CellToPoint()(.image(plain)), try CellToPoint()(.image(marked)))
        let corners = cells(of: .image(plain))[count / 2]
        for point in 0..<a.pointCount where !corners.contains(point) {
            for component in 0..<2 { #expect(a.pointData["c"]!.value(point, component) == b.pointData["c"]!.value(point, component)) }
        }
    }

    @Test func namesAndTextHaveNoMean() throws {
        var image = ImageData(extent: Extent(0, 2, 0, 0, 0, 0))
        image.attributes.pointData.set(FieldArray(name: "id", Buffer<Int64>([1, 2, 3])))
        image.attributes.pointData.active[.globalIds] = "id"
        image.attributes.pointData.set(FieldArray(name: "word", strings: ["a", "b", "c"]))
        image.attributes.pointData.set(FieldArray(name: "s", Buffer<Float>([1, 2, 3])))
        image.attributes.pointData.active[.scalars] = "s"
        let result = try PointToCell(keepsPointArrays: true)(.image(image))
        #expect(result.cellData.names == ["s"] && result.cellData[.scalars]?.name == "s")
        #expect(result.pointData.names == ["id", "word", "s"])
    }

    @Test func nothingIsAValue() throws {
        for dataset: Dataset in [.poly(PolyData()), .unstructured(UnstructuredGrid()), .image(ImageData(extent: .empty))] {
            #expect(try PointToCell()(dataset).cellCount == 0 && CellToPoint()(dataset).pointCount == 0)
        }
        #expect(throws: DatasetError.self) { try PointToCell()(.table(Table(columns: FieldCollection()))) }
    }
}
