import Datasets
import Execution

/// Finds used points with the same coordinates.
///
/// Method: points are spread into buckets by a hash of their coordinates, in index order; each bucket is then put into a table of its own,
/// which stays in a worker's cache. So the first of equal points is found whatever the number of workers.
enum EqualPoints {
    /// For each used point the first used point with the same coordinates, itself as a rule; −1 for others.
    ///
    /// −0 equals 0; a point with a coordinate that is not a number equals none.
    static func targets<Value: MergeCoordinate>(
        _ coordinates: Buffer<Value>, used: Buffer<UInt8>, context: ExecutionContext
    ) throws -> Buffer<Int32> {
        let count = used.count
        let position = coordinates.pointer
        let isUsed = used.pointer
        let result = Buffer<Int32>(uninitializedCount: count)
        nonisolated(unsafe) let target = UnsafeMutablePointer(mutating: result.pointer)
        defer { withExtendedLifetime((coordinates, used)) {} }

        var bits = 0
        while bits < 12 && count >> (bits + 10) > 0 { bits += 1 }
        let bucketCount = 1 << bits
        let shift = UInt64(64 - max(1, bits))
        let grain = max(1 << 14, (count + 63) / 64)
        let chunkCount = max(1, (count + grain - 1) / grain)
        let counts = Buffer<Int32>(repeating: 0, count: chunkCount * bucketCount)
        nonisolated(unsafe) let table = UnsafeMutablePointer(mutating: counts.pointer)
        @inline(__always) func bucket(_ hash: UInt64) -> Int { bits == 0 ? 0 : Int(truncatingIfNeeded: hash &>> shift) }

        try context.parallelChunks(count, grain: grain) { chunk, range in
            let row = table + chunk &* bucketCount
            for point in range {
                target[point] = isUsed[point] == 0 ? -1 : Int32(truncatingIfNeeded: point)
                if isUsed[point] == 0 || !Value.isNumber(position + 3 &* point) { continue }
                row[bucket(Value.hash(position + 3 &* point))] &+= 1
            }
        }
        let starts = bucketStarts(table, chunkCount: chunkCount, bucketCount: bucketCount)
        let entries = Buffer<Entry>(uninitializedCount: starts[bucketCount])
        nonisolated(unsafe) let entry = UnsafeMutablePointer(mutating: entries.pointer)
        try context.parallelChunks(count, grain: grain) { chunk, range in
            let row = table + chunk &* bucketCount
            for point in range where isUsed[point] != 0 && Value.isNumber(position + 3 &* point) {
                let hash = Value.hash(position + 3 &* point)
                let number = bucket(hash)
                entry[Int(row[number])] = Entry(point: Int32(truncatingIfNeeded: point), tag: UInt32(truncatingIfNeeded: hash))
                row[number] &+= 1
            }
        }
        let firsts = starts
        try context.parallelFor(bucketCount, grain: max(1, bucketCount / 256)) { range in
            var slots = Buffer<Entry>()
            for bucket in range {
                let size = firsts[bucket + 1] - firsts[bucket]
                var capacity = 16
                while capacity < 2 * size { capacity *= 2 }
                if slots.count < capacity { slots = Buffer(uninitializedCount: capacity) }
                let slot = UnsafeMutablePointer(mutating: slots.pointer)
                slot.initialize(repeating: Entry(point: -1, tag: 0), count: capacity)
                let mask = capacity - 1
                for place in firsts[bucket]..<firsts[bucket + 1] {
                    let candidate = entry[place]
                    var probe = Int(candidate.tag) & mask
                    while true {
                        let found = slot[probe]
                        if found.point < 0 {
                            slot[probe] = candidate
                            break
                        }
                        if found.tag == candidate.tag
                            && Value.areEqual(position + 3 &* Int(found.point), position + 3 &* Int(candidate.point))
                        {
                            target[Int(candidate.point)] = found.point
                            break
                        }
                        probe = (probe &+ 1) & mask
                    }
                }
            }
        }
        withExtendedLifetime((counts, entries)) {}
        return result
    }

    private struct Entry {
        var point: Int32
        /// The low half of the hash; the high half chose the bucket.
        var tag: UInt32
    }
}

/// A coordinate that points are compared by.
protocol MergeCoordinate: BitwiseCopyable, Sendable {
    static func isNumber(_ point: UnsafePointer<Self>) -> Bool
    static func areEqual(_ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>) -> Bool
    /// The same for equal points.
    static func hash(_ point: UnsafePointer<Self>) -> UInt64
    var wide: Double { get }
}

/// Spreads the bits of three numbers over 64 (the finalizer of MurmurHash3, folded in twice).
@inline(__always) private func mixed(_ x: UInt64, _ y: UInt64, _ z: UInt64) -> UInt64 {
    var h = x &* 0x9E37_79B9_7F4A_7C15 ^ (y &+ 0xD1B5_4A32_D192_ED03) &* 0xFF51_AFD7_ED55_8CCD
    h ^= h &>> 32
    h = (h ^ z) &* 0xC4CE_B9FE_1A85_EC53
    h ^= h &>> 29
    h &*= 0xFF51_AFD7_ED55_8CCD
    return h ^ h &>> 32
}

extension Float: MergeCoordinate {
    @inline(__always) static func isNumber(_ p: UnsafePointer<Float>) -> Bool { p[0] == p[0] && p[1] == p[1] && p[2] == p[2] }
    @inline(__always) static func areEqual(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Bool {
        a[0] == b[0] && a[1] == b[1] && a[2] == b[2]
    }
    // Adding 0 makes 0 of −0.
    @inline(__always) static func hash(_ p: UnsafePointer<Float>) -> UInt64 {
        mixed(UInt64((p[0] + 0).bitPattern), UInt64((p[1] + 0).bitPattern), UInt64((p[2] + 0).bitPattern))
    }
}

extension Double: MergeCoordinate {
    @inline(__always) static func isNumber(_ p: UnsafePointer<Double>) -> Bool { p[0] == p[0] && p[1] == p[1] && p[2] == p[2] }
    @inline(__always) static func areEqual(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>) -> Bool {
        a[0] == b[0] && a[1] == b[1] && a[2] == b[2]
    }
    @inline(__always) static func hash(_ p: UnsafePointer<Double>) -> UInt64 {
        mixed((p[0] + 0).bitPattern, (p[1] + 0).bitPattern, (p[2] + 0).bitPattern)
    }
}
