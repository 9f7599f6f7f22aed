import Execution
import Images
import Scenes

extension Overlay {
    /// Draws the shapes into a picture.
    ///
    /// Arithmetic is that of IEEE doubles, a row of samples at a time, so that the result does not depend on threads.
    ///
    /// - Parameter pixels: `width` × `height`, row after row from the top.
    func paint(_ pixels: UnsafeMutablePointer<RGBA8>, width: Int, height: Int, in context: ExecutionContext) throws {
        if primitives.isEmpty { return }
        nonisolated(unsafe) let pixels = pixels
        let shapes = primitives.compactMap { OverlayShape($0, width: width, height: height) }
        try context.parallelFor(height, grain: 32) { rows in
            var coverage = RowCoverage(width: width)
            for shape in shapes where shape.rows.overlaps(rows) {
                for row in shape.rows.clamped(to: rows) {
                    shape.cover(row, &coverage)
                    coverage.blend(shape.color, shape.opacity, into: pixels + row * width)
                }
            }
        }
    }
}

/// A shape as closed loops of edges and as capsules around segments.
private struct OverlayShape: Sendable {
    let color: SIMD3<Float>
    let opacity: Float
    /// The rows of pixels that it may touch.
    let rows: Range<Int>
    /// Pairs of points: edges of a polygon, or the middle lines of strokes.
    private let segments: [(a: SIMD2<Double>, b: SIMD2<Double>)]
    /// Of strokes; nil for polygons.
    private let radius: Double?

    private static let greatest = 1e7

    init?(_ primitive: OverlayPrimitive, width: Int, height: Int) {
        func bounded(_ point: SIMD2<Double>) -> SIMD2<Double>? {
            guard point.x.isFinite, point.y.isFinite else { return nil }
            return point.clamped(lowerBound: SIMD2(repeating: -Self.greatest), upperBound: SIMD2(repeating: Self.greatest))
        }
        color = primitive.color
        opacity = min(max(primitive.opacity, 0), 1)
        var segments: [(a: SIMD2<Double>, b: SIMD2<Double>)] = []
        switch primitive.shape {
        case .polygon(let corners):
            let corners = corners.compactMap(bounded)
            guard corners.count > 2 else { return nil }
            for index in corners.indices { segments.append((corners[index], corners[(index + 1) % corners.count])) }
            radius = nil
        case .strokes(let paths, let width):
            guard width > 0, width <= Self.greatest else { return nil }
            for path in paths {
                let points = path.compactMap(bounded)
                if points.count == 1 { segments.append((points[0], points[0])) }
                for index in points.indices.dropFirst() { segments.append((points[index - 1], points[index])) }
            }
            radius = width * 0.5
        }
        guard !segments.isEmpty, opacity > 0 else { return nil }
        let margin = radius ?? 0
        let top = segments.reduce(Double.infinity) { min($0, $1.a.y, $1.b.y) } - margin
        let bottom = segments.reduce(-Double.infinity) { max($0, $1.a.y, $1.b.y) } + margin
        let first = Int(max(0, top.rounded(.down)))
        let last = Int(min(Double(height - 1), bottom.rounded(.down)))
        guard first <= last else { return nil }
        rows = first..<last + 1
        self.segments = segments
    }

