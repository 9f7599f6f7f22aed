import Datasets
import Execution
import Geometry
import Testing

@testable import Filters

/// Regions of cells that hang together.
@Suite(.timeLimit(.minutes(1))) struct ConnectivityTests {
    private func regions(_ dataset: Dataset, of association: Association) throws -> [Int] {
        let array = try #require((association == .point ? dataset.pointData : dataset.cellData)["RegionId"])
        return (0..<array.tupleCount).map { Int(array.value($0)) }
    }

    private let chains = PolyData(
        points: Points((0..<12).map { Vector3(Double($0), 0, 0) }), vertices: CellArray([[11]]),
        lines: CellArray([[8, 9], [2, 3], [0, 1], [3, 4, 5], [9, 6], [1, 0]]), polygons: CellArray([[0, 1, 7]]))

    @Test func regionsAreNumberedByTheirFirstCells() throws {
        let result = try Connectivity()(.poly(chains))
        #expect(try regions(result, of: .cell) == [0, 1, 2, 3, 2, 1, 3, 3])
        // Point 10 is used by none and goes.
        #expect(try regions(result, of: .point) == [3, 3, 2, 2, 2, 2, 1, 3, 1, 1, 0])
        #expect(result.pointCount == 11 && result.kind == .poly)
    }

    @Test func someRegions() throws {
        #expect(try Connectivity(.largest)(.poly(chains)).cellCount == 3)
        #expect(try Connectivity(.closest(to: Vector3(4.4, 1, 0)))(.poly(chains)).cellCount == 2)
        #expect(try Connectivity(.closest(to: Vector3(10.1, 0, 0)))(.poly(chains)).cellCount == 1, "point 10 is no region's")
        let two = try Connectivity(.regions([0, 2, 99]))(.poly(chains))
        #expect(two.cellCount == 3 && two.pointCount == 5 && two.cellData["RegionId"] == nil)
        #expect(try Connectivity(.regions([]))(.poly(chains)).pointCount == 0)
        #expect(try Connectivity(.largest)(.poly(PolyData())).cellCount == 0)
    }

    @Test(arguments: [1, 2, 3], [1, 2] as [UInt64]) func equalsBruteForce(threads: Int, seed: UInt64) throws {
        var state = seed
        func next(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        let (points, lines) = (30_000, 24_000)
        let ends = (0..<lines).map { _ in [next(UInt64(points)), next(UInt64(points))] }
        let grid = Dataset.unstructured(UnstructuredGrid(
            points: Points((0..<points).map { Vector3(Double($0), 0, 0) }), cells: ends.map { (.line, $0) }))
        var parent = Array(0..<points)
        func root(_ point: Int) -> Int {
            var point = point
            while parent[point] != point { (parent[point], point) = (parent[parent[point]], parent[parent[point]]) }
            return point
        }
        for line in ends { parent[root(line[0])] = root(line[1]) }
        var numbers: [Int: Int] = [:]
        var sizes: [Int] = []
        let expected = ends.map { line -> Int in
            let root = root(line[0])
            if numbers[root] == nil {
                numbers[root] = sizes.count
                sizes.append(0)
            }
            sizes[numbers[root]!] += 1
            return numbers[root]!
        }
        let context = ExecutionContext(threads: threads)
        #expect(try regions(try Connectivity()(grid, context: context), of: .cell) == expected, "seed \(seed)")
        #expect(try Connectivity(.largest)(grid, context: context).cellCount == sizes.max()!)
    }

    @Test func hiddenCellsDoNotConnect() throws {
        var image = ImageData(extent: Extent(0, 5, 0, 1, 0, 1))
        image.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([0, 0, 32, 0, 32])))
        let result = try Connectivity()(.image(image))
        #expect(try regions(result, of: .cell) == [0, 0, 1] && result.kind == .unstructured)
        #expect(try Connectivity()(.image(ImageData(extent: Extent(0, 3, 0, 3, 0, 3)))).cellCount == 27)
    }
}
