import Dataflow
import Datasets
import Execution
import Geometry
import SeededNumbers
import Testing

@testable import Filters

struct ContourTests {
    private func contour(_ input: Dataset, _ values: [Double], normals: Bool = false, threads: Int = 2) throws -> PolyData {
        let filter = Contour(array: ArraySelector("s"), values: values, computesNormals: normals)
        guard case .poly(let data) = try filter(input, context: ExecutionContext(threads: threads)) else { throw DatasetError("no poly data") }
        return data
    }

    /// The contour of a linear field is a plane, whatever the cells.
    @Test(.timeLimit(.minutes(1)), arguments: [CellType.hexahedron, .voxel, .wedge, .pyramid, .tetrahedron, .empty], [false, true])
    func linearFieldGivesPlane(type: CellType, isDouble: Bool) throws {
        let size = SIMD3(5, 4, 3)
        var random = SplitMix64(seed: UInt64(type.rawValue))
        for _ in 0..<4 {
            let normal = Vector3(
                Double.random(in: -1...1, using: &random), Double.random(in: -1...1, using: &random), Double.random(in: -1...1, using: &random))
            let plane = Plane(origin: Vector3(2.31, 1.87, 1.43), normal: normal)
            let grid = ContourMeshes.cubes(
                size, isDouble: isDouble, kind: type == .empty ? ContourMeshes.mixed : { _, _, _ in type }, value: plane.signedDistance)
            let data = try contour(.unstructured(grid), [0])
            let expected = ContourMeshes.area(of: plane, inBoxTo: Vector3(5, 4, 3))
            #expect(abs(ContourMeshes.area(data) - expected) < 1e-5 * expected, "\(type) \(normal)")
            // Triangles face the lower side, as VTK's.
            for triangle in 0..<data.polygons.count {
                let p = data.polygons.points(of: triangle).map { data.points[Int($0)] }
                #expect((p[1] - p[0]).cross(p[2] - p[0]).dot(normal) < 1e-6)
            }
            #expect(data.attributes.pointData["s"]?.doubles()?.array.allSatisfy { $0 == 0 } == true)
            let x = try #require(data.attributes.pointData["x"])
            for point in 0..<data.points.count { #expect(abs(x.value(point) - data.points[point].x) < 1e-5) }
            #expect(data.attributes.cellData["id"]?.tupleCount == data.cellCount)
        }
    }

    /// A sphere in a mesh of cells of different types is closed, and has about the area of a sphere.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3]) func closedSurfaces(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let center = Vector3(5, 5, 5) + Vector3(Double.random(in: -0.5...0.5, using: &random), 0.1, 0.2)
        let sphere = ContourMeshes.cubes([10, 10, 10], kind: ContourMeshes.mixed, value: { ($0 - center).length })
        let data = try contour(.unstructured(sphere), [3.7])
        #expect(ContourMeshes.openSides(data) == 0)
        let area = 4 * Double.pi * 3.7 * 3.7
        #expect(abs(ContourMeshes.area(data) - area) < 0.03 * area)
        // Noise meets the ambiguous cases; a layer below the value outside closes everything.
        var values: [Double] = []
        let noise = ContourMeshes.cubes([10, 10, 10], kind: ContourMeshes.mixed) { place in
            let inside = (0..<3).allSatisfy { place[$0] > 0.1 && place[$0] < 9.9 }
            values.append(inside ? Double.random(in: 0...1, using: &random) : 0)
            return values[values.count - 1]
        }
        let rough = try contour(.unstructured(noise), [0.5, 0.3])
        #expect(rough.polygons.count > 1000)
        #expect(ContourMeshes.openSides(rough) == 0)
    }

    @Test(.timeLimit(.minutes(1))) func prismsClose() throws {
        for (type, sides) in [(CellType.pentagonalPrism, 5), (.hexagonalPrism, 6)] {
            // A ring of prisms' layers, one above the other; linear fields stay exact.
            var points: [Vector3] = []
            for layer in 0...3 {
                for side in 0..<sides {
                    // Exact enough without libm: points of an irregular convex polygon.
                    let corner = [(2, 0), (1, 2), (-1, 2), (-2, 0), (-1, -2), (1, -2)][side]
                    points.append(Vector3(Double(corner.0), Double(corner.1), Double(layer)))
                }
            }
            let cells = (0..<3).map { layer in (type, Array(layer * sides..<(layer + 2) * sides)) }
            var grid = UnstructuredGrid(points: Points(points), cells: cells)
            grid.attributes.pointData.set(FieldArray(name: "s", Buffer(points.map { $0.z })))
            let data = try contour(.unstructured(grid), [1.25, 2.5])
            let area = sides == 6 ? 12.0 : 10.0
            #expect(abs(ContourMeshes.area(data) - 2 * area) < 1e-5)
        }
    }