    /// Finds how much of each pixel of a row is covered.
    func cover(_ row: Int, _ coverage: inout RowCoverage) {
        for line in 0..<RowCoverage.density {
            let y = Double(row) + (Double(line) + 0.5) / Double(RowCoverage.density)
            coverage.spans.removeAll(keepingCapacity: true)
            if let radius {
                for segment in segments {
                    if let span = Self.capsule(segment.a, segment.b, radius, y) { coverage.spans.append(span) }
                }
                coverage.addUnion()
            } else {
                coverage.crossings.removeAll(keepingCapacity: true)
                for segment in segments {
                    let (a, b) = segment.a.y < segment.b.y ? segment : (segment.b, segment.a)
                    if a.y <= y && y < b.y { coverage.crossings.append(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x)) }
                }
                coverage.crossings.sort()
                for pair in stride(from: 0, to: coverage.crossings.count - 1, by: 2) {
                    coverage.add(coverage.crossings[pair], coverage.crossings[pair + 1])
                }
            }
        }
    }

    /// The part of the line at height y that lies within `radius` of a segment.
    private static func capsule(_ a: SIMD2<Double>, _ b: SIMD2<Double>, _ radius: Double, _ y: Double) -> (Double, Double)? {
        if y < min(a.y, b.y) - radius || y > max(a.y, b.y) + radius { return nil }
        var low = Double.infinity
        var high = -Double.infinity
        for end in [a, b] {
            let square = radius * radius - (y - end.y) * (y - end.y)
            if square >= 0 {
                low = min(low, end.x - square.squareRoot())
                high = max(high, end.x + square.squareRoot())
            }
        }
        // The rectangle between the two discs.
        let along = b - a
        let length = (along.x * along.x + along.y * along.y).squareRoot()
        if length > 0 {
            let side = SIMD2(-along.y, along.x) * (radius / length)
            let corners = (a + side, b + side, b - side, a - side)
            for (p, q) in [(corners.0, corners.1), (corners.1, corners.2), (corners.2, corners.3), (corners.3, corners.0)] {
                if (p.y <= y) != (q.y <= y) {
                    let x = p.x + (y - p.y) / (q.y - p.y) * (q.x - p.x)
                    low = min(low, x)
                    high = max(high, x)
                }
            }
        }
        return low <= high ? (low, high) : nil
    }
}

/// How many samples of each pixel of a row a shape covers.
private struct RowCoverage {
    /// Samples a pixel in each direction.
    static let density = 8

    var spans: [(Double, Double)] = []
    var crossings: [Double] = []
    private var counts: [Int32]
    /// Added to all pixels from each place on.
    private var steps: [Int32]
    private var touched: Range<Int>
    private let width: Int

    init(width: Int) {
        self.width = width
        counts = [Int32](repeating: 0, count: width + 1)
        steps = [Int32](repeating: 0, count: width + 2)
        touched = width..<width
    }

    /// Covers the samples of one line between two places.
    mutating func add(_ low: Double, _ high: Double) {
        let density = Self.density
        // Sample s lies at (s + 0.5) ÷ density.
        let first = sample(low)
        let last = sample(high)
        if first >= last { return }
        let (left, right) = (first / density, last / density)
        if left == right {
            counts[left] += Int32(last - first)
        } else {
            counts[left] += Int32(density - first % density)
            counts[right] += Int32(last % density)
            steps[left + 1] += Int32(density)
            steps[right] -= Int32(density)
        }
        touched = touched.isEmpty ? left..<right + 1 : min(touched.lowerBound, left)..<max(touched.upperBound, right + 1)
    }

    /// The first sample at or after a place, 0 … width · density.
    private func sample(_ place: Double) -> Int {
        let position = (place * Double(Self.density) - 0.5).rounded(.up)
        return Int(min(max(position, 0), Double(width * Self.density)))
    }

    /// Covers what lies in any of the spans.
    mutating func addUnion() {
        if spans.isEmpty { return }
        if spans.count > 1 { spans.sort { $0 < $1 } }
        var (low, high) = spans[0]
        for span in spans.dropFirst() {
            if span.0 > high {
                add(low, high)
                (low, high) = span
            } else if span.1 > high {
                high = span.1
            }
        }
        add(low, high)
    }

    /// Blends a colour over the covered pixels and forgets them.
    mutating func blend(_ color: SIMD3<Float>, _ opacity: Float, into row: UnsafeMutablePointer<RGBA8>) {
        var inside: Int32 = 0
        let whole = Float(Self.density * Self.density)
        for x in touched {
            inside += steps[x]
            let count = counts[x] + inside
            counts[x] = 0
            steps[x] = 0
            if count == 0 || x >= width { continue }
            let weight = Float(count) / whole * opacity
            let below = row[x]
            func mixed(_ old: UInt8, _ new: Float) -> UInt8 {
                let value = Float(old) / 255
                return quantized(value + (new - value) * weight)
            }
            row[x] = RGBA8(mixed(below.red, color.x), mixed(below.green, color.y), mixed(below.blue, color.z), below.alpha)
        }
        if let end = touched.last { steps[end + 1] = 0 }
        touched = width..<width
    }
}
