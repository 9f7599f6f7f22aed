import CKernels
import Geometry
import Scenes

/// A sphere in view space and the samples that it may cover.
struct SphereBox: BitwiseCopyable {
    var center: SIMD4<Double>
    var origin: SIMD2<Double>
    var radius: Double
    /// First and last column and row.
    var first: SIMD2<Int32>
    var last: SIMD2<Int32>
    var id: UInt32

    /// Whether it has no samples in a window.
    @inline(__always) func isEmpty(_ window: SampleWindow) -> Bool {
        (last.x &- max(first.x, window.firstColumn)) | (last.y &- max(first.y, window.firstRow)) < 0
    }
}

/// Draws spheres as what they are: per sample, the nearer point where its ray meets the sphere.
///
/// With the ray D = (x, y, 1), the centre C in view space and e the sample's offset from the projected centre, both on the plane w = 1,
/// the discriminant is r²|D|² − |D × C|² = r²|D|² − C_w²|e|² − (e_x C_y − e_y C_x)², which has no cancellation, and
/// 1/w = (D·C + √discriminant) ÷ (|C|² − r²).
struct SphereTransform: Sendable {
    /// World to (right, down, forward).
    var x: SIMD4<Double>
    var y: SIMD4<Double>
    var z: SIMD4<Double>
    var t: SIMD4<Double>
    let near: Double
    let isParallel: Bool
    let pixelsPerUnit: Double
    let unitsPerPixel: Double
    let centerX: Double
    let centerY: Double

    init(_ projection: ViewProjection, origin: Vector3) {
        let (right, down, forward) = (projection.right, -projection.up, projection.forward)
        x = SIMD4(right.x, down.x, forward.x, 0)
        y = SIMD4(right.y, down.y, forward.y, 0)
        z = SIMD4(right.z, down.z, forward.z, 0)
        let arm = origin - projection.position
        t = SIMD4(right.dot(arm), down.dot(arm), forward.dot(arm), 0)
        near = projection.nearDistance
        isParallel = projection.isParallel
        pixelsPerUnit = projection.pixelsPerUnit
        unitsPerPixel = 1 / projection.pixelsPerUnit
        centerX = projection.centerX
        centerY = projection.centerY
    }

    /// A point in view space: right, down, forward.
    @inline(__always) func view(_ px: Double, _ py: Double, _ pz: Double) -> SIMD4<Double> { x * px + y * py + z * pz + t }

    /// Finds the samples that a sphere may cover.
    ///
    /// - Returns: nothing for a sphere that reaches behind the near plane, which is drawn at once.
    @inline(__always) func box<Sink: SampleSink>(
        _ center: SIMD4<Double>, radius: Double, id: UInt32, _ target: Sink
    ) -> SphereBox? {
        let w = center.z
        let across = SIMD2(center.x, center.y)
        let middle: SIMD2<Double>
        let extent: SIMD2<Double>
        if isParallel {
            // Also refuses what is no number.
            guard w + radius > near, radius > 0 else { return nil }
            middle = across
            extent = SIMD2(repeating: radius)
        } else {
            guard w - radius > near, radius > 0 else {
                if w + radius > near, radius > 0 { drawAround(center, radius, id, target) }
                return nil
            }
            // The cone that touches the sphere, cut by the plane w = 1.
            let square = w * w - radius * radius
            let scale = 1 / square
            middle = across * (w * scale)
            extent = (across * across + SIMD2(repeating: square)).squareRoot() * (radius * scale)
        }
        let origin = SIMD2(centerX - Double(target.offsetX) * (1 / 256), centerY - Double(target.offsetY) * (1 / 256))
        let low = (middle - extent) * pixelsPerUnit + origin
        let high = (middle + extent) * pixelsPerUnit + origin
        // Sample centres are whole numbers here. A margin of 1/100, wider than any rounding, is left on each side; whether a sample
        // is hit is decided by the discriminant alone.
        let places = ck_round_4d(
            SIMD4(bounded(low.x + 0.49), bounded(low.y + 0.49), bounded(high.x - 0.49), bounded(high.y - 0.49)))
        let first = pointwiseMax(places.lowHalf, SIMD2(repeating: 0))
        let last = pointwiseMin(places.highHalf, SIMD2(target.window.endColumn &- 1, target.window.endRow &- 1))
        return SphereBox(center: center, origin: origin, radius: radius, first: first, last: last, id: id)
    }

    /// A number near enough to the picture to be rounded; what is no number becomes one far outside.
    @inline(__always) private func bounded(_ value: Double) -> Double { value < 1e6 ? (value > -1e6 ? value : -1e6) : 1e6 }

    /// Draws a sphere into its box, which holds samples.
    @inline(__always) func draw<Sink: SampleSink>(_ box: SphereBox, _ target: Sink) {
        // Steps of 4×2 may go on past the end of a window.
        let window = target.window
        target.flag(
            max(box.first.x, window.firstColumn &- 3), max(box.first.y, window.firstRow &- 1), min(box.last.x &+ 3, target.width &- 1),
            min(box.last.y &+ 1, target.height &- 1))
        fill(box.center, box.radius, box.id, box.first.x, box.last.x, box.first.y, box.last.y, box.origin, target)
    }

