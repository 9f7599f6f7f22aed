import Datasets
import Geometry
import Scenes

extension Resolver {
    /// Points face the viewer.
    func resolvePoints(_ batch: Batch, _ indices: Buffer<Int32>?) {
        for place in 0..<batch.count {
            let primitive = Int(batch.primitive[place])
            setCorners(batch, place, indices.map { $0.pointer[primitive] } ?? Int32(truncatingIfNeeded: primitive))
            setNormal(batch, place, SIMD3(0, 0, 1))
        }
    }

    /// Lines: the nearest point of the segment, and the normal across it that faces the viewer most.
    func resolveLines(_ batch: Batch, _ item: PreparedItem) {
        guard case .lines(let indices) = item.item.drawable.primitives else { return }
        let view = ViewRotation(projection)
        let normals = item.item.material.interpolation != .flat ? item.item.drawable.normals : nil
        for place in 0..<batch.count {
            let source = indices.pointer + 2 * Int(batch.primitive[place])
            let (a, b) = (source[0], source[1])
            let fraction = fractionAlong(item, a, b, Int(batch.x[place]), Int(batch.y[place]))
            let corners = batch.corners + 3 * place
            corners[0] = a
            corners[1] = b
            corners[2] = a
            batch.weight1[place] = Float(fraction)
            batch.weight2[place] = 0
            batch.facing[place] = 1
            if let normals {
                let n = normals.pointer
                func normal(_ i: Int32) -> SIMD3<Float> { SIMD3(n[3 * Int(i)], n[3 * Int(i) + 1], n[3 * Int(i) + 2]) }
                let world = normal(a) + (normal(b) - normal(a)) * Float(fraction)
                let turned = SIMD3(view.right.dot(world), view.up.dot(world), view.back.dot(world)).normalized
                setNormal(batch, place, turned.z < 0 ? -turned : turned)
            } else {
                let along = (item.reader[b] - item.reader[a]).normalized
                let t = SIMD3(projection.right.dot(along), projection.up.dot(along), -projection.forward.dot(along))
                let across = SIMD3(-t.x * t.z, -t.y * t.z, 1 - t.z * t.z).normalized
                setNormal(batch, place, across == SIMD3() ? SIMD3(0, 0, 1) : SIMD3<Float>(across))
            }
        }
    }

    /// How far along the segment in space the pixel's centre is.
    func fractionAlong(_ item: PreparedItem, _ a: Int32, _ b: Int32, _ x: Int, _ y: Int) -> Double {
        func clip(_ index: Int32) -> ClipVertex {
            let p = item.reader[index]
            return ClipVertex(clip: item.transform.clip(p.x, p.y, p.z), index: index)
        }
        let (first, second) = (clip(a), clip(b))
        let (wa, wb) = projection.isParallel ? (1, 1) : (first.clip.z, second.clip.z)
        // The plane through the eye, the pixel and the direction across the line cuts the segment.
        let center = SIMD2(Double(x) + 0.5, Double(y) + 0.5) * Double(subpixels)
        let ra = SIMD2(first.clip.x, first.clip.y) - center * wa
        let rb = SIMD2(second.clip.x, second.clip.y) - center * wb
        let direction = SIMD2(
            second.clip.x * wa - first.clip.x * wb, second.clip.y * wa - first.clip.y * wb)
        let da = ra.x * direction.x + ra.y * direction.y
        let db = rb.x * direction.x + rb.y * direction.y
        let fraction = da / (da - db)
        return fraction >= 0 ? min(fraction, 1) : 0
    }

    /// Spheres: the exact normal where the ray of the pixel's centre meets it, or at the outline where only another sample does.
    func resolveSpheres(_ batch: Batch, _ item: PreparedItem, _ indices: Buffer<Int32>?, _ radius: Float, _ radii: Buffer<Float>?) {
        let transform = SphereTransform(projection, origin: item.item.drawable.origin)
        for place in 0..<batch.count {
            let primitive = Int(batch.primitive[place])
            let index = indices.map { $0.pointer[primitive] } ?? Int32(truncatingIfNeeded: primitive)
            setCorners(batch, place, index)
            let p = item.reader[index]
            let center = transform.view(p.x, p.y, p.z)
            let r = Double(radii.map { $0.pointer[Int(index)] } ?? radius)
            let dx = (Double(batch.x[place]) + 0.5 - transform.centerX) * transform.unitsPerPixel
            let dy = (Double(batch.y[place]) + 0.5 - transform.centerY) * transform.unitsPerPixel
            let c = SIMD3(center.x, center.y, center.z)
            var normal: SIMD3<Double>
            if projection.isParallel {
                let (ex, ey) = (dx - c.x, dy - c.y)
                let square = r * r - ex * ex - ey * ey
                normal = SIMD3(ex, ey, square > 0 ? -square.squareRoot() : 0)
            } else {
                let ray = SIMD3(dx, dy, 1)
                let square = ray.dot(ray)
                let cross = ray.cross(c)
                let discriminant = square * r * r - cross.dot(cross)
                let root = discriminant > 0 ? discriminant.squareRoot() : 0
                var w = (ray.dot(c) - root) / square
                if w <= transform.near { w = (ray.dot(c) + root) / square }
                normal = ray * w - c
                if normal.dot(ray) > 0 && c.dot(c) < r * r { normal = -normal }
            }
            normal = normal.normalized
            setNormal(batch, place, SIMD3(Float(normal.x), Float(-normal.y), Float(-normal.z)))
        }
    }

    private func setCorners(_ batch: Batch, _ place: Int, _ index: Int32) {
        let corners = batch.corners + 3 * place
        corners[0] = index
        corners[1] = index
        corners[2] = index
        batch.weight1[place] = 0
        batch.weight2[place] = 0
        batch.facing[place] = 1
    }

    private func setNormal(_ batch: Batch, _ place: Int, _ normal: SIMD3<Float>) {
        batch.normalX[place] = normal.x
        batch.normalY[place] = normal.y
        batch.normalZ[place] = normal.z
    }
}
