import Datasets
import Geometry
import Scenes

/// A run of a drawable's primitives that one worker draws at a time.
struct DrawTask: Sendable {
    var item: Int
    var range: Range<Int>

    /// - Parameter isTranslucent: which of the items are drawn.
    static func make(_ items: [PreparedItem], isTranslucent: Bool) -> [DrawTask] {
        let grain = 1 << 13
        return items.indices.filter { items[$0].isTranslucent == isTranslucent }.flatMap { item in
            (items[item].shown ?? [0..<items[item].count]).flatMap { range in
                stride(from: range.lowerBound, to: range.upperBound, by: grain).map {
                    DrawTask(item: item, range: $0..<min(range.upperBound, $0 + grain))
                }
            }
        }
    }
}

/// Draws primitives into one target.
struct Painter<Sink: SampleSink> {
    let target: Sink
    let projection: ViewProjection
    private let small: SmallTriangles
    /// Triangles that are better drawn by all workers together.
    private(set) var large: [LargeTriangle] = []

    /// Boxes of more pixels than this are left to all workers.
    private static var sharedBox: Int { 1 << 15 }

    init(_ target: Sink, _ projection: ViewProjection) {
        self.target = target
        self.projection = projection
        small = SmallTriangles()
    }

    func finish() { small.deallocate() }

    mutating func draw(_ item: PreparedItem, _ range: Range<Int>) {
        if let shape = item.shape { drawCopies(item, shape, range) } else { draw(item, range, base: item.item.base) }
    }

    /// Draws primitives of copies: the points of a few copies at a time are placed, then drawn as any others.
    private mutating func drawCopies(_ item: PreparedItem, _ shape: InstanceShape, _ range: Range<Int>) {
        let each = shape.primitiveCount
        let placed = PlacedPoints(count: shape.pointCount * shape.groupSize)
        defer { placed.deallocate() }
        var group = item
        group.shape = nil
        group.vertices = placed.vertices
        group.reader = PointReader(placed.points)
        group.item.drawable.primitives = shape.groupPrimitives
        var first = range.lowerBound
        while first < range.upperBound {
            let copy = first / each
            let start = copy / shape.groupSize * shape.groupSize
            let end = min(range.upperBound, (start &+ shape.groupSize) &* each)
            shape.place(copy..<(end &+ each &- 1) / each, ofGroup: start, item.transform, into: placed)
            let before = start &* each
            draw(group, first &- before..<end &- before, base: item.item.base &+ UInt32(truncatingIfNeeded: before))
            first = end
        }
    }

    private mutating func draw(_ item: PreparedItem, _ range: Range<Int>, base: UInt32) {
        switch item.item.drawable.primitives {
        case .triangles(let indices): drawTriangles(item, indices.pointer, range, base)
        case .lines(let indices): drawLines(item, indices.pointer, range, base)
        case .points(let indices): drawPoints(item, indices?.pointer, range, base)
        case .spheres(let indices, let radius, let radii): drawSpheres(item, indices?.pointer, radius, radii?.pointer, range, base)
        }
        withExtendedLifetime(item) {}
    }

