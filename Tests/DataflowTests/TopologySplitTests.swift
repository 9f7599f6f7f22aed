import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Synchronization
import TestDatasets
import Testing

/// Filters of neighbourhoods and of whole datasets: the same bytes on any split, alone and in chains.
@Suite struct TopologySplitTests {
    private static let plane = Plane(origin: Vector3(2.1, 3.2, 1.4), normal: Vector3(0.36, 0.48, 0.8))

    /// Chains for every kind that has cells.
    private static let chains: [(String, [any Filter])] = [
        ("point to cell", [PointToCell()]), ("cell to point", [CellToPoint()]), ("cell centers", [CellCenters(makesVertices: true)]),
        ("points of cell centers", [CellCenters()]), ("connectivity", [Connectivity()]), ("largest region", [Connectivity(.largest)]),
        ("closest region", [Connectivity(.closest(to: Vector3(1, 1, 1)))]), ("regions", [Connectivity(.regions([0, 3, 4]))]),
        ("there and back", [PointToCell(), CellToPoint(), PointToCell()]), ("means of means", [CellToPoint(), PointToCell(), CellToPoint()]),
        ("edges of the surface", [Surface(), FeatureEdges(manifold: true)]), ("sharp edges", [Surface(), FeatureEdges(featureAngle: 10)]),
        ("clean slice", [Slice(plane: plane), Clean(), FeatureEdges(), Connectivity()]),
        ("clean surface", [Surface(), Clean(tolerance: 0.4), Triangulate(), Connectivity(.largest)]),
        ("centers of a slice", [Slice(plane: plane), CellCenters(makesVertices: true)]),
        ("points of centers of a slice", [Triangulate(), Slice(plane: plane), CellCenters()]),
        ("cells of a slice", [CellToPoint(), Slice(plane: plane), PointToCell()]),
        ("more edges than keys hold", [Surface(), ExtractEdges(), ExtractEdges(), ExtractEdges(), ExtractEdges(), CellCenters(makesVertices: true)]),
        ("more parts than keys hold", [Surface(), Normals(featureAngle: 30), FeatureEdges(featureAngle: 10), Triangulate(), ExtractEdges(), Slice(plane: plane)]),
        ("points of a contour", [CellToPoint(), Contour(array: ArraySelector("c"), values: [0.1]), Connectivity(), CellToPoint()]),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2] as [UInt64])
    func filters(seed: UInt64) {
        SplitTests.expectSameBytes(Self.chains, over: Samples.all(seed: seed).filter { $0.dataset.kind != .table && $0.dataset.kind != .blocks }, "seed \(seed)")
    }

    @Test(.timeLimit(.minutes(1)))
    func datasetsWithCellsOfTheirOwn() throws {
        for (name, dataset) in Samples.all(seed: 5) where dataset.kind == .poly || dataset.kind == .unstructured {
            for tolerance in [0, 0.3, 2] {
                let found = try SplitTests.differences([Clean(tolerance: tolerance)], over: dataset, context: "clean \(tolerance) of \(name)")
                #expect(found.isEmpty, "\(found)")
            }
        }
        for (name, dataset) in Samples.all(seed: 5) where dataset.kind == .poly {
            let found = try SplitTests.differences([FeatureEdges(featureAngle: 20, manifold: true)], over: dataset, context: "edges of \(name)")
            #expect(found.isEmpty, "\(found)")
        }
        for (name, dataset) in Samples.all(seed: 5) where dataset.kind == .blocks {
            for (label, filter) in [("means", PointToCell() as any Filter), ("regions", Connectivity()), ("centers", CellCenters())] {
                let found = try SplitTests.differences([filter], over: dataset, context: "\(label) of \(name)")
                #expect(found.isEmpty, "\(found)")
            }
        }
    }

    /// Tracks are lines of many points, and meshes hold faces that name a point twice.
    @Test(.timeLimit(.minutes(1)))
    func longLinesAndDegenerateFaces() throws {
        let places: [Vector3] = (0..<20_000).map { Vector3(Double($0), Double($0 * $0 % 97), 0) }
        let lines: [[Int]] = [Array(0..<12_000), Array(12_000..<20_000), [3, 5]]
        let track = PolyData(points: Points(places), lines: CellArray(lines))
        let ofTracks = try SplitTests.differences([Triangulate(), Connectivity()], over: .poly(track), context: "a track")
        #expect(ofTracks.isEmpty, "\(ofTracks)")
        let corners: [Vector3] = (0..<12).map { Vector3(Double($0 % 2), Double($0 % 5), Double($0 % 7)) }
        let fans: [[Int]] = (1..<11).map { [0, $0, $0 + 1, 0] }
        let faces = PolyData(points: Points(corners), polygons: CellArray(fans))
        let ofFaces = try SplitTests.differences([Normals()], over: .poly(faces), context: "faces")
        #expect(ofFaces.isEmpty, "\(ofFaces)")
    }

    /// Every pair of kinds joined, filters before and behind.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2] as [UInt64])
    func joins(seed: UInt64) throws {
        let samples = Samples.all(seed: seed)
        for (first, a) in samples {
            for (second, b) in samples where (a.kind == .table) == (b.kind == .table) {
                let label = "\(first) and \(second), seed \(seed)"
                let ends = [Pipeline(DatasetSource(a, signature: first)), Pipeline(DatasetSource(b, signature: second))]
                var pipelines = [Pipeline(Append(), inputs: ends)]
                if a.kind != .table && a.kind != .blocks && b.kind != .blocks {
                    let cut = [ends[0].appending(Slice(plane: Self.plane)), ends[1]]
                    pipelines.append(Pipeline(Append(), inputs: cut).appending(Connectivity()).appending(CellToPoint()))
                }
                for pipeline in pipelines {
                    func result(_ pieces: Int, threads: Int) throws -> Dataset {
                        try Executor(context: context(threads: threads), extractor: ExtractPiece(), gatherer: GatherPieces())
                            .result(of: pipeline, pieces: pieces)
                    }
                    let whole = try result(1, threads: 1)
                    for pieces in [2, 3, 7] {
                        let found = try result(pieces, threads: pieces % 3 + 1).difference(to: whole)
                        #expect(found == nil, "\(label), \(pieces) pieces: \(found ?? "")")
                    }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aWholeResultIsMadeOnce() throws {
        var samples = Samples(seed: 1)
        let (before, within, behind) = (Runs(), Runs(), Runs())
        let pipeline = Pipeline(DatasetSource(samples.triangles(), signature: "t")).appending(Noting(runs: before, needsWhole: false))
            .appending(Noting(runs: within, needsWhole: true)).appending(Noting(runs: behind, needsWhole: false))
        let executor = Executor(context: context(), extractor: ExtractPiece(), gatherer: GatherPieces())
        _ = try executor.result(of: pipeline, pieces: 5)
        #expect(before.pieces == [5, 5, 5, 5, 5], "what is before is streamed")
        #expect(within.pieces == [1], "made once, and cut")
        #expect(behind.pieces == [5, 5, 5, 5, 5])
    }
}

/// The numbers of pieces that a stage was asked for.
private final class Runs: Sendable {
    private let list = Mutex<[Int]>([])
    var pieces: [Int] { list.withLock { $0 } }
    func add(_ pieces: Int) { list.withLock { $0.append(pieces) } }
}

/// A stage that passes its input and notes what it was asked for.
private struct Noting: Filter {
    let runs: Runs
    let needsWhole: Bool
    var name: String { "note" }
    var signature: String { "note" }
    func describe(_ input: DatasetDescription) throws -> DatasetDescription { input }
    func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        runs.add(request.pieceCount)
        return input
    }
}
