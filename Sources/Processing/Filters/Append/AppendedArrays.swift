import Datasets
import Execution

/// Arrays of several datasets, one behind the other.
struct AppendedArrays {
    /// Some tuples of a part.
    struct Segment {
        var part: Int
        var tuples: Range<Int>
    }

    let context: ExecutionContext

    /// The arrays that all parts have, of the tuples that the segments name, in their order.
    ///
    /// - Parameter counts: the tuples of each part; arrays with another number are left out, as are all in parts without tuples.
    func joined(_ parts: [FieldCollection], counts: [Int], segments: [Segment]) throws -> FieldCollection {
        let filled = parts.indices.filter { counts[$0] > 0 }
        guard let model = filled.first.map({ parts[$0] }) else { return parts.first?.filter { $0.tupleCount == 0 } ?? FieldCollection() }
        var result = FieldCollection()
        for array in model.arrays where result[array.name] == nil {
            let columns = parts.indices.map { part in counts[part] > 0 ? parts[part][array.name] : nil }
            let fits = filled.allSatisfy { part in
                guard let found = columns[part] else { return false }
                return found.typeName == array.typeName && found.components == array.components && found.tupleCount == counts[part]
            }
            if fits { result.append(try join(columns, like: array, segments)) }
        }
        result.active = model.active.filter { result[$0.value] != nil }
        return result
    }

    /// The coordinates of all parts: Double where some part has Double.
    func points(_ parts: [Dataset]) throws -> Points {
        let all = try parts.map { try SurfaceResult.points(of: $0, kept: nil, context: context) }
        let total = all.reduce(0) { $0 + $1.count }
        guard total < Int(Int32.max) else { throw DatasetError("the inputs have \(total) points; one dataset holds fewer than \(Int32.max)") }
        let singles = all.compactMap { if case .float32(let buffer) = $0 { buffer } else { nil } }
        if singles.count == all.count { return .float32(try concatenated(singles.map { ($0, 0..<$0.count) })) }
        let doubles = all.map { $0.array.doubles() ?? Buffer() }
        return .float64(try concatenated(doubles.map { ($0, 0..<$0.count) }))
    }

    private func join(_ arrays: [FieldArray?], like model: FieldArray, _ segments: [Segment]) throws -> FieldArray {
        func concatenate<Value: Scalar>(_ type: Value.Type) throws -> FieldArray {
            let step = model.components
            return FieldArray(
                name: model.name, components: step,
                try concatenated(
                    segments.filter { !$0.tuples.isEmpty }.map { segment in
                        (
                            arrays[segment.part]?.buffer(of: type) ?? Buffer(),
                            segment.tuples.lowerBound * step..<segment.tuples.upperBound * step
                        )
                    }))
        }
        var result: FieldArray
        switch model.values {
        case .int8: result = try concatenate(Int8.self)
        case .uint8: result = try concatenate(UInt8.self)
        case .int16: result = try concatenate(Int16.self)
        case .uint16: result = try concatenate(UInt16.self)
        case .int32: result = try concatenate(Int32.self)
        case .uint32: result = try concatenate(UInt32.self)
        case .int64: result = try concatenate(Int64.self)
        case .uint64: result = try concatenate(UInt64.self)
        case .float32: result = try concatenate(Float.self)
        case .float64: result = try concatenate(Double.self)
        case .strings, .bits:
            return try FieldJoin.join(
                arrays, like: model,
                Numbered(
                    piece: Buffer(segments.flatMap { segment in segment.tuples.map { _ in Int32(truncatingIfNeeded: segment.part) } }),
                    place: Buffer(segments.flatMap { $0.tuples.map { Int32(truncatingIfNeeded: $0) } })), context)
        }
        result.componentNames = model.componentNames
        result.declaredType = model.declaredType
        return result
    }

    /// Parts of buffers, one behind the other.
    private func concatenated<Value: BitwiseCopyable & Sendable>(_ parts: [(buffer: Buffer<Value>, range: Range<Int>)]) throws -> Buffer<Value> {
        if parts.count == 1, parts[0].range == 0..<parts[0].buffer.count { return parts[0].buffer }
        var first = 0
        let result = Buffer<Value>(uninitializedCount: parts.reduce(0) { $0 + $1.range.count })
        nonisolated(unsafe) let out = UnsafeMutablePointer(mutating: result.pointer)
        for part in parts {
            let source = part.buffer.pointer + part.range.lowerBound
            let base = first
            try context.parallelFor(part.range.count, grain: 1 << 18) { range in
                (out + base + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
            }
            first += part.range.count
            withExtendedLifetime(part.buffer) {}
        }
        return result
    }
}
