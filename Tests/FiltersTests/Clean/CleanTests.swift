import Datasets
import Execution
import Geometry
import Testing

@testable import Filters

/// Joined points, and what becomes of cells.
@Suite(.timeLimit(.minutes(1))) struct CleanTests {
    private func lists(_ cells: CellArray) -> [[Int]] { (0..<cells.count).map { cells.points(of: $0).map(Int.init) } }
    private func clean(_ poly: PolyData, tolerance: Double = 0, threads: Int = 2) throws -> PolyData {
        guard case .poly(let result) = try Clean(tolerance: tolerance)(.poly(poly), context: ExecutionContext(threads: threads)) else {
            throw DatasetError("not poly data")
        }
        return result
    }

    @Test func theFirstOfEqualPointsStays() throws {
        var poly = PolyData(
            points: Points([Vector3(9, 9, 9), Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(-0.0, 0, 0), Vector3(0, 1, 0), Vector3(1, 1, 0)]),
            polygons: CellArray([[1, 2, 3], [4, 6, 5]]))
        poly.attributes.pointData.set(FieldArray(name: "p", Buffer<Int32>([0, 1, 2, 3, 4, 5, 6])))
        let result = try clean(poly)
        #expect(lists(result.polygons) == [[0, 1, 2], [0, 3, 2]])
        #expect((0..<4).map { result.attributes.pointData["p"]!.value($0) } == [1, 2, 3, 6], "the unused point goes, the first values stay")
    }

    @Test func cellsThatLoseCornersBecomeLess() throws {
        let places = [Vector3(0, 0, 0), Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(1, 1, 0), Vector3(0, 0, 0)]
        var poly = PolyData(
            points: Points(places), vertices: CellArray([[0, 1], []]), lines: CellArray([[0, 1], [0, 1, 2]]),
            polygons: CellArray([[0, 1, 5], [0, 1, 2], [0, 2, 3, 5], [2, 3, 4]]),
            strips: CellArray([[0, 1, 2, 3], [0, 1, 2], [0, 1, 5, 1], [0, 2, 3, 4]]))
        poly.attributes.cellData.set(FieldArray(name: "c", Buffer<Int32>((0..<12).map { Int32($0) })))
        let result = try clean(poly)
        #expect(lists(result.vertices) == [[0, 0], [0], [0], [0]])
        #expect(lists(result.lines) == [[0, 1], [0, 1], [0, 1]])
        #expect(lists(result.polygons) == [[0, 1, 2], [1, 2, 3], [0, 1, 2]])
        #expect(lists(result.strips) == [[0, 1, 2, 3]])
        let sources = (0..<result.cellCount).map { Int(result.attributes.cellData["c"]!.value($0)) }
        #expect(sources == [0, 2, 4, 10, 3, 5, 9, 6, 7, 8, 11])
        #expect(Dataset.poly(result).validate().isEmpty)
    }

    @Test(arguments: [1, 3], [1, 2, 3] as [UInt64]) func equalsBruteForce(threads: Int, seed: UInt64) throws {
        var state = seed
        func next(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        for tolerance in [0, 0.75, 1.2] {
            let places = (0..<400).map { _ in Vector3(Double(next(9)) / 2, Double(next(9)) / 2, Double(next(4)) / 2) }
            let triangles = (0..<380).map { _ in [next(400), next(400), next(400)] }
            let result = try clean(PolyData(points: Points(places), polygons: CellArray(triangles)), tolerance: tolerance, threads: threads)
            let used = Set(triangles.flatMap { $0 })
            var kept: [Int] = []
            var target = [Int](repeating: -1, count: 400)
            for point in 0..<400 where used.contains(point) {
                // The first point of the same coordinates, if there is one, has said where all of them go.
                if let equal = (0..<point).first(where: { used.contains($0) && places[$0] == places[point] }) {
                    target[point] = target[equal]
                    continue
                }
                let near = kept.filter { (places[$0] - places[point]).length <= tolerance }
                    .min { (places[$0] - places[point]).length < (places[$1] - places[point]).length }
                target[point] = near ?? point
                if near == nil { kept.append(point) }
            }
            #expect(result.points.count == kept.count, "seed \(seed), tolerance \(tolerance)")
            #expect((0..<min(kept.count, result.points.count)).allSatisfy { result.points[$0] == places[kept[$0]] }, "seed \(seed)")
            let expected = triangles.map { $0.map { kept.firstIndex(of: target[$0])! } }.filter { Set($0).count == 3 }
            #expect(lists(result.polygons) == expected, "seed \(seed), tolerance \(tolerance)")
        }
    }

    @Test func crowdsAndStrangersCostLittle() throws {
        let nan = Double.nan
        var places = (0..<20_000).map { Vector3($0 % 2 == 0 ? 0 : 0.9, $0 % 2 == 0 ? 0 : 0.9, 0) }
        places += (0..<20_000).map { _ in Vector3(nan, 0, .infinity) }
        let lines = (0..<places.count - 1).map { [$0, $0 + 1] }
        for tolerance in [0, 1] {
            let result = try clean(PolyData(points: Points(places), lines: CellArray(lines)), tolerance: Double(tolerance))
            #expect(result.points.count == 20_002)
        }
    }

    @Test func gridsKeepTheirCells() throws {
        let grid = UnstructuredGrid(
            points: Points([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), Vector3(1, 0, 0), Vector3(5, 5, 5)]),
            cells: [(.tetrahedron, [0, 1, 2, 3]), (.line, [4, 1])])
        guard case .unstructured(let result) = try Clean()(.unstructured(grid)) else { return #expect(Bool(false)) }
        #expect(lists(result.cells) == [[0, 1, 2, 3], [1, 1]] && result.points.count == 4)
        #expect(throws: DatasetError.self) { try Clean()(.image(ImageData(extent: Extent(0, 1, 0, 1, 0, 1)))) }
    }
}
