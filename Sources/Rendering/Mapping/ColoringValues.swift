import Datasets
import Execution

/// The finite numbers that an array selector picks in datasets, all blocks together: what ranges of colours are chosen from.
///
/// Results do not depend on how the values are divided among datasets or threads.
public struct ColoringValues: Sendable {
    /// One number a tuple; Float or Double.
    private let arrays: [FieldArray]
    private let context: ExecutionContext

    /// Arrays that are colours themselves have no values, nor have blocks without the array.
    ///
    /// - Throws: `DatasetError` where no dataset has the array, or it holds text.
    public init(_ selector: ArraySelector, in datasets: [Dataset], context: ExecutionContext) throws {
        self.context = context
        var arrays: [FieldArray] = []
        var missing: (any Error)?
        var isFound = false
        for dataset in datasets {
            let leaves: [Dataset]
            if case .blocks(let blocks) = dataset { leaves = blocks.leaves.map(\.dataset) } else { leaves = [dataset] }
            for leaf in leaves {
                do {
                    let array = try selector.resolve(in: leaf.attributes).array
                    isFound = true
                    if DatasetMapper.isColor(array, selector) { continue }
                    arrays.append(try selector.scalars(of: array))
                } catch let error as DatasetError {
                    if leaves.count == 1 && datasets.count == 1 { throw error }
                    missing = error
                }
            }
        }
        if !isFound, let missing { throw missing }
        self.arrays = arrays
    }

    /// The values at fractions of the way through the sorted finite values, linear between neighbours (NumPy's default); empty where
    /// there are no finite values.
    ///
    /// - Parameter fractions: 0…1 each.
    /// - Complexity: O(values) for each fraction: four counting passes and one for the neighbour. Memory: half a megabyte a thread.
    public func quantiles(_ fractions: [Double]) throws -> [Double] {
        let count = try finiteCount()
        if count == 0 { return [] }
        return try fractions.map { fraction in
            let place = min(max(fraction, 0), 1) * Double(count - 1)
            let rank = Int(place.rounded(.down))
            let value = try self.value(ofRank: rank)
            let rest = place - Double(rank)
            if rest == 0 { return value }
            let next = try next(afterRank: rank, value)
            return value + (next - value) * rest
        }
    }

    /// The least finite value above zero; nil where there is none.
    public func leastPositive() throws -> Double? {
        let least = try fold(Double.infinity) { partial, value in value > 0 && value < partial ? value : partial } join: { $0 < $1 ? $0 : $1 }
        return least < .infinity ? least : nil
    }

    /// The distinct finite values, rising; nil where there are more than `limit`.
    public func distinct(limit: Int) throws -> [Double]? {
        let sets = try fold(Set<Double>()) { partial, value in
            if partial.count > limit { return partial }
            var partial = partial
            partial.insert(value)
            return partial
        } join: { $0.union($1) }
        return sets.count > limit ? nil : sets.sorted()
    }

    // MARK: Selection

    private func finiteCount() throws -> Int { try fold(0) { count, _ in count + 1 } join: { $0 + $1 } }

    /// The value at a place in sorted order: counted by sixteen bits at a time, the highest first.
    private func value(ofRank rank: Int) throws -> Double {
        var rank = rank
        var prefix: UInt64 = 0
        for digit in 0..<4 {
            let shift = UInt64(48 - 16 * digit)
            let above = shift + 16
            let wanted = prefix
            let parts = try histograms { key in
                above < 64 && key >> above != wanted ? nil : Int(key >> shift & 0xFFFF)
            }
            var bin = 0
            while bin < 0xFFFF {
                let here = parts.reduce(0) { $0 + $1[bin] }
                if rank < here { break }
                rank -= here
                bin += 1
            }
            prefix = prefix << 16 | UInt64(bin)
        }
        return Self.number(prefix)
    }

    /// The value after `value`, which has the rank, in sorted order.
    private func next(afterRank rank: Int, _ value: Double) throws -> Double {
        let upTo = try fold(0) { count, other in other <= value ? count + 1 : count } join: { $0 + $1 }
        if upTo > rank + 1 { return value }
        return try fold(Double.infinity) { least, other in other > value && other < least ? other : least } join: { $0 < $1 ? $0 : $1 }
    }

    /// A number's place in the order of numbers; −0 is 0.
    @inline(__always) private static func key(_ value: Double) -> UInt64 {
        let bits = (value + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    private static func number(_ key: UInt64) -> Double { Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key) }

    /// How many values fall into each of 65536 bins, by chunk.
    private func histograms(_ bin: (UInt64) -> Int?) throws -> [[Int]] {
        try chunks { part in
            var counts = [Int](repeating: 0, count: 1 << 16)
            counts.withUnsafeMutableBufferPointer { counts in
                part.forEach { value in if let bin = bin(Self.key(value)) { counts[bin] &+= 1 } }
            }
            return counts
        }
    }

    private func fold<Value>(
        _ first: Value, _ add: (Value, Double) -> Value, join: (Value, Value) -> Value
    ) throws -> Value {
        let parts = try chunks { part in
            var value = first
            part.forEach { value = add(value, $0) }
            return value
        }
        return parts.reduce(first, join)
    }

    /// Some of the values of an array.
    private enum Part {
        case floats(UnsafeBufferPointer<Float>)
        case doubles(UnsafeBufferPointer<Double>)

        /// Calls `body` with the finite ones.
        @inline(__always) func forEach(_ body: (Double) -> Void) {
            switch self {
            case .floats(let values): for value in values where value.isFinite { body(Double(value)) }
            case .doubles(let values): for value in values where value.isFinite { body(value) }
            }
        }
    }

    private func chunks<Value>(_ body: (Part) -> Value) throws -> [Value] {
        var results: [Value] = []
        for array in arrays {
            let count = array.valueCount
            let grain = max(1 << 16, (count + context.threads - 1) / context.threads)
            if let buffer = array.buffer(of: Float.self) {
                let source = buffer.elements
                results += try context.parallelMap(count, grain: grain) { body(.floats(UnsafeBufferPointer(rebasing: source[$0]))) }
                withExtendedLifetime(buffer) {}
            } else if let buffer = array.buffer(of: Double.self) {
                let source = buffer.elements
                results += try context.parallelMap(count, grain: grain) { body(.doubles(UnsafeBufferPointer(rebasing: source[$0]))) }
                withExtendedLifetime(buffer) {}
            }
        }
        return results
    }
}
