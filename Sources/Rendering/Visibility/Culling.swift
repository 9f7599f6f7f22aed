import Annotating
import Execution
import Geometry
import Scenes

extension Scene {
    /// Lists what the cameras may see: drawables whose bounds touch the frustum.
    ///
    /// - Throws: `SceneError` for a size, a sample count or a number of primitives that no picture can have.
    public func makeDrawList() throws -> DrawList {
        guard width > 0, height > 0, width <= 1 << 15, height <= 1 << 15 else {
            throw SceneError("picture size: expected 1×1 to 32768×32768, found \(width)×\(height)")
        }
        guard samples >= 1, samples <= 64 else { throw SceneError("samples: expected 1 to 64, found \(samples)") }
        var base = 0
        let region = PixelRegion(x: 0, y: 0, width: width, height: height)
        let annotation = AnnotationLayout(self)
        var list = try makeList(actors + annotation.actors, lights, camera, region, &base)
        for layer in layers {
            guard let region = layer.viewport.region(width: width, height: height) else { continue }
            list.layers.append(try makeList(layer.actors, layer.lights, layer.camera, region, &base))
        }
        list.overlay = annotation.overlay
        list.overlay.append(overlay)
        return list
    }

    private func makeList(
        _ actors: [Actor], _ lights: [Light], _ camera: Camera, _ region: PixelRegion, _ base: inout Int
    ) throws -> DrawList {
        let start = monotonicSeconds()
        let projection = ViewProjection(camera, width: region.width, height: region.height)
        guard projection.pixelsPerUnit.isFinite, projection.pixelsPerUnit > 0, projection.forward.length.isFinite,
            projection.right.length.isFinite, projection.position.length.isFinite
        else { throw SceneError("camera: expected finite vectors and a positive view angle or scale, found \(camera)") }
        let frustum = projection.frustum
        var items: [DrawList.Item] = []
        var culling = CullingStatistics()
        for (index, actor) in actors.enumerated() {
            for (part, drawable) in actor.drawables.enumerated() {
                let count = drawable.idCount(actor.material.representation)
                guard base + count < Int(UInt32.max) else {
                    throw SceneError("primitives: expected fewer than \(UInt32.max), found at least \(base + count)")
                }
                culling.drawables += 1
                culling.primitives += count
                let reach = drawable.reach(actor.material)
                let seen = reach > 0 ? projection.frustum(of: PixelRegion(x: 0, y: 0, width: region.width, height: region.height), margin: reach) : frustum
                if count > 0 && actor.material.opacity > 0 && seen.mayIntersect(drawable.bounds) {
                    var item = DrawList.Item(drawable: drawable, material: actor.material, colorMap: actor.colorMap, base: UInt32(base))
                    item.actor = index
                    item.part = part
                    items.append(item)
                } else {
                    culling.culledDrawables += 1
                    culling.culledPrimitives += count
                }
                base += count
            }
        }
        culling.seconds = monotonicSeconds() - start
        var list = DrawList(
            items: items, lights: lights, background: background, projection: projection, samples: samples, culling: culling)
        list.region = region
        return list
    }
}

extension Drawable {
    /// Pixels that lines and points are drawn beyond their places.
    fileprivate func reach(_ material: Material) -> Double {
        switch primitives {
        case .triangles where material.representation == .surface: 0
        case .spheres: 0
        default: Double(min(max(material.lineWidth, material.pointSize, 1), 4096)) * 0.5 + 1
        }
    }

    /// Ids that the primitives need: three a triangle where its edges or corners are drawn.
    fileprivate func idCount(_ representation: Material.Representation) -> Int {
        if case .triangles = primitives, representation != .surface { return 3 * count }
        return count
    }
}

/// A scene that cannot be drawn.
public struct SceneError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
