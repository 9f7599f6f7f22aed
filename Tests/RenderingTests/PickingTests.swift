import Datasets
import Execution
import Geometry
import Images
import Mapping
import Rasterizing
import Scenes
import Testing

@Suite(.timeLimit(.minutes(1))) struct PickingTests {
    private let context = ExecutionContext(threads: 2)

    private func square(_ z: Double, from a: Double = 0, to b: Double = 40) -> Drawable {
        triangles([Vector3(a, a, z), Vector3(b, a, z), Vector3(b, b, z), Vector3(a, b, z)], [0, 1, 2, 0, 2, 3])
    }

    @Test func aPickTellsPlaceCellPointAndValue() throws {
        var near = square(-5, from: 10, to: 20)
        near.cells = Buffer([0, 0])
        near.firstCell = 7
        near.cellIds = Buffer([1234])
        near.colors = .pointScalars(Buffer([0, 10, 20, 10]))
        let map = ColorMap(.viridis, range: (0, 20))
        var glass = Material()
        glass.opacity = 0.3
        let list = try pixelScene([Actor([square(5)]), Actor([square(9), near], material: glass, colorMap: map)]).makeDrawList()
        let renderer = Rasterizer()
        let hit = try #require(try renderer.pick(list, x: 12, y: 16, in: context))
        #expect((hit.layer, hit.actor, hit.drawable, hit.cell) == (0, 1, 1, 7))
        #expect(hit.originalCell == 1234 && hit.point == 3)
        #expect((hit.position - Vector3(12.5, 16.5, -5)).length < 1e-9)
        #expect(abs(hit.distance - 95) < 1e-9)
        // The value is x + y from the corner in both triangles.
        #expect(abs(try #require(hit.value) - 9) < 1e-9)
        let behind = try #require(try renderer.pick(list, x: 30, y: 5, in: context))
        #expect((behind.actor, behind.cell, behind.point, behind.value) == (0, 0, 1, nil))
        #expect(try renderer.pick(list, x: 50, y: 45, in: context) == nil)
        #expect(try renderer.pick(list, x: -1, y: 5000, in: context) == nil)
    }

    @Test func picksLieOnTheirPrimitives() throws {
        let center = Vector3(0.3, -0.2, -6)
        let sphere = Drawable(points: Points([center]), primitives: .spheres(nil, radius: 1, radii: nil))
        let segment = Drawable(points: Points([Vector3(-3, 1.5, -4), Vector3(3, 1.7, -9)]), primitives: .lines(Buffer([0, 1])))
        let wall = triangles([Vector3(-9, -9, -12), Vector3(9, -9, -20), Vector3(0, 9, -15)], [0, 1, 2])
        var scene = Scene(actors: [Actor([sphere, segment, wall])], width: 90, height: 70)
        scene.camera = Camera(position: Vector3(0, 0, 0), focalPoint: Vector3(0, 0, -1), viewAngle: 50)
        let list = try scene.makeDrawList()
        let renderer = Rasterizer()
        let frame = try renderer.frameBuffer(list, in: context)
        let normal = (Vector3(18, 0, -8)).cross(Vector3(9, 18, -3)).normalized
        var counts = [0, 0, 0]
        for y in stride(from: 0, to: 70, by: 3) {
            for x in stride(from: 0, to: 90, by: 3) {
                let pick = try renderer.pick(list, x: x, y: y, in: context)
                #expect((pick == nil) == (frame.id(x: x, y: y) == nil), "(\(x), \(y))")
                guard let pick else { continue }
                counts[pick.drawable] += 1
                #expect(abs(Double(frame.distance(x: x, y: y)) - pick.distance) < (pick.drawable == 1 ? 0.05 : 2e-3) * pick.distance, "(\(x), \(y))")
                let ray = list.projection.view(pick.position)
                if pick.drawable != 1 {
                    #expect(abs(ray.x / ray.z * list.projection.pixelsPerUnit + 45 - Double(x) - 0.5) < 0.51, "(\(x), \(y))")
                }
                switch pick.drawable {
                case 0: #expect(abs((pick.position - center).length - 1) < 1e-6)
                case 2: #expect(abs((pick.position - Vector3(-9, -9, -12)).dot(normal)) < 1e-9)
                // Its points are Float: half a unit in the last place of 3.
                default: #expect(abs(pick.position.y - 1.5 - 0.2 * (pick.position.x + 3) / 6) < 2.5e-7)
                }
            }
        }
        #expect(counts[0] > 10 && counts[2] > 50)
        #expect(try renderer.frameBuffer(list, in: ExecutionContext(threads: 1)).withIds { Array($0) } == frame.withIds { Array($0) })
        // What was drawn for picking leaves no trace in pictures.
        #expect(try renderer.render(list, in: context).image == render(scene))
    }

    @Test func layersAreDrawnOverAndPickedFirst() throws {
        var scene = pixelScene([Actor([square(5)], material: unlit(1, 0, 0))])
        var camera = scene.camera
        camera.position.z = -1000
        camera.focalPoint = Vector3(16, 12, 0)
        camera.position.x = 16
        camera.position.y = 12
        camera.parallelScale = 12
        var glass = unlit(0, 0, 1)
        glass.opacity = 0.5
        // A quarter of the picture, at the lower left: 32×24 pixels; its square covers 16×16 of them at the upper left.
        let viewport = Viewport(x: 0, y: 0, width: 0.5, height: 0.5)
        let layer = Layer(actors: [Actor([square(500, from: 0, to: 16)], material: glass)], camera: camera, viewport: viewport)
        #expect(!layer.isInteractive)
        scene.layers = [layer]
        let image = try render(scene)
        #expect(image[5, 5] == RGBA8(255, 0, 0) && image[5, 30] == RGBA8(128, 0, 128))
        #expect(image[20, 30] == RGBA8(255, 0, 0) && image[5, 46] == RGBA8(0, 0, 0) && image[50, 45] == RGBA8(0, 0, 0))
        let renderer = Rasterizer()
        let list = try scene.makeDrawList()
        #expect(try renderer.pick(list, x: 5, y: 30, in: context)?.layer == 1)
        #expect(try renderer.pick(list, x: 20, y: 30, in: context)?.layer == 0)
        scene.samples = 4
        #expect(try render(scene)[5, 30] == RGBA8(128, 0, 128))
        #expect(try render(scene, threads: 1) == render(scene, threads: 3))
    }

    @Test func drawablesOfDatasetsKnowTheirCells() throws {
        var poly = PolyData(points: Points([Vector3(0, 0, 0), Vector3(30, 0, 0), Vector3(30, 30, 0), Vector3(0, 30, 0)]))
        poly.lines = CellArray([[0, 1], [1, 2]])
        poly.polygons = CellArray([[0, 1, 2, 3]])
        poly.attributes.cellData.set(FieldArray(name: DatasetMapper.originalCellIds, Buffer<Int64>([50, 60, 70])))
        let drawables = try DatasetMapper().drawables(of: .poly(poly), context: context)
        let list = try pixelScene([Actor(drawables)]).makeDrawList()
        let hit = try #require(try Rasterizer().pick(list, x: 15, y: 20, in: context))
        #expect((hit.cell, hit.originalCell, hit.drawable) == (2, 70, 1))
    }
}
