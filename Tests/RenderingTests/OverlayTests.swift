import Datasets
import Execution
import Geometry
import Images
import Scenes
import Testing

@Suite(.timeLimit(.minutes(1))) struct OverlayTests {
    private func picture(_ primitives: [OverlayPrimitive], threads: Int = 2) throws -> ColorImage {
        var scene = pixelScene([], width: 64, height: 48)
        scene.overlay = Overlay(primitives)
        return try render(scene, threads: threads)
    }

    private func sum(_ image: ColorImage) -> Double { image.pixels.reduce(0) { $0 + Double($1.red) / 255 } }

    @Test func aRectangleOnWholePixelsIsSharp() throws {
        let image = try picture([.rectangle(x: 10, y: 5, width: 20, height: 7, color: SIMD3(1, 0.5, 0))])
        for y in 0..<48 {
            for x in 0..<64 {
                let isInside = x >= 10 && x < 30 && y >= 5 && y < 12
                #expect(image[x, y] == (isInside ? RGBA8(255, 128, 0) : RGBA8(0, 0, 0)), "(\(x), \(y))")
            }
        }
    }

    @Test func areasAreThoseOfGeometry() throws {
        let white = SIMD3<Float>(1, 1, 1)
        let disc = OverlayPrimitive(.strokes([[SIMD2(30.3, 20.7)]], width: 25), color: white)
        #expect(abs(sum(try picture([disc])) - 12.5 * 12.5 * Double.pi) < 1)
        let line = OverlayPrimitive.line(from: SIMD2(10.2, 8.1), to: SIMD2(50.7, 37.4), width: 3, color: white)
        let length = (40.5 * 40.5 + 29.3 * 29.3).squareRoot()
        #expect(abs(sum(try picture([line])) - (length * 3 + 2.25 * Double.pi)) < 1)
        let triangle = OverlayPrimitive(.polygon([SIMD2(3.3, 4.1), SIMD2(60.2, 11.7), SIMD2(20.9, 44.4)]), color: white)
        let area = 0.5 * abs((60.2 - 3.3) * (44.4 - 4.1) - (20.9 - 3.3) * (11.7 - 4.1))
        #expect(abs(sum(try picture([triangle])) - area) < 1)
        // A square with a square hole, joined by a slit of no width.
        let frame = [(0, 0), (40, 0), (40, 40), (0, 40), (0, 0), (10, 10), (30, 10), (30, 30), (10, 30), (10, 10)]
        let ring = OverlayPrimitive(.polygon(frame.map { SIMD2(Double($0.0), Double($0.1)) }), color: white)
        #expect(sum(try picture([ring])) == 1200)
    }

    @Test func strokesOfOnePrimitiveAreDrawnOnce() throws {
        let cross = OverlayPrimitive(
            .strokes([[SIMD2(10, 24), SIMD2(50, 24)], [SIMD2(30, 4), SIMD2(30, 44)]], width: 4), color: SIMD3(1, 1, 1), opacity: 0.5)
        let image = try picture([cross])
        #expect(image[30, 24] == image[15, 24] && image[30, 24].red == 128)
        #expect(try picture([cross], threads: 1) == image)
        #expect(try picture([cross, cross])[15, 24].red == 192)
    }

    @Test func whatIsNoPlaceIsLeftOut() throws {
        let odd: [OverlayPrimitive] = [
            OverlayPrimitive(.polygon([SIMD2(.nan, 0), SIMD2(1, 1), SIMD2(2, 0)]), color: SIMD3(1, 1, 1)),
            OverlayPrimitive(.polygon([]), color: SIMD3(1, 1, 1)), OverlayPrimitive(.strokes([[]], width: 3), color: SIMD3(1, 1, 1)),
            OverlayPrimitive(.strokes([[SIMD2(1, 1)]], width: -.infinity), color: SIMD3(1, 1, 1)),
            .line(from: SIMD2(-1e300, -50), to: SIMD2(1e300, -50), width: 2, color: SIMD3(1, 1, 1)),
        ]
        #expect(sum(try picture(odd)) == 0)
        #expect(sum(try picture([.line(from: SIMD2(-1e300, 20), to: SIMD2(1e300, 20), width: 2, color: SIMD3(1, 1, 1))])) == 128)
    }
}
