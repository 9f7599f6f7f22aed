import Datasets
import Execution

/// Values of a part of a lattice.
struct LatticePart: Sendable {
    var extent: Extent
    var values: FieldArray
    /// `vtkGhostType` of the same part, where the file has it.
    var marks: FieldArray?
}

/// Maps `0 ..< count` to values: several at a time where there are many, one after the other on all threads where there are few.
func forEachPiece<Value: Sendable>(
    _ count: Int, _ context: ExecutionContext, _ body: (Int, ExecutionContext) throws -> Value
) throws -> [Value] {
    if count >= 2 * context.threads && context.threads > 1 {
        var single = context
        single.threads = 1
        return try context.parallelMap(count, grain: 1) { try body($0.lowerBound, single) }
    }
    return try (0..<count).map { index in
        try context.checkCancellation()
        return try body(index, context)
    }
}

/// Whether the boxes together hold all of `whole`.
func isCovered(_ whole: Extent, by boxes: [Extent]) -> Bool {
    var rest = whole.isEmpty ? [] : [whole]
    for box in boxes where !rest.isEmpty {
        rest = rest.flatMap { left -> [Extent] in
            let common = left.intersection(box)
            if common.isEmpty { return [left] }
            var pieces: [Extent] = []
            var left = left
            for axis in 0..<3 {
                if left.lower[axis] < common.lower[axis] {
                    var below = left
                    below.upper[axis] = common.lower[axis] - 1
                    pieces.append(below)
                    left.lower[axis] = common.lower[axis]
                }
                if left.upper[axis] > common.upper[axis] {
                    var above = left
                    above.lower[axis] = common.upper[axis] + 1
                    pieces.append(above)
                    left.upper[axis] = common.upper[axis]
                }
            }
            return pieces
        }
    }
    return rest.isEmpty
}

/// One array from parts that cover `whole`; a value that several have is taken from the first that owns it, else from the first.
func joined(_ parts: [LatticePart], _ whole: Extent, like first: FieldArray) -> FieldArray {
    let components = first.components
    let count = whole.pointCount * components

    /// Calls `body` for runs of tuples: part, first tuple in it, first tuple in the whole, how many. Later calls win.
    func forEachRun(_ body: (Int, Int, Int, Int) -> Void) {
        for ownedOnly in [false, true] where !ownedOnly || parts.contains(where: { $0.marks != nil }) {
            for (index, part) in parts.enumerated().reversed() {
                let size = part.extent.dimensions
                let marks = ownedOnly ? part.marks?.buffer(of: UInt8.self) : nil
                for k in 0..<size.z {
                    for j in 0..<size.y {
                        let source = (k * size.y + j) * size.x
                        let target = whole.pointIndex(part.extent.lower &+ SIMD3(0, j, k))
                        guard let marks else {
                            body(index, source, target, size.x)
                            continue
                        }
                        var start = 0
                        while start < size.x {
                            let isGhost = marks.pointer[source + start] & ghostDuplicateBit != 0
                            var end = start + 1
                            while end < size.x && (marks.pointer[source + end] & ghostDuplicateBit != 0) == isGhost { end += 1 }
                            if !isGhost { body(index, source + start, target + start, end - start) }
                            start = end
                        }
                    }
                }
            }
        }
    }

    func numbers<Value: Scalar>(_: Value.Type) -> FieldArray {
        let sources = parts.map { $0.values.buffer(of: Value.self)! }
        let buffer = Buffer<Value>(count: count) { out in
            forEachRun { part, source, target, length in
                (out + target * components).update(from: sources[part].pointer + source * components, count: length * components)
            }
        }
        return FieldArray(name: first.name, components: components, buffer)
    }

    switch first.values {
    case .int8: return numbers(Int8.self)
    case .uint8: return numbers(UInt8.self)
    case .int16: return numbers(Int16.self)
    case .uint16: return numbers(UInt16.self)
    case .int32: return numbers(Int32.self)
    case .uint32: return numbers(UInt32.self)
    case .int64: return numbers(Int64.self)
    case .uint64: return numbers(UInt64.self)
    case .float32: return numbers(Float.self)
    case .float64: return numbers(Double.self)
    case .strings:
        var strings = [String](repeating: "", count: count)
        forEachRun { part, source, target, length in
            guard case .strings(let values) = parts[part].values.values else { return }
            for index in 0..<length * components { strings[target * components + index] = values[source * components + index] }
        }
        return FieldArray(name: first.name, components: components, strings: strings)
    case .bits:
        var bits = [UInt8](repeating: 0, count: count)
        forEachRun { part, source, target, length in
            for index in 0..<length * components {
                bits[target * components + index] = parts[part].values.value((source * components + index) / components, index % components) != 0 ? 1 : 0
            }
        }
        return FieldArray(
            name: first.name, components: components, values: .bits(bits.withUnsafeBufferPointer { FieldArray.pack($0) }, count: count))
    }
}

/// Marks of hidden points or cells without those of duplicates, whether any are left or not; nil where the array is none of marks.
func markedWithoutDuplicates(_ array: FieldArray) -> FieldArray? {
    guard let marks = array.buffer(of: UInt8.self) else { return nil }
    return FieldArray(
        name: array.name,
        Buffer<UInt8>(count: marks.count) { out in
            for index in 0..<marks.count { out[index] = marks.pointer[index] & ~ghostDuplicateBit }
        })
}
