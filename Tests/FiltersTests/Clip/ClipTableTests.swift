import Datasets
import Execution
import Filters
import Geometry
import SeededNumbers
import Testing

/// Every case of every kind of cell, by clipping one cell by an array.
@Suite struct ClipTableTests {
    /// One cell with values of the wanted signs, in Double.
    private func grid(_ cell: SampleCell, _ mask: Int, _ random: inout SplitMix64) -> UnstructuredGrid {
        let values = cell.corners.indices.map { (mask >> $0 & 1 == 1 ? 1 : -1) * (0.2 + 0.8 * random.unit()) }
        return UnstructuredGrid(
            points: .float64(Buffer(cell.corners.flatMap { [$0.x, $0.y, $0.z] })), cells: [(cell.type, Array(cell.corners.indices))],
            attributes: DatasetAttributes(pointData: FieldCollection([FieldArray(name: "s", Buffer(values))])))
    }

    private func clip(_ grid: UnstructuredGrid, keepsAbove: Bool) throws -> UnstructuredGrid {
        guard case .unstructured(let result) = try Clip(array: ArraySelector("s"), value: 0, keepsAbove: keepsAbove)(.unstructured(grid))
        else { throw DatasetError("clip of a grid is a grid") }
        return result
    }

    @Test(.timeLimit(.minutes(1)), arguments: SampleCell.all.indices)
    func bothSidesAreTheWholeAndPartsMeet(_ index: Int) throws {
        let cell = SampleCell.all[index]
        let whole = SampleCell.volume(cell.corners, cell.type)
        #expect(whole > 0)
        for seed in 1...3 {
            var random = SplitMix64(seed: UInt64(seed * 7919 + index))
            for mask in 0..<1 << cell.corners.count {
                let grid = grid(cell, mask, &random)
                var volume = 0.0
                for keepsAbove in [true, false] {
                    let side = try clip(grid, keepsAbove: keepsAbove)
                    volume += side.volumes.reduce(0, +)
                    let kept = (0..<cell.corners.count).count { (mask >> $0 & 1 == 1) == keepsAbove }
                    #expect((side.cellCount == 0) == (kept == 0), "\(cell.type) case \(mask) seed \(seed)")
                    // Inside the cell parts meet face to face; what remains is a closed surface.
                    var edges: [[Int]: Int] = [:]
                    for use in side.faceUses.values {
                        #expect(use.count <= 2, "\(cell.type) case \(mask) seed \(seed)")
                        if use.count == 2 { continue }
                        for (i, a) in use.face.enumerated() {
                            let b = use.face[(i + 1) % use.face.count]
                            edges[[min(a, b), max(a, b)], default: 0] += a < b ? 1 : -1
                        }
                    }
                    #expect(edges.values.allSatisfy { $0 == 0 }, "\(cell.type) case \(mask) seed \(seed) has a hole")
                }
                #expect(abs(volume - whole) < 1e-12, "\(cell.type) case \(mask) seed \(seed): \(volume) of \(whole)")
            }
        }
    }

    /// Where a cut can be closed in several ways it is closed as VTK 9.7 closes it (`vtkTableBasedClipDataSet`, `vtkCellSizeFilter`).
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (1, 27, 0.451637251637252), (1, 39, 0.404478854478854), (1, 78, 0.47962962962963), (1, 141, 0.500638176638177),
            (1, 177, 0.547293447293447), (1, 114, 0.549373219373219), (1, 228, 0.548362748362748), (1, 216, 0.577344877344877),
            (1, 26, 0.4497853997854), (1, 161, 0.523012173012173), (4, 5, 0.089021164021164), (4, 7, 0.142063492063492),
            (4, 14, 0.212103174603175), (4, 17, 0.121230158730159), (4, 24, 0.191269841269841),
        ])
    func ambiguousCutsAreClosedAsVTKClosesThem(_ index: Int, _ mask: Int, _ volume: Double) throws {
        let cell = SampleCell.all[index]
        let values = cell.corners.indices.map { (mask >> $0 & 1 == 1 ? 1 : -1) * (0.1 + 0.1 * Double($0)) }
        let grid = UnstructuredGrid(
            points: .float64(Buffer(cell.corners.flatMap { [$0.x, $0.y, $0.z] })), cells: [(cell.type, Array(cell.corners.indices))],
            attributes: DatasetAttributes(pointData: FieldCollection([FieldArray(name: "s", Buffer(values))])))
        let side = Dataset.unstructured(try clip(grid, keepsAbove: true))
        #expect(abs(try side.measures(context: ExecutionContext()).absoluteVolume - volume) < 1e-12)
    }

    /// Cut by a plane, every part is the right way round.
    @Test(.timeLimit(.minutes(1)), arguments: SampleCell.all.indices)
    func partsOfPlaneCutsAreNotInverted(_ index: Int) throws {
        let cell = SampleCell.all[index]
        let grid = UnstructuredGrid(
            points: .float64(Buffer(cell.corners.flatMap { [$0.x, $0.y, $0.z] })), cells: [(cell.type, Array(cell.corners.indices))])
        let whole = SampleCell.volume(cell.corners, cell.type)
        var random = SplitMix64(seed: UInt64(index) + 99)
        for _ in 0..<400 {
            let plane = Plane(origin: random.vector(), normal: random.vector() - 0.5)
            var sum = 0.0
            for normal in [plane.normal, -plane.normal] {
                guard case .unstructured(let side) = try Clip(plane: Plane(origin: plane.origin, normal: normal))(.unstructured(grid)) else {
                    continue
                }
                #expect(side.volumes.allSatisfy { $0 > -1e-14 }, "\(cell.type) \(plane)")
                sum += side.volumes.reduce(0, +)
                for point in 0..<side.points.count {
                    let distance = normal.dot(side.points[point] - plane.origin)
                    #expect(distance > -1e-12, "\(cell.type) \(plane)")
                }
            }
            #expect(abs(sum - whole) < 1e-12, "\(cell.type) \(plane)")
        }
    }
}
