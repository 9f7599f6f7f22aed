import Datasets
import Execution

/// Loops over point indices as files store them. Each returns a number that is negative where some index is out of range.
enum IndexKernels {
    /// Narrows Int64 to Int32; negative where a value is not in `0 ..< limit`.
    static func narrow(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Int32>, count: Int, limit: Int) -> Int64 {
        let top = Int64(limit) &- 1
        var signs: Int64 = 0
        for index in 0..<count {
            let value = source.loadUnaligned(fromByteOffset: index &* 8, as: Int64.self)
            signs |= value | (top &- value)
            target[index] = Int32(truncatingIfNeeded: value)
        }
        return signs
    }

    /// Copies Int32; negative where a value is not in `0 ..< limit`.
    static func copy(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Int32>, count: Int, limit: Int) -> Int32 {
        let top = Int32(truncatingIfNeeded: limit &- 1)
        var signs: Int32 = 0
        for index in 0..<count {
            let value = source.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self)
            signs |= value | (top &- value)
            target[index] = value
        }
        return signs
    }

    /// Narrows Int64 less `base` to Int32; negative where a difference is not in `0 ..< 2³¹`.
    static func narrow(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Int32>, count: Int, base: Int64) -> Int64 {
        var signs: Int64 = 0
        for index in 0..<count {
            let value = source.loadUnaligned(fromByteOffset: index &* 8, as: Int64.self) &- base
            signs |= value | (Int64(Int32.max) &- value)
            target[index] = Int32(truncatingIfNeeded: value)
        }
        return signs
    }

    /// Int32 less `base`; negative where a difference is.
    static func difference(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Int32>, count: Int, base: Int32) -> Int32 {
        var signs: Int32 = 0
        for index in 0..<count {
            let value = source.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self)
            signs |= value | (value &- base)
            target[index] = value &- base
        }
        return signs
    }

    /// Negative where a value is not in `0 ..< limit`.
    static func check(_ source: UnsafePointer<Int32>, count: Int, limit: Int) -> Int32 {
        let top = Int32(truncatingIfNeeded: limit &- 1)
        var signs: Int32 = 0
        for index in 0..<count { signs |= source[index] | (top &- source[index]) }
        return signs
    }

    /// For `count + 1` offsets: negative `order` where they fall, `difference` zero where all steps are `step`.
    static func steps(_ offsets: UnsafePointer<Int32>, count: Int, step: Int32) -> (order: Int32, difference: Int32) {
        var order: Int32 = 0
        var difference: Int32 = 0
        for index in 0..<count {
            let size = offsets[index &+ 1] &- offsets[index]
            order |= size
            difference |= size ^ step
        }
        return (order, difference)
    }
}

