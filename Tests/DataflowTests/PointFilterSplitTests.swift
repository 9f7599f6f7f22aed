import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import TestDatasets
import Testing

/// Same bytes on any split: filters of points, glyphs, edges and boxes over every kind of dataset.
@Suite struct PointFilterSplitTests {
    private static let v = ArraySelector("v")
    private static let s = ArraySelector("s")
    private static let plane = Plane(origin: Vector3(2.1, 3.2, 1.4), normal: Vector3(0.36, 0.48, 0.8))

    private static let chains: [(String, [any Filter])] = {
        let arrow = Glyph(.arrow(), orientation: v, scaling: .vectorMagnitude(v), scaleFactor: 0.4)
        let cube = Glyph(.cube(), scaling: .scalar(s), scaleFactor: 0.2)
        let third = MaskPoints(.every(step: 3, offset: 1))
        let some = MaskPoints(.values(s, -0.2...0.7))
        let turn = Transformation(.rotation(degrees: 30, axis: Vector3(1, 2, 3)) * .translation(Vector3(1, 0, 2)), transformsAllVectors: true)
        return [
            ("every third", [third]), ("random", [MaskPoints(.random(count: 17, seed: 5))]), ("values", [some]),
            ("values, every third", [some, third]), ("every third twice", [third, third]), ("magnitude", [Magnitude(array: v)]),
            ("magnitude, values, arrows", [Magnitude(array: v), MaskPoints(.values(ArraySelector("v_magnitude"), 0.5...1.5)), arrow]),
            ("threshold, every third", [Threshold(array: s, range: -0.4...2), third]),
            ("threshold, cubes", [Threshold(array: s, range: -0.4...2), cube]),
            ("contour, every third", [Contour(array: s, values: [0.1]), third]), ("contour, cubes", [Contour(array: s, values: [0.1]), cube]),
            ("arrows", [arrow]), ("cubes, slice", [cube, Slice(plane: plane)]), ("lines, edges", [Glyph(.line, orientation: v), ExtractEdges()]),
            ("cubes, normals", [cube, Normals()]), ("cubes, every third", [cube, third]), ("outline", [Outline()]),
            ("outline, cubes", [Outline(), Glyph(.cube(), scaleFactor: 0.1)]), ("transform", [turn]), ("transform, slice", [turn, Slice(plane: plane)]),
            ("edges", [ExtractEdges()]), ("surface, edges", [Surface(), ExtractEdges()]), ("triangulate, edges", [Triangulate(), ExtractEdges()]),
            ("edges, slice", [ExtractEdges(), Slice(plane: plane)]), ("edges, edges", [ExtractEdges(), ExtractEdges()]),
        ]
    }()

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2] as [UInt64])
    func pointsAndGlyphs(seed: UInt64) {
        SplitTests.expectSameBytes(Self.chains, over: Samples.all(seed: seed).filter { $0.dataset.kind != .table && $0.dataset.kind != .blocks }, "seed \(seed)")
    }

    @Test(.timeLimit(.minutes(1)))
    func boxesOfLattices() {
        let filters = [
            ExtractExtent(extent: Extent(-1, 4, 2, 6, 1, 8)), ExtractExtent(extent: Extent(-9, 9, -9, 9, -9, 9), rate: SIMD3(2, 1, 3)),
            ExtractExtent(extent: Extent(-2, 5, 4, 4, 0, 9), rate: SIMD3(3, 2, 2), includesBoundary: true), ExtractExtent(extent: Extent(0, 3, 4, 5, 2, 4)),
        ]
        for (name, dataset) in Samples.all(seed: 3) where dataset.kind.isStructured {
            for filter in filters {
                SplitTests.expectSameBytes(
                    [("box", [filter]), ("surface of box", [filter, Surface()]), ("box of a box", [filter, filters[1]])], over: [(name: name, dataset: dataset)],
                    "\(filter.extent)")
            }
        }
    }

    /// Every dataset of a collection, and the rows of tables.
    @Test(.timeLimit(.minutes(1)))
    func blocksAndTables() throws {
        for (name, dataset) in Samples.all(seed: 4) where dataset.kind == .blocks || dataset.kind == .table {
            var chains: [(String, [any Filter])] = [
                ("every third", [MaskPoints(.every(step: 3, offset: 1))]), ("random", [MaskPoints(.random(count: 5, seed: 1))]),
            ]
            if dataset.kind == .blocks { chains += [("outline", [Outline()]), ("edges", [ExtractEdges()]), ("cubes", [Glyph(.cube())]), ("magnitude", [Magnitude(array: Self.v)])] }
            for (label, chain) in chains {
                let found = try SplitTests.differences(chain, over: dataset, context: "\(label) of \(name)")
                #expect(found.isEmpty, "\(found)")
            }
        }
    }

    /// A source that makes parts of its lattice is asked for the box only.
    @Test(.timeLimit(.minutes(1)))
    func onlyTheBoxIsMade() throws {
        let filter = ExtractExtent(extent: Extent(3, 9, 4, 8, 5, 5), rate: SIMD3(2, 1, 1))
        let description = try Wavelet(size: 12).describe()
        #expect(try filter.describe(description).wholeExtent == Extent(0, 3, 4, 8, 5, 5))
        #expect(try filter.request(UpdateRequest(), from: description).extent == Extent(3, 9, 4, 8, 5, 5))
        #expect(try filter.request(UpdateRequest(piece: 1, of: 2), from: description).extent == Extent(3, 9, 6, 8, 5, 5))
        let executor = Executor(context: context(), extractor: ExtractPiece(), gatherer: GatherPieces())
        let whole = try executor.result(of: Pipeline(Wavelet(size: 12)))
        for pieces in [1, 2, 5] {
            let made = try executor.result(of: Pipeline(Wavelet(size: 12)).appending(filter), pieces: pieces)
            #expect(made.difference(to: try filter(whole)) == nil, "\(pieces) pieces")
        }
    }
}