    /// The cubes' faces as polyhedra, some of them turned round: the surface is the one of hexahedra, as long as no face is ambiguous.
    @Test(.timeLimit(.minutes(1))) func polyhedraAreContouredByTheirFaces() throws {
        let center = Vector3(3, 3, 3)
        let cubes = ContourMeshes.cubes([6, 6, 6], kind: { _, _, _ in .hexahedron }, value: { ($0 - center).length })
        var faces: [[Int]] = []
        var facesOfCells: [[Int]] = []
        for cell in 0..<cubes.cellCount {
            let points = cubes.cells.points(of: cell)
            facesOfCells.append(Array(faces.count..<faces.count + 6))
            for (number, face) in CellTopology.hexahedron.faces.enumerated() {
                let ring = face.map { Int(points[$0]) }
                faces.append((cell + number) % 5 == 4 ? ring.reversed() : ring)
            }
        }
        let polyhedra = UnstructuredGrid(
            points: cubes.points, types: Buffer(repeating: CellType.polyhedron.rawValue, count: cubes.cellCount), cells: cubes.cells,
            polyhedronFaces: PolyhedronFaces(facesOfCells: CellArray(facesOfCells), faces: CellArray(faces)), attributes: cubes.attributes)
        let expected = try contour(.unstructured(cubes), [2.3])
        let data = try contour(.unstructured(polyhedra), [2.3])
        #expect(data.polygons.count == expected.polygons.count && data.polygons.count > 100)
        #expect(data.points.array.doubles() == expected.points.array.doubles())
        #expect(abs(ContourMeshes.area(data) - ContourMeshes.area(expected)) < 0.01 * ContourMeshes.area(expected))
    }

    @Test(.timeLimit(.minutes(1))) func severalValuesAreTheValuesOneByOne() throws {
        let grid = Dataset.unstructured(ContourMeshes.cubes([6, 6, 6], kind: ContourMeshes.mixed, value: { ($0 - Vector3(3, 3, 3)).length }))
        let values = [2.5, 1.25, .nan, 2.0, 100]
        let all = try contour(grid, values)
        let each = try values.map { try contour(grid, [$0]) }
        #expect(all.polygons.count == each.reduce(0) { $0 + $1.polygons.count })
        #expect(all.points.count == each.reduce(0) { $0 + $1.points.count })
        #expect(abs(ContourMeshes.area(all) - each.reduce(0) { $0 + ContourMeshes.area($1) }) < 1e-6)
        let scalars = try #require(all.attributes.pointData["s"])
        for triangle in 0..<all.polygons.count {
            let corners = all.polygons.points(of: triangle).map { scalars.value(Int($0)) }
            #expect(Set(corners).count == 1)
        }
        // Sources rise.
        let ids = try #require(all.attributes.cellData["id"])
        for cell in 1..<all.cellCount { #expect(ids.value(cell - 1) <= ids.value(cell)) }
    }

    @Test(.timeLimit(.minutes(1))) func valuesEqualToSamplesAndNaN() throws {
        // The plane x = 2 through points: one layer of cells gives it, once.
        let grid = ContourMeshes.cubes([4, 3, 3], kind: ContourMeshes.mixed, value: { $0.x })
        #expect(abs(ContourMeshes.area(try contour(.unstructured(grid), [2])) - 9) < 1e-6)
        // A NaN counts as below and makes no point that is not finite.
        let broken = ContourMeshes.cubes([4, 4, 4], kind: ContourMeshes.mixed) { $0 == Vector3(2, 2, 2) ? .nan : ($0.x == 3 ? .infinity : $0.y) }
        let data = try contour(.unstructured(broken), [1.5])
        #expect(data.polygons.count > 0)
        for point in 0..<data.points.count {
            let place = data.points[point]
            #expect(place.x.isFinite && place.y.isFinite && place.z.isFinite)
        }
    }

    @Test(.timeLimit(.minutes(1))) func polyData() throws {
        // A unit square as polygon, quad, two triangles and a strip, at different heights; s = x.
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        var points: [Vector3] = []
        for layer in 0..<4 { points += corners.map { Vector3($0.0, $0.1, Double(layer)) } }
        // A concave polygon: an L of area 3 around (10, 0).
        points += [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)].map { Vector3(10 + $0.0, $0.1, 0) }
        var data = PolyData(
            points: Points(points), vertices: CellArray([[0], [1, 5]]), lines: CellArray([[0, 1], [4, 5, 6, 7]]),
            polygons: CellArray([[0, 1, 2, 3], [4, 5, 6], [4, 6, 7], [16, 17, 18, 19, 20, 21]]), strips: CellArray([[12, 13, 15, 14]]))
        data.attributes.pointData.set(FieldArray(name: "s", Buffer(points.map { Float($0.x) })))
        data.attributes.cellData.set(FieldArray(name: "id", Buffer((0..<data.cellCount).map { Int32($0) })))
        let half = try contour(.poly(data), [0.5])
        #expect(abs(ContourMeshes.length(half) - 3) < 1e-6)
        #expect(half.vertices.count == 3)
        #expect(half.lines.count == 5)
        #expect(half.attributes.cellData["id"]?.doubles()?.array == [2, 3, 3, 4, 5, 6, 8, 8])
        let exact = try contour(.poly(data), [1])
        #expect(exact.attributes.cellData["id"]?.value(0) == 1)
        // In the concave polygon: 2 at x = 10.5, 1 at x = 11.5.
        #expect(abs(ContourMeshes.length(try contour(.poly(data), [10.5, 11.5])) - 3) < 1e-5)
    }

