import Datasets
import Execution
import Geometry
import Images
import Rasterizing
import Scenes
import SeededNumbers
import Testing
import Visibility

/// Parts of pictures against the same pixels of the whole.
@Suite struct RegionTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        var name: String
        var opacity: Float = 1
        var samples = 1
        var isParallel = false
        var testDescription: String { name }
    }

    static let subjects = [
        Subject(name: "opaque"), Subject(name: "3 samples", samples: 3), Subject(name: "glass", opacity: 0.4),
        Subject(name: "glass, 2 samples", opacity: 0.3, samples: 2), Subject(name: "parallel", isParallel: true),
    ]

    /// Triangles of all sizes, some of which reach behind the camera; lines, points, spheres; a layer in a corner.
    static func scene(_ subject: Subject, seed: UInt64) -> Scene {
        var random = SplitMix64(seed: seed)
        func cloud(_ count: Int, _ spread: Double) -> [Vector3] {
            (0..<count).map { _ in Vector3(random.unit() - 0.5, random.unit() - 0.5, random.unit() - 0.5) * spread }
        }
        func triangles(_ count: Int, _ size: Double) -> Drawable {
            let points = cloud(count, 2).flatMap { middle in cloud(3, size).map { middle + $0 } }
            var drawable = Drawable(points: Points(points), primitives: .triangles(Buffer((0..<Int32(3 * count)).map { $0 })))
            drawable.colors = .pointScalars(Buffer((0..<3 * count).map { _ in Float(random.unit()) }))
            return drawable
        }
        let places = cloud(400, 2)
        let lines = Drawable(points: Points(places), primitives: .lines(Buffer((0..<300).map { _ in Int32(random.unit() * 399) })))
        let dots = Drawable(points: Points(cloud(300, 2)), primitives: .points(nil))
        let balls = Drawable(
            points: Points(cloud(200, 2)), primitives: .spheres(nil, radius: 0, radii: Buffer((0..<200).map { _ in Float(random.unit() * 0.1) })))
        let giant = Drawable(points: Points([Vector3(0, 0, 0.2)]), primitives: .spheres(nil, radius: 2.2, radii: nil))
        var material = Material()
        material.opacity = subject.opacity
        var thick = Material(color: SIMD3(0.9, 0.3, 0.2))
        thick.lineWidth = 3
        thick.pointSize = 7
        var wires = Material(color: SIMD3(0.2, 0.9, 0.2))
        wires.representation = .wireframe
        let map = ColorMap(.viridis, range: (0, 1))
        var scene = Scene(
            actors: [
                Actor([triangles(3000, 0.05), triangles(40, 1.5)], material: material, colorMap: map),
                Actor([lines, dots, balls], material: thick), Actor([triangles(100, 0.3)], material: wires),
            ], width: 203, height: 141, samples: subject.samples)
        if seed % 3 == 0 { scene.actors.append(Actor([giant], material: material)) }
        scene.background = SIMD3(0.1, 0.2, 0.3)
        scene.camera = Camera(position: Vector3(0.3, 0.2, seed % 2 == 0 ? 3 : 0.8), focalPoint: Vector3(), viewUp: Vector3(0, 1, 0))
        if subject.isParallel { scene.camera.projection = .parallel }
        scene.layers = [Layer(actors: [Actor([balls])], camera: scene.camera, viewport: Viewport(x: 0.6, y: 0.5, width: 0.3, height: 0.4))]
        return scene
    }

    @Test(.timeLimit(.minutes(1)), arguments: subjects) func bytesAreThoseOfTheWhole(subject: Subject) throws {
        for seed in 0..<6 as Range<UInt64> {
            var random = SplitMix64(seed: seed &+ 100)
            let list = try Self.scene(subject, seed: seed).makeDrawList()
            let context = ExecutionContext(threads: seed % 2 == 0 ? 1 : 2)
            let whole = try Rasterizer().render(list, in: context).image
            let rasterizer = Rasterizer()
            for _ in 0..<8 {
                let (x, y) = (Int(random.unit() * 200), Int(random.unit() * 140))
                let region = PixelRegion(x: x, y: y, width: 1 + Int(random.unit() * Double(202 - x)), height: 1 + Int(random.unit() * Double(140 - y)))
                var isSame = true
                let part = try ColorImage(width: region.width, height: region.height) {
                    _ = try rasterizer.render(list, region: region, into: $0, stride: region.width, in: context)
                }
                for row in 0..<region.height {
                    for column in 0..<region.width where part[column, row] != whole[x + column, y + row] { isSame = false }
                }
                #expect(isSame, "seed \(seed), \(region)")
            }
            // Nothing of the parts is left.
            #expect(try rasterizer.render(list, in: context).image == whole)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aPartCostsItsShare() throws {
        var scene = Self.scene(Self.subjects[0], seed: 2)
        var random = SplitMix64(seed: 1 as UInt64)
        // A sheet of small triangles, row after row.
        let side = 120
        let points = (0..<side * side).map { Vector3(Double($0 % side) / Double(side) - 0.5, Double($0 / side) / Double(side) - 0.5, random.unit() * 0.01) }
        var corners: [Int32] = []
        for row in 0..<side - 1 {
            for column in 0..<side - 1 {
                let first = Int32(row * side + column)
                corners += [first, first + 1, first + Int32(side), first + 1, first + Int32(side) + 1, first + Int32(side)]
            }
        }
        scene.actors = [Actor([Drawable(points: Points(points), primitives: .triangles(Buffer(corners)))])]
        scene.layers = []
        scene.camera = Camera(position: Vector3(0, 0, 1.9), focalPoint: Vector3(), viewUp: Vector3(0, 1, 0))
        let list = try scene.makeDrawList()
        let region = PixelRegion(x: 0, y: 0, width: 203, height: 141 / 4)
        let context = ExecutionContext(threads: 1)
        var statistics = FrameStatistics()
        _ = try ColorImage(width: 203, height: region.height) {
            statistics = try Rasterizer().render(list, region: region, into: $0, stride: 203, in: context)
        }
        #expect(statistics.primitives > 0)
        #expect(statistics.primitives < corners.count / 3 * 2 / 5)
    }
}

extension SplitMix64 {
    /// A number of 0..<1.
    fileprivate mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