extension XMLArrayLoader {
    /// The indices `range` of an array, narrowed to Int32, every one checked to lie in `0 ..< limit`; Int32 indices of a raw file stay where they are.
    func indices(_ entry: XMLArrayEntry, _ range: Range<Int>, limit: Int, of what: String, context: ExecutionContext) throws -> Buffer<Int32> {
        if range.isEmpty { return Buffer() }
        func problem(_ value: Int64, _ place: Int) -> FormatProblem {
            FormatProblem(expected: "\(what) below \(limit) at place \(place)", found: "\(value)", byte: entry.byte)
        }
        if let mapped = try mappedIndices(entry, range, context: context) {
            try file.at(entry.place) {
                try context.parallelFor(range.count, grain: 1 << 16) { part in
                    if IndexKernels.check(mapped.pointer + part.lowerBound, count: part.count, limit: limit) < 0 {
                        let place = part.first { mapped.pointer[$0] < 0 || Int(mapped.pointer[$0]) >= limit } ?? part.lowerBound
                        throw problem(Int64(mapped.pointer[place]), range.lowerBound + place)
                    }
                }
            }
            return mapped
        }
        return try file.at(entry.place) {
            let source = try availableIndices(entry, range, context)
            return try Buffer<Int32>(count: range.count) { out in
                let first = range.lowerBound
                try forEachIndexChunk(source, range, context: context) { values, part in
                    if IndexKernels.narrow(values, out + (part.lowerBound - first), count: part.count, limit: limit) < 0 {
                        for index in 0..<part.count {
                            let value = values.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)
                            if value < 0 || value >= limit { throw problem(value, part.lowerBound + index) }
                        }
                    }
                } narrow: { values, part in
                    if IndexKernels.copy(values, out + (part.lowerBound - first), count: part.count, limit: limit) < 0 {
                        for index in 0..<part.count {
                            let value = values.loadUnaligned(fromByteOffset: index * 4, as: Int32.self)
                            if value < 0 || Int(value) >= limit { throw problem(Int64(value), part.lowerBound + index) }
                        }
                    }
                }
            }
        }
    }

    /// The source of indices that has those, checked before room for them is made.
    private func availableIndices(_ entry: XMLArrayEntry, _ range: Range<Int>, _ context: ExecutionContext) throws -> IndexSource {
        let source = try indexSource(entry, context: context)
        guard range.upperBound <= source.greatestCount else {
            throw FormatProblem(expected: "\(range.upperBound) values", found: "at most \(source.greatestCount)", byte: entry.byte)
        }
        try checkMemory(range.count * 4, for: entry.place, context)
        return source
    }

    /// Calls `body` for the indices `range` of an array, on many threads and in any order, every one checked to lie in `0 ..< limit`.
    func forEachIndex(
        _ entry: XMLArrayEntry, _ range: Range<Int>, limit: Int, context: ExecutionContext, _ body: (Int) -> Void
    ) throws {
        try file.at(entry.place) {
            func checked(_ index: Int) throws -> Int {
                guard index >= 0, index < limit else {
                    throw FormatProblem(expected: "a point below \(limit)", found: "\(index)", byte: entry.byte)
                }
                return index
            }
            try forEachIndexChunk(try indexSource(entry, context: context), range, context: context) { values, part in
                for place in 0..<part.count { body(try checked(Int(values.loadUnaligned(fromByteOffset: 8 * place, as: Int64.self)))) }
            } narrow: { values, part in
                for place in 0..<part.count { body(try checked(Int(values.loadUnaligned(fromByteOffset: 4 * place, as: Int32.self)))) }
            }
        }
    }

    /// One whole number of an array.
    func index(_ entry: XMLArrayEntry, at place: Int, context: ExecutionContext) throws -> Int64 {
        try file.at(entry.place) {
            var result: Int64 = 0
            var single = context
            single.threads = 1
            try forEachIndexChunk(try availableIndices(entry, place..<place + 1, context), place..<place + 1, context: single) { values, _ in
                result = values.loadUnaligned(as: Int64.self)
            } narrow: { values, _ in
                result = Int64(values.loadUnaligned(as: Int32.self))
            }
            return result
        }
    }

    /// Where the lists `range` begin in their entries, from the ends that a file stores: the first one's place, and `range.count + 1` offsets
    /// behind it, the first 0; whether they rise is not checked.
    func offsets(_ entry: XMLArrayEntry, _ range: Range<Int>, context: ExecutionContext) throws -> (first: Int, offsets: Buffer<Int32>) {
        func outside() -> FormatProblem {
            FormatProblem(expected: "offsets that never fall and reach less than 2^31 (split larger data into pieces)", found: "one outside", byte: entry.byte)
        }
        let base = range.lowerBound == 0 ? 0 : try index(entry, at: range.lowerBound - 1, context: context)
        return try file.at(entry.place) {
            guard base >= 0, base <= 1 << 56 else { throw outside() }
            let source = try availableIndices(entry, range, context)
            let offsets = try Buffer<Int32>(count: range.count + 1) { out in
                out[0] = 0
                let ends = out + 1
                let first = range.lowerBound
                try forEachIndexChunk(source, range, context: context) { values, part in
                    if IndexKernels.narrow(values, ends + (part.lowerBound - first), count: part.count, base: base) < 0 { throw outside() }
                } narrow: { values, part in
                    let target = ends + (part.lowerBound - first)
                    if IndexKernels.difference(values, target, count: part.count, base: Int32(truncatingIfNeeded: base)) < 0 { throw outside() }
                }
            }
            return (Int(base), offsets)
        }
    }

    /// Lists of indices from a file's `connectivity` and `offsets`.
    ///
    /// - Parameters:
    ///   - range: which lists.
    ///   - limit: every index must be below it.
    func lists(
        _ connectivity: XMLArrayEntry, _ offsetEntry: XMLArrayEntry, _ range: Range<Int>, limit: Int, of what: String, context: ExecutionContext
    ) throws -> CellArray {
        let count = range.count
        if count == 0 { return CellArray() }
        let (first, offsets) = try self.offsets(offsetEntry, range, context: context)
        let step = offsets.pointer[1]
        let isUniform = try file.at(offsetEntry.place) {
            let parts = try context.parallelMap(count, grain: 1 << 16) { part in
                let (order, difference) = IndexKernels.steps(offsets.pointer + part.lowerBound, count: part.count, step: step)
                if order < 0 {
                    let place = part.first { offsets.pointer[$0 + 1] < offsets.pointer[$0] } ?? part.lowerBound
                    throw FormatProblem(
                        expected: "offsets that never fall",
                        found: "\(first + Int(offsets.pointer[place + 1])) after \(first + Int(offsets.pointer[place])) at place \(range.lowerBound + place)",
                        byte: offsetEntry.byte)
                }
                return difference == 0
            }
            return parts.allSatisfy { $0 }
        }
        let end = try file.at(offsetEntry.place) { try product(first + Int(offsets.pointer[count]), 8, for: "connectivity") / 8 }
        let indices = try self.indices(connectivity, first..<end, limit: limit, of: what, context: context)
        if isUniform && step >= 1 { return CellArray(uniformSize: Int(step), connectivity: indices) }
        return CellArray(offsets: offsets, connectivity: indices)
    }
}