    @Test(.timeLimit(.minutes(1))) func nothingToContour() throws {
        var grid = UnstructuredGrid()
        grid.attributes.pointData.set(FieldArray(name: "s", Buffer<Float>()))
        let none = try contour(.unstructured(grid), [1], normals: true)
        #expect(none.cellCount == 0 && none.points.count == 0)
        #expect(none.attributes.pointData["s"]?.tupleCount == 0)
        let full = ContourMeshes.cubes([2, 2, 2], kind: ContourMeshes.mixed, value: { $0.x })
        #expect(try contour(.unstructured(full), [77]).cellCount == 0)
        #expect(throws: DatasetError.self) { try contour(.unstructured(full), []) }
        #expect(throws: DatasetError.self) { try Contour(array: ArraySelector("id"), values: [1])(.unstructured(full)) }
        #expect(throws: DatasetError.self) { try Contour(array: ArraySelector("missing"), values: [1])(.unstructured(full)) }
        let curved = UnstructuredGrid(points: full.points, cells: [(CellType(rawValue: 41), Array(0..<10))], attributes: DatasetAttributes(pointData: full.attributes.pointData))
        #expect(throws: DatasetError.self) { try contour(.unstructured(curved), [1]) }
    }

    @Test(.timeLimit(.minutes(1))) func hiddenCellsAreLeftOut() throws {
        var grid = ContourMeshes.cubes([4, 1, 1], kind: { _, _, _ in .hexahedron }, value: { $0.y })
        grid.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer<UInt8>([0, 32, 0, 0])))
        #expect(abs(ContourMeshes.area(try contour(.unstructured(grid), [0.5])) - 3) < 1e-6)
    }

    @Test(.timeLimit(.minutes(1))) func normalsPointAgainstTheGradient() throws {
        let center = Vector3(5, 5, 5)
        let sphere = ContourMeshes.cubes([10, 10, 10], kind: { _, _, _ in .tetrahedron }, value: { ($0 - center).length })
        let data = try contour(.unstructured(sphere), [3.7], normals: true)
        let normals = try #require(data.attributes.pointData[.normals])
        for point in 0..<data.points.count {
            let normal = Vector3(normals.value(point, 0), normals.value(point, 1), normals.value(point, 2))
            #expect(abs(normal.length - 1) < 1e-5)
            #expect(normal.dot((data.points[point] - center).normalized) < -0.9)
        }
    }

    @Test(.timeLimit(.minutes(1))) func sameBytesForAnyThreadsAndPieces() throws {
        let center = Vector3(7, 7, 7)
        let grid = ContourMeshes.cubes([14, 14, 14], kind: ContourMeshes.mixed, value: { ($0 - center).length })
        let source = Pipeline(DatasetSource(.unstructured(grid), signature: "mixed"))
        let stages: [any Stage] = [
            Contour(array: ArraySelector("s"), values: [5.5, 3.1], computesNormals: true),
            Slice(plane: Plane(origin: center, normal: Vector3(1, 0.5, 0.25))),
        ]
        for stage in stages {
            var expected: [UInt8] = []
            for (threads, pieces) in [(1, 1), (2, 1), (3, 1), (2, 2), (2, 3), (1, 7)] {
                let executor = Executor(context: ExecutionContext(threads: threads), extractor: ExtractPiece(), gatherer: GatherPieces())
                let bytes = ContourMeshes.bytes(try executor.result(of: source.appending(stage), pieces: pieces))
                if expected.isEmpty { expected = bytes }
                #expect(!bytes.isEmpty && bytes == expected, "\(stage.name), \(threads) threads, \(pieces) pieces")
            }
        }
    }
}
