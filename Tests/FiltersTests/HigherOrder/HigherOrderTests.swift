import Dataflow
@testable import Datasets
import Execution
import Filters
import Geometry
import Testing

private let context = ExecutionContext(threads: 2)

private func apply(_ filter: some Filter, _ grid: UnstructuredGrid) throws -> Dataset {
    try filter.apply(to: .unstructured(grid), request: UpdateRequest(), context: context)
}

private func measures(_ dataset: Dataset) throws -> Measures { try dataset.measures(context: context) }

@Suite(.timeLimit(.minutes(1))) struct HigherOrderTests {
    private let center = Plane(origin: Vector3(0.48, 0.53, 0.46), normal: HigherOrderMesh.normal)

    @Test(arguments: HigherOrderMesh.solids) func straightCellsAreExact(kind: HigherOrderMesh.Kind) throws {
        let grid = HigherOrderMesh(kind, size: 2).grid
        #expect(abs(try measures(.unstructured(grid)).volume - 1) < 1e-9)
        // A linear field has one level through the cube, whatever the cells.
        let level = center.signedDistance(to: Vector3(0, 0, 0))
        let cubes = HigherOrderMesh(HigherOrderMesh.Kind(type: CellType(rawValue: 72), degree: 2), size: 1).grid
        let section = try measures(apply(Slice(plane: center), cubes)).area
        let contour = try apply(Contour(array: ArraySelector("f"), values: [-level]), grid)
        #expect(abs(try measures(contour).area - section) < 1e-9)
        #expect(abs(try measures(apply(Slice(plane: center), grid)).area - section) < 1e-9)
        let other = Plane(origin: center.origin, normal: -1 * center.normal)
        let parts = try measures(apply(Clip(plane: center), grid)).volume + measures(apply(Clip(plane: other), grid)).volume
        #expect(abs(parts - 1) < 1e-9)
        let surface = try apply(Surface(), grid)
        #expect(try abs(measures(surface).area - 6) < 1e-9 && unmatchedEdges(surface) == 0)
        #expect(abs(try measures(apply(Triangulate(), grid)).volume - 1) < 1e-9)
        let kept = try apply(Threshold(array: ArraySelector("number"), range: 0...3), grid)
        guard case .unstructured(let whole) = kept else { return }
        #expect(whole.cellCount == 4 && whole.runs.allSatisfy { $0.type == kind.type })
    }

    @Test(arguments: HigherOrderMesh.solids) func bentCellsStayTogether(kind: HigherOrderMesh.Kind) throws {
        let grid = HigherOrderMesh(kind, size: 2, place: HigherOrderMesh.bend).grid
        let surface = try apply(Surface(), grid)
        // Sides of the cube stay flat, so it stays a cube.
        #expect(try unmatchedEdges(surface) == 0)
        #expect(try abs(enclosedVolume(surface) - 1) < 1e-9)
        let sphere = try apply(Contour(array: ArraySelector("r"), values: [0.37]), grid)
        #expect(try sphere.cellCount > 8 && unmatchedEdges(sphere) == 0)
        for normal in [center.normal, -1 * center.normal] {
            let half = try apply(Clip(plane: Plane(origin: center.origin, normal: normal)), grid)
            #expect(try unmatchedEdges(apply(Surface(), { if case .unstructured(let g) = half { g } else { UnstructuredGrid() } }())) == 0)
        }
        // Faces between cells come twice, so none is left: the surface has the sides only.
        guard case .poly(let poly) = surface else { return }
        for cell in 0..<poly.polygons.count {
            let corners = poly.polygons.points(of: cell).map { poly.points[Int($0)] }
            #expect((0..<3).contains { axis in
                corners.allSatisfy { abs($0[axis]) < 1e-9 } || corners.allSatisfy { abs($0[axis] - 1) < 1e-9 }
            })
        }
    }

    @Test(arguments: HigherOrderMesh.flat) func flatCells(kind: HigherOrderMesh.Kind) throws {
        let grid = HigherOrderMesh(kind, size: 2).grid
        #expect(abs(try measures(.unstructured(grid)).area - 1) < 1e-9)
        #expect(abs(try measures(apply(Surface(), grid)).area - 1) < 1e-9)
        let cut = Plane(origin: Vector3(0.41, 0.5, 0), normal: Vector3(1, 0, 0))
        #expect(abs(try measures(apply(Slice(plane: cut), grid)).length - 1) < 1e-9)
        #expect(abs(try measures(apply(Clip(plane: cut), grid)).area - 0.59) < 1e-9)
        #expect(abs(try measures(apply(Triangulate(), grid)).area - 1) < 1e-9)
    }

    @Test func curves() throws {
        let kinds: [(UInt8, [Double])] = [
            (21, [0, 1, 0.5]), (35, [0, 1, 1.0 / 3, 2.0 / 3]), (68, [0, 1, 0.25, 0.5, 0.75]), (75, [0, 1, 0.5]),
        ]
        for (type, nodes) in kinds {
            let points = nodes.map { Vector3(2 * $0, 0, 0) }
            let grid = UnstructuredGrid(points: Points(points), cells: [(CellType(rawValue: type), Array(points.indices))])
            #expect(abs(try measures(.unstructured(grid)).length - 2) < 1e-6)
            let cut = Plane(origin: Vector3(0.9, 0, 0), normal: Vector3(1, 0, 0))
            #expect(try apply(Slice(plane: cut), grid).cellCount == 1)
            #expect(abs(try measures(apply(Clip(plane: cut), grid)).length - 1.1) < 1e-6)
            #expect(abs(try measures(apply(Surface(), grid)).length - 2) < 1e-6)
        }
    }

    @Test func quartersOfCirclesByRationalWeights() throws {
        // A rational Bézier curve of degree 2 is a circle; its control point does not lie on it.
        var grid = UnstructuredGrid(
            points: .float64(Buffer([1, 0, 0, 0, 1, 0, 1, 1, 0])), cells: [(CellType(rawValue: 75), [0, 1, 2])])
        grid.attributes.pointData.set(FieldArray(name: "w", Buffer([1, 1, 0.5.squareRoot()])))
        grid.attributes.pointData.active[.rationalWeights] = "w"
        guard case .poly(let line) = try apply(Surface(), grid) else { return }
        #expect(line.points.count == 3)
        for point in 0..<line.points.count { #expect(abs(line.points[point].length - 1) < 1e-12) }
    }

    @Test func degreesThatDiffer() throws {
        // A Lagrange hexahedron of degrees 2, 1 and 3 needs to be told so: 24 nodes.
        let nodes = HigherOrderNodes(.hexahedron, degrees: SIMD3(2, 1, 3))
        let points = nodes.positions.map { Vector3(Double($0.x) / 2, Double($0.y), Double($0.z) / 3) }
        var grid = UnstructuredGrid(points: Points(points), cells: [(CellType(rawValue: 72), Array(points.indices))])
        #expect(throws: DatasetError.self) { try apply(Surface(), grid) }
        grid.attributes.cellData.set(FieldArray(name: "degrees", components: 3, Buffer([2.0, 1, 3])))
        grid.attributes.cellData.active[.higherOrderDegrees] = "degrees"
        #expect(try apply(Surface(), grid).cellCount == 2 * (2 * 2 + 2 * 6 + 2 * 3))
        #expect(abs(try measures(.unstructured(grid)).volume - 1) < 1e-6)
    }

    @Test func impossibleCellsAreRefused() throws {
        let wrong: [(Int, Int)] = [(72, 26), (71, 11), (73, 19), (69, 8), (70, 15), (36, 7), (79, 9), (74, 4), (68, 1), (72, 0), (25, 19)]
        for (type, count) in wrong {
            let points = (0..<max(1, count)).map { (i: Int) -> Vector3 in
                Vector3(Double(i), Double(i * i % 7), Double(i * 3 % 5))
            }
            var grid = UnstructuredGrid(points: Points(points), cells: [(CellType(rawValue: UInt8(type)), Array(0..<count))])
            grid.attributes.pointData.set(FieldArray(name: "f", Buffer(points.map(\.x))))
            #expect(throws: DatasetError.self, "\(type)") { try apply(Surface(), grid) }
            #expect(throws: DatasetError.self, "\(type)") { try apply(Contour(array: ArraySelector("f"), values: [0.5]), grid) }
            #expect(throws: DatasetError.self, "\(type)") { try apply(Clip(plane: center), grid) }
            _ = try measures(.unstructured(grid))
        }
        for degrees in [SIMD3(0, 0, 0), SIMD3(-1, 3, 2), SIMD3(Int.max, Int.max, Int.max), SIMD3(1 << 20, 1 << 20, 1 << 20)] {
            #expect(LinearParts.of(CellType(rawValue: 72), pointCount: 8, degrees: degrees)?.count == 1)
            #expect(LinearParts.of(CellType(rawValue: 72), pointCount: 9, degrees: degrees) == nil)
        }
    }

    @Test func hiddenCellsAreNotThere() throws {
        for type: UInt8 in [24, 25, 72] {
            var grid = HigherOrderMesh(HigherOrderMesh.Kind(type: CellType(rawValue: type)), size: 2).grid
            let hidden = (0..<grid.cellCount).map { UInt8($0 % 3 == 0 ? 32 : 0) }
            grid.attributes.cellData.set(FieldArray(name: "vtkGhostType", Buffer(hidden)))
            let shown = try measures(.unstructured(grid)).volume
            #expect(shown < 0.9)
            let clipped = try apply(Clip(plane: Plane(origin: Vector3(-9, 0, 0), normal: Vector3(1, 0, 0))), grid)
            #expect(abs(try measures(clipped).volume - shown) < 1e-9)
            for filter in [Surface(), Slice(plane: center), Contour(array: ArraySelector("f"), values: [0.7])] as [any Filter] {
                let result = try filter.apply(to: .unstructured(grid), request: UpdateRequest(), context: context)
                let numbers = result.cellData["number"]!
                #expect(result.cellCount > 0)
                #expect((0..<numbers.tupleCount).allSatisfy { hidden[Int(numbers.value($0))] == 0 })
            }
        }
    }

    @Test func piecesGiveTheSameBytes() throws {
        let kinds = [24, 25, 26, 27, 29, 33, 37].map { HigherOrderMesh.Kind(type: CellType(rawValue: $0)) }
            + [72, 79, 71, 80].map { HigherOrderMesh.Kind(type: CellType(rawValue: $0), degree: 2) }
        let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
        for kind in kinds {
            let grid = HigherOrderMesh(kind, size: 2, place: HigherOrderMesh.bend).grid
            let chains: [[any Stage]] = [
                [Surface()], [Contour(array: ArraySelector("r"), values: [0.3, 0.41])], [Clip(plane: center), Surface()], [Slice(plane: center)],
                [Triangulate()], [Threshold(array: ArraySelector("f"), range: 0.2...1.1), Surface()], [Clip(plane: center)],
            ]
            for (number, chain) in chains.enumerated() {
                var whole: [String]?
                for pieces in [1, 2, 3, 7] {
                    var pipeline = Pipeline(DatasetSource(.unstructured(grid), signature: "\(kind) \(pieces)"))
                    for stage in chain { pipeline = pipeline.appending(stage) }
                    let found = try contents(executor.result(of: pipeline, pieces: pieces))
                    if whole == nil { whole = found }
                    #expect(found == whole, "\(kind), chain \(number), \(pieces) pieces")
                }
            }
        }
    }
}
