import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import SeededNumbers
import Testing

/// A `PolyData`, or the test ends.
func poly(_ dataset: Dataset) throws -> PolyData {
    guard case .poly(let poly) = dataset else {
        Issue.record("expected PolyData, found \(dataset.kind)")
        throw DatasetError("not PolyData")
    }
    return poly
}

func lists(_ cells: CellArray) -> [[Int]] { (0..<cells.count).map { cells.points(of: $0).map { Int($0) } } }

/// The original points of every polygon, sorted, and the cell that it comes from.
func facesAndSources(_ poly: PolyData) throws -> [[Int]] {
    let point = try #require(poly.attributes.pointData["p"])
    let cell = try #require(poly.attributes.cellData["c"])
    return lists(poly.polygons).enumerated().map { index, face in
        face.map { Int(point.value($0)) }.sorted() + [-1, Int(cell.value(index))]
    }
}

/// Points in no special place.
func scattered(_ count: Int) -> [Vector3] {
    (0..<count).map { index -> Vector3 in
        let square = index * index
        return Vector3(Double(index), Double(square % 5), Double(index % 3))
    }
}

@Suite(.timeLimit(.minutes(1))) struct SurfaceTests {
    @Test(arguments: MixedMesh.Style.allCases, [false, true]) func equalsBruteForce(style: MixedMesh.Style, shuffled: Bool) throws {
        for seed in 1...8 {
            let mesh = MixedMesh(size: 2 + seed, style: style, seed: seed, shuffled: shuffled)
            let surface = try poly(Surface()(.unstructured(mesh.grid), context: ExecutionContext(threads: 1 + seed % 3)))
            let found = try facesAndSources(surface)
            #expect(found.count == Set(found).count, "seed \(seed): a face came twice")
            #expect(Set(found) == mesh.boundary, "seed \(seed)")
            #expect(isClosed(surface), "seed \(seed)")
            if style != .prisms { #expect(abs(enclosedVolume(surface) - mesh.volume) < 1e-6, "seed \(seed)") }
            let sources = found.map { $0.last! }
            #expect(sources == sources.sorted(), "seed \(seed): cells in order of their sources")
            let order = try #require(surface.attributes.pointData["p"]).doubles()!.array
            #expect(order == order.sorted() && Set(order).count == order.count)
            #expect(Set(lists(surface.polygons).joined()).count == surface.points.count, "only points in use")
        }
    }

    @Test func sameForAnyThreads() throws {
        let mesh = MixedMesh(size: 24, style: .tetrahedra, seed: 5, shuffled: true)
        let one = try poly(Surface()(.unstructured(mesh.grid), context: ExecutionContext(threads: 1)))
        for threads in [2, 3, 7] {
            let other = try poly(Surface()(.unstructured(mesh.grid), context: ExecutionContext(threads: threads)))
            #expect(one.polygons.connectivity == other.polygons.connectivity)
            #expect(one.points.array.doubles() == other.points.array.doubles())
        }
    }

    @Test func latticesOfEveryDimension() throws {
        func surface(_ x: Int, _ y: Int, _ z: Int) throws -> PolyData {
            try poly(Surface()(.image(ImageData(extent: Extent(0, x - 1, 0, y - 1, 0, z - 1)))))
        }
        let box = try surface(4, 5, 6)
        #expect(box.polygons.count == 2 * (3 * 4 + 4 * 5 + 3 * 5))
        #expect(isClosed(box))
        #expect(abs(enclosedVolume(box) - 60) < 1e-9)
        #expect(box.points.count == 4 * 5 * 6 - 2 * 3 * 4)
        #expect(try surface(4, 5, 1).polygons.count == 12)
        #expect(try surface(4, 1, 5).polygons.count == 12)
        #expect(try surface(1, 4, 5).polygons.count == 12)
        #expect(try surface(4, 1, 1).lines.count == 3)
        #expect(try surface(1, 1, 1).vertices.count == 1)
        #expect(try surface(0, 0, 0).cellCount == 0)
        #expect(try lists(surface(2, 2, 1).polygons) == [[0, 1, 3, 2]])
        let single = try surface(2, 2, 2)
        #expect(abs(enclosedVolume(single) - 1) < 1e-9 && single.polygons.count == 6)
    }

    @Test func latticeEqualsItsVoxels() throws {
        var image = ImageData(extent: Extent(0, 5, 0, 4, 0, 6))
        var mesh = MixedMesh(size: 1, style: .voxels, seed: 1, shuffled: false, missing: 0)
        mesh.points = (0..<image.extent.pointCount).map { image.position(image.extent.point(at: $0)) }
        mesh.cells = []
        for k in 0..<6 { for j in 0..<4 { for i in 0..<5 {
            mesh.cells.append((.voxel, (0..<8).map { image.extent.pointIndex(SIMD3(i + ($0 & 1), j + ($0 >> 1 & 1), k + ($0 >> 2))) }))
        } } }
        var random = SplitMix64(seed: 3)
        let marks = Buffer((0..<mesh.cells.count).map { _ in UInt8.random(in: 0..<10, using: &random) < 2 ? UInt8(32) : 0 })
        var grid = mesh.grid
        grid.attributes.cellData.set(FieldArray(name: "vtkGhostType", marks))
        image.attributes = grid.attributes
        let one = try poly(Surface()(.image(image)))
        let other = try poly(Surface()(.unstructured(grid)))
        #expect(one.polygons.count > 0)
        #expect(try Set(facesAndSources(one)) == Set(facesAndSources(other)))
        #expect(isClosed(one) && enclosedVolume(one) == enclosedVolume(other))
        #expect(abs(enclosedVolume(one) - Double(marks.elements.filter { $0 == 0 }.count)) < 1e-9)
    }

    @Test func cellsOfLowerDimensionPass() throws {
        let points = scattered(9)
        let grid = UnstructuredGrid(
            points: Points(points),
            cells: [
                (.pixel, [0, 1, 2, 3]), (.vertex, [4]), (.tetrahedron, [0, 1, 2, 3]), (.triangle, [0, 2, 1]), (.triangleStrip, [1, 2, 3, 4, 5]),
                (.polyLine, [5, 6, 8]), (.polygon, [0, 1, 4, 5, 6]), (.empty, []),
            ])
        let surface = try poly(Surface()(.unstructured(grid)))
        #expect(lists(surface.vertices) == [[4]])
        #expect(lists(surface.lines) == [[5, 6, 7]])
        #expect(lists(surface.strips) == [[1, 2, 3, 4, 5]])
        #expect(lists(surface.polygons).map(\.count) == [4, 3, 3, 3, 3, 3, 5])
        #expect(lists(surface.polygons)[0] == [0, 1, 3, 2])
        #expect(surface.points.count == 8)
    }

    @Test func facesOfManyCellsCountByParity() throws {
        let points = scattered(9)
        for count in 1...5 {
            let cells = (0..<count).map { (CellType.tetrahedron, [0, 1, 2, 3 + $0]) }
            let surface = try poly(Surface()(.unstructured(UnstructuredGrid(points: Points(points), cells: cells))))
            #expect(surface.polygons.count == 3 * count + count % 2)
        }
    }

    @Test func twistedQuadsAndCollapsedCells() throws {
        let points = scattered(20)
        func count(_ cells: [(CellType, [Int])]) throws -> Int {
            try poly(Surface()(.unstructured(UnstructuredGrid(points: Points(points), cells: cells)))).polygons.count
        }
        #expect(try count([(.hexahedron, [0, 1, 2, 3, 4, 5, 6, 7]), (.hexahedron, [0, 2, 1, 3, 14, 15, 16, 17])]) == 12)
        #expect(try count([(.hexahedron, [0, 1, 2, 2, 4, 5, 6, 6])]) == 6)
        #expect(try count([(.hexahedron, [0, 1, 2, 2, 4, 5, 6, 6]), (.tetrahedron, [0, 1, 2, 9])]) == 10)
        #expect(try count([(.tetrahedron, [0, 1, 1, 3])]) == 2)
        #expect(try count([(.tetrahedron, [0, 1, 2, 3]), (.tetrahedron, [0, 1, 2, 3])]) == 0)
        let twins = [(CellType.pentagonalPrism, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])]
        #expect(try count(twins + [(.pentagonalPrism, [2, 1, 0, 4, 3, 10, 11, 12, 13, 14])]) == 12)
        #expect(try count(twins + [(.pentagonalPrism, [0, 2, 1, 3, 4, 15, 16, 17, 18, 19])]) == 14)
    }

    @Test func polyhedraAreTheirFaces() throws {
        let mesh = MixedMesh(size: 4, style: .mixed, seed: 4, shuffled: true)
        let lists = mesh.faces
        var faces: [[Int]] = []
        let cells = lists.map { list in list.map { face -> Int in faces.append(face); return faces.count - 1 } }
        var grid = mesh.grid
        grid = UnstructuredGrid(
            points: grid.points, types: Buffer(repeating: 42, count: mesh.cells.count), cells: CellArray(mesh.cells.map { $0.1 }),
            polyhedronFaces: PolyhedronFaces(facesOfCells: CellArray(cells), faces: CellArray(faces)), attributes: grid.attributes)
        #expect(try Set(facesAndSources(poly(Surface()(.unstructured(grid))))) == mesh.boundary)
    }

    @Test func hostileCells() {
        let points = Points((0..<4).map { Vector3(Double($0), 0, 0) })
        func fails(_ cells: [(CellType, [Int])]) -> Bool {
            do { _ = try Surface()(.unstructured(UnstructuredGrid(points: points, cells: cells))) } catch is DatasetError { return true } catch {}
            return false
        }
        #expect(fails([(.tetrahedron, [0, 1, 2, 4])]))
        #expect(fails([(.tetrahedron, [0, 1, 2, -1])]))
        #expect(fails([(.triangle, [0, 1, 1_000_000])]))
        #expect(fails([(.tetrahedron, [0, 1, 2])]))
        #expect(fails([(.polyhedron, [0, 1, 2, 3])]))
        #expect(!fails([]))
        #expect(throws: DatasetError.self) { _ = try Surface()(.table(Table(columns: FieldCollection()))) }
    }

    @Test func ghostsCountButGiveNothing() throws {
        var mesh = MixedMesh(size: 1, style: .hexahedra, seed: 1, shuffled: false, missing: 0)
        mesh = MixedMesh(size: 3, style: .hexahedra, seed: 1, shuffled: false, missing: 0)
        var grid = mesh.grid
        var piece = PieceInfo(piece: 0, pieceCount: 2, ghostLevels: 1)
        // Layers of nine: the second one is owned, the third is its ghost.
        piece.cellGhostLevels = Buffer((0..<27).map { $0 < 18 ? UInt8(0) : 1 })
        grid.attributes.piece = piece
        let owned = try poly(Surface()(.unstructured(grid)))
        #expect(owned.polygons.count == 9 + 2 * 12)
        #expect(Set(try facesAndSources(owned)).isSubset(of: mesh.boundary))
        let all = try poly(Surface().apply(to: .unstructured(grid), request: UpdateRequest(piece: 0, of: 2, ghostLevels: 1), context: ExecutionContext()))
        #expect(all.polygons.count == 54)
        #expect(all.attributes.piece?.cellGhostLevels?.array.filter { $0 == 1 }.count == 21)
    }
}
