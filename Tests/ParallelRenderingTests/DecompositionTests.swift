import Dataflow
import Datasets
import Execution
import Geometry
import Images
import Mapping
import Messaging
import Rasterizing
import RankDataflow
import Scenes
import Testing
import Visibility

@testable import ParallelRendering

/// Pictures of tiles, groups and moved parts against that of one rank with everything: the same bytes, frame after frame.
@Suite struct DecompositionTests {
    static let ways: [ParallelRenderOptions] = [
        ParallelRenderOptions(decomposition: .sortFirst, geometry: .replicated),
        ParallelRenderOptions(decomposition: .sortFirst, geometry: .delivered),
        ParallelRenderOptions(decomposition: .hybrid(groups: 2), compositing: .binarySwap),
        ParallelRenderOptions(decomposition: .hybrid(groups: 3), compositing: .directSend, balance: .none),
        ParallelRenderOptions(decomposition: .automatic, compositing: .radixK),
        ParallelRenderOptions(decomposition: .sortLast, compositing: .twoThreeSwap, balance: .fixed),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: PictureTests.subjects) func bytesDoNotDependOnTheWay(subject: PictureTests.Subject) throws {
        let expected = try PictureTests.reference(subject)
        for ranks in [1, 2, 3, 5, 8] {
            for way in Self.ways {
                let pictures = try withThreadRanks(ranks) { world -> [ColorImage?] in
                    let piece = try PictureTests.executor().update(subject.pipeline, UpdateRequest(piece: world.rank, of: ranks))
                    let manager = try ParallelRenderManager(world, way)
                    defer { manager.close() }
                    var scene = try PictureTests.scene(subject, piece, expected.shapes)
                    let bounds = try manager.bounds(of: scene)
                    scene.camera = PictureTests.camera(bounds)
                    return try (0..<3).map { _ in try manager.render(scene, bounds: bounds, root: ranks / 2, in: PictureTests.context()).image }
                }
                #expect(pictures[ranks / 2] == [expected.image, expected.image, expected.image], "\(subject.name), \(ranks) ranks, \(way)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func anyDivisionOfCellsGivesTheSamePicture() throws {
        let whole = try PictureTests.executor().result(of: PictureTests.subjects[0].pipeline)
        @Sendable func scene(_ first: [Dataset], _ second: [Dataset]) throws -> Scene {
            let mapper = DatasetMapper()
            let actors = try [(first, SIMD3<Float>(0.9, 0.2, 0.2)), (second, SIMD3<Float>(0.2, 0.9, 0.2))].map { datasets, color in
                Actor(try datasets.flatMap { try mapper.drawables(of: $0, context: PictureTests.context()) }, material: Material(color: color))
            }
            return Scene(actors: actors, width: 90, height: 70)
        }
        let bounds = try scene([whole], [whole]).bounds
        for view in 0..<4 {
            var camera = PictureTests.camera(bounds)
            camera.turn(azimuth: 80 * Double(view))
            var everything = try scene([whole], [whole])
            everything.camera = camera
            let expected = try Rasterizer().render(try everything.makeDrawList(), in: PictureTests.context()).image
            for ranks in [2, 3, 5] {
                for way in Self.ways {
                    let pictures = try withThreadRanks(ranks) { [camera] world -> ColorImage? in
                        let manager = try ParallelRenderManager(world, way)
                        defer { manager.close() }
                        // Two pieces a rank, whose cells lie between each other's.
                        let (rank, pieces) = (world.rank, 2 * ranks)
                        var part = try scene(
                            [rank, rank + ranks].map { PictureTests.interleaved(whole, $0, of: pieces) },
                            [pieces - 1 - rank, ranks - 1 - rank].map { PictureTests.interleaved(whole, $0, of: pieces) })
                        part.camera = camera
                        return try manager.render(part, bounds: bounds, in: PictureTests.context()).image
                    }
                    #expect(pictures[0] == expected, "view \(view), \(ranks) ranks, \(way)")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func moreRanksThanPixelsEmptyRanksAndNothingInView() throws {
        for way in Self.ways {
            for (position, isSeen) in [(Vector3(1000, 0, 0), false), (Vector3(0, 0, 60), true)] {
                let contour = PictureTests.subjects[0]
                let camera = Camera(position: position, focalPoint: isSeen ? Vector3() : Vector3(2000, 0, 0), viewUp: Vector3(0, 1, 0))
                let piece = try PictureTests.executor().update(contour.pipeline, UpdateRequest(piece: 0, of: 8))
                let full = [Actor(try DatasetMapper().drawables(of: piece, context: PictureTests.context()))]
                var alone = Scene(actors: full, background: SIMD3(1, 0, 0), camera: camera, width: 3, height: 2)
                alone.lights = [Light()]
                let expected = try Rasterizer().render(try alone.makeDrawList(), in: PictureTests.context()).image
                let pictures = try withThreadRanks(8) { [alone] world -> ColorImage? in
                    let manager = try ParallelRenderManager(world, way)
                    defer { manager.close() }
                    var scene = alone
                    if world.rank != 5 { scene.actors = [Actor([])] }
                    return try (0..<2).map { _ in try manager.render(scene, in: PictureTests.context()).image }.last ?? nil
                }
                #expect(pictures[0] == expected, "\(way), seen: \(isSeen)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aRankThatThrowsEndsTheFrameOnAllAndTheNextIsRight() throws {
        let contour = PictureTests.subjects[0]
        let expected = try PictureTests.reference(contour)
        for way in Self.ways {
            let outcomes = try withThreadRanks(5) { world -> (String, ColorImage?) in
                let piece = try PictureTests.executor().update(contour.pipeline, UpdateRequest(piece: world.rank, of: 5))
                let manager = try ParallelRenderManager(world, way)
                defer { manager.close() }
                var scene = try PictureTests.scene(contour, piece, expected.shapes)
                let bounds = try manager.bounds(of: scene)
                scene.camera = PictureTests.camera(bounds)
                var message = "nothing"
                var context = PictureTests.context()
                if world.rank == 3 { context.memory.limit = 1000 }
                do { _ = try manager.render(scene, bounds: bounds, in: context) } catch { message = "\(error)" }
                return (message, try manager.render(scene, bounds: bounds, in: PictureTests.context()).image)
            }
            #expect(outcomes.allSatisfy { $0.0.contains("rank 3") && $0.0 == outcomes[0].0 }, "\(way): \(outcomes.map(\.0))")
            #expect(outcomes[0].1 == expected.image, "\(way)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func reducedPicturesAreEnlarged() throws {
        let contour = PictureTests.subjects[0]
        let dataset = try PictureTests.executor().result(of: contour.pipeline)
        var small = try PictureTests.scene(contour, dataset)
        small.camera = PictureTests.camera(small.bounds)
        let camera = small.camera
        (small.width, small.height) = (50, 34)
        let expected = try Rasterizer().render(try small.makeDrawList(), in: PictureTests.context()).image
        for way in Self.ways {
            let pictures = try withThreadRanks(3) { world -> ColorImage? in
                var way = way
                way.reduction = 3
                let piece = try PictureTests.executor().update(contour.pipeline, UpdateRequest(piece: world.rank, of: 3))
                let manager = try ParallelRenderManager(world, way)
                defer { manager.close() }
                var scene = try PictureTests.scene(contour, piece, try DatasetMapper.shapes(of: dataset, context: PictureTests.context()))
                scene.camera = camera
                return try manager.render(scene, in: PictureTests.context()).image
            }
            let image = try #require(pictures[0])
            #expect(image.width == 150 && image.height == 101)
            #expect((0..<101).allSatisfy { y in (0..<150).allSatisfy { x in image[x, y] == expected[x / 3, y / 3] } }, "\(way)")
        }
    }
}
