import Datasets
import Execution
import Geometry
import Testing

@Suite struct CellTests {
    private let context = ExecutionContext(threads: 2)

    @Test(.timeLimit(.minutes(1)))
    func evenOffsetsAreImplied() {
        let even = CellArray([[0, 1, 2], [2, 1, 3]])
        #expect(even.offsets == nil && even.uniformSize == 3 && even.explicitOffsets().array == [0, 3, 6])
        let uneven = CellArray([[0], [1, 2], []])
        #expect(uneven.offsets != nil && uneven.size(of: 2) == 0 && uneven.maximumSize == 2)
        #expect(Array(uneven.points(of: 1)) == [1, 2])
        #expect(CellArray().count == 0 && CellArray().explicitOffsets().array == [0])
    }

    @Test(.timeLimit(.minutes(1)))
    func runsHoldNeighboursOfOneType() {
        let grid = UnstructuredGrid(
            points: Points([Vector3](repeating: Vector3(), count: 8)),
            cells: [(.triangle, [0, 1, 2]), (.triangle, [1, 2, 3]), (.polygon, [0, 1, 2, 3, 4]), (.polygon, [0, 1, 2]), (.triangle, [0, 1, 5])])
        #expect(grid.runs.map(\.type) == [.triangle, .polygon, .triangle])
        #expect(grid.runs.map(\.cells) == [0..<2, 2..<4, 4..<5])
        #expect(grid.runs.map(\.size) == [3, 0, 3] && grid.runs.map(\.firstEntry) == [0, 6, 14])
        #expect((0..<5).map { grid.type(of: $0) } == [.triangle, .triangle, .polygon, .polygon, .triangle])
    }

    private func measures(_ type: CellType, _ points: [Vector3]) throws -> Measures {
        try Dataset.unstructured(UnstructuredGrid(points: Points(points), cells: [(type, Array(points.indices))])).measures(context: context)
    }

    private static let cube = [
        Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(1, 1, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), Vector3(1, 0, 1), Vector3(1, 1, 1), Vector3(0, 1, 1),
    ]

    @Test(.timeLimit(.minutes(1)))
    func sizesOfCells() throws {
        let cube = Self.cube
        #expect(try abs(measures(.hexahedron, cube).volume - 1) < 1e-12)
        #expect(try abs(measures(.voxel, [0, 1, 3, 2, 4, 5, 7, 6].map { cube[$0] }).volume - 1) < 1e-12)
        #expect(try abs(measures(.wedge, [0, 1, 3, 4, 5, 7].map { cube[$0] }).absoluteVolume - 0.5) < 1e-12)
        #expect(try abs(measures(.pyramid, [0, 1, 2, 3, 4].map { cube[$0] }).volume - 1.0 / 3) < 1e-12)
        #expect(try abs(measures(.tetrahedron, [0, 1, 3, 4].map { cube[$0] }).volume - 1.0 / 6) < 1e-12)
        let inverted = try measures(.tetrahedron, [1, 0, 3, 4].map { cube[$0] })
        #expect(inverted.volume < 0 && inverted.invertedCells == 1 && inverted.absoluteVolume == -inverted.volume)
        #expect(try measures(.quad, Array(cube[0..<4])).area == 1)
        #expect(try measures(.pixel, [0, 1, 3, 2].map { cube[$0] }).area == 1)
        #expect(try measures(.polygon, Array(cube[0..<4])).area == 1)
        #expect(try measures(.triangleStrip, [0, 1, 3, 2].map { cube[$0] }).area == 1)
        #expect(try measures(.polyLine, Array(cube[0..<4])).length == 3)
        #expect(try measures(.polyVertex, cube).vertexCount == 8)
        #expect(try measures(.quadraticEdgeForTests, [cube[0], cube[2], cube[1]]).length == 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func prismsHaveTheVolumeOfBaseTimesHeight() throws {
        for (type, corners) in [(CellType.pentagonalPrism, 5), (.hexagonalPrism, 6)] {
            let base = [Vector3(0, 0, 0), Vector3(2, 0, 0), Vector3(3, 1, 0), Vector3(2, 2, 0), Vector3(0, 2, 0), Vector3(-1, 1, 0)].prefix(corners)
            let volume = try measures(type, Array(base) + base.map { $0 + Vector3(0, 0, 3) }).volume
            #expect(abs(abs(volume) - (corners == 5 ? 15 : 18)) < 1e-9, "\(type): \(volume)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func measuresDoNotDependOnThreadsAndSkipGhosts() throws {
        var cells: [(CellType, [Int])] = []
        var points: [Vector3] = []
        for cell in 0..<20_000 {
            let shift = Vector3(Double(cell) * 0.37, Double(cell % 17), Double(cell % 5))
            cells.append((.hexahedron, (0..<8).map { points.count + $0 }))
            points += Self.cube.map { $0 + shift }
        }
        var grid = UnstructuredGrid(points: Points(points), cells: cells)
        let serial = try Dataset.unstructured(grid).measures(context: ExecutionContext(threads: 1))
        for threads in 2...4 { #expect(try Dataset.unstructured(grid).measures(context: ExecutionContext(threads: threads)) == serial) }
        var piece = PieceInfo(piece: 0, pieceCount: 2, ghostLevels: 1)
        piece.cellGhostLevels = Buffer((0..<20_000).map { UInt8($0 % 2) })
        grid.attributes.piece = piece
        #expect(try abs(Dataset.unstructured(grid).measures(context: context).volume - 10_000) < 0.01)
    }

    @Test(.timeLimit(.minutes(1)))
    func latticesMeasureAsTheirCells() throws {
        let image = ImageData(extent: Extent(0, 4, 0, 3, 0, 2), spacing: Vector3(0.5, -2, 1))
        let found = try Dataset.image(image).measures(context: context)
        #expect(found.volume == -24 && found.absoluteVolume == 24 && found.invertedCells == 24)
        func axis(_ values: [Double]) -> FieldArray { FieldArray(name: "x", Buffer(values)) }
        let flat = RectilinearGrid(extent: Extent(0, 2, 0, 1, 5, 5), x: axis([0, 1, 3]), y: axis([0, 2]), z: axis([7]))
        #expect(try Dataset.rectilinear(flat).measures(context: context).area == 6)
        let line = ImageData(extent: Extent(0, 4, 0, 0, 0, 0), spacing: Vector3(0.5, 1, 1))
        #expect(try Dataset.image(line).measures(context: context).length == 2)
        #expect(try Dataset.image(ImageData(extent: .empty)).measures(context: context) == Measures())
    }
}

extension CellType {
    fileprivate static let quadraticEdgeForTests = CellType(rawValue: 21)
}
