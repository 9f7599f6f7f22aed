import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Messaging
import Partitioning
import RankDataflow
import Serialization
import TestDatasets
import Testing

/// Pipelines on ranks that are threads.
@Suite struct RankExecutorTests {
    static let counts = [1, 2, 3, 5, 8, 16]

    static func executor(_ communicator: Communicator, _ context: ExecutionContext = ExecutionContext(threads: 1)) -> RankExecutor {
        RankExecutor(
            communicator: communicator, context: context, extractor: ExtractPiece(), gatherer: GatherPieces(), ghosts: { RankGhosts($0) })
    }

    static func onRanks(_ count: Int, _ pipeline: Pipeline, _ demand: RankExecutor.Demand = .init()) throws -> Dataset? {
        try withThreadRanks(count, options: CommunicatorOptions(deadline: 20)) { communicator in
            try executor(communicator).result(of: pipeline, demand)
        }[0]
    }

    static func alone(_ pipeline: Pipeline) throws -> Dataset {
        try Executor(context: ExecutionContext(threads: 1), extractor: ExtractPiece(), gatherer: GatherPieces()).result(of: pipeline)
    }

    private static let chains: [(String, [any Filter])] = {
        let plane = Plane(origin: Vector3(2.1, 3.2, 1.4), normal: Vector3(0.36, 0.48, 0.8))
        let contour = Contour(array: ArraySelector("s"), values: [0.1, -0.3])
        return [
            ("nothing", []), ("contour", [contour]), ("surface", [Surface()]), ("triangulate, contour, slice", [Triangulate(), contour, Slice(plane: plane)]),
            ("surface, triangulate, normals", [Surface(), Triangulate(), Normals(featureAngle: 60)]), ("connectivity", [Surface(), Connectivity()]),
            ("clean, connectivity, normals", [Surface(), Clean(), Connectivity(), Normals()]), ("clip, surface", [Clip(plane: plane), Surface()]),
            ("cells to points", [PointToCell(), CellToPoint()]),
        ]
    }()