    @inline(__always) private func fill<Sink: SampleSink>(
        _ center: SIMD4<Double>, _ radius: Double, _ id: UInt32, _ firstX: Int32, _ lastX: Int32, _ firstY: Int32, _ lastY: Int32,
        _ origin: SIMD2<Double>, _ target: Sink
    ) {
        let columns = SIMD8<Float>(0, 1, 2, 3, 0, 1, 2, 3)
        let rows = SIMD8<Float>(0, 0, 0, 0, 1, 1, 1, 1)
        let w = center.z
        let inverse = isParallel ? 1 : 1 / w
        // Offsets of the first sample from the projected centre.
        let projectedX = center.x * inverse
        let projectedY = center.y * inverse
        let startX = Float((Double(firstX) - origin.x) * unitsPerPixel - projectedX)
        let startY = Float((Double(firstY) - origin.y) * unitsPerPixel - projectedY)
        let step = SIMD8(repeating: Float(unitsPerPixel))
        let (cx, cy, cw) = (Float(center.x), Float(center.y), Float(w))
        let r2 = Float(radius * radius)
        let w2 = cw * cw
        let px = Float(projectedX)
        let py = Float(projectedY)
        let length2 = center.x * center.x + center.y * center.y + w * w
        let scale = Float(1 / (length2 - radius * radius))
        let least: Float
        let greatest: Float
        if isParallel {
            // What lies behind the viewer is drawn where the viewer is: depths under zero are none.
            least = w > radius ? Float(w - radius) : 0
            greatest = w > 0 ? cw : 0
        } else {
            least = 0
            greatest = Float(1 / (w - radius))
        }
        let mask = SIMD8<Int32>(repeating: target.depthMask)
        // Boxes begin where they would without a window, in steps of 4×2.
        let skippedColumns = target.window.firstColumn &- firstX
        let skippedRows = target.window.firstRow &- firstY
        let beginX = skippedColumns > 0 ? firstX &+ skippedColumns & ~3 : firstX
        var y = skippedRows > 0 ? firstY &+ skippedRows & ~1 : firstY
        let stride = target.stride
        var line = Int(y) &* stride &+ Int(beginX)
        while y <= lastY {
            let ey = SIMD8(repeating: startY) + (rows + SIMD8(repeating: Float(y &- firstY))) * step
            var x = beginX
            var place = line
            while x <= lastX {
                let ex = SIMD8(repeating: startX) + (columns + SIMD8(repeating: Float(x &- firstX))) * step
                let discriminant: SIMD8<Float>
                let depth: SIMD8<Float>
                if isParallel {
                    discriminant = SIMD8(repeating: r2) - (ex * ex + ey * ey)
                    depth = SIMD8(repeating: cw) - ck_max_8f(discriminant, SIMD8(repeating: 0)).squareRoot()
                } else {
                    let dx = SIMD8(repeating: px) + ex
                    let dy = SIMD8(repeating: py) + ey
                    let cross = ex * SIMD8(repeating: cy) - ey * SIMD8(repeating: cx)
                    let square = dx * dx + dy * dy + SIMD8(repeating: 1)
                    discriminant =
                        square * SIMD8(repeating: r2) - SIMD8(repeating: w2) * (ex * ex + ey * ey) - cross * cross
                    let dot = dx * SIMD8(repeating: cx) + dy * SIMD8(repeating: cy) + SIMD8(repeating: cw)
                    depth = (dot + ck_max_8f(discriminant, SIMD8(repeating: 0)).squareRoot()) * SIMD8(repeating: scale)
                }
                let bits = unsafeBitCast(discriminant, to: SIMD8<Int32>.self)
                if ck_sign_mask_8(bits) != 0xFF {
                    let bounded = ck_min_8f(ck_max_8f(depth, SIMD8(repeating: least)), SIMD8(repeating: greatest))
                    target.keep(
                        place, place &+ stride, unsafeBitCast(bounded, to: SIMD8<Int32>.self) ^ mask, id, bits &>> 31)
                }
                x &+= 4
                place &+= 4
            }
            y &+= 2
            line &+= 2 &* stride
        }
    }

    /// Draws a sphere that reaches behind the near plane: every sample of the window is asked, in Double.
    private func drawAround<Sink: SampleSink>(_ center: SIMD4<Double>, _ radius: Double, _ id: UInt32, _ target: Sink) {
        let window = target.window
        for row in window.firstRow..<window.endRow {
            for column in window.firstColumn..<window.endColumn {
                let dx = (Double(column) + Double(target.offsetX) / 256 - centerX) * unitsPerPixel
                let dy = (Double(row) + Double(target.offsetY) / 256 - centerY) * unitsPerPixel
                guard let w = nearestHit(SIMD3(dx, dy, 1), center, radius) else { continue }
                target.flag(column, row, column, row)
                target.keep(column, row, Float(1 / w), id)
            }
        }
    }

    /// The least w beyond the near plane at which the ray (x, y, 1) · w meets a sphere.
    func nearestHit(_ ray: SIMD3<Double>, _ center: SIMD4<Double>, _ radius: Double) -> Double? {
        let c = SIMD3(center.x, center.y, center.z)
        let square = ray.dot(ray)
        let cross = ray.cross(c)
        let discriminant = square * radius * radius - cross.dot(cross)
        if discriminant < 0 { return nil }
        let root = discriminant.squareRoot()
        let first = (ray.dot(c) - root) / square
        if first > near { return first }
        let second = (ray.dot(c) + root) / square
        return second > near ? second : nil
    }
}
