import Datasets
import Execution
import Geometry
import Images
import Scenes
import SeededNumbers
import Testing

@testable import Rasterizing

/// Draws each primitive of a scene alone, finds its depth in each sample, and sorts and blends them there: as slow and as simple as can be.
private struct BruteForce {
    let scene: Scene

    struct Fragment {
        var key: Int64
        var color: SIMD4<Float>
    }

    /// The fragments of every sample of the picture, before sorting.
    func fragments() throws -> [[Fragment]] {
        let (width, height) = (scene.width, scene.height)
        var all = [[Fragment]](repeating: [], count: width * height)
        let context = ExecutionContext(threads: 1)
        let list = try scene.makeDrawList()
        let memory = Rasterizer.Memory()
        var statistics = FrameStatistics()
        for item in list.items {
            for primitive in 0..<item.drawable.count {
                var single = list
                var only = item
                only.drawable = alone(item.drawable, primitive)
                only.base = 0
                single.items = [only]
                memory.fresh = []
                let frame = try memory.prepare(single, single.ownRegion, &statistics, context)
                let targets = memory.emptyTargets(frame, (128, 128))
                let tasks = DrawTask.make(frame.items, isTranslucent: false) + DrawTask.make(frame.items, isTranslucent: true)
                try memory.draw(frame, tasks, into: targets, context)
                let resolver = Resolver(frame.items, single)
                var found: [Int64] = []
                var places: [Int] = []
                for place in 0..<width * height {
                    for target in targets {
                        let key = target.keys + (place / width * target.stride + place % width)
                        if key.pointee != RasterTarget.empty {
                            found.append(key.pointee)
                            places.append(place)
                            key.pointee = RasterTarget.empty
                        }
                    }
                }
                for (key, place) in zip(found, places) {
                    var color = SIMD4<Float>()
                    withUnsafeMutablePointer(to: &color) { color in
                        let batch = Batch(.colors(color))
                        _ = batch.add(Int32(place % width), Int32(place / width), UInt32(truncatingIfNeeded: key), 0)
                        _ = resolver.flush(batch, 0)
                        batch.deallocate()
                    }
                    let id = Int64(item.base) + Int64(primitive)
                    all[place].append(Fragment(key: (key >> 32) << 32 | id, color: color))
                }
            }
        }
        return all
    }

    private func alone(_ drawable: Drawable, _ index: Int) -> Drawable {
        var copy = drawable
        switch drawable.primitives {
        case .triangles(let indices): copy.primitives = .triangles(Buffer((0..<3).map { indices[3 * index + $0] }))
        case .lines(let indices): copy.primitives = .lines(Buffer((0..<2).map { indices[2 * index + $0] }))
        case .points(let indices): copy.primitives = .points(Buffer([indices?[index] ?? Int32(index)]))
        case .spheres(let indices, let radius, let radii): copy.primitives = .spheres(Buffer([indices?[index] ?? Int32(index)]), radius: radius, radii: radii)
        }
        copy.cells = Buffer([drawable.cells?[index] ?? Int32(index)])
        copy.cellEdges = drawable.cellEdges.map { Buffer([$0[index]]) }
        return copy
    }

