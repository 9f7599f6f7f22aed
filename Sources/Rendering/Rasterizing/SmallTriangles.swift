import CKernels
import Scenes

/// Draws triangles of up to 16 pixels across, eight at a time; hands the others on.
///
/// Coordinates are exact multiples of 1/256 pixel, so edge functions of such triangles are exact in 32 bits. A sample on an edge
/// belongs to the triangle for which the edge is a top or a left one.
struct SmallTriangles {
    /// One value a triangle, eight a row; rows as named below.
    private let scratch: UnsafeMutablePointer<Int32>

    private static let rows = 18

    init() {
        let bytes = (8 * Self.rows + Corners8.count) * 4
        scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(to: Int32.self, capacity: bytes / 4)
    }

    func deallocate() { scratch.deallocate() }

    /// Draws the triangles `first ..< first + count` (1…8) of an index list.
    ///
    /// - Returns: a bit for each triangle that is too large or not wholly in front of the camera.
    @inline(__always) func draw<Sink: SampleSink>(
        _ vertices: UnsafePointer<ScreenVertex>, _ indices: UnsafePointer<Int32>, count: Int, id: UInt32, _ culled: CulledFaces,
        _ target: Sink
    ) -> UInt32 {
        let corners = Corners8(scratch + 8 &* Self.rows)
        ck_load_corners_8(vertices, indices, corners.memory)
        let offsetX = SIMD8<Int32>(repeating: target.offsetX)
        let offsetY = SIMD8<Int32>(repeating: target.offsetY)
        let x0 = corners.x0 &- offsetX
        let y0 = corners.y0 &- offsetY
        var x1 = corners.x1 &- offsetX
        var y1 = corners.y1 &- offsetY
        var x2 = corners.x2 &- offsetX
        var y2 = corners.y2 &- offsetY
        let z0 = unsafeBitCast(corners.z0, to: SIMD8<Float>.self)

        let minX = pointwiseMin(pointwiseMin(x0, x1), x2)
        let maxX = pointwiseMax(pointwiseMax(x0, x1), x2)
        let minY = pointwiseMin(pointwiseMin(y0, y1), y2)
        let maxY = pointwiseMax(pointwiseMax(y0, y1), y2)
        let flagged = corners.w0 | corners.w1 | corners.w2
        let oversize = ((maxX &- minX) | (maxY &- minY)) &>> 12
        // All ones where the triangle is not for this kernel.
        let other = negativeMask(SIMD8(repeating: 0) &- (flagged | oversize))
        // First and last columns and rows of samples in the box, inside the picture.
        let zero = SIMD8<Int32>(repeating: 0)
        let firstX = pointwiseMax((minX &+ 255) &>> 8, zero)
        let lastX = pointwiseMin(maxX &>> 8, SIMD8(repeating: target.width &- 1))
        let firstY = pointwiseMax((minY &+ 255) &>> 8, zero)
        let lastY = pointwiseMin(maxY &>> 8, SIMD8(repeating: target.height &- 1))
        // Samples outside of the window are not wanted; where boxes begin does not depend on it.
        let window = target.window
        let outside = negativeMask(
            (pointwiseMin(lastX, SIMD8(repeating: window.endColumn &- 1)) &- pointwiseMax(firstX, SIMD8(repeating: window.firstColumn)))
                | (pointwiseMin(lastY, SIMD8(repeating: window.endRow &- 1)) &- pointwiseMax(firstY, SIMD8(repeating: window.firstRow))))
        let valid = (UInt32(1) &<< UInt32(count)) &- 1
        var later = ck_sign_mask_8(other) & valid
        let candidates = ~ck_sign_mask_8(other | outside) & valid
        if candidates == 0 {
            if later != 0 { later &= ~outsideOfUnflagged(flagged, minX, maxX, minY, maxY, target) }
            return later
        }

        // Counterclockwise triangles are turned round.
        let area = (x1 &- x0) &* (y2 &- y0) &- (x2 &- x0) &* (y1 &- y0)
        let turned = negativeMask(area)
        var change = (x1 ^ x2) & turned
        x1 ^= change
        x2 ^= change
        change = (y1 ^ y2) & turned
        y1 ^= change
        y2 ^= change
        change = (corners.z1 ^ corners.z2) & turned
        let z1 = unsafeBitCast(corners.z1 ^ change, to: SIMD8<Float>.self)
        let z2 = unsafeBitCast(corners.z2 ^ change, to: SIMD8<Float>.self)
        let doubleArea = (area ^ turned) &- turned

        // Edge functions at the first sample: edge k is opposite to corner k.
        let sampleX = firstX &<< 8
        let sampleY = firstY &<< 8
        let ax = x0 &- sampleX
        let ay = y0 &- sampleY
        let bx = x1 &- sampleX
        let by = y1 &- sampleY
        let cx = x2 &- sampleX
        let cy = y2 &- sampleY
        let dx0 = x2 &- x1
        let dy0 = y2 &- y1
        let dx1 = x0 &- x2
        let dy1 = y0 &- y2
        let dx2 = x1 &- x0
        let dy2 = y1 &- y0
        let e0 = dy0 &* bx &- dx0 &* by
        let e1 = dy1 &* cx &- dx1 &* cy
        let e2 = dy2 &* ax &- dx2 &* ay
        let c0 = e0 &+ bias(dx0, dy0)
        let c1 = e1 &+ bias(dx1, dy1)
        let c2 = e2 &+ bias(dx2, dy2)
        // Triangles without area, and those whose box holds one sample that they miss, are done.
        let single = negativeMask(((lastX &- firstX) | (lastY &- firstY)) &- 1)
        let missed = negativeMask(doubleArea &- 1) | (single & negativeMask(c0 | c1 | c2))
        let alive = candidates & ~ck_sign_mask_8(missed) & culled.kept(ck_sign_mask_8(turned))
        if later != 0 { later &= ~outsideOfUnflagged(flagged, minX, maxX, minY, maxY, target) }
        if alive == 0 { return later }

        // Depth as a plane over pixels.
        let inverse = SIMD8<Float>(repeating: 1) / ck_to_float_8(doubleArea)
        let dz1 = (z1 - z0) * inverse
        let dz2 = (z2 - z0) * inverse
        let z = z0 + (ck_to_float_8(e1) * dz1 + ck_to_float_8(e2) * dz2)
        let a0 = SIMD8<Int32>(repeating: 0) &- (dy0 &<< 8)
        let a1 = SIMD8<Int32>(repeating: 0) &- (dy1 &<< 8)
        let a2 = SIMD8<Int32>(repeating: 0) &- (dy2 &<< 8)
        let b0 = dx0 &<< 8
        let b1 = dx1 &<< 8
        let b2 = dx2 &<< 8
        let zx = ck_to_float_8(a1) * dz1 + ck_to_float_8(a2) * dz2
        let zy = ck_to_float_8(b1) * dz1 + ck_to_float_8(b2) * dz2
        let zLeast = ck_min_8f(ck_min_8f(z0, z1), z2)
        let zGreatest = ck_max_8f(ck_max_8f(z0, z1), z2)

        let table = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: SIMD8<Int32>.self)
        let floats = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: SIMD8<Float>.self)
        table[0] = c0
        table[1] = c1
        table[2] = c2
        table[3] = a0
        table[4] = a1
        table[5] = a2
        table[6] = b0
        table[7] = b1
        table[8] = b2
        floats[9] = z
        floats[10] = zx
        floats[11] = zy
        floats[12] = zLeast
        floats[13] = zGreatest
        table[14] = firstX
        table[15] = lastX
        table[16] = firstY
        table[17] = lastY

        // The lines of the next triangles arrive while the first are drawn.
        var bits = alive
        while bits != 0 {
            let lane = bits.trailingZeroBitCount
            bits &= bits &- 1
            let place = Int(scratch[8 &* 16 &+ lane]) &* target.stride &+ Int(scratch[8 &* 14 &+ lane])
            target.prefetch(place)
            target.prefetch(place &+ target.stride)
        }
        // Most boxes have up to 4×4 samples, of which few are covered: those of eight triangles are found together, sample after sample.
        let tiny = alive & ck_sign_mask_8(((lastX &- firstX) | (lastY &- firstY)) &- 4)
        let upper = covered(tiny, (c0, c1, c2), (a0, a1, a2), (b0, b1, b2))
        keep(upper, rows: 0, id, target)
        let lower = covered(
            tiny, (c0 &+ (b0 &<< 1), c1 &+ (b1 &<< 1), c2 &+ (b2 &<< 1)), (a0, a1, a2), (b0, b1, b2))
        keep(lower, rows: 2, id, target)
        bits = alive & ~tiny
        while bits != 0 {
            let lane = bits.trailingZeroBitCount
            bits &= bits &- 1
            fill(lane, id &+ UInt32(truncatingIfNeeded: lane), target)
        }
        return later
    }

    /// Which of 4×2 samples eight triangles cover.
    ///
    /// - Parameters:
    ///   - lanes: the triangles that count.
    ///   - edges: their edge functions at the first sample, and how much they grow from column to column and from row to row.
    /// - Returns: eight bits a sample, one a triangle, row by row.
    @inline(__always) private func covered(
        _ lanes: UInt32, _ edges: (SIMD8<Int32>, SIMD8<Int32>, SIMD8<Int32>), _ a: (SIMD8<Int32>, SIMD8<Int32>, SIMD8<Int32>),
        _ b: (SIMD8<Int32>, SIMD8<Int32>, SIMD8<Int32>)
    ) -> UInt64 {
        var (e0, e1, e2) = edges
        var (f0, f1, f2) = (e0 &+ b.0, e1 &+ b.1, e2 &+ b.2)
        var missed: UInt64 = 0
        for column: UInt64 in 0..<4 {
            missed |= UInt64(ck_sign_mask_8(e0 | e1 | e2)) &<< (8 &* column)
            missed |= UInt64(ck_sign_mask_8(f0 | f1 | f2)) &<< (8 &* column &+ 32)
            e0 &+= a.0
            e1 &+= a.1
            e2 &+= a.2
            f0 &+= a.0
            f1 &+= a.1
            f2 &+= a.2
        }
        return ~missed & (UInt64(lanes) &* 0x0101_0101_0101_0101)
    }

    /// Draws samples of triangles of the table, as `covered` tells them.
    ///
    /// - Parameter rows: the first row of their boxes that is meant.
    @inline(__always) private func keep<Sink: SampleSink>(_ samples: UInt64, rows: Int32, _ id: UInt32, _ target: Sink) {
        let scalars = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self)
        var samples = samples
        while samples != 0 {
            let bit = samples.trailingZeroBitCount
            samples &= samples &- 1
            let lane = bit & 7
            let column = Int32(truncatingIfNeeded: bit &>> 3) & 3
            let row = Int32(truncatingIfNeeded: bit &>> 5) &+ rows
            var depth = scalars[8 &* 9 &+ lane] + scalars[8 &* 11 &+ lane] * Float(row) + scalars[8 &* 10 &+ lane] * Float(column)
            let (least, greatest) = (scalars[8 &* 12 &+ lane], scalars[8 &* 13 &+ lane])
            depth = depth > least ? depth : least
            depth = depth < greatest ? depth : greatest
            let x = scratch[8 &* 14 &+ lane] &+ column
            let y = scratch[8 &* 16 &+ lane] &+ row
            target.flag(x, y)
            target.keep(x, y, depth, id &+ UInt32(truncatingIfNeeded: lane))
        }
    }

    /// Draws one triangle of the table in steps of 4×2 samples.
    @inline(__always) private func fill<Sink: SampleSink>(_ lane: Int, _ id: UInt32, _ target: Sink) {
        let columns = SIMD8<Int32>(0, 1, 2, 3, 0, 1, 2, 3)
        let rows = SIMD8<Int32>(0, 0, 0, 0, 1, 1, 1, 1)
        let values = scratch + lane
        let scalars = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Float.self)
        @inline(__always) func broadcast(_ row: Int) -> SIMD8<Int32> { SIMD8(repeating: values[8 &* row]) }
        @inline(__always) func broadcastFloat(_ row: Int) -> SIMD8<Float> { SIMD8(repeating: scalars[8 &* row]) }
        let firstX = values[8 &* 14]
        let lastX = values[8 &* 15]
        let firstY = values[8 &* 16]
        let lastY = values[8 &* 17]
        target.flag(firstX, firstY, lastX, lastY)
        let a0 = broadcast(3)
        let a1 = broadcast(4)
        let a2 = broadcast(5)
        let b0 = broadcast(6)
        let b1 = broadcast(7)
        let b2 = broadcast(8)
        var row0 = broadcast(0) &+ columns &* a0 &+ rows &* b0
        var row1 = broadcast(1) &+ columns &* a1 &+ rows &* b1
        var row2 = broadcast(2) &+ columns &* a2 &+ rows &* b2
        let z = broadcastFloat(9)
        let zx = broadcastFloat(10)
        let zy = broadcastFloat(11)
        let least = broadcastFloat(12)
        let greatest = broadcastFloat(13)
        let mask = SIMD8<Int32>(repeating: target.depthMask)
        var y = firstY
        let stride = target.stride
        var line = Int(firstY) &* stride &+ Int(firstX)
        let fx = ck_to_float_8(columns)
        let fy = ck_to_float_8(rows)
        while y <= lastY {
            var e0 = row0
            var e1 = row1
            var e2 = row2
            let zRow = z + zy * (fy + SIMD8(repeating: Float(y &- firstY)))
            var x = firstX
            var place = line
            while true {
                let outside = e0 | e1 | e2
                let skipped = outside &>> 31
                if ck_sign_mask_8(outside) != 0xFF {
                    let depth = ck_min_8f(ck_max_8f(zRow + zx * (fx + SIMD8(repeating: Float(x &- firstX))), least), greatest)
                    target.keep(place, place &+ stride, unsafeBitCast(depth, to: SIMD8<Int32>.self) ^ mask, id, skipped)
                }
                x &+= 4
                if x > lastX { break }
                place &+= 4
                e0 &+= a0 &<< 2
                e1 &+= a1 &<< 2
                e2 &+= a2 &<< 2
            }
            y &+= 2
            line &+= 2 &* stride
            row0 &+= b0 &<< 1
            row1 &+= b1 &<< 1
            row2 &+= b2 &<< 1
        }
    }

    /// Bits of triangles with trustworthy coordinates whose box misses the window.
    @inline(__always) private func outsideOfUnflagged<Sink: SampleSink>(
        _ flagged: SIMD8<Int32>, _ minX: SIMD8<Int32>, _ maxX: SIMD8<Int32>, _ minY: SIMD8<Int32>, _ maxY: SIMD8<Int32>,
        _ target: Sink
    ) -> UInt32 {
        let window = target.window
        let left = SIMD8<Int32>(repeating: window.firstColumn &<< 8)
        let top = SIMD8<Int32>(repeating: window.firstRow &<< 8)
        let right = SIMD8<Int32>(repeating: window.endColumn &<< 8)
        let bottom = SIMD8<Int32>(repeating: window.endRow &<< 8)
        let outside = (maxX &- left) | (maxY &- top) | (right &- minX) | (bottom &- minY)
        return ck_sign_mask_8(outside) & ~ck_sign_mask_8(SIMD8(repeating: 0) &- flagged)
    }
}

