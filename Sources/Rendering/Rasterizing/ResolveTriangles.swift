import CKernels
import Datasets
import Geometry
import Scenes

extension Resolver {
    /// Finds corners, perspective-correct weights and normals of samples on triangles.
    func resolveTriangles(_ batch: Batch, _ item: PreparedItem) {
        guard case .triangles(let buffer) = item.item.drawable.primitives else { return }
        let indices = buffer.pointer
        let vertices = item.vertices!
        let groups = (batch.count + 7) / 8
        let material = item.item.material
        let half = SIMD8<Int32>(repeating: 128)
        // Memory is far away: all indices are asked for before the points that they name.
        for place in 0..<8 &* groups {
            let source = indices + 3 &* Int(batch.primitive[place])
            let corners = batch.corners + 3 &* place
            for corner in 0..<3 {
                let index = source[corner]
                corners[corner] = index
                ck_prefetch(vertices + Int(index))
            }
        }
        for group in 0..<groups {
            let first = group &* 8
            let corners = batch.corners + 3 &* first
            let c = batch.loaded
            ck_load_corners_8(vertices, corners, c.memory)
            // Whole pixels: the weights are those of the pixel's centre, whichever sample was hit.
            let sx = (UnsafeRawPointer(batch.x + first).loadUnaligned(as: SIMD8<Int32>.self) &<< 8) &+ half
            let sy = (UnsafeRawPointer(batch.y + first).loadUnaligned(as: SIMD8<Int32>.self) &<< 8) &+ half
            let ax = ck_to_float_8(c.x0 &- sx)
            let ay = ck_to_float_8(c.y0 &- sy)
            let bx = ck_to_float_8(c.x1 &- sx)
            let by = ck_to_float_8(c.y1 &- sy)
            let dx = ck_to_float_8(c.x2 &- sx)
            let dy = ck_to_float_8(c.y2 &- sy)
            let e0 = bx * dy - by * dx
            let e1 = dx * ay - dy * ax
            let e2 = ax * by - ay * bx
            let one = SIMD8<Float>(repeating: 1)
            let isParallel = projection.isParallel
            let p0 = e0 * (isParallel ? one : unsafeBitCast(c.z0, to: SIMD8<Float>.self))
            let p1 = e1 * (isParallel ? one : unsafeBitCast(c.z1, to: SIMD8<Float>.self))
            let p2 = e2 * (isParallel ? one : unsafeBitCast(c.z2, to: SIMD8<Float>.self))
            let inverse = one / (p0 + p1 + p2)
            let zero = SIMD8<Float>(repeating: 0)
            // Lanes that are no number (triangles without area in Float) take the first corner: max keeps its second operand.
            let w1 = ck_min_8f(ck_max_8f(p1 * inverse, zero), one)
            let w2 = ck_min_8f(ck_max_8f(p2 * inverse, zero), one)
            UnsafeMutableRawPointer(batch.weight1 + first).storeBytes(of: w1, as: SIMD8<Float>.self)
            UnsafeMutableRawPointer(batch.weight2 + first).storeBytes(of: w2, as: SIMD8<Float>.self)
            let flagged = ck_sign_mask_8(SIMD8<Int32>(repeating: 0) &- (c.w0 | c.w1 | c.w2))
            if material.backColor != nil {
                // Fronts go round counterclockwise: their area is negative, y being down.
                UnsafeMutableRawPointer(batch.facing + first).storeBytes(of: zero - (e0 + e1 + e2), as: SIMD8<Float>.self)
            }
            if flagged != 0 { weighExactly(batch, item, first, flagged) }
            if material.showsEdges { markEdges(batch, item, first, (ax, ay), (bx, by), (dx, dy), (e0, e1, e2)) }
        }
        withExtendedLifetime(buffer) {}
        prefetchAttributes(batch, item.item)
    }

    /// Asks for the normals and scalars of the batch's points.
    private func prefetchAttributes(_ batch: Batch, _ item: DrawList.Item) {
        let drawable = item.drawable
        if item.material.isLit {
            if item.material.interpolation != .flat, let normals = drawable.normals {
                for corner in 0..<3 &* batch.count { ck_prefetch(normals.pointer + 3 &* Int(batch.corners[corner])) }
            } else if case .float32(let points) = drawable.points {
                for corner in 0..<3 &* batch.count { ck_prefetch(points.pointer + 3 &* Int(batch.corners[corner])) }
            }
        }
        if case .pointScalars(let values) = drawable.colors {
            for corner in 0..<3 &* batch.count { ck_prefetch(values.pointer + Int(batch.corners[corner])) }
        }
    }

