import Datasets
import Execution
import Geometry
import Images
import Messaging
import Rasterizing
import Scenes
import Testing
import Visibility

@testable import ParallelRendering

/// Counted work of ranks, frame after frame.
@Suite struct BalanceTests {
    /// A bumpy sheet of `side`² × 2 triangles, in rows.
    static func sheet(_ side: Int, _ lower: SIMD2<Double>, _ size: Double) -> Drawable {
        var points: [Vector3] = []
        for row in 0...side {
            for column in 0...side {
                let x = lower.x + size * Double(column) / Double(side)
                let y = lower.y + size * Double(row) / Double(side)
                points.append(Vector3(x, y, 0.02 * Double((row * 7 + column * 13) % 11) / 11))
            }
        }
        var corners: [Int32] = []
        for row in 0..<side {
            for column in 0..<side {
                let first = Int32(row * (side + 1) + column)
                let next = first + Int32(side) + 1
                corners += [first, first + 1, next, first + 1, next + 1, next]
            }
        }
        return Drawable(points: Points(points), primitives: .triangles(Buffer(corners)))
    }

    static func run(
        _ options: ParallelRenderOptions, _ drawables: [[Drawable]], frames: Int
    ) throws -> (imbalance: [Double], pictures: [ColorImage?], expected: ColorImage) {
        @Sendable func scene(_ drawables: [Drawable]) -> Scene {
            var scene = Scene(actors: [Actor(drawables)], width: 320, height: 256)
            scene.camera = Camera(position: Vector3(0.5, 0.5, 3), focalPoint: Vector3(0.5, 0.5, 0), viewUp: Vector3(0, 1, 0))
            return scene
        }
        var keyed = drawables
        var key: UInt64 = 0
        for rank in keyed.indices {
            for index in keyed[rank].indices {
                let count = keyed[rank][index].count
                keyed[rank][index].cellKeys = Buffer((key..<key + UInt64(count)).map { $0 })
                keyed[rank][index].order = 0
                key += UInt64(count)
            }
        }
        let parts = keyed
        let expected = try Rasterizer().render(try scene(parts.flatMap { $0 }).makeDrawList(), in: PictureTests.context()).image
        let results = try withThreadRanks(parts.count) { world -> [(Double, ColorImage?)] in
            let manager = try ParallelRenderManager(world, options)
            defer { manager.close() }
            return try (0..<frames).map { _ in
                let frame = try manager.render(scene(parts[world.rank]), in: PictureTests.context())
                return (frame.statistics.imbalance, frame.image)
            }
        }
        return (results[0].map(\.0), results[0].map(\.1), expected)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [Decomposition.sortFirst, .hybrid(groups: 2)])
    func allGeometryInOneCorner(way: Decomposition) throws {
        let corner = (0..<4).map { [Self.sheet(60, SIMD2(-0.1 + 0.1 * Double($0 % 2), 0.8 + 0.1 * Double($0 / 2)), 0.1)] }
        for geometry in [ParallelRenderOptions.Geometry.replicated, .delivered] {
            let (imbalance, pictures, expected) = try Self.run(
                ParallelRenderOptions(decomposition: way, geometry: geometry), corner, frames: 7)
            #expect(pictures.allSatisfy { $0 == expected })
            #expect(imbalance[5] <= 1.1 && imbalance[6] <= 1.1, "\(way), \(geometry): \(imbalance)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneHeavyPiece() throws {
        let pieces = [10, 120, 10, 10].enumerated().map { [Self.sheet($1, SIMD2(0.25 * Double($0), 0.1 + 0.2 * Double($0)), 0.25)] }
        for way in [Decomposition.sortLast, .sortFirst, .hybrid(groups: 2)] {
            let (imbalance, pictures, expected) = try Self.run(ParallelRenderOptions(decomposition: way), pieces, frames: 7)
            #expect(pictures.allSatisfy { $0 == expected })
            #expect(imbalance[5] <= 1.1 && imbalance[6] <= 1.1, "\(way): \(imbalance)")
            let still = try Self.run(ParallelRenderOptions(decomposition: way, balance: .none), pieces, frames: 2)
            #expect(still.imbalance == [0, 0] && still.pictures == [expected, expected])
        }
    }

    @Test(.timeLimit(.minutes(1))) func decisionsAreTheSameEveryTime() throws {
        let pieces = [40, 90, 10].enumerated().map { [Self.sheet($1, SIMD2(0.3 * Double($0), 0.3), 0.3)] }
        for way in [Decomposition.sortLast, .sortFirst] {
            let first = try Self.run(ParallelRenderOptions(decomposition: way), pieces, frames: 4)
            let second = try Self.run(ParallelRenderOptions(decomposition: way), pieces, frames: 4)
            #expect(first.imbalance == second.imbalance)
        }
    }
}
