import Dataflow
import Datasets
import Execution
import Filters
import FrameFaults
import Geometry
import Images
import Mapping
import Messaging
import RankDataflow
import Rasterizing
import Scenes
import Synchronization
import Testing
import Visibility

@testable import ParallelRendering

/// Orbits in which ranks are lost: every frame has the bytes that one rank gives.
@Suite(.serialized) struct RecoveryTests {
    static let frames = 8
    static let ranks = 4
    static let pipeline = Pipeline(try! proceduralSource(parsing: "wavelet:20")!)
        .appending(Contour(array: ArraySelector("RTData"), values: [157]))

    static func cameras(_ bounds: Bounds) -> [Camera] {
        var camera = Camera()
        camera.reset(to: bounds, aspect: 1.5)
        return (0..<frames).map { _ in
            camera.turn(azimuth: 360 / Double(frames))
            return camera
        }
    }

    static func scene(_ datasets: [Dataset], _ shapes: [DrawnShape]?) throws -> Scene {
        var mapper = DatasetMapper()
        mapper.shapes = shapes
        let drawables = try datasets.flatMap { try mapper.drawables(of: $0, context: ExecutionContext(threads: 1)) }
        return Scene(actors: [Actor(drawables)], width: 120, height: 80)
    }

    /// What one rank draws.
    static func reference() throws -> (images: [ColorImage], shapes: [DrawnShape]) {
        let context = ExecutionContext(threads: 1)
        let dataset = try Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces()).result(of: pipeline)
        var scene = try scene([dataset], nil)
        let cameras = cameras(scene.bounds)
        let images = try cameras.map { camera in
            scene.camera = camera
            return try Rasterizer().render(try scene.makeDrawList(), in: context).image
        }
        return (images, try DatasetMapper.shapes(of: dataset, context: context))
    }

    /// Where a rank is lost.
    enum Place: CaseIterable { case source, content, frame, delivery }

    /// A source that loses its rank when it makes a piece.
    struct LosingSource: Source {
        var source: any Source
        var lose: @Sendable (UpdateRequest) throws -> Void
        var name: String { source.name }
        var signature: String { source.signature }
        func describe() throws -> DatasetDescription { try source.describe() }
        func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
            try lose(request)
            return try source.produce(request, context: context)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: Place.allCases, [0, 2])
    func remainingFramesAreExact(place: Place, lost: Int) throws {
        let expected = try Self.reference()
        let delivered = Mutex([Int: [ColorImage]]())
        let outcomes = try outcomesOfThreadRanks(Self.ranks, options: CommunicatorOptions(deadline: 5)) { world -> [Double] in
            let executor = RankExecutor(
                communicator: world, context: ExecutionContext(threads: 1), extractor: ExtractPiece(), gatherer: GatherPieces())
            let isLost = world.rank == lost
            let source = LosingSource(source: try proceduralSource(parsing: "wavelet:20")!) { _ in
                if isLost, place == .source { throw OwnError() }
            }
            let pipeline = Pipeline(source).appending(Contour(array: ArraySelector("RTData"), values: [157]))
            return try executor.drawFrames(
                manager: { try ParallelRenderManager($0) },
                content: {
                    let pieces = try executor.pieces(of: pipeline, RankExecutor.Demand(pieces: Self.ranks)).map(\.dataset)
                    if isLost, place == .content { throw OwnError() }
                    let scene = try Self.scene(pieces, expected.shapes)
                    let bounds = try executor.communicator.union(scene.bounds)
                    if isLost, place == .frame { throw OwnError() }
                    return FrameContent(scene: scene, cameras: Self.cameras(bounds))
                },
                deliver: { number, picture in
                    if let image = picture.image { delivered.withLock { $0[number, default: []].append(image) } }
                    if isLost, place == .delivery, number == 3 { throw OwnError() }
                })
        }
        for (rank, outcome) in outcomes.enumerated() {
            if rank == lost {
                #expect(throws: OwnError.self) { try outcome.get() }
            } else {
                let recoveries = try outcome.get()
                #expect(recoveries.count == 1)
                #expect(recoveries.allSatisfy { $0 < 1 }, "\(recoveries)")
            }
        }
        let pictures = delivered.withLock { $0 }
        #expect(pictures.keys.sorted() == Array(0..<Self.frames))
        for (number, images) in pictures {
            for image in images { #expect(image == expected.images[number], "frame \(number)") }
        }
    }

    /// Two ranks, one after the other; the second while the frames of the survivors are drawn.
    @Test(.timeLimit(.minutes(1))) func twoLossesOneAfterTheOther() throws {
        let expected = try Self.reference()
        let delivered = Mutex([Int: ColorImage]())
        let outcomes = try outcomesOfThreadRanks(5, options: CommunicatorOptions(deadline: 5)) { world -> Int in
            let executor = RankExecutor(
                communicator: world, context: ExecutionContext(threads: 1), extractor: ExtractPiece(), gatherer: GatherPieces())
            return try executor.drawFrames(
                manager: { try ParallelRenderManager($0, compositing: .binarySwap) },
                content: {
                    if world.rank == 4 || world.rank == 1 && executor.communicator.size == 4 { throw OwnError() }
                    let pieces = try executor.pieces(of: Self.pipeline, RankExecutor.Demand(pieces: 5)).map(\.dataset)
                    let scene = try Self.scene(pieces, expected.shapes)
                    return FrameContent(scene: scene, cameras: Self.cameras(try executor.communicator.union(scene.bounds)))
                },
                deliver: { number, picture in
                    if let image = picture.image { delivered.withLock { $0[number] = image } }
                }
            ).count
        }
        #expect(outcomes.map { try? $0.get() } == [2, nil, 2, 2, nil])
        #expect(delivered.withLock { pictures in (0..<Self.frames).map { pictures[$0] } } == expected.images)
    }
}
