import Datasets
import Geometry

/// Cuts polygons, convex or not, into triangles by clipping ears, the best shaped first.
///
/// A polygon of n corners always gives n - 2 triangles, in the polygon's own direction: where it crosses itself or has no area, ears
/// are taken although they overlap. Coordinates enter relative to the first corner, in Double.
///
/// Complexity: O(n²) in the usual case, O(n³) at worst.
/// Source: ear clipping (Meisters 1975); ears by perimeter² to area, as `vtkPolygon` prefers them.
struct PolygonCutter {
    private var x: [Double] = []
    private var y: [Double] = []
    private var z: [Double] = []
    private var normal = Vector3()
    private var next: [Int] = []
    private var previous: [Int] = []
    private var measure: [Double] = []
    private var isBlocked: [Bool] = []

    /// Writes `3 * (count - 2)` places of corners, each `0 ..< count`.
    mutating func cut(_ corners: [Vector3], _ out: UnsafeMutablePointer<Int32>) {
        let count = corners.count
        if count == 3 {
            for corner in 0..<3 { out[corner] = Int32(corner) }
            return
        }
        if count == 4 {
            PolygonCutter.cutQuad(corners[0], corners[1], corners[2], corners[3], out)
            return
        }
        project(corners)
        next = (0..<count).map { ($0 + 1) % count }
        previous = (0..<count).map { ($0 + count - 1) % count }
        isBlocked = Array(repeating: false, count: count)
        measure = Array(repeating: 0, count: count)
        for corner in 0..<count { measure[corner] = shape(corner) }
        var place = out
        var first = 0
        for left in stride(from: count, to: 3, by: -1) {
            let ear = bestEar(from: first, left)
            let (before, after) = (previous[ear], next[ear])
            place[0] = Int32(before)
            place[1] = Int32(ear)
            place[2] = Int32(after)
            place += 3
            next[before] = after
            previous[after] = before
            measure[before] = shape(before)
            measure[after] = shape(after)
            isBlocked[before] = false
            isBlocked[after] = false
            if ear == first { first = after }
        }
        place[0] = Int32(first)
        place[1] = Int32(next[first])
        place[2] = Int32(next[next[first]])
    }

    /// The shorter diagonal, or the one inside a quad that is not convex.
    static func cutQuad(_ a: Vector3, _ b: Vector3, _ c: Vector3, _ d: Vector3, _ out: UnsafeMutablePointer<Int32>) {
        func fits(_ one: Vector3, _ two: Vector3) -> Bool { one.dot(two) >= 0 }
        let (ac, bd) = (c - a, d - b)
        let (ab, ad, bc) = (b - a, d - a, c - b)
        let isFirstInside = fits(ab.cross(ac), ac.cross(ad))
        let isSecondInside = fits(ab.cross(ad), bc.cross(bd))
        var takesFirst = ac.dot(ac) < bd.dot(bd)
        if isFirstInside != isSecondInside { takesFirst = isFirstInside }
        let places: (Int32, Int32, Int32, Int32, Int32, Int32) = takesFirst ? (0, 1, 2, 0, 2, 3) : (0, 1, 3, 1, 2, 3)
        out[0] = places.0
        out[1] = places.1
        out[2] = places.2
        out[3] = places.3
        out[4] = places.4
        out[5] = places.5
    }

    /// Takes the corners relative to the first, and the polygon's mean normal.
    private mutating func project(_ corners: [Vector3]) {
        let origin = corners[0]
        let relative = corners.map { $0 - origin }
        var sum = Vector3()
        for corner in 1..<corners.count - 1 { sum += relative[corner].cross(relative[corner + 1]) }
        normal = sum.normalized
        x = relative.map(\.x)
        y = relative.map(\.y)
        z = relative.map(\.z)
    }

    /// Twice the signed area of a triangle as seen along the normal.
    private func area(_ a: Int, _ b: Int, _ c: Int) -> Double {
        let one = Vector3(x[b] - x[a], y[b] - y[a], z[b] - z[a])
        let two = Vector3(x[c] - x[a], y[c] - y[a], z[c] - z[a])
        return one.cross(two).dot(normal)
    }

    /// Perimeter² to area of the ear at a corner: the less the better; infinite where there is no area, NaN where it is concave.
    private func shape(_ corner: Int) -> Double {
        let (a, c) = (previous[corner], next[corner])
        let doubled = area(a, corner, c)
        if doubled < 0 { return .nan }
        func distance(_ p: Int, _ q: Int) -> Double {
            let (dx, dy, dz) = (x[p] - x[q], y[p] - y[q], z[p] - z[q])
            return (dx * dx + dy * dy + dz * dz).squareRoot()
        }
        let perimeter = distance(a, corner) + distance(corner, c) + distance(c, a)
        return doubled > 0 ? perimeter * perimeter / doubled : .infinity
    }

    private mutating func bestEar(from first: Int, _ left: Int) -> Int {
        for attempt in 0..<2 {
            while true {
                var best: Int?
                var corner = first
                for _ in 0..<left {
                    let value = measure[corner]
                    if !isBlocked[corner] && !value.isNaN && (best == nil || value < measure[best!]) { best = corner }
                    corner = next[corner]
                }
                guard let best else { break }
                if isFree(best, left) { return best }
                isBlocked[best] = true
            }
            // What was in the way may be gone.
            if attempt == 0 {
                var corner = first
                for _ in 0..<left {
                    isBlocked[corner] = false
                    corner = next[corner]
                }
            }
        }
        // The polygon crosses itself: the corner that changes least.
        var flattest = first
        var corner = first
        for _ in 0..<left {
            if area(previous[corner], corner, next[corner]).magnitude < area(previous[flattest], flattest, next[flattest]).magnitude {
                flattest = corner
            }
            corner = next[corner]
        }
        return flattest
    }

    /// Whether no other corner lies in the ear; corners at the place of one of its own do not count.
    private func isFree(_ ear: Int, _ left: Int) -> Bool {
        let (a, c) = (previous[ear], next[ear])
        var corner = next[c]
        for _ in 0..<left - 3 {
            defer { corner = next[corner] }
            // Where a convex corner lies in the ear a concave one does too.
            if measure[corner] < .infinity { continue }
            func isAt(_ other: Int) -> Bool { x[corner] == x[other] && y[corner] == y[other] && z[corner] == z[other] }
            if isAt(a) || isAt(ear) || isAt(c) { continue }
            if area(a, ear, corner) >= 0 && area(ear, c, corner) >= 0 && area(c, a, corner) >= 0 { return false }
        }
        return true
    }
}

/// Cuts a polygon into triangles between its own points: three entries a triangle, appended to `triangles`.
///
/// See `PolygonCutter` for the rule and its cost.
func triangulatePolygon(_ polygon: UnsafeBufferPointer<Int32>, of points: Points, into triangles: inout GrowingBuffer<Int32>) {
    guard polygon.count >= 3 else { return }
    let count = 3 * (polygon.count - 2)
    triangles.reserve(count)
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { places in
        var cutter = PolygonCutter()
        cutter.cut(polygon.map { points[Int($0)] }, places.baseAddress!)
        for place in places { triangles.write(polygon[Int(place)]) }
    }
}
