/// Replaces counts by the sum of the counts before them and returns the sum of all.
///
/// - Complexity: O(count).
@inlinable public func exclusivePrefixSum(_ counts: UnsafeMutableBufferPointer<Int32>) -> Int {
    var sum = 0
    for index in 0..<counts.count {
        let count = Int(counts[index])
        counts[index] = Int32(truncatingIfNeeded: sum)
        sum += count
    }
    return sum
}

/// Replaces counts by the sum of the counts before them and returns the sum of all.
@inlinable public func exclusivePrefixSum(_ counts: inout [Int]) -> Int {
    var sum = 0
    for index in counts.indices {
        let count = counts[index]
        counts[index] = sum
        sum += count
    }
    return sum
}
