import Datasets
import Execution
import Geometry
import Scenes

/// Where runs of a drawable's primitives lie, and which points they use: what cannot show in a part of the picture is left out.
struct PrimitiveRuns: Sendable {
    /// Primitives in a run.
    static let length = 64

    /// Middle and half the size of each run's box, without the drawable's origin; half sizes below zero where nothing can be drawn.
    let middles: [Vector3]
    let halves: [Vector3]
    /// The lowest and highest point of each run.
    let points: [ClosedRange<Int32>]
    let count: Int

    /// - Complexity: O(primitives).
    init(_ drawable: Drawable, _ context: ExecutionContext) throws {
        let count = drawable.count
        let indices: Buffer<Int32>?
        let corners: Int
        var radius: Float = 0
        var radii: Buffer<Float>?
        switch drawable.primitives {
        case .triangles(let list): (indices, corners) = (list, 3)
        case .lines(let list): (indices, corners) = (list, 2)
        case .points(let list): (indices, corners) = (list, 1)
        case .spheres(let list, let size, let sizes): (indices, corners, radius, radii) = (list, 1, size, sizes)
        }
        let reader = PointReader(drawable.points)
        let found = try context.parallelMap((count + Self.length - 1) / Self.length, grain: 256) { runs in
            runs.map { run -> (Vector3, Vector3, ClosedRange<Int32>) in
                let places = run * Self.length * corners..<min(count, (run + 1) * Self.length) * corners
                var (low, high) = (Int32.max, Int32.min)
                var (lower, upper) = (Vector3(repeating: .infinity), Vector3(repeating: -.infinity))
                for place in places {
                    let index = indices.map { $0.pointer[place] } ?? Int32(truncatingIfNeeded: place)
                    low = index < low ? index : low
                    high = index > high ? index : high
                    let point = reader[index]
                    // Primitives with a corner that is no place are not drawn.
                    guard point.x.isFinite, point.y.isFinite, point.z.isFinite else { continue }
                    let size = Vector3(repeating: Double(radii.map { $0.pointer[Int(index)] } ?? radius))
                    lower = pointwiseMin(lower, point - size)
                    upper = pointwiseMax(upper, point + size)
                }
                return ((lower + upper) * 0.5, (upper - lower) * 0.5, low...high)
            }
        }
        withExtendedLifetime((drawable, indices, radii)) {}
        middles = found.flatMap { $0.map(\.0) }
        halves = found.flatMap { $0.map(\.1) }
        points = found.flatMap { $0.map(\.2) }
        self.count = count
    }

    /// What may show between planes.
    func shown(_ planes: [Plane], origin: Vector3, pointCount: Int) -> ShownPrimitives {
        let tests = planes.map { plane in
            (normal: plane.normal, size: pointwiseMax(plane.normal, -plane.normal), offset: plane.signedDistance(to: origin))
        }
        var ranges: [Range<Int>] = []
        let block = ShownPrimitives.pointBlock
        var marks = [Bool](repeating: false, count: (pointCount + block - 1) / block)
        for run in middles.indices {
            let (middle, half) = (middles[run], halves[run])
            var isOutside = half.x < 0
            for test in tests where test.normal.dot(middle) + test.offset + test.size.dot(half) < 0 { isOutside = true }
            if isOutside { continue }
            let (first, end) = (run * Self.length, min(count, (run + 1) * Self.length))
            if let last = ranges.last, last.upperBound == first {
                ranges[ranges.count - 1] = last.lowerBound..<end
            } else {
                ranges.append(first..<end)
            }
            for mark in Int(points[run].lowerBound) / block...Int(points[run].upperBound) / block { marks[mark] = true }
        }
        let parts = marks.indices.filter { marks[$0] }.map { $0 * block..<min(pointCount, ($0 + 1) * block) }
        return ShownPrimitives(ranges: ranges, points: parts)
    }
}

/// What of a drawable may show in a part of the picture.
struct ShownPrimitives: Sendable {
    static let pointBlock = 512

    /// Of primitives; nil: all.
    var ranges: [Range<Int>]?
    /// Of points; nil: all.
    var points: [Range<Int>]?

    var isEmpty: Bool { ranges?.isEmpty ?? false }
}

extension Rasterizer.Memory {
    /// What of the latest items may show in a region.
    func shown(_ count: Int, in region: PixelRegion, of projection: ViewProjection, _ context: ExecutionContext) throws -> [ShownPrimitives] {
        let first = fresh.count - count
        return try (0..<count).map { index in
            let drawable = fresh[first + index].drawn.drawable
            let planes = projection.frustum(of: region, margin: fresh[first + index].drawn.margin).planes
            if drawable.instances != nil {
                return Frustum(planes: planes).mayIntersect(drawable.bounds) ? ShownPrimitives() : ShownPrimitives(ranges: [], points: [])
            }
            // Whether its box lies outside is soon known, and its runs are not needed.
            if !Frustum(planes: planes).mayIntersect(drawable.bounds) { return ShownPrimitives(ranges: [], points: []) }
            if drawable.count <= PrimitiveRuns.length && drawable.points.count <= 1 << 12 { return ShownPrimitives() }
            let runs = try fresh[first + index].runs ?? PrimitiveRuns(drawable, context)
            fresh[first + index].runs = runs
            return runs.shown(planes, origin: drawable.origin, pointCount: drawable.points.count)
        }
    }
}

extension DrawList.Item {
    /// Pixels that primitives may reach beyond their points, and one for roundings.
    var margin: Double {
        switch drawable.primitives {
        case .triangles, .spheres: 1
        case .lines: Double(max(1, material.lineWidth)) * 0.5 + 1
        case .points: Double(min(max(1, material.pointSize), 4096)) * 0.5 + 1
        }
    }
}
