import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import SeededNumbers
import Testing

private let context = ExecutionContext(threads: 2)

@Suite(.timeLimit(.minutes(1))) struct PolyhedronTests {
    /// Unit cubes as polyhedra, corners moved at random inside the box or not at all.
    private func mesh(_ size: Int, seed: UInt64?, lift: Double = 0.15) -> UnstructuredGrid {
        var random = SplitMix64(seed: seed ?? 0)
        return ContourMeshes.cubes(
            SIMD3(size, size, size), isDouble: true, kind: { _, _, _ in .hexahedron }, value: { ($0 - Vector3(1.4, 1.6, 1.5)).length },
            place: { p in
                var moved = p
                if seed == nil { return p }
                for axis in 0..<3 where p[axis] > 0 && p[axis] < Double(size) { moved[axis] += lift * (random.unit() - 0.5) }
                return moved
            }
        ).asPolyhedra()
    }

    private func apply(_ filter: some Filter, _ grid: UnstructuredGrid) throws -> Dataset {
        try filter.apply(to: .unstructured(grid), request: UpdateRequest(), context: context)
    }

    private func surface(_ dataset: Dataset) throws -> Dataset {
        try Surface().apply(to: dataset, request: UpdateRequest(), context: context)
    }

    @Test func clipsOfFlatFacesAreExact() throws {
        let grid = mesh(3, seed: nil)
        #expect(abs(try Dataset.unstructured(grid).measures(context: context).volume - 27) < 1e-9)
        var random = SplitMix64(seed: 5)
        for _ in 0..<12 {
            let plane = Plane(origin: 3 * random.vector(), normal: random.vector() - Vector3(0.5, 0.5, 0.5))
            let other = Plane(origin: plane.origin, normal: -1 * plane.normal)
            let (one, two) = (try apply(Clip(plane: plane), grid), try apply(Clip(plane: other), grid))
            let sum = try one.measures(context: context).absoluteVolume + two.measures(context: context).absoluteVolume
            #expect(abs(sum - 27) < 1e-8)
            for half in [one, two] {
                #expect(half.validate().filter { $0.severity == .error }.isEmpty)
                guard case .unstructured(let cells) = half else { continue }
                #expect(cells.runs.allSatisfy { $0.type == .polyhedron })
                #expect(try unmatchedEdges(surface(half)) == 0)
            }
            // The cut's faces are the slice.
            let outline = try surface(one).measures(context: context).area + surface(two).measures(context: context).area
            let slice = try apply(Slice(plane: plane), grid).measures(context: context).area
            #expect(abs(outline - 54 - 2 * slice) < 1e-7)
        }
    }

    @Test func crookedPolyhedraStayTogether() throws {
        for seed: UInt64 in 1...6 {
            let grid = mesh(3, seed: seed, lift: seed > 3 ? 0.9 : 0.3)
            for value in [0.6, 1.1, 1.7] {
                let contour = try apply(Contour(array: ArraySelector("s"), values: [value]), grid)
                #expect(try value > 1.2 || unmatchedEdges(contour) == 0, "seed \(seed)")
                for keepsAbove in [true, false] {
                    let half = try apply(Clip(array: ArraySelector("s"), value: value, keepsAbove: keepsAbove), grid)
                    #expect(half.validate().filter { $0.severity == .error }.isEmpty)
                    #expect(try unmatchedEdges(surface(half)) == 0, "seed \(seed), \(value), \(keepsAbove)")
                }
            }
        }
    }

    @Test func piecesGiveTheSameBytes() throws {
        let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
        let plane = Plane(origin: Vector3(1.4, 1.6, 1.3), normal: Vector3(0.3, 0.5, 0.8))
        for seed: UInt64 in 1...2 {
            let grid = mesh(3, seed: seed)
            let chains: [[any Stage]] = [
                [Clip(plane: plane)], [Clip(plane: plane), Surface()], [Clip(plane: plane), Slice(plane: Plane(origin: plane.origin, normal: Vector3(1, 0, 0)))],
                [Contour(array: ArraySelector("s"), values: [0.9, 1.2])], [Threshold(array: ArraySelector("s"), range: 0.5...1.9), Surface()],
                [Triangulate()],
            ]
            for (number, chain) in chains.enumerated() {
                var whole: [String]?
                for pieces in [1, 2, 3, 7] {
                    var pipeline = Pipeline(DatasetSource(.unstructured(grid), signature: "\(seed) \(pieces)"))
                    for stage in chain { pipeline = pipeline.appending(stage) }
                    let result = try executor.result(of: pipeline, pieces: pieces)
                    var found = contents(result)
                    if case .unstructured(let cells) = result, let faces = cells.polyhedronFaces {
                        found.append("\(faces.faces.connectivity.array) \(faces.facesOfCells.explicitOffsets().array)")
                    }
                    if whole == nil { whole = found }
                    #expect(found == whole, "chain \(number), \(pieces) pieces")
                }
            }
        }
    }

    @Test func facesThatDoNotCloseDoNotTrap() throws {
        let points = (0..<8).map { (i: Int) -> Vector3 in Vector3(Double(i & 1), Double(i >> 1 & 1), Double(i >> 2)) }
        var random = SplitMix64(seed: 77)
        for _ in 0..<200 {
            let faces = (0..<Int.random(in: 1...7, using: &random)).map { _ in
                (0..<Int.random(in: 0...6, using: &random)).map { _ in Int.random(in: 0..<8, using: &random) }
            }
            var grid = UnstructuredGrid(
                points: Points(points), types: Buffer([42]), cells: CellArray([Array(0..<8)]),
                polyhedronFaces: PolyhedronFaces(facesOfCells: CellArray([Array(faces.indices)]), faces: CellArray(faces)))
            grid.attributes.pointData.set(FieldArray(name: "s", Buffer(points.map { $0.x + 0.3 * $0.y * $0.z })))
            let plane = Plane(origin: random.vector(), normal: random.vector())
            let clipped = try apply(Clip(plane: plane), grid)
            #expect(clipped.validate().filter { $0.severity == .error }.isEmpty)
            _ = try clipped.measures(context: context)
            _ = try surface(clipped)
            _ = try apply(Contour(array: ArraySelector("s"), values: [0.4]), grid)
            _ = try apply(Triangulate(), grid)
        }
    }
}