    /// Weights of triangles that reach behind the camera or far off screen, in Double and before division by w.
    @inline(never) private func weighExactly(_ batch: Batch, _ item: PreparedItem, _ first: Int, _ lanes: UInt32) {
        for lane in 0..<8 where lanes >> UInt32(lane) & 1 == 1 {
            let place = first + lane
            let x = (Double(batch.x[place]) + 0.5) * Double(subpixels)
            let y = (Double(batch.y[place]) + 0.5) * Double(subpixels)
            let relative = (0..<3).map { corner in
                let p = item.reader[batch.corners[3 * place + corner]]
                let clip = item.transform.clip(p.x, p.y, p.z)
                let w = projection.isParallel ? 1 : clip.z
                return SIMD2(clip.x - x * w, clip.y - y * w)
            }
            func cross(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { a.x * b.y - a.y * b.x }
            let e0 = cross(relative[1], relative[2])
            let e1 = cross(relative[2], relative[0])
            let e2 = cross(relative[0], relative[1])
            let sum = e0 + e1 + e2
            let w1 = e1 / sum
            let w2 = e2 / sum
            batch.weight1[place] = w1 >= 0 ? Float(min(w1, 1)) : 0
            batch.weight2[place] = w2 >= 0 ? Float(min(w2, 1)) : 0
            batch.facing[place] = sum > 0 ? -1 : 1
        }
    }

    /// Marks samples within half a line's width of an edge of their cell.
    private func markEdges(
        _ batch: Batch, _ item: PreparedItem, _ first: Int, _ a: (SIMD8<Float>, SIMD8<Float>), _ b: (SIMD8<Float>, SIMD8<Float>),
        _ c: (SIMD8<Float>, SIMD8<Float>), _ edges: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)
    ) {
        let half = max(item.item.material.lineWidth, 1) * 128
        let flags = item.item.drawable.cellEdges
        // Not those that fill up the last eight: nobody would take their marks away.
        for lane in 0..<min(8, batch.count &- first) {
            let bits = flags.map { $0.pointer[Int(batch.primitive[first + lane])] } ?? 7
            func isNear(_ edge: Float, _ dx: Float, _ dy: Float) -> Bool { edge * edge <= half * half * (dx * dx + dy * dy) }
            // Edge i goes from corner i to the next; its edge function is that of the corner opposite.
            let near =
                bits & 1 != 0 && isNear(edges.2[lane], b.0[lane] - a.0[lane], b.1[lane] - a.1[lane])
                || bits & 2 != 0 && isNear(edges.0[lane], c.0[lane] - b.0[lane], c.1[lane] - b.1[lane])
                || bits & 4 != 0 && isNear(edges.1[lane], a.0[lane] - c.0[lane], a.1[lane] - c.1[lane])
            batch.onEdge[first + lane] = near ? 1 : 0
        }
    }

    /// Normals: interpolated where the drawable has some and the material is smooth, else the triangle's; turned to the viewer.
    func findNormals(_ batch: Batch, _ item: PreparedItem) {
        let drawable = item.item.drawable
        let view = ViewRotation(projection)
        let groups = (batch.count + 7) / 8
        if item.item.material.interpolation != .flat, let normals = drawable.normals {
            let source = normals.pointer
            let limit = drawable.points.count &- 1
            for group in 0..<groups {
                let first = group &* 8
                let (n0, n1, n2) = loadVectors(source, batch, first, limit)
                let w1 = UnsafeRawPointer(batch.weight1 + first).loadUnaligned(as: SIMD8<Float>.self)
                let w2 = UnsafeRawPointer(batch.weight2 + first).loadUnaligned(as: SIMD8<Float>.self)
                view.store(
                    n0.x + (n1.x - n0.x) * w1 + (n2.x - n0.x) * w2, n0.y + (n1.y - n0.y) * w1 + (n2.y - n0.y) * w2,
                    n0.z + (n1.z - n0.z) * w1 + (n2.z - n0.z) * w2, batch, first)
            }
            withExtendedLifetime(normals) {}
        } else if case .float32(let points) = drawable.points {
            let source = points.pointer
            let limit = drawable.points.count &- 1
            for group in 0..<groups {
                let first = group &* 8
                let (a, b, c) = loadVectors(source, batch, first, limit)
                let (ux, uy, uz) = (b.x - a.x, b.y - a.y, b.z - a.z)
                let (vx, vy, vz) = (c.x - a.x, c.y - a.y, c.z - a.z)
                view.store(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx, batch, first)
            }
            withExtendedLifetime(points) {}
        } else {
            for group in 0..<groups {
                let first = group &* 8
                var (nx, ny, nz) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
                for lane in 0..<8 {
                    let corners = batch.corners + 3 &* (first &+ lane)
                    let a = item.reader[corners[0]]
                    let normal = (item.reader[corners[1]] - a).cross(item.reader[corners[2]] - a).normalized
                    nx[lane] = Float(normal.x)
                    ny[lane] = Float(normal.y)
                    nz[lane] = Float(normal.z)
                }
                view.store(nx, ny, nz, batch, first)
            }
        }
    }

