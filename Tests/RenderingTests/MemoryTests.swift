import Datasets
import Execution
import Geometry
import Testing

@testable import Rasterizing
@testable import Scenes

/// What drawing says that it needs, against what it was given.
struct MemoryTests {
    /// 40 parts of one mesh of 100 000 points: 1.6 MB of vertices where parts share them, 64 MB where each has its own.
    private func scene(sharing: Bool) -> Scene {
        let count = 100_000
        let places = Buffer((0..<count).flatMap { [Float($0 % 64), Float($0 / 64 % 48), 0] })
        let parts = (0..<40).map { part in
            Drawable(
                points: .float32(sharing ? places : Buffer(places.array)),
                primitives: .triangles(Buffer((0..<300).map { Int32(($0 * 331 + part * 17) % count) })))
        }
        return pixelScene([Actor(parts, material: unlit(1, 0, 0))])
    }

    private func draw(_ scene: Scene, limit: Int) throws -> FrameStatistics {
        var context = ExecutionContext(threads: 1)
        context.memory = MemoryBudget(limit: limit)
        return try Rasterizer().render(try scene.makeDrawList(), in: context).statistics
    }

    @Test func sharedPointsCountOnce() throws {
        #expect(try draw(scene(sharing: true), limit: 8 << 20).visiblePixels > 0)
        #expect(throws: MemoryExceededError.self) { try draw(scene(sharing: false), limit: 8 << 20) }
        #expect(try draw(scene(sharing: false), limit: 96 << 20).visiblePixels > 0)
    }
}
