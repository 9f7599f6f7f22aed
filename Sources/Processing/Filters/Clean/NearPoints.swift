import Datasets
import Execution

/// Joins used points within a distance of each other, in index order; points with the same coordinates count as the first of them.
///
/// Method: equal points are joined first, which most of a soup of triangles are. The points left lie in cubes as wide as the tolerance, so what a point may join lies in 27 of them. Points with no point of lower index
/// near stay, which is found in parallel; the others, few as a rule, are then gone through in index order, each against the points that stay.
enum NearPoints {
    /// For each used point the point that it joins, itself where it stays; −1 for others. Points that are not numbers stay.
    ///
    /// A point that equals one of lower index goes where the first of these goes. Any other joins the nearest of the points of lower index that stay and are no farther than `tolerance`; of two as near, the lower.
    static func targets<Value: MergeCoordinate>(
        _ coordinates: Buffer<Value>, used: Buffer<UInt8>, tolerance: Double, context: ExecutionContext
    ) throws -> Buffer<Int32> {
        let result = try EqualPoints.targets(coordinates, used: used, context: context)
        nonisolated(unsafe) let target = UnsafeMutablePointer(mutating: result.pointer)
        let grid = try CubeGrid(coordinates, firsts: result, width: tolerance, context: context)
        let count = used.count
        let limit = tolerance * tolerance
        // What becomes of points that equal no earlier one: kept, or to be decided in order.
        let states = try Buffer<UInt8>(count: count) { state in
            try context.parallelFor(count, grain: 1 << 12) { range in
                for point in range {
                    state[point] = Int(target[point]) == point ? (grid.mayJoin(point, limit) ? 2 : 1) : 0
                }
            }
        }
        let state = states.pointer
        let kept = KeptPoints(capacity: grid.bucketCount, points: count)
        for point in 0..<count where state[point] == 1 { kept.add(point, in: grid.bucket(of: point)) }
        for point in 0..<count where state[point] == 2 {
            if point & 0xFFF == 0 { try context.checkCancellation() }
            if let found = grid.nearest(to: point, limit, among: kept) {
                target[point] = found
            } else {
                kept.add(point, in: grid.bucket(of: point))
            }
        }
        // Equal points follow the first of them.
        try context.parallelFor(count, grain: 1 << 15) { range in
            for point in range where state[point] == 0 && target[point] >= 0 { target[point] = target[Int(target[point])] }
        }
        withExtendedLifetime((states, kept, grid)) {}
        return result
    }
}

/// Points that stay, in a list for every bucket.
private struct KeptPoints {
    private let heads: Buffer<Int32>
    private let nexts: Buffer<Int32>

    init(capacity: Int, points: Int) {
        heads = Buffer(repeating: -1, count: capacity)
        nexts = Buffer(uninitializedCount: points)
    }

    func add(_ point: Int, in bucket: Int?) {
        guard let bucket else { return }
        UnsafeMutablePointer(mutating: nexts.pointer)[point] = heads.pointer[bucket]
        UnsafeMutablePointer(mutating: heads.pointer)[bucket] = Int32(truncatingIfNeeded: point)
    }

    @inline(__always) func first(in bucket: Int) -> Int32 { heads.pointer[bucket] }
    @inline(__always) func next(after point: Int32) -> Int32 { nexts.pointer[Int(point)] }
}

/// Points by the cube that they lie in; cubes share buckets by a hash.
private struct CubeGrid<Value: MergeCoordinate>: @unchecked Sendable {
    // Unchecked: everything is written in `init` and only read then.
    private let coordinates: Buffer<Value>
    private let origin: SIMD3<Double>
    private let width: Double
    private let starts: Buffer<Int32>
    /// Points, bucket by bucket, rising in each.
    private let points: Buffer<Int32>
    /// Of each point; −1 for those that are not in the grid.
    private let buckets: Buffer<Int32>
    let bucketCount: Int

    /// More points near than this and a point is left for later, so that crowds cost no more than their points.
    private static var patience: Int { 48 }

