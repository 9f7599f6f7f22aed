import Datasets
import Execution

/// Finds points with exactly the same coordinates.
///
/// Points are dealt out by a hash of their coordinates to partitions small enough for the cache; each is searched on one thread, in
/// order, so the result does not depend on the threads. −0 equals 0; NaN equals NaN of the same bits.
/// - Complexity: O(points) expected.
enum CoincidentPoints {
    private static let partitionBits = 8

    /// For each point the place of the first point that is the same.
    ///
    /// - Parameter coordinates: `3 · count` numbers.
    static func firsts<Value: Scalar & BinaryFloatingPoint>(
        of coordinates: UnsafePointer<Value>, count: Int, context: ExecutionContext
    ) throws -> Buffer<Int32> {
        let grain = 1 << 15
        let partitions = 1 << partitionBits
        let hashes = try Buffer<UInt32>(count: count) { out in
            try context.parallelFor(count, grain: grain) { range in
                for point in range { out[point] = hash(coordinates + 3 &* point) }
            }
        }
        // Counts by chunk and partition, then where each chunk writes its points of each partition.
        let chunkCounts = try context.parallelMap(count, grain: grain) { range -> [Int] in
            var counts = [Int](repeating: 0, count: partitions)
            for point in range { counts[Int(hashes.pointer[point] >> UInt32(32 - partitionBits))] += 1 }
            return counts
        }
        var starts = [[Int]](repeating: [Int](repeating: 0, count: partitions), count: chunkCounts.count)
        var bounds = [0]
        var total = 0
        for partition in 0..<partitions {
            for chunk in chunkCounts.indices {
                starts[chunk][partition] = total
                total += chunkCounts[chunk][partition]
            }
            bounds.append(total)
        }
        let order = try Buffer<Int32>(count: count) { out in
            try context.parallelChunks(count, grain: grain) { chunk, range in
                var places = starts[chunk]
                for point in range {
                    let partition = Int(hashes.pointer[point] >> UInt32(32 - partitionBits))
                    out[places[partition]] = Int32(truncatingIfNeeded: point)
                    places[partition] += 1
                }
            }
        }
        return try Buffer<Int32>(count: count) { out in
            try context.parallelFor(partitions, grain: 1) { range in
                let members = bounds[range.lowerBound]..<bounds[range.lowerBound + 1]
                var capacity = 16
                while capacity < 2 * members.count { capacity *= 2 }
                let mask = UInt32(capacity - 1)
                var table = [Int32](repeating: -1, count: capacity)
                table.withUnsafeMutableBufferPointer { table in
                    for member in members {
                        let point = order.pointer[member]
                        var slot = hashes.pointer[Int(point)] & mask
                        while true {
                            let other = table[Int(slot)]
                            if other < 0 {
                                table[Int(slot)] = point
                                out[Int(point)] = point
                                break
                            }
                            if same(coordinates + 3 &* Int(other), coordinates + 3 &* Int(point)) {
                                out[Int(point)] = other
                                break
                            }
                            slot = (slot &+ 1) & mask
                        }
                    }
                }
            }
        }
    }

    @inline(__always) private static func bits<Value: BinaryFloatingPoint>(_ value: Value) -> UInt64 {
        if value == 0 { return 0 }
        // Float widens to Double without loss, so its bits tell values apart as well.
        return Double(value).bitPattern
    }

    @inline(__always) private static func hash<Value: BinaryFloatingPoint>(_ point: UnsafePointer<Value>) -> UInt32 {
        var hash = bits(point[0]) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash &>> 32 ^ bits(point[1])) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash &>> 29 ^ bits(point[2])) &* 0x94D0_49BB_1331_11EB
        return UInt32(truncatingIfNeeded: (hash ^ hash &>> 31) &>> 16)
    }

    @inline(__always) private static func same<Value: BinaryFloatingPoint>(_ a: UnsafePointer<Value>, _ b: UnsafePointer<Value>) -> Bool {
        bits(a[0]) == bits(b[0]) && bits(a[1]) == bits(b[1]) && bits(a[2]) == bits(b[2])
    }
}
