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

/// A mesh drawn twice at the same place, in two colours, whose cells lie on other ranks the second time: the scene's order alone decides what is
/// seen.
@Suite struct CoincidentFacesTests {
    /// Which rank has a cell.
    struct Split: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rank: @Sendable (_ cell: Int, _ count: Int, _ ranks: Int) -> Int
    }

    static let splits: [Split] = [
        Split(testDescription: "every n-th") { cell, _, ranks in cell % ranks },
        Split(testDescription: "every n-th, backwards") { cell, _, ranks in ranks - 1 - cell % ranks },
        Split(testDescription: "in a row") { cell, count, ranks in cell * ranks / count },
        Split(testDescription: "all on the last") { _, _, ranks in ranks - 1 },
        Split(testDescription: "scattered") { cell, _, ranks in Int((UInt64(cell) &* 0x9E37_79B9_7F4A_7C15) >> 40) % ranks },
    ]

    static let mesh: PolyData = {
        let pipeline = Pipeline(try! proceduralSource(parsing: "wavelet:12")!).appending(Contour(array: ArraySelector("RTData"), values: [157]))
        guard case .poly(let mesh)? = try? PictureTests.executor().result(of: pipeline) else { return PolyData() }
        return mesh
    }()

    static func part(_ rank: Int, of ranks: Int, _ split: Split) -> Dataset {
        let count = mesh.polygons.count
        let cells = (0..<count).filter { split.rank($0, count, ranks) == rank }
        var part = mesh
        part.polygons = CellArray(uniformSize: 3, connectivity: Buffer(cells.flatMap { Array(mesh.polygons.points(of: $0)) }))
        var piece = PieceInfo(piece: rank, pieceCount: ranks)
        piece.cellKeys = Buffer(cells.map { UInt64($0) })
        part.attributes.piece = piece
        return .poly(part)
    }

    /// What the whole mesh is drawn as, for parts of it that have no cells.
    static let shapes = try? DatasetMapper.shapes(of: .poly(mesh), context: PictureTests.context())

    static func scene(_ first: Dataset, _ second: Dataset, opacity: Float) throws -> Scene {
        var mapper = DatasetMapper()
        mapper.shapes = shapes
        let actors = try [(first, SIMD3<Float>(0.9, 0.2, 0.2)), (second, SIMD3<Float>(0.2, 0.9, 0.2))].map { dataset, color in
            var material = Material(color: color)
            material.opacity = opacity
            return Actor(try mapper.drawables(of: dataset, context: PictureTests.context()), material: material)
        }
        return Scene(actors: actors, width: 64, height: 48)
    }

    /// A hundred, from all sides.
    static func cameras(_ bounds: Bounds) -> [Camera] {
        (0..<100).map { view in
            var camera = Camera()
            camera.reset(to: bounds, aspect: 4.0 / 3)
            camera.turn(azimuth: 36 * Double(view % 10) + 1.7)
            camera.raise(elevation: 17 * Double(view / 10) - 76)
            return camera
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [Float(1), 0.5]) func theSamePictureForAnySplit(opacity: Float) throws {
        var whole = try Self.scene(.poly(Self.mesh), .poly(Self.mesh), opacity: opacity)
        let bounds = whole.bounds
        let cameras = opacity == 1 ? Self.cameras(bounds) : Self.cameras(bounds).enumerated().filter { $0.offset % 5 == 3 }.map(\.element)
        let expected = try cameras.map { camera in
            whole.camera = camera
            return try Rasterizer().render(try whole.makeDrawList(), in: PictureTests.context()).image
        }
        #expect(Set(expected.map(\.pixels)).count == cameras.count, "the views differ")
        for ranks in [2, 3, 5] {
            for (number, first) in Self.splits.enumerated() where ranks == 2 || number % 3 == ranks % 3 {
                let second = Self.splits[(number + 1) % Self.splits.count]
                let found = try withThreadRanks(ranks) { world -> [ColorImage] in
                    let manager = try ParallelRenderManager(world)
                    defer { manager.close() }
                    var scene = try Self.scene(
                        Self.part(world.rank, of: ranks, first), Self.part(world.rank, of: ranks, second), opacity: opacity)
                    return try cameras.compactMap { camera in
                        scene.camera = camera
                        return try manager.render(scene, bounds: bounds, in: PictureTests.context()).image
                    }
                }[0]
                let differing = found.indices.filter { found[$0] != expected[$0] }
                #expect(found.count == cameras.count && differing.isEmpty, "\(ranks) ranks, \(first.testDescription), \(second.testDescription): views \(differing)")
            }
        }
    }
}