    /// - Parameter firsts: a point is in the grid where its entry is its own number.
    init(_ coordinates: Buffer<Value>, firsts: Buffer<Int32>, width: Double, context: ExecutionContext) throws {
        self.coordinates = coordinates
        self.width = width
        let count = firsts.count
        let first = firsts.pointer
        let position = coordinates.pointer
        let parts = try context.parallelMap(count, grain: 1 << 15) { range in
            var lower = SIMD3<Double>(repeating: .infinity)
            var found = 0
            for point in range where Int(first[point]) == point {
                found &+= 1
                for axis in 0..<3 {
                    let value = position[3 &* point &+ axis].wide
                    if value < lower[axis] && value > -.infinity { lower[axis] = value }
                }
            }
            return (lower, found)
        }
        var lower = parts.reduce(SIMD3<Double>(repeating: .infinity)) { pointwiseMin($0, $1.0) }
        for axis in 0..<3 where lower[axis] == .infinity { lower[axis] = 0 }
        origin = lower
        let total = parts.reduce(0) { $0 + $1.1 }
        var size = 64
        while size < total && size < 1 << 28 { size *= 2 }
        bucketCount = size
        let starts = Buffer<Int32>(repeating: 0, count: size + 1)
        let points = Buffer<Int32>(uninitializedCount: total)
        let buckets = Buffer<Int32>(uninitializedCount: count)
        self.starts = starts
        self.points = points
        self.buckets = buckets
        // The bucket of every point of the grid; −1 for others and for those that are not finite.
        nonisolated(unsafe) let own = UnsafeMutablePointer(mutating: buckets.pointer)
        try context.parallelFor(count, grain: 1 << 14) { range in
            for point in range {
                let place = Int(first[point]) == point ? cube(of: point).map { bucket($0) } : nil
                own[point] = Int32(truncatingIfNeeded: place ?? -1)
            }
        }
        try context.checkCancellation()
        let start = UnsafeMutablePointer(mutating: starts.pointer)
        let list = UnsafeMutablePointer(mutating: points.pointer)
        for point in 0..<count where own[point] >= 0 { start[Int(own[point]) + 1] &+= 1 }
        for bucket in 0..<size { start[bucket + 1] &+= start[bucket] }
        try context.checkCancellation()
        // Each start moves on to its bucket's end while points are written, then all move back by one place.
        for point in 0..<count where own[point] >= 0 {
            let bucket = Int(own[point])
            list[Int(start[bucket])] = Int32(truncatingIfNeeded: point)
            start[bucket] &+= 1
        }
        for bucket in (1..<size).reversed() { start[bucket] = start[bucket - 1] }
        start[0] = 0
        withExtendedLifetime(firsts) {}
    }

    /// The cube that a point lies in; nil where it is not finite.
    @inline(__always) private func cube(of point: Int) -> SIMD3<Int64>? {
        let p = coordinates.pointer + 3 &* point
        var result = SIMD3<Int64>()
        for axis in 0..<3 {
            let place = ((p[axis].wide - origin[axis]) / width).rounded(.down)
            guard place - place == 0 else { return nil }
            result[axis] = place < 9e15 ? Int64(place) : 9_000_000_000_000_000
        }
        return result
    }

    @inline(__always) private func bucket(_ cube: SIMD3<Int64>) -> Int {
        var hash = UInt64(bitPattern: cube.x) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash &>> 31 ^ UInt64(bitPattern: cube.y)) &* 0xC4CE_B9FE_1A85_EC53
        hash = (hash ^ hash &>> 29 ^ UInt64(bitPattern: cube.z)) &* 0xFF51_AFD7_ED55_8CCD
        return Int(truncatingIfNeeded: (hash ^ hash &>> 32) & UInt64(bucketCount &- 1))
    }

    @inline(__always) func bucket(of point: Int) -> Int? {
        let place = Int(buckets.pointer[point])
        return place < 0 ? nil : place
    }

    @inline(__always) private func squaredDistance(_ a: Int, _ b: Int) -> Double {
        let (p, q) = (coordinates.pointer + 3 &* a, coordinates.pointer + 3 &* b)
        let (x, y, z) = (p[0].wide - q[0].wide, p[1].wide - q[1].wide, p[2].wide - q[2].wide)
        return x * x + y * y + z * z
    }

    /// Whether a point may join one of lower index: false only where none is within the distance.
    func mayJoin(_ point: Int, _ limit: Double) -> Bool {
        guard let cube = cube(of: point) else { return false }
        var left = Self.patience
        for step in 0..<27 {
            let bucket = bucket(cube &+ SIMD3(Int64(step % 3) - 1, Int64(step / 3 % 3) - 1, Int64(step / 9) - 1))
            for place in Int(starts.pointer[bucket])..<Int(starts.pointer[bucket &+ 1]) {
                let other = Int(points.pointer[place])
                if other >= point { break }
                if squaredDistance(point, other) <= limit { return true }
                left &-= 1
                if left == 0 { return true }
            }
        }
        return false
    }

    /// The nearest point of lower index that stays, within the distance; of two as near, the lower.
    func nearest(to point: Int, _ limit: Double, among kept: KeptPoints) -> Int32? {
        guard let cube = cube(of: point) else { return nil }
        var best: Int32 = -1
        var bestDistance = Double.infinity
        for step in 0..<27 {
            let bucket = bucket(cube &+ SIMD3(Int64(step % 3) - 1, Int64(step / 3 % 3) - 1, Int64(step / 9) - 1))
            var other = kept.first(in: bucket)
            while other >= 0 {
                if other < point {
                    let distance = squaredDistance(point, Int(other))
                    if distance <= limit && (distance < bestDistance || (distance == bestDistance && other < best)) {
                        best = other
                        bestDistance = distance
                    }
                }
                other = kept.next(after: other)
            }
        }
        return best < 0 ? nil : best
    }
}
