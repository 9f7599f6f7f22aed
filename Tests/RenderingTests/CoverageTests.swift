import Datasets
import Execution
import Geometry
import Images
import Scenes
import SeededNumbers
import Testing

@Suite(.timeLimit(.minutes(1))) struct CoverageTests {
    /// Fans of triangles around a point cover every pixel of their outline exactly once, whatever their size.
    @Test(arguments: 0..<60) func trianglesShareEdgesExactly(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let size = [2.0, 7, 30, 400, 1e5, 3e9][seed % 6]
        func number(_ range: ClosedRange<Double>) -> Double {
            // Some corners lie exactly on samples and on the borders of pixels.
            let value = Double.random(in: range, using: &random)
            return Bool.random(using: &random) ? value : (value * 2).rounded() / 2
        }
        let center = Vector3(number(20...44), number(14...34), 0)
        let count = Int.random(in: 3...7, using: &random)
        let turns: [(Double, Double)] = [(1, 0), (0.7, 0.7), (0, 1), (-0.8, 0.6), (-1, -0.1), (-0.3, -1), (0.6, -0.8)]
        let ring = (0..<count).map { index in
            let turn = turns[index * 7 / count]
            return center + Vector3(turn.0 * size * number(0.3...1), turn.1 * size * number(0.3...1), 0)
        }
        let points = [center] + ring
        var counts = [Int](repeating: 0, count: 64 * 48)
        var all: [Int32] = []
        for index in 0..<count {
            var corners = [0, Int32(index + 1), Int32((index + 1) % count + 1)]
            if Bool.random(using: &random) { corners.swapAt(1, 2) }
            corners = Array(corners[(index % 3)...] + corners[..<(index % 3)])
            all += corners
            let image = try render(pixelScene([Actor([triangles(points, corners)], material: unlit(1, 1, 1))]))
            for (pixel, isCovered) in coverage(image).enumerated() where isCovered { counts[pixel] += 1 }
        }
        // Turns of more than half a circle overlap; the others must not.
        let together = coverage(try render(pixelScene([Actor([triangles(points, all)], material: unlit(1, 1, 1))])))
        for pixel in 0..<64 * 48 {
            #expect((counts[pixel] > 0) == together[pixel], "seed \(seed), pixel \(pixel)")
            if count >= 4 { #expect(counts[pixel] <= 1, "seed \(seed), pixel \(pixel) is covered \(counts[pixel]) times") }
        }
    }

    /// Coverage equals exact arithmetic on the snapped corners.
    @Test(arguments: 0..<40) func coverageIsExact(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(1000 + seed))
        let reach = [3.0, 12, 60, 5000][seed % 4]
        let corners = (0..<3).map { _ in
            Vector3(
                (Double.random(in: 32 - reach...32 + reach, using: &random) * 256).rounded() / 256,
                (Double.random(in: 24 - reach...24 + reach, using: &random) * 256).rounded() / 256, 0)
        }
        let image = try render(pixelScene([Actor([triangles(corners, [0, 1, 2])], material: unlit(1, 1, 1))]))
        let x = corners.map { Int($0.x * 256) }
        let y = corners.map { Int($0.y * 256) }
        let area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])
        for row in 0..<48 {
            for column in 0..<64 {
                let (px, py) = (column * 256 + 128, row * 256 + 128)
                var isInside = area != 0
                for edge in 0..<3 {
                    var (a, b) = (edge, (edge + 1) % 3)
                    if area < 0 { swap(&a, &b) }
                    let (dx, dy) = (x[b] - x[a], y[b] - y[a])
                    let value = dx * (py - y[a]) - dy * (px - x[a])
                    if value < 0 || (value == 0 && !(dy < 0 || (dy == 0 && dx > 0))) { isInside = false }
                }
                let pixel = image[column, row]
                #expect((pixel.red != 0) == isInside, "seed \(seed), pixel (\(column), \(row))")
            }
        }
    }

    private func crowd(_ seed: UInt64, count: Int) -> (points: [Vector3], colors: [UInt8]) {
        var random = SplitMix64(seed: seed)
        var points: [Vector3] = []
        var colors: [UInt8] = []
        for _ in 0..<count {
            let center = Vector3(
                Double.random(in: -5...70, using: &random), Double.random(in: -5...53, using: &random), Double.random(in: -50...50, using: &random))
            let size = Double.random(in: 0...1, using: &random) < 0.9 ? 4.0 : 60
            for _ in 0..<3 {
                points.append(
                    center
                        + Vector3(
                            Double.random(in: -size...size, using: &random), Double.random(in: -size...size, using: &random),
                            Double.random(in: -9...9, using: &random)))
            }
            colors += (0..<3).map { _ in UInt8.random(in: 20...255, using: &random) }
        }
        return (points, colors)
    }

    private func actor(_ points: [Vector3], _ colors: [UInt8], order: [Int]) -> Actor {
        var drawable = triangles(points, order.flatMap { [Int32(3 * $0), Int32(3 * $0 + 1), Int32(3 * $0 + 2)] })
        drawable.colors = .cellColors(Buffer(colors), components: 3)
        drawable.cells = Buffer(order.map { Int32($0) })
        return Actor([drawable])
    }

    @Test(arguments: [1, 4]) func sameBytesForAnyThreadsAndOrder(samples: Int) throws {
        let count = 20000
        let (points, colors) = crowd(7, count: count)
        var scene = pixelScene([actor(points, colors, order: Array(0..<count))])
        scene.samples = samples
        let one = try render(scene, threads: 1)
        #expect(coverage(one).contains(true))
        for threads in [2, 3, 7] { #expect(try render(scene, threads: threads) == one, "\(threads) threads") }
        var random = SplitMix64(seed: 3)
        scene.actors = [actor(points, colors, order: (0..<count).shuffled(using: &random))]
        #expect(try render(scene) == one)
    }

    @Test func equalDepthsGoToTheFirst() throws {
        let square = [Vector3(10, 10, 0), Vector3(30, 10, 0), Vector3(30, 30, 0), Vector3(10, 30, 0)]
        let a = Actor([triangles(square, [0, 1, 2, 0, 2, 3])], material: unlit(1, 0, 0))
        let b = Actor([triangles(square, [0, 1, 2, 0, 2, 3])], material: unlit(0, 1, 0))
        let image = try render(pixelScene([a, b]))
        for y in 10..<30 { for x in 10..<30 { #expect(image[x, y] == RGBA8(255, 0, 0)) } }
        #expect(coverage(image).filter { $0 }.count == 400)
    }

    @Test func aFloorThroughTheCameraReachesTheHorizon() throws {
        // The plane y = -1 seen from the origin, along -z: everything under the horizon that is in front.
        let size = 1e4
        let floor = [Vector3(-size, -1, size), Vector3(size, -1, size), Vector3(size, -1, -size), Vector3(-size, -1, -size)]
        var scene = Scene(actors: [Actor([triangles(floor, [0, 1, 2, 0, 2, 3])], material: unlit(1, 1, 1))], width: 60, height: 40)
        scene.camera = Camera(position: Vector3(0, 0, 0), focalPoint: Vector3(0, 0, -1), viewAngle: 60)
        let image = try render(scene)
        for y in 0..<40 { for x in 0..<60 { #expect((image[x, y].red != 0) == (y >= 20), "(\(x), \(y))") } }
    }

    @Test func linesAndPointsHaveTheirWidths() throws {
        func count(_ primitives: Drawable.Primitives, _ points: [Vector3], width: Float) throws -> Int {
            var material = unlit(1, 1, 1)
            material.lineWidth = width
            material.pointSize = width
            let drawable = Drawable(points: Points(points), primitives: primitives)
            return coverage(try render(pixelScene([Actor([drawable], material: material)]))).filter { $0 }.count
        }
        let ends = [Vector3(10, 20.5, 0), Vector3(40, 20.5, 0)]
        #expect(try count(.lines(Buffer([0, 1])), ends, width: 1) == 30)
        #expect(try count(.lines(Buffer([0, 1])), ends, width: 3) == 90)
        #expect(try count(.lines(Buffer([0, 1])), [Vector3(10, 10, 0), Vector3(30, 22, 0)], width: 1) == 20)
        #expect(try count(.lines(Buffer([0, 1])), [Vector3(10, 10, 0), Vector3(10, 10, 5)], width: 1) == 0)
        #expect(try count(.points(nil), [Vector3(20.5, 20.5, 0)], width: 1) == 1)
        #expect(try count(.points(nil), [Vector3(20.5, 20.5, 0), Vector3(40.5, 20.5, 0)], width: 5) == 50)
    }

    @Test func samplesAverageCoverage() throws {
        let half = [Vector3(-10, -10, 0), Vector3(20.5, -10, 0), Vector3(20.5, 100, 0), Vector3(-10, 100, 0)]
        var scene = pixelScene([Actor([triangles(half, [0, 1, 2, 0, 2, 3])], material: unlit(1, 1, 1))])
        scene.samples = 8
        let image = try render(scene)
        #expect(image[19, 20].red == 255 && image[20, 20].red == 128 && image[21, 20].red == 0)
    }

    @Test func hostileScenesDoNotTrap() throws {
        let nan = Double.nan
        let infinity = Double.infinity
        let wild = [
            Vector3(nan, 0, 0), Vector3(infinity, 3, 0), Vector3(10, 10, -infinity), Vector3(1e308, -1e308, 0), Vector3(20, 20, 0),
            Vector3(30, 40, 1e300),
        ]
        var random = SplitMix64(seed: 1)
        let indices = (0..<300).map { _ in Int32.random(in: 0..<6, using: &random) }
        let material = Material()
        let points = Points.float64(Buffer(wild.flatMap { [$0.x, $0.y, $0.z] }))
        let box = Bounds(lower: Vector3(0, 0, 0), upper: Vector3(40, 40, 1))
        let drawables = [
            Drawable(points: points, primitives: .triangles(Buffer(indices)), bounds: box),
            Drawable(points: points, primitives: .lines(Buffer(indices)), bounds: box),
            Drawable(points: points, primitives: .points(nil), bounds: box),
            Drawable(points: points, primitives: .spheres(nil, radius: 3, radii: nil), bounds: box),
            Drawable(points: points, primitives: .spheres(nil, radius: .nan, radii: nil), bounds: box),
        ]
        var scene = pixelScene([Actor(drawables, material: material)])
        _ = try render(scene)
        scene.camera = Camera(position: Vector3(20, 20, 30), focalPoint: Vector3(20, 20, 0))
        _ = try render(scene)
        scene.camera.position = Vector3(20, 20, 1)
        _ = try render(scene)

        let outside = Drawable(points: points, primitives: .triangles(Buffer([0, 1, 6])), bounds: box)
        #expect(throws: DatasetError.self) { try render(pixelScene([Actor([outside])])) }
        let negative = Drawable(points: points, primitives: .lines(Buffer([0, -1])), bounds: box)
        #expect(throws: DatasetError.self) { try render(pixelScene([Actor([negative])])) }
        var short = Drawable(points: points, primitives: .points(nil), bounds: box)
        short.normals = Buffer([1])
        #expect(throws: DatasetError.self) { try render(pixelScene([Actor([short])])) }
        #expect(coverage(try render(pixelScene([]))).allSatisfy { !$0 })
        var huge = pixelScene([])
        huge.width = 1 << 20
        #expect(throws: (any Error).self) { try render(huge) }
    }
}
