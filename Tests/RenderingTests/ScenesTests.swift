import Geometry
import Scenes
import Testing

@Suite(.timeLimit(.minutes(1))) struct ScenesTests {
    @Test func resetIsThatOfVTK() {
        // vtkRenderer.ResetCamera of the box (-1, 2) (0, 1) (5, 9), 30°, 400×300 and 300×400.
        let bounds = Bounds(lower: Vector3(-1, 0, 5), upper: Vector3(2, 1, 9))
        var wide = Camera()
        wide.reset(to: bounds, aspect: 4.0 / 3)
        #expect(wide.focalPoint == Vector3(0.5, 0.5, 7))
        #expect(abs(wide.position.z - (7 + 0.5 * 26.0.squareRoot() / 0.25881904510252074)) < 1e-12)
        #expect(abs(wide.parallelScale - 0.5 * 26.0.squareRoot()) < 1e-12)
        var tall = Camera()
        tall.reset(to: bounds, aspect: 0.75)
        #expect(abs(tall.parallelScale - 0.5 * 26.0.squareRoot() / 0.75) < 1e-12)
        // sin(atan(0.75 tan 15°)) = 0.19703…
        let tangent = 0.75 * 0.2679491924311227
        #expect(abs(tall.distance - 0.5 * 26.0.squareRoot() / (tangent / (1 + tangent * tangent).squareRoot())) < 1e-9)
    }

    @Test func azimuthAndElevationTurnAsInVTK() {
        var camera = Camera(position: Vector3(0, 0, 10))
        camera.turn(azimuth: 90)
        #expect((camera.position - Vector3(10, 0, 0)).length < 1e-12)
        camera = Camera(position: Vector3(0, 0, 10))
        camera.raise(elevation: 30)
        #expect((camera.position - Vector3(0, 5, 10 * 0.8660254037844387)).length < 1e-12)
    }

    @Test(arguments: ColorPreset.allCases) func presetsPassThroughTheirControlPoints(preset: ColorPreset) {
        let points = preset.controlPoints
        #expect(points.first?.position == 0 && points.last?.position == 1)
        let count = 255 * 32 + 1
        let table = preset.table(count: count)
        // Where two points share a place the colour jumps, and the table has one of the two.
        for point in points where points.count(where: { $0.position == point.position }) == 1 {
            let entry = table[Int((point.position * Double(count - 1)).rounded())]
            for channel in 0..<3 {
                #expect(abs(Double(entry[channel]) - point.color[channel]) < 1.0 / 255, "\(preset.rawValue) at \(point.position)")
            }
        }
    }

    @Test func presetsHaveTheirPublishedEntries() {
        func bytes(_ preset: ColorPreset, _ index: Int) -> [Int] {
            let color = preset.table()[index]
            return (0..<3).map { Int((color[$0] * 255).rounded()) }
        }
        #expect(bytes(.viridis, 0) == [68, 1, 84] && bytes(.viridis, 255) == [253, 231, 37] && bytes(.viridis, 128) == [33, 145, 140])
        #expect(bytes(.turbo, 0) == [48, 18, 59] && bytes(.turbo, 255) == [122, 4, 3])
        #expect(bytes(.rainbow, 0) == [0, 0, 255] && bytes(.rainbow, 255) == [255, 0, 0])
        #expect(bytes(.coolWarm, 0) == [59, 76, 192] && bytes(.coolWarm, 255) == [180, 4, 38])
        #expect(ColorPreset(named: "Cool_Warm") == .coolWarm && ColorPreset(named: "none") == nil)
    }

    @Test func colorMapSemantics() {
        var map = ColorMap(.greys, range: (0, 256))
        #expect(map.index(of: 0) == 0 && map.index(of: 0.99) == 0 && map.index(of: 1) == 1 && map.index(of: 255.5) == 255)
        #expect(map.index(of: 256) == 255 && map.index(of: -5) == 0 && map.index(of: 1e9) == 255)
        map.nanColor = SIMD4(1, 0, 1, 1)
        #expect(map.color(of: .nan) == SIMD4(1, 0, 1, 1))
        #expect(map.color(of: -1) == map.table[0] && map.color(of: .infinity) == map.table[255])
        map.belowColor = SIMD4(0, 1, 0, 1)
        map.aboveColor = SIMD4(0, 0, 1, 1)
        #expect(map.color(of: -1) == SIMD4(0, 1, 0, 1) && map.color(of: 300) == SIMD4(0, 0, 1, 1) && map.color(of: 256) == map.table[255])
    }
}
