import Datasets
import Execution

/// A choice of some of many indices, each as likely as another: those with the least random numbers.
///
/// The number of an index is a bijective mixing of it, so no two are equal and the choice is the same on any number of threads.
/// Source: SplitMix64 of Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct RandomChoice {
    let seed: UInt64

    @inline(__always) private func number(_ index: Int) -> UInt64 {
        var x = UInt64(truncatingIfNeeded: index) &* 0x9E37_79B9_7F4A_7C15 &+ seed &* 0xD134_2543_DE82_EF95 &+ 0x5851_F42D_4C95_7F2D
        x ^= x &>> 30
        x &*= 0xBF58_476D_1CE4_E5B9
        x ^= x &>> 27
        x &*= 0x94D0_49BB_1331_11EB
        return x ^ (x &>> 31)
    }

    /// `wanted` of `0 ..< count`, rising; all where there are fewer.
    ///
    /// - Complexity: O(count), one byte each.
    func indices(_ wanted: Int, of count: Int, context: ExecutionContext) throws -> Buffer<Int32> {
        if wanted >= count { return Buffer(count: count) { out in for index in 0..<count { out[index] = Int32(truncatingIfNeeded: index) } } }
        if wanted <= 0 { return Buffer() }
        // The greatest number that stays: its highest bits by counting, the rest by sorting the few with the same.
        let grain = 1 << 18
        let histograms = try context.parallelMap(count, grain: grain) { range in
            var histogram = [Int32](repeating: 0, count: 1 << 12)
            histogram.withUnsafeMutableBufferPointer { histogram in for index in range { histogram[Int(number(index) &>> 52)] &+= 1 } }
            return histogram
        }
        var before = 0
        var high = 0
        while true {
            let here = histograms.reduce(0) { $0 + Int($1[high]) }
            if before + here >= wanted { break }
            before += here
            high += 1
        }
        let candidates = try context.parallelMap(count, grain: grain) { range in
            var found: [UInt64] = []
            for index in range where Int(number(index) &>> 52) == high { found.append(number(index)) }
            return found
        }
        let greatest = candidates.flatMap { $0 }.sorted()[wanted - before - 1]
        let marks = try Buffer<UInt8>(count: count) { out in
            try context.parallelFor(count, grain: 1 << 16) { range in
                for index in range { out[index] = number(index) <= greatest ? 1 : 0 }
            }
        }
        return try PointSubset(marks: marks, bit: 0, context: context).indices(context: context)
    }
}
