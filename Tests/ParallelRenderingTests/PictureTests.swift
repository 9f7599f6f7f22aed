import Dataflow
import Datasets
import Execution
import Filters
import Geometry
import Images
import Mapping
import Messaging
import Rasterizing
import Scenes
import Testing
import Visibility

@testable import ParallelRendering

/// Pictures of many ranks against that of one with everything: the same bytes.
@Suite struct PictureTests {
    /// What is drawn, and how.
    struct Subject: Sendable, CustomTestStringConvertible {
        var name: String
        var pipeline: Pipeline
        var array: String?
        var material = Material()
        var samples = 1
        var hasAnnotations = false
        var testDescription: String { name }
    }

    static let subjects: [Subject] = {
        let wavelet = Pipeline(try! proceduralSource(parsing: "wavelet:24")!)
        let contour = wavelet.appending(Contour(array: ArraySelector("RTData"), values: [157]))
        let outside = wavelet.appending(Surface())
        let points = Pipeline(try! proceduralSource(parsing: "points:500")!)
        let dotted = Pipeline(DatasetSource(dottedSphere(), signature: "dotted sphere"))
        var glass = Material(color: SIMD3(0.2, 0.6, 0.9))
        glass.opacity = 0.4
        var edges = Material(color: SIMD3(0.9, 0.8, 0.3))
        edges.showsEdges = true
        var wires = Material()
        wires.representation = .wireframe
        wires.lineWidth = 2
        return [
            Subject(name: "contour", pipeline: contour, array: "RTData"),
            Subject(name: "surface", pipeline: outside, array: "RTData", hasAnnotations: true),
            Subject(name: "surface, 4 samples", pipeline: outside, array: "RTData", samples: 4),
            Subject(name: "edges", pipeline: outside, material: edges),
            Subject(name: "edges and points", pipeline: dotted, material: edges),
            Subject(name: "wireframe", pipeline: outside, material: wires),
            Subject(name: "glass", pipeline: contour, material: glass),
            Subject(name: "glass, 3 samples", pipeline: contour, material: glass, samples: 3),
            Subject(name: "spheres", pipeline: points),
        ]
    }()

    /// A sphere of many small triangles with a vertex cell at each point: points and triangles of the same depths.
    static func dottedSphere() -> Dataset {
        guard case .poly(var sphere)? = try? executor().result(of: Pipeline(SphereSource(thetaResolution: 40, phiResolution: 40))) else {
            return .poly(PolyData())
        }
        sphere.vertices = CellArray(uniformSize: 1, connectivity: Buffer((0..<Int32(sphere.points.count)).map { $0 }))
        sphere.attributes.piece = nil
        return .poly(sphere)
    }

    static func context() -> ExecutionContext { ExecutionContext(threads: 1) }

    static func executor() -> Executor { Executor(context: context(), extractor: ExtractPiece(), gatherer: GatherPieces()) }

    /// - Parameter shapes: what the whole dataset has, where this is a piece of it.
    static func scene(_ subject: Subject, _ dataset: Dataset, _ shapes: [DrawnShape]? = nil) throws -> Scene {
        let array = subject.array.map { ArraySelector($0) }
        var mapper = DatasetMapper(colorBy: array, sphereRadius: 0.02)
        mapper.shapes = shapes
        let drawables = try mapper.drawables(of: dataset, context: context())
        let map = ColorMap(.viridis, range: (50, 250))
        var scene = Scene(actors: [Actor(drawables, material: subject.material, colorMap: array == nil ? nil : map)], width: 150, height: 101)
        scene.samples = subject.samples
        scene.background = SIMD3(0.1, 0.1, 0.3)
        if subject.hasAnnotations {
            scene.annotations.scalarBars = [ScalarBar(map, title: "RTData")]
            scene.annotations.cubeAxes = CubeAxes()
        }
        return scene
    }

    static func camera(_ bounds: Bounds) -> Camera {
        var camera = Camera()
        camera.reset(to: bounds, aspect: 1.5)
        camera.turn(azimuth: 30)
        return camera
    }

    static func reference(_ subject: Subject) throws -> (image: ColorImage, shapes: [DrawnShape]) {
        let dataset = try executor().result(of: subject.pipeline)
        var scene = try scene(subject, dataset)
        scene.camera = camera(scene.bounds)
        return (try Rasterizer().render(try scene.makeDrawList(), in: context()).image, try DatasetMapper.shapes(of: dataset, context: context()))
    }

