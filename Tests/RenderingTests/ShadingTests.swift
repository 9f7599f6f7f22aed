import Datasets
import Execution
import Geometry
import Images
import Scenes
import Testing

@Suite(.timeLimit(.minutes(1))) struct ShadingTests {
    @Test func aSphereInParallelProjectionIsAnalytic() throws {
        let radius = 20.0
        let drawable = Drawable(
            points: Points([Vector3(32, 24, 0)]), primitives: .spheres(nil, radius: Float(radius), radii: nil))
        let image = try render(pixelScene([Actor([drawable])]))
        for y in 0..<48 {
            for x in 0..<64 {
                let (dx, dy) = (Double(x) + 0.5 - 32, Double(y) + 0.5 - 24)
                let square = radius * radius - dx * dx - dy * dy
                let expected = square >= 0 ? Int(square.squareRoot() / radius * 255 + 0.5) : 0
                #expect(abs(Int(image[x, y].red) - expected) <= 1, "(\(x), \(y))")
            }
        }
    }

    @Test(arguments: [0.5, 3.0, 40.0]) func aSphereInPerspectiveIsAnalytic(distance: Double) throws {
        // Off the axis, so that its outline is an ellipse.
        let center = SIMD3(distance * 0.2, distance * 0.1, distance)
        let radius = distance * 0.15
        let drawable = Drawable(
            points: Points.float64(Buffer([center.x, center.y, -center.z])), primitives: .spheres(nil, radius: Float(radius), radii: nil))
        var scene = Scene(actors: [Actor([drawable])], width: 200, height: 160)
        scene.camera = Camera(position: Vector3(0, 0, 0), focalPoint: Vector3(0, 0, -1), viewAngle: 40)
        let image = try render(scene)
        let focal = 80 / 0.36397023426620234
        var hits = 0
        for y in 0..<160 {
            for x in 0..<200 {
                let ray = SIMD3((Double(x) + 0.5 - 100) / focal, (80 - Double(y) - 0.5) / focal, 1)
                let b = ray.dot(center)
                let a = ray.dot(ray)
                let discriminant = b * b - a * (center.dot(center) - radius * radius)
                if abs(discriminant) < 1e-6 * b * b { continue }
                if discriminant < 0 {
                    #expect(image[x, y].red == 0, "(\(x), \(y))")
                } else {
                    let normal = (ray * ((b - discriminant.squareRoot()) / a) - center) / radius
                    let expected = Int(max(0, -normal.z) * 255 + 0.5)
                    #expect(abs(Int(image[x, y].red) - expected) <= 1, "(\(x), \(y))")
                    hits += 1
                }
            }
        }
        #expect(hits > 500)
    }

    @Test func spheresCutEachOtherWhereTheyMeet() throws {
        // Two equal spheres side by side meet in the plane between them.
        var drawable = Drawable(
            points: Points([Vector3(24, 24, 0), Vector3(40, 24, 0)]), primitives: .spheres(nil, radius: 14, radii: nil))
        drawable.colors = .pointColors(Buffer([255, 0, 0, 0, 255, 0]), components: 3)
        let image = try render(pixelScene([Actor([drawable], material: unlit(1, 1, 1))]))
        for y in 15..<33 {
            #expect(image[31, y] == RGBA8(255, 0, 0) && image[32, y] == RGBA8(0, 255, 0), "row \(y)")
        }
    }

    @Test func depthIsExactWherePlanesCross() throws {
        let a = [Vector3(0, 0, 0), Vector3(64, 0, 64), Vector3(64, 48, 64), Vector3(0, 48, 0)]
        let b = [Vector3(0, 0, 64), Vector3(64, 0, 0), Vector3(64, 48, 0), Vector3(0, 48, 64)]
        let scene = pixelScene([
            Actor([triangles(a, [0, 1, 2, 0, 2, 3])], material: unlit(1, 0, 0)),
            Actor([triangles(b, [0, 1, 2, 0, 2, 3])], material: unlit(0, 1, 0)),
        ])
        let image = try render(scene)
        for y in 0..<48 { for x in 0..<64 { #expect((image[x, y].red != 0) == (x < 32), "(\(x), \(y))") } }
    }

    @Test func scalarsAreInterpolatedThenMapped() throws {
        let square = [Vector3(0, 0, 0), Vector3(64, 0, 0), Vector3(64, 48, 0), Vector3(0, 48, 0)]
        var drawable = triangles(square, [0, 1, 2, 0, 2, 3])
        drawable.colors = .pointScalars(Buffer([0, 64, 64, 0]))
        let map = ColorMap(.viridis, range: (0, 64))
        let image = try render(pixelScene([Actor([drawable], material: unlit(1, 1, 1), colorMap: map)]))
        for x in 0..<64 {
            let color = map.table[(4 * x + 2)]
            let pixel = image[x, 17]
            // A rounding may fall to the next entry.
            #expect(abs(Float(pixel.red) - color.x * 255) < 3 && abs(Float(pixel.green) - color.y * 255) < 3, "column \(x)")
        }
        drawable.colors = .pointScalars(Buffer([0, .nan, 64, 0]))
        let withNaN = try render(pixelScene([Actor([drawable], material: unlit(1, 1, 1), colorMap: map)]))
        #expect(withNaN[50, 5] == RGBA8(128, 0, 0))
        drawable.colors = .cellScalars(Buffer([10, 50]))
        let byCell = try render(pixelScene([Actor([drawable], material: unlit(1, 1, 1), colorMap: map)]))
        #expect(abs(Float(byCell[60, 5].green) - map.color(of: 10).y * 255) <= 0.5)
        #expect(abs(Float(byCell[3, 40].green) - map.color(of: 50).y * 255) <= 0.5)
    }

    @Test func interpolationIsPerspectiveCorrect() throws {
        // A wall that leads away: the value at a pixel follows from the ray's cut with the wall.
        let wall = [Vector3(-1, -1, -2), Vector3(3, -1, -10), Vector3(3, 1, -10), Vector3(-1, 1, -2)]
        var drawable = triangles(wall, [0, 1, 2, 0, 2, 3])
        drawable.colors = .pointScalars(Buffer([0, 1, 1, 0]))
        var scene = Scene(
            actors: [Actor([drawable], material: unlit(1, 1, 1), colorMap: ColorMap(.greys, range: (0, 1)))], width: 100, height: 100)
        scene.camera = Camera(position: Vector3(0, 0, 0), focalPoint: Vector3(0, 0, -1), viewAngle: 60)
        let image = try render(scene)
        let focal = 50 / 0.5773502691896257
        for x in 10..<70 {
            let slope = (Double(x) + 0.5 - 50) / focal
            // (-1 + 4 t) = slope (2 + 8 t)
            let t = (1 + 2 * slope) / (4 - 8 * slope)
            guard t > 0, t < 1 else { continue }
            #expect(abs(Double(image[x, 50].red) - t * 255) < 1.6, "column \(x)")
        }
    }

    @Test func materialsFollowTheirTerms() throws {
        let tilted = [Vector3(0, 0, -100), Vector3(64, 0, -36), Vector3(64, 48, -36), Vector3(0, 48, -100)]
        var material = Material(color: SIMD3(0.8, 0.4, 0.2))
        material.ambient = 0.1
        material.diffuse = 0.5
        material.specular = 0.5
        material.specularPower = 4
        var scene = pixelScene([Actor([triangles(tilted, [0, 1, 2, 0, 2, 3])], material: material)])
        scene.camera.position.z = -300
        let cosine = 0.5.squareRoot()
        let light = 0.1 + 0.5 * cosine
        let shine = 0.5 * 0.25
        let pixel = try render(scene)[30, 20]
        #expect(abs(Double(pixel.red) - (0.8 * light + shine) * 255) < 1)
        #expect(abs(Double(pixel.green) - (0.4 * light + shine) * 255) < 1)
        #expect(abs(Double(pixel.blue) - (0.2 * light + shine) * 255) < 1)
        // A light from the viewer's direction is the headlight; the back side is lit alike.
        scene.lights = [Light(.directional(Vector3(0, 0, 1)))]
        scene.actors[0].material.specular = 0
        let lit = try render(scene)[30, 20]
        #expect(abs(Double(lit.red) - 0.8 * light * 255) < 1)
        scene.actors[0].drawables[0].primitives = .triangles(Buffer([0, 2, 1, 0, 3, 2]))
        #expect(try render(scene)[30, 20] == lit)
    }

    @Test func edgesAreThoseOfCells() throws {
        let square = [Vector3(8, 8, 0), Vector3(56, 8, 0), Vector3(56, 40, 0), Vector3(8, 40, 0)]
        var drawable = triangles(square, [0, 1, 2, 0, 2, 3])
        drawable.cellEdges = Buffer([3, 6])
        drawable.cells = Buffer([0, 0])
        var material = unlit(1, 1, 1)
        material.showsEdges = true
        material.edgeColor = SIMD3(1, 0, 0)
        material.lineWidth = 2
        let image = try render(pixelScene([Actor([drawable], material: material)]))
        #expect(image[8, 20] == RGBA8(255, 0, 0) && image[30, 8] == RGBA8(255, 0, 0) && image[55, 20] == RGBA8(255, 0, 0))
        #expect(image[32, 24] == RGBA8(255, 255, 255) && image[20, 16] == RGBA8(255, 255, 255))
        material.representation = .wireframe
        material.showsEdges = false
        material.lineWidth = 1
        let wires = coverage(try render(pixelScene([Actor([drawable], material: material)])))
        #expect(!wires[24 * 64 + 32] && wires[20 * 64 + 7])
        #expect((150...170).contains(wires.filter { $0 }.count))
    }

    @Test func coordinatesFarFromTheOriginKeepTheirPrecision() throws {
        let offset = Vector3(1e9, -2e9, 5e8)
        let corners = [Vector3(10, 10, 0), Vector3(30, 10, 0), Vector3(10, 30, 0)]
        let near = try render(pixelScene([Actor([triangles(corners, [0, 1, 2])])]))
        var scene = pixelScene([Actor([triangles(corners.map { $0 + offset }, [0, 1, 2])])])
        scene.camera.position += offset
        scene.camera.focalPoint += offset
        #expect(try render(scene) == near)
        var moved = triangles(corners, [0, 1, 2])
        moved.origin = offset
        scene.actors = [Actor([moved])]
        #expect(try render(scene) == near)
    }
}
