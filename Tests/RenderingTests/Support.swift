import Datasets
import Execution
import Geometry
import Images
import Rasterizing
import Scenes
import Visibility

/// A scene in parallel projection whose world is the picture: x to the right and y down in pixels, z away from the viewer.
func pixelScene(_ actors: [Actor], width: Int = 64, height: Int = 48) -> Scene {
    let center = Vector3(Double(width) / 2, Double(height) / 2, 0)
    let camera = Camera(
        position: center - Vector3(0, 0, 100), focalPoint: center, viewUp: Vector3(0, -1, 0), parallelScale: Double(height) / 2,
        projection: .parallel)
    return Scene(actors: actors, camera: camera, width: width, height: height)
}

func unlit(_ red: Float, _ green: Float, _ blue: Float) -> Material {
    var material = Material(color: SIMD3(red, green, blue))
    material.isLit = false
    return material
}

func triangles(_ points: [Vector3], _ indices: [Int32]) -> Drawable {
    Drawable(points: .float64(Buffer(points.flatMap { [$0.x, $0.y, $0.z] })), primitives: .triangles(Buffer(indices)))
}

func render(_ scene: Scene, threads: Int = 2) throws -> ColorImage {
    try Rasterizer().render(try scene.makeDrawList(), in: ExecutionContext(threads: threads)).image
}

/// The pixels that are not black.
func coverage(_ image: ColorImage) -> [Bool] { image.pixels.map { $0.red != 0 || $0.green != 0 || $0.blue != 0 } }