    /// The vectors of the three corners of eight samples.
    @inline(__always) func loadVectors(
        _ source: UnsafePointer<Float>, _ batch: Batch, _ first: Int, _ last: Int
    ) -> (Vectors8, Vectors8, Vectors8) {
        let fields = batch.loaded
        ck_load_vectors_8(source, batch.corners + 3 &* first, Int32(truncatingIfNeeded: last), fields.memory)
        return (Vectors8(fields, 0), Vectors8(fields, 1), Vectors8(fields, 2))
    }
}

/// Eight vectors in space.
struct Vectors8 {
    let x: SIMD8<Float>
    let y: SIMD8<Float>
    let z: SIMD8<Float>

    @inline(__always) init(_ fields: Corners8, _ corner: Int) {
        x = fields.float(4 &* corner)
        y = fields.float(4 &* corner &+ 1)
        z = fields.float(4 &* corner &+ 2)
    }
}

/// Turns normals of the world into view space and towards the viewer.
struct ViewRotation {
    let right: SIMD3<Float>
    let up: SIMD3<Float>
    let back: SIMD3<Float>
    private let isParallel: Bool
    private let step: Float
    private let centerX: Float
    private let centerY: Float

    init(_ projection: ViewProjection) {
        right = SIMD3<Float>(projection.right)
        up = SIMD3<Float>(projection.up)
        back = SIMD3<Float>(-projection.forward)
        isParallel = projection.isParallel
        step = Float(1 / projection.pixelsPerUnit)
        centerX = Float(projection.centerX)
        centerY = Float(projection.centerY)
    }

    /// The direction from the camera through the centres of pixels; its part along the line of sight is −1.
    @inline(__always) func ray(_ batch: Batch, _ first: Int) -> (x: SIMD8<Float>, y: SIMD8<Float>) {
        if isParallel { return (SIMD8(repeating: 0), SIMD8(repeating: 0)) }
        let column = ck_to_float_8(UnsafeRawPointer(batch.x + first).loadUnaligned(as: SIMD8<Int32>.self))
        let row = ck_to_float_8(UnsafeRawPointer(batch.y + first).loadUnaligned(as: SIMD8<Int32>.self))
        return (
            (column + SIMD8(repeating: 0.5 - centerX)) * SIMD8(repeating: step),
            (SIMD8(repeating: centerY - 0.5) - row) * SIMD8(repeating: step)
        )
    }

    /// Stores world normals of any length as the batch's normals; where there is none, towards the viewer.
    @inline(__always) func store(_ nx: SIMD8<Float>, _ ny: SIMD8<Float>, _ nz: SIMD8<Float>, _ batch: Batch, _ first: Int) {
        @inline(__always) func dot(_ axis: SIMD3<Float>) -> SIMD8<Float> {
            nx * SIMD8(repeating: axis.x) + ny * SIMD8(repeating: axis.y) + nz * SIMD8(repeating: axis.z)
        }
        let (vx, vy, vz) = (dot(right), dot(up), dot(back))
        let ray = ray(batch, first)
        // Negative where the normal faces the viewer.
        let facing = vx * ray.x + vy * ray.y - vz
        let turn = ~unsafeBitCast(facing, to: SIMD8<Int32>.self) & SIMD8(repeating: Int32.min)
        let square = vx * vx + vy * vy + vz * vz
        let length = square.squareRoot()
        let inverse = SIMD8<Float>(repeating: 1) / length
        // All ones where there is a direction: the square is a positive number.
        let known = negativeMask(
            SIMD8(repeating: 0x0080_0000 - 1) &- unsafeBitCast(square, to: SIMD8<Int32>.self))
            & negativeMask(unsafeBitCast(square, to: SIMD8<Int32>.self) &- SIMD8(repeating: 0x7F80_0000))
        @inline(__always) func keep(_ value: SIMD8<Float>, _ other: Float) -> SIMD8<Float> {
            let bits = unsafeBitCast(value * inverse, to: SIMD8<Int32>.self) ^ turn
            return unsafeBitCast((bits & known) | (SIMD8(repeating: Int32(bitPattern: other.bitPattern)) & ~known), to: SIMD8<Float>.self)
        }
        UnsafeMutableRawPointer(batch.normalX + first).storeBytes(of: keep(vx, 0), as: SIMD8<Float>.self)
        UnsafeMutableRawPointer(batch.normalY + first).storeBytes(of: keep(vy, 0), as: SIMD8<Float>.self)
        UnsafeMutableRawPointer(batch.normalZ + first).storeBytes(of: keep(vz, 1), as: SIMD8<Float>.self)
    }
}
