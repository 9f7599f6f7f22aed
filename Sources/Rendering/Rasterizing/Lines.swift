import Geometry

/// How much nearer lines and points are drawn than they are, so that those on a surface show: a part of 1/w.
let outlineNearness: Float = 1 / 8192

/// The depth at which a line or point is drawn.
@inline(__always) func raised(_ depth: Float, isParallel: Bool) -> Float {
    isParallel ? depth * (1 - outlineNearness) : depth * (1 + outlineNearness)
}

extension VertexTransform {
    /// A segment as two triangles that share their diagonal, `width` pixels wide.
    ///
    /// Lines up to a pixel wide are widened along the axis that they change less on, as OpenGL does, so that they have one pixel a row or
    /// column; wider ones at right angles. Segments of no length in the picture are not drawn.
    func segment(_ a: ClipVertex, _ b: ClipVertex, width: Float, id: UInt32) -> (LargeTriangle, LargeTriangle)? {
        guard let ends = clipped(a, b) else { return nil }
        let dx = Double(ends.b.x - ends.a.x)
        let dy = Double(ends.b.y - ends.a.y)
        let length = (dx * dx + dy * dy).squareRoot()
        if length == 0 { return nil }
        let half = Double(max(width, 1)) * Double(subpixels) * 0.5
        let side: (x: Int64, y: Int64)
        if width > 1 {
            side = (Int64((-dy / length * half).rounded(.toNearestOrEven)), Int64((dx / length * half).rounded(.toNearestOrEven)))
        } else if abs(dx) >= abs(dy) {
            side = (0, Int64(half))
        } else {
            side = (Int64(half), 0)
        }
        let depthA = raised(ends.a.depth, isParallel: isParallel)
        let depthB = raised(ends.b.depth, isParallel: isParallel)
        let first = LargeTriangle(
            x: SIMD3(ends.a.x - side.x, ends.a.x + side.x, ends.b.x + side.x),
            y: SIMD3(ends.a.y - side.y, ends.a.y + side.y, ends.b.y + side.y), depth: SIMD3(depthA, depthA, depthB), id: id)
        let second = LargeTriangle(
            x: SIMD3(ends.a.x - side.x, ends.b.x + side.x, ends.b.x - side.x),
            y: SIMD3(ends.a.y - side.y, ends.b.y + side.y, ends.b.y - side.y), depth: SIMD3(depthA, depthB, depthB), id: id)
        return (first, second)
    }
}

extension SampleSink {
    /// Draws a square of `size` pixels around a point at one depth.
    func drawPoint(_ vertex: ScreenVertex, size: Float, isParallel: Bool, id: UInt32) {
        if vertex.flags != 0 { return }
        let half = Int32(min(max(size, 1), 4096) * Float(subpixels) * 0.5)
        let firstX = max((vertex.x &- half &- offsetX &+ 255) &>> 8, window.firstColumn)
        let lastX = min((vertex.x &+ half &- offsetX &- 1) &>> 8, window.endColumn &- 1)
        let firstY = max((vertex.y &- half &- offsetY &+ 255) &>> 8, window.firstRow)
        let lastY = min((vertex.y &+ half &- offsetY &- 1) &>> 8, window.endRow &- 1)
        if firstX > lastX || firstY > lastY { return }
        let depth = raised(vertex.depth, isParallel: isParallel)
        for y in firstY...lastY {
            for x in firstX...lastX {
                flag(x, y)
                keep(x, y, depth, id)
            }
        }
    }
}
