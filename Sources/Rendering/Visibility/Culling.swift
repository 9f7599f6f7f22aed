import Execution
import Geometry
import Scenes

extension Scene {
    /// Lists what the camera may see: drawables whose bounds touch the frustum.
    ///
    /// - Throws: `SceneError` for a size, a sample count or a number of primitives that no picture can have.
    public func makeDrawList() throws -> DrawList {
        let start = monotonicSeconds()
        guard width > 0, height > 0, width <= 1 << 15, height <= 1 << 15 else {
            throw SceneError("picture size: expected 1×1 to 32768×32768, found \(width)×\(height)")
        }
        guard samples >= 1, samples <= 64 else { throw SceneError("samples: expected 1 to 64, found \(samples)") }
        let projection = ViewProjection(camera, width: width, height: height)
        guard projection.pixelsPerUnit.isFinite, projection.pixelsPerUnit > 0, projection.forward.length.isFinite,
            projection.right.length.isFinite, projection.position.length.isFinite
        else { throw SceneError("camera: expected finite vectors and a positive view angle or scale, found \(camera)") }
        let frustum = projection.frustum
        var items: [DrawList.Item] = []
        var culling = CullingStatistics()
        var base = 0
        for actor in actors {
            for drawable in actor.drawables {
                let count = drawable.idCount(actor.material.representation)
                guard base + count < Int(UInt32.max) else {
                    throw SceneError("primitives: expected fewer than \(UInt32.max), found at least \(base + count)")
                }
                culling.drawables += 1
                culling.primitives += count
                if count > 0 && frustum.mayIntersect(drawable.bounds) {
                    items.append(
                        DrawList.Item(
                            drawable: drawable, material: actor.material, colorMap: actor.colorMap, base: UInt32(base)))
                } else {
                    culling.culledDrawables += 1
                    culling.culledPrimitives += count
                }
                base += count
            }
        }
        culling.seconds = monotonicSeconds() - start
        return DrawList(
            items: items, lights: lights, background: background, projection: projection, samples: samples, culling: culling)
    }
}

extension Drawable {
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
