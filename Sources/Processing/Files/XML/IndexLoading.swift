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
    /// Indices narrowed to Int32, every one checked to lie in `0 ..< limit`; Int32 indices of a raw file stay where they are.
    func indices(_ entry: XMLArrayEntry, count: Int, limit: Int, of what: String, context: ExecutionContext) throws -> Buffer<Int32> {
        if count == 0 { return Buffer() }
        func problem(_ value: Int64, _ place: Int) -> FormatProblem {
            FormatProblem(expected: "\(what) below \(limit) at place \(place)", found: "\(value)", byte: entry.byte)
        }
        if let mapped = try mappedIndices(entry, count: count, context: context) {
            try file.at(entry.place) {
                try context.parallelFor(count, grain: 1 << 16) { range in
                    if IndexKernels.check(mapped.pointer + range.lowerBound, count: range.count, limit: limit) < 0 {
                        let place = range.first { mapped.pointer[$0] < 0 || Int(mapped.pointer[$0]) >= limit } ?? range.lowerBound
                        throw problem(Int64(mapped.pointer[place]), place)
                    }
                }
            }
            return mapped
        }
        return try file.at(entry.place) {
            let source = try availableIndices(entry, count, context)
            return try Buffer<Int32>(count: count) { out in
                try forEachIndexChunk(source, count: count, context: context) { values, range in
                    if IndexKernels.narrow(values, out + range.lowerBound, count: range.count, limit: limit) < 0 {
                        for index in 0..<range.count {
                            let value = values.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)
                            if value < 0 || value >= limit { throw problem(value, range.lowerBound + index) }
                        }
                    }
                } narrow: { values, range in
                    if IndexKernels.copy(values, out + range.lowerBound, count: range.count, limit: limit) < 0 {
                        for index in 0..<range.count {
                            let value = values.loadUnaligned(fromByteOffset: index * 4, as: Int32.self)
                            if value < 0 || Int(value) >= limit { throw problem(Int64(value), range.lowerBound + index) }
                        }
                    }
                }
            }
        }
    }

    /// The source of indices that has so many, checked before room for them is made.
    private func availableIndices(_ entry: XMLArrayEntry, _ count: Int, _ context: ExecutionContext) throws -> IndexSource {
        let source = try indexSource(entry, context: context)
        guard count <= source.greatestCount else {
            throw FormatProblem(expected: "\(count) values", found: "at most \(source.greatestCount)", byte: entry.byte)
        }
        try checkMemory(count * 4, for: entry.place, context)
        return source
    }

    /// `count + 1` offsets from the `count` ends that a file stores: from 0; whether they rise is not checked.
    func offsets(_ entry: XMLArrayEntry, count: Int, context: ExecutionContext) throws -> Buffer<Int32> {
        let limit = 1 << 31
        return try file.at(entry.place) {
            let source = try availableIndices(entry, count, context)
            return try Buffer<Int32>(count: count + 1) { out in
                out[0] = 0
                let ends = out + 1
                try forEachIndexChunk(source, count: count, context: context) { values, range in
                    if IndexKernels.narrow(values, ends + range.lowerBound, count: range.count, limit: limit) < 0 {
                        throw FormatProblem(
                            expected: "offsets from 0 to 2^31 - 1 (split larger data into pieces)", found: "one outside", byte: entry.byte)
                    }
                } narrow: { values, range in
                    if IndexKernels.copy(values, ends + range.lowerBound, count: range.count, limit: limit) < 0 {
                        throw FormatProblem(expected: "offsets that are not negative", found: "a negative one", byte: entry.byte)
                    }
                }
            }
        }
    }

    /// Lists of indices from a file's `connectivity` and `offsets`.
    ///
    /// - Parameters:
    ///   - count: how many lists.
    ///   - limit: every index must be below it.
    func lists(
        _ connectivity: XMLArrayEntry, _ offsetEntry: XMLArrayEntry, count: Int, limit: Int, of what: String, context: ExecutionContext
    ) throws -> CellArray {
        if count == 0 { return CellArray() }
        let offsets = try self.offsets(offsetEntry, count: count, context: context)
        let step = offsets.pointer[1]
        let isUniform = try file.at(offsetEntry.place) {
            let parts = try context.parallelMap(count, grain: 1 << 16) { range in
                let (order, difference) = IndexKernels.steps(offsets.pointer + range.lowerBound, count: range.count, step: step)
                if order < 0 {
                    let place = range.first { offsets.pointer[$0 + 1] < offsets.pointer[$0] } ?? range.lowerBound
                    throw FormatProblem(
                        expected: "offsets that never fall", found: "\(offsets.pointer[place + 1]) after \(offsets.pointer[place]) at place \(place)",
                        byte: offsetEntry.byte)
                }
                return difference == 0
            }
            return parts.allSatisfy { $0 }
        }
        let size = Int(offsets.pointer[count])
        let indices = try self.indices(connectivity, count: size, limit: limit, of: what, context: context)
        if isUniform && step >= 1 { return CellArray(uniformSize: Int(step), connectivity: indices) }
        return CellArray(offsets: offsets, connectivity: indices)
    }
}
