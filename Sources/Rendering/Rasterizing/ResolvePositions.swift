import CKernels
import Datasets
import Geometry
import Scenes

extension Resolver {
    /// Finds where samples are in space, for lights with places.
    func findPositions(_ batch: Batch, _ item: PreparedItem) {
        var spheres: (radius: Float, radii: Buffer<Float>?)?
        if case .spheres(_, let radius, let radii) = item.item.drawable.primitives { spheres = (radius, radii) }
        let origin = item.item.drawable.origin
        for place in 0..<batch.count {
            let corners = batch.corners + 3 * place
            let a = item.reader[corners[0]]
            let point =
                a + (item.reader[corners[1]] - a) * Double(batch.weight1[place]) + (item.reader[corners[2]] - a) * Double(batch.weight2[place])
            var view = viewPosition(point + origin)
            if let spheres {
                let radius = spheres.radii.map { $0.pointer[Int(corners[0])] } ?? spheres.radius
                view += SIMD3(batch.normalX[place], batch.normalY[place], batch.normalZ[place]) * radius
            }
            setPosition(batch, place, view)
        }
    }

    /// Finds the light at the points of triangles and interpolates it.
    func interpolateLight(_ batch: Batch, _ item: PreparedItem, _ normals: Buffer<Float>, _ lighting: Lighting) {
        let source = normals.pointer
        let view = ViewRotation(projection)
        let limit = item.item.drawable.points.count &- 1
        let groups = (batch.count + 7) / 8
        for corner in 0..<3 {
            for group in 0..<groups {
                let first = group &* 8
                let vectors = loadVectors(source, batch, first, limit)
                let normal = corner == 0 ? vectors.0 : corner == 1 ? vectors.1 : vectors.2
                view.store(normal.x, normal.y, normal.z, batch, first)
            }
            if lighting.needsPositions {
                for place in 0..<batch.count {
                    let point = item.reader[batch.corners[3 * place + corner]] + item.item.drawable.origin
                    setPosition(batch, place, viewPosition(point))
                }
            }
            lighting.addLight(batch, corner: corner)
        }
        withExtendedLifetime(normals) {}
    }

    private func viewPosition(_ point: Vector3) -> SIMD3<Float> {
        let view = projection.view(point)
        return SIMD3(Float(view.x), Float(view.y), Float(-view.z))
    }

    private func setPosition(_ batch: Batch, _ place: Int, _ position: SIMD3<Float>) {
        batch.positionX[place] = position.x
        batch.positionY[place] = position.y
        batch.positionZ[place] = position.z
    }
}
