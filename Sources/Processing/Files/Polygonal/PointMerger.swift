import Datasets

/// Gives points with exactly equal coordinates one number, in order of first occurrence; the first one's coordinates are kept.
///
/// +0 and −0 are equal, NaN is equal to nothing. Open addressing; O(points) expected.
struct PointMerger {
    private var slots: [Int32]
    private var mask: Int
    /// Coordinates of the points kept.
    private(set) var coordinates: [Float] = []

    init(expectedCount: Int) {
        var size = 1024
        while size < 2 * expectedCount && size < 1 << 31 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        mask = size - 1
        coordinates.reserveCapacity(3 * expectedCount)
    }

    var count: Int { coordinates.count / 3 }

    /// The number of the point.
    mutating func insert(_ x: Float, _ y: Float, _ z: Float) -> Int32 {
        if 2 * count > slots.count { grow() }
        var slot = PointMerger.hash(x, y, z) & mask
        while slots[slot] >= 0 {
            let first = 3 * Int(slots[slot])
            if coordinates[first] == x && coordinates[first + 1] == y && coordinates[first + 2] == z { return slots[slot] }
            slot = (slot + 1) & mask
        }
        let number = Int32(count)
        slots[slot] = number
        coordinates.append(x)
        coordinates.append(y)
        coordinates.append(z)
        return number
    }

    private mutating func grow() {
        mask = 2 * slots.count - 1
        slots = [Int32](repeating: -1, count: mask + 1)
        for point in 0..<count {
            var slot = PointMerger.hash(coordinates[3 * point], coordinates[3 * point + 1], coordinates[3 * point + 2]) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(point)
        }
    }

    @inline(__always)
    private static func hash(_ x: Float, _ y: Float, _ z: Float) -> Int {
        // Adding zero makes −0 to +0.
        var hash = UInt64((x + 0).bitPattern) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash &>> 29) ^ UInt64((y + 0).bitPattern)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash &>> 32) ^ UInt64((z + 0).bitPattern)) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (hash ^ (hash &>> 31)) &>> 1)
    }
}
