import CKernels
import Scenes

/// A triangle in the picture with exact coordinates of any size.
struct LargeTriangle: BitwiseCopyable, Sendable {
    /// In 1/256 pixels.
    var x: SIMD3<Int64>
    var y: SIMD3<Int64>
    /// 1/w, or the distance in parallel projection.
    var depth: SIMD3<Float>
    var id: UInt32

    /// The rows of pixels that may hold samples of it, within `rows`.
    func rows(in rows: Range<Int>) -> Range<Int> {
        let first = max(Int64(rows.lowerBound), y.min() &>> 8 - 1)
        let last = min(Int64(rows.upperBound) - 1, y.max() &>> 8 + 1)
        return first <= last ? Int(first)..<Int(last) + 1 : 0..<0
    }

    /// Whether it is left out because of the side that the viewer sees.
    func isCulled(_ culling: Material.Culling) -> Bool { culling != .none && (culling == .front) == isFront }

    /// Whether it goes round counterclockwise in the picture.
    private var isFront: Bool {
        let (ux, uy) = (Int128(x.y - x.x), Int128(y.y - y.x))
        let (vx, vy) = (Int128(x.z - x.x), Int128(y.z - y.x))
        return ux * vy - vx * uy < 0
    }

    /// Pixels of the part of its box that is in a window.
    func coveredBox(_ window: SampleWindow) -> Int {
        let across = min(x.max(), Int64(window.endColumn) << 8) - max(x.min(), Int64(window.firstColumn) << 8)
        let down = min(y.max(), Int64(window.endRow) << 8) - max(y.min(), Int64(window.firstRow) << 8)
        return across < 0 || down < 0 ? 0 : Int((across >> 8 + 1) * (down >> 8 + 1))
    }

    /// Draws the rows `rows` of the triangle, in spans found by exact division.
    func draw<Sink: SampleSink>(_ rows: Range<Int>, _ target: Sink) {
        let greatest = max(x.max().magnitude, x.min().magnitude, y.max().magnitude, y.min().magnitude)
        if greatest < 1 << 29 {
            drawSpans(rows, target) { $0 }
        } else {
            drawSpans(rows, target) { Int128($0) }
        }
    }

    @inline(__always) private func drawSpans<Wide: FixedWidthInteger & SignedInteger, Sink: SampleSink>(
        _ rows: Range<Int>, _ target: Sink, _ widen: (Int64) -> Wide
    ) {
        let offsetX = Int64(target.offsetX)
        let offsetY = Int64(target.offsetY)
        let x0 = widen(x.x - offsetX)
        let y0 = widen(y.x - offsetY)
        var x1 = widen(x.y - offsetX)
        var y1 = widen(y.y - offsetY)
        var x2 = widen(x.z - offsetX)
        var y2 = widen(y.z - offsetY)
        var depth1 = depth.y
        var depth2 = depth.z
        var area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0 { return }
        if area < 0 {
            (x1, x2) = (x2, x1)
            (y1, y2) = (y2, y1)
            (depth1, depth2) = (depth2, depth1)
            area = 0 - area
        }
        let minY = min(y0, y1, y2)
        let maxY = max(y0, y1, y2)
        let firstRow = max(Wide(rows.lowerBound), (minY + 255) >> 8)
        let lastRow = min(Wide(rows.upperBound - 1), maxY >> 8)
        let firstColumn = max(0, (min(x0, x1, x2) + 255) >> 8)
        let lastColumn = min(Wide(target.window.endColumn - 1), max(x0, x1, x2) >> 8)
        if firstRow > lastRow || firstColumn > lastColumn { return }
        let edges = (Edge(x1, y1, x2, y2), Edge(x2, y2, x0, y0), Edge(x0, y0, x1, y1))
        let inverse = 1 / Double(area)
        let dz1 = (Double(depth1) - Double(depth.x)) * inverse
        let dz2 = (Double(depth2) - Double(depth.x)) * inverse
        let zx = Float(Double(edges.1.stepX) * dz1 + Double(edges.2.stepX) * dz2)
        let least = SIMD8<Float>(repeating: min(depth.x, depth1, depth2))
        let greatest = SIMD8<Float>(repeating: max(depth.x, depth1, depth2))
        var row = firstRow
        while row <= lastRow {
            var left = firstColumn
            var right = lastColumn
            edges.0.narrow(&left, &right, row)
            edges.1.narrow(&left, &right, row)
            edges.2.narrow(&left, &right, row)
            if left <= right {
                let z = Double(edges.1.value(left, row)) * dz1 + Double(edges.2.value(left, row)) * dz2 + Double(depth.x)
                fillSpan(target, Int(row), Int(left), Int(right), Float(z), zx, least, greatest)
            }
            row += 1
        }
    }