    func image() throws -> ColorImage {
        let all = try fragments()
        return ColorImage(width: scene.width, height: scene.height) { pixels in
            for (place, fragments) in all.enumerated() {
                var color = SIMD4(scene.background, 1)
                for fragment in fragments.sorted(by: { $0.key > $1.key }) {
                    color = fragment.color.w >= 1 ? fragment.color : color + (fragment.color - color) * SIMD4(repeating: fragment.color.w)
                }
                pixels[place] = RGBA8(quantized(color.x), quantized(color.y), quantized(color.z))
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct TranslucencyTests {
    /// Random primitives of every kind, opaque and translucent, that cut each other.
    private func randomScene(seed: UInt64, perspective: Bool) -> Scene {
        var random = SplitMix64(seed: seed)
        func number(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        func soup(_ count: Int, _ size: Double) -> Drawable {
            var points: [Vector3] = []
            for _ in 0..<count {
                let center = Vector3(number(0...64), number(0...48), number(-20...20))
                for _ in 0..<3 { points.append(center + Vector3(number(-size...size), number(-size...size), number(-size...size))) }
            }
            return triangles(points, (0..<Int32(3 * count)).map { $0 })
        }
        func places(_ count: Int) -> Points {
            Points((0..<count).map { _ in Vector3(number(0...64), number(0...48), number(-20...20)) })
        }
        func material(_ opacity: Float) -> Material {
            var material = Material(color: SIMD3(Float(number(0...1)), Float(number(0...1)), Float(number(0...1))))
            material.opacity = opacity
            material.ambient = 0.2
            material.specular = 0.3
            return material
        }
        var colored = soup(30, 9)
        colored.colors = .pointColors(Buffer((0..<360).map { _ in UInt8.random(in: 0...255, using: &random) }), components: 4)
        var mapped = soup(20, 12)
        mapped.colors = .pointScalars(Buffer((0..<60).map { _ in Float(number(-0.2...1.2)) }))
        var map = ColorMap(.viridis, range: (0, 1))
        for index in map.table.indices { map.table[index].w = Float(index) / 255 }
        var edges = material(0.5)
        edges.showsEdges = true
        var thick = material(0.6)
        thick.lineWidth = 3
        thick.pointSize = 5
        let lines = Drawable(points: places(20), primitives: .lines(Buffer((0..<20).map { Int32($0) })))
        var actors = [
            Actor([soup(15, 10)], material: material(1)), Actor([soup(40, 8), soup(4, 60)], material: material(0.4)),
            Actor([colored], material: material(0.8)), Actor([mapped], material: material(1), colorMap: map),
            Actor([soup(20, 10)], material: edges), Actor([lines], material: thick),
            Actor([Drawable(points: places(10), primitives: .points(nil))], material: thick),
            Actor([Drawable(points: places(12), primitives: .spheres(nil, radius: 6, radii: nil))], material: material(0.5)),
        ]
        // The same once more, exactly where it was: equal depths everywhere.
        actors.append(Actor(actors[1].drawables, material: material(0.3)))
        var scene = pixelScene(actors)
        scene.background = SIMD3(0.1, 0.2, 0.3)
        if perspective {
            scene.camera.projection = .perspective
            scene.camera.viewAngle = 40
            scene.camera.position.z = -40
        }
        return scene
    }

    @Test(arguments: [1, 2, 3, 4], [true, false]) func everyPixelIsThatOfASort(seed: UInt64, perspective: Bool) throws {
        let scene = randomScene(seed: seed, perspective: perspective)
        let expected = try BruteForce(scene: scene).image()
        for threads in [1, 2, 5] { #expect(try render(scene, threads: threads) == expected, "seed \(seed), \(threads) threads") }
    }

    /// Thousands of primitives, so that several workers have targets, and more fragments than fit.
    private func denseScene() -> Scene {
        var random = SplitMix64(seed: 9)
        var points: [Vector3] = []
        for _ in 0..<20_000 {
            let center = Vector3(Double.random(in: 0...320, using: &random), Double.random(in: 0...240, using: &random), Double.random(in: 0...20, using: &random))
            points += [center, center + Vector3(20, 3, 1), center + Vector3(2, 18, 3)]
        }
        var material = Material(color: SIMD3(0.9, 0.6, 0.3))
        material.opacity = 0.02
        let indices = (0..<Int32(60_000)).map { $0 }
        var scene = pixelScene([Actor([triangles(points, indices)], material: material)], width: 320, height: 240)
        let sphere = Drawable(points: Points([Vector3(160, 120, 10)]), primitives: .spheres(nil, radius: 40, radii: nil))
        scene.actors.append(Actor([sphere], material: Material(color: SIMD3(0, 0.5, 1))))
        return scene
    }

    @Test func bandsMakeTheSamePicture() throws {
        let scene = denseScene()
        let list = try scene.makeDrawList()
        var context = ExecutionContext(threads: 2)
        let whole = try Rasterizer().render(list, in: context)
        #expect(whole.statistics.bands == 0 && whole.statistics.fragments > 2_000_000)
        context.memory = MemoryBudget(limit: 10 << 20)
        let banded = try Rasterizer().render(list, in: context)
        #expect(banded.statistics.bands > 1)
        #expect(banded.statistics.fragments == whole.statistics.fragments)
        #expect(banded.image == whole.image)
        #expect(try render(scene, threads: 3) == whole.image)
    }

    @Test func severalSamplesAreBlendedEach() throws {
        var scene = randomScene(seed: 7, perspective: false)
        scene.samples = 4
        let image = try render(scene, threads: 2)
        #expect(try render(scene, threads: 1) == image)
        // A translucent square over half of the picture: the border's colour is the mean.
        let square = [Vector3(0, 0, 0), Vector3(20.5, 0, 0), Vector3(20.5, 48, 0), Vector3(0, 48, 0)]
        var material = unlit(1, 1, 1)
        material.opacity = 0.5
        var plain = pixelScene([Actor([triangles(square, [0, 1, 2, 0, 2, 3])], material: material)])
        plain.samples = 4
        let picture = try render(plain)
        #expect(picture[10, 10].red == 128 && picture[20, 10].red == 64 && picture[30, 10].red == 0)
    }

    @Test func fragmentsOfARendererAreForgotten() throws {
        let renderer = Rasterizer()
        let context = ExecutionContext(threads: 2)
        let scenes = [denseScene(), randomScene(seed: 3, perspective: true), denseScene()]
        for scene in scenes {
            let list = try scene.makeDrawList()
            #expect(try renderer.render(list, in: context).image == Rasterizer().render(list, in: context).image)
        }
    }

    @Test func aCancelledFrameLeavesNothingBehind() async throws {
        let renderer = Rasterizer()
        let list = try denseScene().makeDrawList()
        let expected = try Rasterizer().render(list, in: ExecutionContext(threads: 2)).image
        for delay in [5, 40] {
            let context = ExecutionContext(threads: 2)
            async let cancelling: Void = {
                try? await Task.sleep(for: .milliseconds(delay))
                context.cancellation.cancel()
            }()
            _ = try? renderer.render(list, in: context)
            await cancelling
            #expect(try renderer.render(list, in: ExecutionContext(threads: 2)).image == expected, "cancelled after \(delay) ms")
        }
    }

    @Test func scenesWithoutAlphaAreThoseOfBefore() throws {
        // An opacity of one by way of fragments gives the bytes of the opaque path.
        var scene = randomScene(seed: 5, perspective: false)
        for index in scene.actors.indices {
            scene.actors[index].material.opacity = 1
            scene.actors[index].colorMap = nil
            scene.actors[index].drawables = scene.actors[index].drawables.map { drawable in
                var copy = drawable
                copy.colors = .material
                return copy
            }
        }
        scene.actors.removeLast()
        let opaque = try render(scene)
        let behind = [Vector3(0, 0, 90), Vector3(64, 0, 90), Vector3(64, 48, 90), Vector3(0, 48, 90)]
        var invisible = unlit(0.1, 0.2, 0.3)
        invisible.opacity = 0.5
        scene.actors.append(Actor([triangles(behind, [0, 1, 2, 0, 2, 3])], material: invisible))
        #expect(try render(scene) == opaque)
    }
}