/// Memory for the corners of eight triangles, one vector a field.
struct Corners8 {
    static let count = 96
    let memory: UnsafeMutablePointer<Int32>

    init(_ memory: UnsafeMutablePointer<Int32>) { self.memory = memory }

    @inline(__always) private func field(_ index: Int) -> SIMD8<Int32> {
        UnsafeRawPointer(memory + 8 &* index).load(as: SIMD8<Int32>.self)
    }

    @inline(__always) func float(_ index: Int) -> SIMD8<Float> { UnsafeRawPointer(memory + 8 &* index).load(as: SIMD8<Float>.self) }

    var x0: SIMD8<Int32> { @inline(__always) get { field(0) } }
    var y0: SIMD8<Int32> { @inline(__always) get { field(1) } }
    var z0: SIMD8<Int32> { @inline(__always) get { field(2) } }
    var w0: SIMD8<Int32> { @inline(__always) get { field(3) } }
    var x1: SIMD8<Int32> { @inline(__always) get { field(4) } }
    var y1: SIMD8<Int32> { @inline(__always) get { field(5) } }
    var z1: SIMD8<Int32> { @inline(__always) get { field(6) } }
    var w1: SIMD8<Int32> { @inline(__always) get { field(7) } }
    var x2: SIMD8<Int32> { @inline(__always) get { field(8) } }
    var y2: SIMD8<Int32> { @inline(__always) get { field(9) } }
    var z2: SIMD8<Int32> { @inline(__always) get { field(10) } }
    var w2: SIMD8<Int32> { @inline(__always) get { field(11) } }
}

/// Which triangles are left out because of the side that the viewer sees.
struct CulledFaces {
    /// All ones, or none, for triangles that go round counterclockwise in the picture (fronts), and for the others.
    private let front: UInt32
    private let back: UInt32

    init(_ culling: Material.Culling) {
        front = culling == .front ? .max : 0
        back = culling == .back ? .max : 0
    }

    /// The bits of triangles that are drawn, given those of fronts.
    @inline(__always) func kept(_ fronts: UInt32) -> UInt32 { ~(fronts & front | ~fronts & back) }
}

/// All ones in lanes under zero, else zero.
@inline(__always) func negativeMask(_ lanes: SIMD8<Int32>) -> SIMD8<Int32> { lanes &>> 31 }

/// Zero for top and left edges of clockwise triangles (y down), −1 for the others. Differences are under 4096.
@inline(__always) private func bias(_ dx: SIMD8<Int32>, _ dy: SIMD8<Int32>) -> SIMD8<Int32> { ~(((dy &<< 13) &- dx) &>> 31) }