    @inline(__always) private func fillSpan<Sink: SampleSink>(
        _ target: Sink, _ row: Int, _ left: Int, _ right: Int, _ z: Float, _ zx: Float, _ least: SIMD8<Float>,
        _ greatest: SIMD8<Float>
    ) {
        let line = Int32(truncatingIfNeeded: row)
        if right < Int(target.window.firstColumn) { return }
        target.flag(Int32(truncatingIfNeeded: max(left, Int(target.window.firstColumn) - 7)), line, Int32(truncatingIfNeeded: right), line)
        let lanes = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
        let mask = SIMD8<Int32>(repeating: target.depthMask)
        var place = row &* target.stride &+ left
        let count = Int32(truncatingIfNeeded: right &- left &+ 1)
        // Spans begin where they would without a window, in steps of eight.
        let before = Int(target.window.firstColumn) &- left
        var step: Int32 = before > 0 ? Int32(truncatingIfNeeded: before & ~7) : 0
        place &+= Int(step)
        while step < count {
            let columns = lanes &+ SIMD8(repeating: step)
            let depth = ck_min_8f(
                ck_max_8f(SIMD8(repeating: z) + SIMD8(repeating: zx) * ck_to_float_8(columns), least), greatest)
            let skipped = ~negativeMask(columns &- SIMD8(repeating: count))
            target.keep(place, place &+ 4, unsafeBitCast(depth, to: SIMD8<Int32>.self) ^ mask, id, skipped)
            place &+= 8
            step &+= 8
        }
    }
}

/// An edge of a clockwise triangle (y down) as a function that is at least zero at the samples inside.
private struct Edge<Wide: FixedWidthInteger & SignedInteger> {
    /// The change from one pixel to the next on the right, and below.
    let stepX: Wide
    let stepY: Wide
    /// At the first sample of the picture, without the rule for samples on the edge.
    let start: Wide
    /// −1 where samples on the edge belong to the neighbour.
    let bias: Wide

    @inline(__always) init(_ ax: Wide, _ ay: Wide, _ bx: Wide, _ by: Wide) {
        let dx = bx - ax
        let dy = by - ay
        stepX = -(dy * 256)
        stepY = dx * 256
        start = dy * ax - dx * ay
        bias = dy < 0 || (dy == 0 && dx > 0) ? 0 : -1
    }

    @inline(__always) func value(_ column: Wide, _ row: Wide) -> Wide { start + stepX * column + stepY * row }

    /// Shrinks a span of columns to those with samples inside.
    @inline(__always) func narrow(_ left: inout Wide, _ right: inout Wide, _ row: Wide) {
        let atZero = start + bias + stepY * row
        if stepX > 0 {
            left = max(left, -floorDivide(atZero, stepX))
        } else if stepX < 0 {
            right = min(right, floorDivide(atZero, -stepX))
        } else if atZero < 0 {
            right = left - 1
        }
    }

    @inline(__always) private func floorDivide(_ a: Wide, _ b: Wide) -> Wide {
        let quotient = a / b
        return quotient * b > a ? quotient - 1 : quotient
    }
}
