/// Turns counts by chunk and bucket into places: entries go bucket after bucket, within one in the order of the chunks.
///
/// - Parameter table: `chunkCount` rows of `bucketCount` counts; becomes the place of each chunk's first entry of each bucket.
/// - Returns: where each bucket starts, and behind the last the number of entries, which must be less than 2³¹.
/// - Complexity: O(chunks · buckets).
func bucketStarts(_ table: UnsafeMutablePointer<Int32>, chunkCount: Int, bucketCount: Int) -> [Int] {
    var starts = [Int](repeating: 0, count: bucketCount + 1)
    var sum = 0
    for bucket in 0..<bucketCount {
        starts[bucket] = sum
        for chunk in 0..<chunkCount {
            let place = chunk &* bucketCount &+ bucket
            let count = Int(table[place])
            table[place] = Int32(truncatingIfNeeded: sum)
            sum &+= count
        }
    }
    starts[bucketCount] = sum
    return starts
}
