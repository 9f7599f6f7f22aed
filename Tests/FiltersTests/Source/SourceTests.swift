import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Testing

@Suite struct SourceTests {
    private let context = ExecutionContext(threads: 2)

    @Test(.timeLimit(.minutes(1))) func waveletIsThatOfVTK() throws {
        let image = try Wavelet(size: 256).produce(UpdateRequest(), context: context)
        let values = try #require(image.pointData["RTData"])
        // First values of vtkRTAnalyticSource with that extent and centre.
        for (index, expected) in [59.15797, 59.23863, 59.86996, 61.04152, 62.713078].enumerated() {
            #expect(abs(values.value(index) - expected) < 1e-5)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["wavelet:24", "gyroid:21"]) func partsEqualTheWhole(text: String) throws {
        let source = try #require(try proceduralSource(parsing: text))
        let whole = try source.produce(UpdateRequest(), context: context)
        let extent = try #require(whole.extent)
        var request = UpdateRequest()
        request.extent = Extent(3, 9, 0, 4, 7, 20)
        let part = try source.produce(request, context: ExecutionContext(threads: 1))
        #expect(part.extent == request.extent)
        for index in 0..<part.pointCount {
            let place = extent.pointIndex(part.extent!.point(at: index))
            #expect(part.pointData.arrays[0].value(index) == whole.pointData.arrays[0].value(place))
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["wavelet:12", "sphere:9x7", "plane:4x3", "points:50", "hexes:12", "tets:12"])
    func sameBytesForAnyPieces(text: String) throws {
        let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
        let pipeline = Pipeline(try #require(try proceduralSource(parsing: text)))
        let whole = try executor.result(of: pipeline)
        for pieces in [2, 3, 7] {
            let joined = try executor.result(of: pipeline, pieces: pieces)
            #expect(joined.pointCount == whole.pointCount && joined.cellCount == whole.cellCount, "\(pieces) pieces")
            #expect(fingerprint(joined) == fingerprint(whole))
            for (a, b) in zip(joined.pointData.arrays, whole.pointData.arrays) {
                #expect(a.doubles()?.array == b.doubles()?.array)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func sphereIsThatOfVTK() throws {
        let sphere = polyData(try SphereSource(thetaResolution: 5, phiResolution: 4).produce(UpdateRequest(), context: context))
        #expect(sphere.points.count == 12 && sphere.polygons.count == 20)
        #expect((sphere.points[4] - Vector3(0.13380828, 0.41181955, 0.25)).length < 1e-7)
        #expect(Array(sphere.polygons.points(of: 0)) == [2, 4, 0])
        #expect(Array(sphere.polygons.points(of: 9)) == [11, 1, 3])
        #expect(Array(sphere.polygons.points(of: 10)) == [2, 3, 5])
        #expect(Array(sphere.polygons.points(of: 19)) == [10, 3, 2])
        let measure = SurfaceMeasure(polyData(try SphereSource(thetaResolution: 200, phiResolution: 200).produce(UpdateRequest(), context: context)))
        #expect(measure.euler == 2 && measure.openEdges == 0 && measure.turnedEdges == 0)
        #expect(abs(measure.volume / (.pi / 6) - 1) < 1e-3)
    }

    @Test(.timeLimit(.minutes(1))) func tetrahedraFillTheVoxels() throws {
        let grid = try WaveletGrid(size: 5, isSplit: true).produce(UpdateRequest(), context: context)
        guard case .unstructured(let tets) = grid else { return }
        #expect(tets.cellCount == 384)
        var volume = 0.0
        var faces: [[Int32]: Int] = [:]
        for cell in 0..<tets.cellCount {
            let p = Array(tets.cells.points(of: cell))
            let q = p.map { tets.points[Int($0)] }
            let part = (q[1] - q[0]).cross(q[2] - q[0]).dot(q[3] - q[0]) / 6
            #expect(part > 0)
            volume += part
            for out in 0..<4 { faces[p.enumerated().filter { $0.offset != out }.map(\.element).sorted(), default: 0] += 1 }
        }
        #expect(abs(volume - 64) < 1e-9)
        // Conforming: faces inside are shared by two, and the boundary has two triangles a square.
        #expect(faces.values.allSatisfy { $0 <= 2 } && faces.values.count { $0 == 1 } == 6 * 16 * 2)
    }

    @Test(.timeLimit(.minutes(1))) func badTextsSayWhatIsExpected() throws {
        #expect(try proceduralSource(parsing: "disk.vtu") == nil)
        #expect(try proceduralSource(parsing: "wavelet") == nil)
        for text in ["wavelet:0", "wavelet:x", "wavelet:99999", "sphere:8", "sphere:2x9", "plane:0x1", "points:-1", "points:5:x", "tets:1", "hexes:9:9"] {
            #expect(throws: DatasetError.self, "\(text)") { try proceduralSource(parsing: text) }
        }
        #expect(throws: DatasetError.self) { try proceduralSource(parsing: "tets:2000") }
    }
}
