import Datasets
import Execution
import Geometry
import Images
import Scenes
import Testing

@Suite(.timeLimit(.minutes(1))) struct MaterialTests {
    /// Two squares: seen from the camera, the corners of the left one go round counterclockwise.
    private var squares: Drawable {
        let left = [Vector3(0, 0, 0), Vector3(0, 40, 0), Vector3(20, 40, 0), Vector3(20, 0, 0)]
        return triangles(left + left.map { $0 + Vector3(30, 0, 0) }, [0, 1, 2, 0, 2, 3, 4, 6, 5, 4, 7, 6])
    }

    @Test func sidesAreCulled() throws {
        for scale in [1.0, 100.0] {
            var scene = pixelScene([Actor([squares], material: unlit(1, 1, 1))])
            scene.camera.parallelScale /= scale
            let (left, right) = scale == 1 ? ((10, 20), (40, 20)) : ((10, 20), (40, 20))
            if scale > 1 { scene.camera.focalPoint.x = 10; scene.camera.position.x = 10 }
            scene.actors[0].material.culling = .back
            #expect(try render(scene)[left.0, left.1].red == 255)
            if scale == 1 { #expect(try render(scene)[right.0, right.1].red == 0) }
            scene.actors[0].material.culling = .front
            #expect(try render(scene)[left.0, left.1].red == 0)
            if scale == 1 { #expect(try render(scene)[right.0, right.1].red == 255) }
        }
    }

    @Test func backsHaveTheirOwnColor() throws {
        var material = unlit(1, 0, 0)
        material.backColor = SIMD3(0, 1, 0)
        let image = try render(pixelScene([Actor([squares], material: material)]))
        #expect(image[10, 20] == RGBA8(255, 0, 0) && image[40, 20] == RGBA8(0, 255, 0))
    }

    @Test func ambientLightHasItsColor() throws {
        var material = Material(color: SIMD3(0.5, 0.5, 0.5))
        material.ambient = 0.5
        material.diffuse = 0.6
        material.ambientColor = SIMD3(0, 0.4, 1)
        let pixel = try render(pixelScene([Actor([squares], material: material)]))[10, 20]
        #expect(abs(Double(pixel.red) - 255 * 0.3) < 1 && abs(Double(pixel.green) - 255 * 0.5) < 1 && abs(Double(pixel.blue) - 255 * 0.8) < 1)
    }

    @Test func lightsWithPlacesShineFromThem() throws {
        // A lamp 10 in front of a wall, over (10, 20).
        var scene = pixelScene([Actor([squares])])
        let lamp = Vector3(10.5, 20.5, -10)
        scene.lights = [Light(.positional(lamp))]
        let image = try render(scene)
        for x in [1, 5, 10, 15, 19] {
            let arm = Vector3(Double(x) + 0.5, 20.5, 0) - lamp
            #expect(abs(Double(image[x, 20].red) - 255 * 10 / arm.length) < 1, "column \(x)")
        }
        scene.lights[0].attenuation = SIMD3(1, 0.1, 0.01)
        let faded = try render(scene)
        #expect(abs(Double(faded[10, 20].red) - 255.0 / 3) < 1)
        scene.lights = [Light(.spot(lamp, direction: Vector3(0, 0, 2), coneAngle: 30, exponent: 2))]
        let spot = try render(scene)
        #expect(spot[10, 20].red == 255 && spot[17, 20].red == 0)
        let cosine = 10 / (100 + 25.0).squareRoot()
        #expect(abs(Double(spot[15, 20].red) - 255 * cosine * cosine * cosine) < 1.5)
        // Spheres know their surface.
        let ball = Drawable(points: Points([Vector3(40, 20, 0)]), primitives: .spheres(nil, radius: 8, radii: nil))
        scene.actors = [Actor([ball])]
        scene.lights = [Light(.positional(Vector3(40.5, 20.5, -1000)))]
        #expect(try render(scene)[40, 20].red >= 253)
        scene.lights = [Light(.camera(Vector3(0, 0, -1)))]
        let fromCamera = try render(scene)
        scene.lights = [Light()]
        #expect(try render(scene) == fromCamera)
    }

    @Test func gouraudLightIsThatOfThePoints() throws {
        var drawable = triangles([Vector3(0, 0, 0), Vector3(60, 0, 0), Vector3(0, 45, 0)], [0, 1, 2])
        // Cosines 1, 0.6 and 0.8.
        drawable.normals = Buffer([0, 0, -1, 0.8, 0, -0.6, 0.6, 0, -0.8])
        var material = Material()
        material.interpolation = .gouraud
        let image = try render(pixelScene([Actor([drawable], material: material)]))
        for (x, y) in [(2, 2), (20, 10), (40, 5), (5, 30)] {
            let (u, v) = ((Double(x) + 0.5) / 60, (Double(y) + 0.5) / 45)
            let expected = 255 * (1 - u - v + 0.6 * u + 0.8 * v)
            #expect(abs(Double(image[x, y].red) - expected) < 1, "(\(x), \(y))")
        }
        material.interpolation = .flat
        #expect(try render(pixelScene([Actor([drawable], material: material)]))[20, 10].red == 255)
    }
}