    private static func expectSame(_ split: Dataset, _ whole: Dataset, _ digest: Digest, _ label: String, _ name: String, _ count: Int) {
        let comment = "\(label) of \(name) on \(count): \(split.difference(to: whole) ?? "marks")"
        let isSame = split.serialized().digest == digest
        #expect(isSame, "\(comment)")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1] as [UInt64])
    func sameBytesOnAnyNumberOfRanks(seed: UInt64) throws {
        for (name, dataset) in Samples.all(seed: seed) where dataset.kind != .table {
            for (label, chain) in Self.chains {
                var pipeline = Pipeline(DatasetSource(dataset, signature: "\(name) \(seed)"))
                for filter in chain { pipeline = pipeline.appending(filter) }
                guard let whole = try? Self.alone(pipeline) else { continue }
                let digest = whole.serialized().digest
                for count in Self.counts {
                    let split = try #require(try Self.onRanks(count, pipeline))
                    Self.expectSame(split, whole, digest, label, name, count)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func sourcesOfAllWaysOfSplitting() throws {
        let sources: [any Source] = [
            Wavelet(size: 12), SphereSource(thetaResolution: 12, phiResolution: 9), RandomPoints(count: 99), WaveletGrid(size: 10, isSplit: false),
            WaveletGrid(size: 8, isSplit: true), Gyroid(size: 9), RandomPoints(count: 0), RandomPoints(count: 1),
            DatasetSource(.image(ImageData(extent: Extent(0, 1, 0, 1, 0, 1))), signature: "one cell"),
            DatasetSource(Samples.all(seed: 3).first { $0.name == "table" }!.dataset, signature: "table"),
        ]
        for source in sources {
            for pieces in [nil, 1, 2, 7, 20] as [Int?] {
                let whole = try Self.alone(Pipeline(source))
                for count in [1, 3, 8] {
                    let split = try #require(try Self.onRanks(count, Pipeline(source), .init(pieces: pieces)))
                    #expect(split.serialized().digest == whole.serialized().digest, "\(source.name), \(count) ranks, \(pieces ?? 0) pieces: \(split.difference(to: whole) ?? "marks")")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func joinsOfSeveralInputs() throws {
        let inputs = Samples.all(seed: 5).filter { ["hexahedra", "mixed cells"].contains($0.name) }.map {
            Pipeline(DatasetSource($0.dataset, signature: $0.name), inputs: []).appending(Surface())
        }
        let pipeline = Pipeline(Append(), inputs: inputs).appending(Normals())
        let whole = try Self.alone(pipeline)
        for count in Self.counts {
            let split = try #require(try Self.onRanks(count, pipeline))
            #expect(split.serialized().digest == whole.serialized().digest, "\(count): \(split.difference(to: whole) ?? "marks")")
        }
    }

    /// A source that answers pieces without ghosts, as files do.
    private struct OwnedPieces: Source {
        let whole: Dataset
        let name: String
        var signature: String { "owned pieces of " + name }
        func describe() throws -> DatasetDescription {
            var description = DatasetDescription(of: whole)
            description.splitting = .ownedPieces
            return description
        }
        func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
            if request.isWhole { return whole }
            #expect(request.ghostLevels == 0)
            var piece = try ExtractPiece().extract(request, from: whole, wholeExtent: nil, context: context)
            piece.attributes.piece?.pointGhostLevels = nil
            return piece
        }
    }

    /// What is wrong with the ghosts that ranks give their pieces; nil: nothing.
    private static func ghostProblem(_ pipeline: Pipeline, whole: Dataset, ranks: Int, levels: Int) throws -> String? {
        try withThreadRanks(ranks) { communicator -> String? in
            let rank = executor(communicator)
            let demand = RankExecutor.Demand(ghostLevels: levels)
            guard let pieces = try rank.collect(rank.pieces(of: pipeline, demand), demand) else { return nil }
            return try GhostCheck(whole: whole, pieces: pieces, levels: levels).problem()
        }[0]
    }

    @Test(.timeLimit(.minutes(1)))
    func piecesWithoutGhostsGetThemByExchange() throws {
        for (name, dataset) in Samples.all(seed: 4) where dataset.kind == .unstructured || dataset.kind == .poly {
            let source = Pipeline(OwnedPieces(whole: dataset, name: name))
            for (label, chain) in Self.chains {
                var pipeline = source
                for filter in chain { pipeline = pipeline.appending(filter) }
                guard let whole = try? Self.alone(pipeline) else { continue }
                for count in [2, 3, 8, 16] {
                    let split = try #require(try Self.onRanks(count, pipeline))
                    Self.expectSame(split, whole, whole.serialized().digest, label, name, count)
                }
            }
            for (count, levels) in [(2, 1), (3, 0), (5, 2)] {
                let found = try Self.ghostProblem(source, whole: dataset, ranks: count, levels: levels)
                #expect(found == nil, "\(name), \(count) ranks, \(levels) levels: \(found ?? "")")
            }
        }
    }

    /// Ghosts that ranks give their pieces are those that the definition asks for.
    @Test(.timeLimit(.minutes(1)))
    func ghostsAreThoseOfTheWhole() throws {
        for (name, dataset) in Samples.all(seed: 7) where dataset.kind != .table && dataset.kind != .blocks {
            let pipeline = Pipeline(DatasetSource(dataset, signature: name))
            for (count, levels) in [(2, 1), (3, 0), (3, 2), (7, 1), (16, 3)] {
                let found = try Self.ghostProblem(pipeline, whole: dataset, ranks: count, levels: levels)
                #expect(found == nil, "\(name), \(count) ranks, \(levels) levels: \(found ?? "")")
            }
        }
    }

    /// The check sees what is wrong.
    @Test(.timeLimit(.minutes(1)))
    func wrongGhostsAreSeen() throws {
        let dataset = Samples.all(seed: 7).first { $0.name == "hexahedra" }!.dataset
        let pieces = try (0..<3).map {
            try ExtractPiece().extract(UpdateRequest(piece: $0, of: 3, ghostLevels: 1), from: dataset, wholeExtent: nil, context: ExecutionContext(threads: 1))
        }
        #expect(try GhostCheck(whole: dataset, pieces: pieces, levels: 1).problem() == nil)
        func problem(_ change: (inout PieceInfo) -> Void) throws -> String? {
            var changed = pieces
            change(&changed[1].attributes.piece!)
            return try GhostCheck(whole: dataset, pieces: changed, levels: 1).problem()
        }
        let ghost = try #require(pieces[1].piece?.cellGhostLevels?.elements.firstIndex { $0 == 1 })
        #expect(try problem { $0.cellGhostLevels![ghost] = 2 }?.contains("should have 1") == true)
        #expect(try problem { $0.cellGhostLevels![ghost] = 0 } != nil)
        #expect(try problem { $0.cellOwners![ghost] = 1 } != nil)
        #expect(try GhostCheck(whole: dataset, pieces: pieces, levels: 2).problem()?.contains("layers") == true)
        var shifted = pieces
        shifted[0].attributes.cellData.set(FieldArray(name: "c", Buffer<Double>(repeating: 9, count: pieces[0].cellCount)))
        #expect(try GhostCheck(whole: dataset, pieces: shifted, levels: 1).problem()?.contains("array c") == true)
    }

    @Test(.timeLimit(.minutes(1)))
    func figuresOfEveryRank() throws {
        let statistics = try withThreadRanks(3) { communicator in
            let rank = Self.executor(communicator)
            _ = try rank.result(of: Pipeline(Wavelet(size: 24)).appending(Contour(array: ArraySelector("RTData"), values: [157])))
            return try rank.statistics()
        }
        let ranks = try #require(statistics[0])
        #expect(statistics[1] == nil && ranks.map(\.rank) == [0, 1, 2])
        #expect(ranks.allSatisfy { $0.pieces.count == 1 && $0.pieces[0].rank == $0.rank && $0.pieces[0].piece == $0.rank && $0.heldBytes > 0 })
        #expect(ranks[1].bytesSent > 1000 && ranks[1].messagesSent > 1)
    }
}
