import Execution
import Synchronization

/// One bit for each number of a range, set by many threads at once.
final class PointMarks: @unchecked Sendable {
    // Unchecked: words are atomic while marks are set; afterwards they are only read.
    let lower: Int
    let wordCount: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// No number of `range` marked.
    init(_ range: Range<Int>) {
        lower = range.lowerBound & ~63
        wordCount = (range.upperBound - lower + 63) / 64
        words = .allocate(capacity: max(wordCount, 1))
        for word in 0..<wordCount { (words + word).initialize(to: Atomic(0)) }
    }

    deinit { words.deallocate() }

    /// - Precondition: `number` lies in the range.
    @inline(__always) func mark(_ number: Int) {
        let place = number &- lower
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: place & 63)
        let word = words + place &>> 6
        // Most are marked already, and looking does not take the line from other cores.
        if word.pointee.load(ordering: .relaxed) & bit == 0 { word.pointee.bitwiseOr(bit, ordering: .relaxed) }
    }

    @inline(__always) func word(_ index: Int) -> UInt64 { words[index].load(ordering: .relaxed) }

    /// Sets the bits that are clear and clears the others; those outside `range` are clear.
    func invert(within range: Range<Int>) {
        for index in 0..<wordCount {
            var bits = ~word(index)
            let first = lower + 64 * index
            if first < range.lowerBound { bits &= ~0 &<< UInt64(min(range.lowerBound - first, 63)) }
            if first + 64 > range.upperBound { bits &= range.upperBound <= first ? 0 : ~0 &>> UInt64(first + 64 - range.upperBound) }
            words[index].store(bits, ordering: .relaxed)
        }
    }

    /// Marks what `other`, of the same range, has marked.
    func add(_ other: PointMarks) {
        for index in 0..<min(wordCount, other.wordCount) { words[index].bitwiseOr(other.word(index), ordering: .relaxed) }
    }
}