    private mutating func drawTriangles(_ item: PreparedItem, _ indices: UnsafePointer<Int32>, _ range: Range<Int>, _ base: UInt32) {
        let vertices = item.vertices!
        let culled = CulledFaces(item.item.material.culling)
        let full = range.lowerBound + range.count / 8 * 8
        var first = range.lowerBound
        while first < full {
            let id = base &+ UInt32(truncatingIfNeeded: first)
            let later = small.draw(vertices, indices + 3 &* first, count: 8, id: id, culled, target)
            if later != 0 { drawLater(item, indices, first, later, id) }
            first &+= 8
        }
        let rest = range.upperBound - full
        if rest == 0 { return }
        // The last ones are padded with triangles without area.
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 24) { padded in
            padded.initialize(repeating: indices[3 * full])
            for place in 0..<3 * rest { padded[place] = indices[3 * full + place] }
            let id = base &+ UInt32(truncatingIfNeeded: full)
            let later = small.draw(vertices, UnsafePointer(padded.baseAddress!), count: rest, id: id, culled, target)
            if later != 0 { drawLater(item, indices, full, later, id) }
        }
    }

    /// Draws triangles that the kernel for small ones handed on.
    @inline(never) private mutating func drawLater(
        _ item: PreparedItem, _ indices: UnsafePointer<Int32>, _ first: Int, _ later: UInt32, _ id: UInt32
    ) {
        let culling = item.item.material.culling
        var bits = later
        while bits != 0 {
            let lane = bits.trailingZeroBitCount
            bits &= bits &- 1
            let corner = indices + 3 * (first + lane)
            let (a, b, c) = (item.vertices![Int(corner[0])], item.vertices![Int(corner[1])], item.vertices![Int(corner[2])])
            if a.flags | b.flags | c.flags == 0 {
                let triangle = LargeTriangle(
                    x: SIMD3(Int64(a.x), Int64(b.x), Int64(c.x)), y: SIMD3(Int64(a.y), Int64(b.y), Int64(c.y)),
                    depth: SIMD3(a.depth, b.depth, c.depth), id: id + UInt32(lane))
                if !triangle.isCulled(culling) { draw(triangle) }
            } else {
                let parts = item.transform.clipped(
                    clipVertex(item, corner[0]), clipVertex(item, corner[1]), clipVertex(item, corner[2]), id: id + UInt32(lane))
                for part in parts where !part.isCulled(culling) { draw(part) }
            }
        }
    }

    private func clipVertex(_ item: PreparedItem, _ index: Int32) -> ClipVertex {
        let p = item.reader[index]
        return ClipVertex(clip: item.transform.clip(p.x, p.y, p.z), index: index)
    }

    private mutating func draw(_ triangle: LargeTriangle) {
        let window = target.window
        let box = triangle.coveredBox(window)
        if box > Self.sharedBox {
            large.append(triangle)
        } else if box > 0 {
            triangle.draw(Int(window.firstRow)..<Int(window.endRow), target)
        }
    }

    private mutating func drawLines(_ item: PreparedItem, _ indices: UnsafePointer<Int32>, _ range: Range<Int>, _ base: UInt32) {
        let width = item.item.material.lineWidth
        for line in range {
            let (a, b) = (indices[2 * line], indices[2 * line + 1])
            let id = base + UInt32(line)
            guard let parts = item.transform.segment(clipVertex(item, a), clipVertex(item, b), width: width, id: id) else { continue }
            draw(parts.0)
            draw(parts.1)
        }
    }

    private func drawPoints(_ item: PreparedItem, _ indices: UnsafePointer<Int32>?, _ range: Range<Int>, _ base: UInt32) {
        let size = item.item.material.pointSize
        for point in range {
            let index = indices.map { Int($0[point]) } ?? point
            target.drawPoint(item.vertices![index], size: size, isParallel: projection.isParallel, id: base + UInt32(point))
        }
    }

    private func drawSpheres(
        _ item: PreparedItem, _ indices: UnsafePointer<Int32>?, _ radius: Float, _ radii: UnsafePointer<Float>?, _ range: Range<Int>,
        _ base: UInt32
    ) {
        let transform = SphereTransform(projection, origin: item.item.drawable.origin)
        let reader = item.reader
        let target = target
        // Many small spheres lie between samples: those with a box are listed first, then drawn, so that neither loop has to guess.
        let run = 64
        withUnsafeTemporaryAllocation(of: SphereBox.self, capacity: run + 1) { boxes in
            let boxes = boxes.baseAddress!
            var start = range.lowerBound
            while start < range.upperBound {
                let end = min(range.upperBound, start &+ run)
                var count = 0
                for sphere in start..<end {
                    let index = indices.map { $0[sphere] } ?? Int32(truncatingIfNeeded: sphere)
                    let p = reader[index]
                    let r = Double(radii.map { $0[Int(index)] } ?? radius)
                    let id = base &+ UInt32(truncatingIfNeeded: sphere)
                    guard let box = transform.box(transform.view(p.x, p.y, p.z), radius: r, id: id, target) else { continue }
                    boxes[count] = box
                    count &+= box.isEmpty(target.window) ? 0 : 1
                }
                for place in 0..<count { transform.draw(boxes[place], target) }
                start = end
            }
        }
    }
}
