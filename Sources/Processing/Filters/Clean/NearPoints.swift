import Datasets
import Execution

/// Joins used points within a distance of each other, in index order.
///
/// Method: points lie in cubes as wide as the tolerance, so what a point may join lies in 27 of them. Points with no point of lower index
/// near stay, which is found in parallel; the others, few as a rule, are then gone through in index order, each against the points that stay.
enum NearPoints {
    /// For each used point the point that it joins, itself where it stays; −1 for others. Points that are not finite stay.
    ///
    /// A point joins the nearest of the points of lower index that stay and are no farther than `tolerance`; of two as near, the lower.
    static func targets<Value: MergeCoordinate>(
        _ coordinates: Buffer<Value>, used: Buffer<UInt8>, tolerance: Double, context: ExecutionContext
    ) throws -> Buffer<Int32> {
        let grid = try CubeGrid(coordinates, used: used, width: tolerance, context: context)
        let count = used.count
        let limit = tolerance * tolerance
        let result = Buffer<Int32>(uninitializedCount: count)
        let isUsed = used.pointer
        nonisolated(unsafe) let target = UnsafeMutablePointer(mutating: result.pointer)
        let undecided: Int32 = -2
        try context.parallelFor(count, grain: 1 << 12) { range in
            for point in range {
                if isUsed[point] == 0 {
                    target[point] = -1
                } else {
                    target[point] = grid.mayJoin(point, limit) ? undecided : Int32(truncatingIfNeeded: point)
                }
            }
        }
        let kept = KeptPoints(capacity: grid.bucketCount, points: count)
        for point in 0..<count where Int(target[point]) == point { kept.add(point, in: grid.bucket(of: point)) }
        for point in 0..<count where target[point] == undecided {
            if point & 0xFFF == 0 { try context.checkCancellation() }
            if let found = grid.nearest(to: point, limit, among: kept) {
                target[point] = found
            } else {
                target[point] = Int32(truncatingIfNeeded: point)
                kept.add(point, in: grid.bucket(of: point))
            }
        }
        withExtendedLifetime((used, kept)) {}
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
    let bucketCount: Int

    /// More points near than this and a point is left for later, so that crowds cost no more than their points.
    private static var patience: Int { 48 }

    init(_ coordinates: Buffer<Value>, used: Buffer<UInt8>, width: Double, context: ExecutionContext) throws {
        self.coordinates = coordinates
        self.width = width
        let count = used.count
        var size = 64
        while size < count && size < 1 << 28 { size *= 2 }
        bucketCount = size
        let position = coordinates.pointer
        var lower = SIMD3<Double>(repeating: .infinity)
        for point in 0..<count {
            for axis in 0..<3 {
                let value = position[3 &* point &+ axis].wide
                if value < lower[axis] && value > -.infinity { lower[axis] = value }
            }
        }
        for axis in 0..<3 where lower[axis] == .infinity { lower[axis] = 0 }
        origin = lower
        let starts = Buffer<Int32>(repeating: 0, count: size + 1)
        let points = Buffer<Int32>(uninitializedCount: count)
        self.starts = starts
        self.points = points
        try context.checkCancellation()
        let start = UnsafeMutablePointer(mutating: starts.pointer)
        let list = UnsafeMutablePointer(mutating: points.pointer)
        for point in 0..<count where used.pointer[point] != 0 {
            if let bucket = bucket(of: point) { start[bucket + 1] &+= 1 }
        }
        for bucket in 0..<size { start[bucket + 1] &+= start[bucket] }
        try context.checkCancellation()
        // From the last point on, so that every start ends where its bucket begins.
        for point in (0..<count).reversed() where used.pointer[point] != 0 {
            guard let bucket = bucket(of: point) else { continue }
            start[bucket + 1] &-= 1
            list[Int(start[bucket + 1])] = Int32(truncatingIfNeeded: point)
        }
        // Now starts are one place too high: that of bucket b stands at b + 1.
        for bucket in 0..<size { start[bucket] = start[bucket + 1] }
        var total: Int32 = 0
        for point in 0..<count where used.pointer[point] != 0 && self.bucket(of: point) != nil { total &+= 1 }
        start[size] = total
        withExtendedLifetime(used) {}
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

    func bucket(of point: Int) -> Int? { cube(of: point).map { bucket($0) } }

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