    @Test(.timeLimit(.minutes(1)), arguments: subjects) func bytesDoNotDependOnRanks(subject: Subject) throws {
        let expected = try Self.reference(subject)
        for ranks in [1, 2, 3, 5, 8] {
            for method in CompositingMethod.allCases where method != .automatic {
                let pictures = try withThreadRanks(ranks) { world -> ColorImage? in
                    let piece = try Self.executor().update(subject.pipeline, UpdateRequest(piece: world.rank, of: ranks))
                    let manager = try ParallelRenderManager(world, compositing: method)
                    defer { manager.close() }
                    var scene = try Self.scene(subject, piece, expected.shapes)
                    let bounds = try manager.bounds(of: scene)
                    scene.camera = Self.camera(bounds)
                    return try manager.render(scene, bounds: bounds, root: ranks / 2, in: Self.context()).image
                }
                #expect(pictures[ranks / 2] == expected.image, "\(subject.name), \(ranks) ranks, \(method.rawValue)")
                #expect(pictures.count { $0 != nil } == 1)
            }
        }
    }

    /// Each polygon of the whole on another rank than its neighbours.
    static func interleaved(_ dataset: Dataset, _ rank: Int, of ranks: Int) -> Dataset {
        guard case .poly(let whole) = dataset else { return dataset }
        let cells = stride(from: rank, to: whole.polygons.count, by: ranks).map { $0 }
        var part = whole
        let corners = cells.flatMap { Array(whole.polygons.points(of: $0)) }
        part.polygons = CellArray(uniformSize: 3, connectivity: Buffer(corners))
        var piece = PieceInfo(piece: rank, pieceCount: ranks)
        piece.cellKeys = Buffer(cells.map { UInt64($0) })
        part.attributes.piece = piece
        return .poly(part)
    }

    @Test(.timeLimit(.minutes(1))) func anyDivisionOfCellsGivesTheSamePicture() throws {
        // A surface drawn twice, at the same place, in two colours; split differently: what is seen is decided by the scene's order.
        let contour = Self.subjects[0]
        let whole = try Self.executor().result(of: contour.pipeline)
        @Sendable func scene(_ first: Dataset, _ second: Dataset) throws -> Scene {
            let mapper = DatasetMapper()
            let actors = try [(first, SIMD3<Float>(0.9, 0.2, 0.2)), (second, SIMD3<Float>(0.2, 0.9, 0.2))].map { dataset, color in
                Actor(try mapper.drawables(of: dataset, context: Self.context()), material: Material(color: color))
            }
            return Scene(actors: actors, width: 90, height: 70)
        }
        let bounds = try scene(whole, whole).bounds
        for view in 0..<6 {
            var camera = Self.camera(bounds)
            camera.turn(azimuth: 60 * Double(view))
            var everything = try scene(whole, whole)
            everything.camera = camera
            let expected = try Rasterizer().render(try everything.makeDrawList(), in: Self.context()).image
            for ranks in [2, 3, 5] {
                let pictures = try withThreadRanks(ranks) { [camera] world -> ColorImage? in
                    let manager = try ParallelRenderManager(world)
                    defer { manager.close() }
                    var part = try scene(
                        Self.interleaved(whole, world.rank, of: ranks), Self.interleaved(whole, ranks - 1 - world.rank, of: ranks))
                    part.camera = camera
                    return try manager.render(part, bounds: bounds, in: Self.context()).image
                }
                #expect(pictures[0] == expected, "view \(view), \(ranks) ranks")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func nothingInViewAndMoreRanksThanRows() throws {
        let contour = Self.subjects[0]
        let pictures = try withThreadRanks(8) { world -> ColorImage? in
            let manager = try ParallelRenderManager(world)
            defer { manager.close() }
            var scene = Scene(actors: [Actor([])], width: 40, height: 3)
            scene.background = SIMD3(1, 0, 0)
            if world.rank == 5 {
                let piece = try Self.executor().update(contour.pipeline, UpdateRequest(piece: 0, of: 8))
                scene.actors = [Actor(try DatasetMapper().drawables(of: piece, context: Self.context()))]
                // Behind the camera.
                scene.camera = Camera(position: Vector3(1000, 0, 0), focalPoint: Vector3(2000, 0, 0), viewUp: Vector3(0, 0, 1))
            } else {
                scene.camera = Camera(position: Vector3(1000, 0, 0), focalPoint: Vector3(2000, 0, 0), viewUp: Vector3(0, 0, 1))
            }
            return try manager.render(scene, in: Self.context()).image
        }
        #expect(pictures[0] == ColorImage(width: 40, height: 3, color: RGBA8(255, 0, 0)))
    }
}
