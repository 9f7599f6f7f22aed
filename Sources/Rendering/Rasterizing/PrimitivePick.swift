import Datasets
import Geometry
import Images
import Scenes

/// Where the ray through the centre of a pixel meets one primitive, in Double.
struct PrimitivePick {
    private let resolver: Resolver
    private let item: PreparedItem
    private let primitive: Int
    private let x: Int
    private let y: Int

    init(_ resolver: Resolver, _ item: PreparedItem, _ primitive: Int, _ x: Int, _ y: Int) {
        self.resolver = resolver
        self.item = item
        self.primitive = primitive
        self.x = x
        self.y = y
    }

    /// - Parameter depth: of the sample that was found.
    func pick(_ layer: Int, depth: Int32) -> Pick {
        let drawable = item.item.drawable
        let (corners, weights) = weights()
        var position = Vector3()
        for (corner, weight) in zip(corners, weights) { position += item.reader[corner] * weight }
        if case .spheres(_, let radius, let radii) = drawable.primitives {
            position = onSphere(position, Double(radii.map { $0[Int(corners[0])] } ?? radius))
        }
        var nearest = corners[0]
        for corner in corners {
            let (a, b) = ((item.reader[corner] - position).length, (item.reader[nearest] - position).length)
            if a < b || (a == b && corner < nearest) { nearest = corner }
        }
        let cell = drawable.cells.map { Int($0[primitive]) } ?? primitive
        let world = position + drawable.origin
        var pick = Pick(
            layer: layer, actor: item.item.actor, drawable: item.item.part, cell: drawable.firstCell + cell, point: Int(nearest),
            position: world, distance: resolver.projection.view(world).z)
        switch drawable.colors {
        case .pointScalars(let values):
            pick.value = zip(corners, weights).reduce(0) { $1.1 == 0 ? $0 : $0 + Double(values[Int($1.0)]) * $1.1 }
        case .cellScalars(let values): pick.value = Double(values[cell])
        default: break
        }
        pick.originalCell = drawable.cellIds.map { $0[cell] }
        pick.depth = depth
        pick.order = SampleOrder(item.item, primitive)
        return pick
    }

    /// The primitive's points and how much each counts at the pixel.
    private func weights() -> (corners: [Int32], weights: [Double]) {
        switch item.item.drawable.primitives {
        case .triangles(let indices):
            let corners = (0..<3).map { indices[3 * primitive + $0] }
            let center = SIMD2(Double(x) + 0.5, Double(y) + 0.5) * Double(subpixels)
            let relative = corners.map { corner in
                let p = item.reader[corner]
                let clip = item.transform.clip(p.x, p.y, p.z)
                let w = resolver.projection.isParallel ? 1 : clip.z
                return SIMD2(clip.x - center.x * w, clip.y - center.y * w)
            }
            func cross(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { a.x * b.y - a.y * b.x }
            let areas = [cross(relative[1], relative[2]), cross(relative[2], relative[0]), cross(relative[0], relative[1])]
            let sum = areas[0] + areas[1] + areas[2]
            // The pixel may lie outside by the rounding of corners to 1/256 pixel; a triangle seen edge on has no area.
            if sum == 0 { return (corners, [1, 0, 0]) }
            let inside = areas.map { max($0 / sum, 0) }
            let total = inside[0] + inside[1] + inside[2]
            return (corners, inside.map { $0 / total })
        case .lines(let indices):
            let (a, b) = (indices[2 * primitive], indices[2 * primitive + 1])
            let fraction = resolver.fractionAlong(item, a, b, x, y)
            return ([a, b], [1 - fraction, fraction])
        case .points(let indices), .spheres(let indices, _, _):
            return ([indices.map { $0[primitive] } ?? Int32(truncatingIfNeeded: primitive)], [1])
        }
    }

    /// The nearest point of a sphere on the ray; its centre moved towards the viewer where rounding lets the ray miss it.
    private func onSphere(_ center: Vector3, _ radius: Double) -> Vector3 {
        let projection = resolver.projection
        let origin = item.item.drawable.origin
        let transform = SphereTransform(projection, origin: origin)
        let view = transform.view(center.x, center.y, center.z)
        let dx = (Double(x) + 0.5 - transform.centerX) * transform.unitsPerPixel
        let dy = (Double(y) + 0.5 - transform.centerY) * transform.unitsPerPixel
        if projection.isParallel {
            let (ex, ey) = (dx - view.x, dy - view.y)
            let square = max(radius * radius - ex * ex - ey * ey, 0)
            return center + projection.right * ex - projection.up * ey - projection.forward * square.squareRoot()
        }
        guard let w = transform.nearestHit(SIMD3(dx, dy, 1), view, radius) else {
            return center - (center + origin - projection.position).normalized * radius
        }
        return projection.position + (projection.right * dx - projection.up * dy + projection.forward) * w - origin
    }
}
