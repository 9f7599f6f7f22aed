import Datasets
import Execution
import Filters

extension RunList {
    /// Copies tuples of `stride` bytes from their sources to their places.
    ///
    /// - Parameter sources: the first tuple of each source.
    func copy(
        from sources: [UnsafeRawPointer], stride: Int, to out: UnsafeMutableRawPointer, context: ExecutionContext
    ) throws {
        try sources.withUnsafeBufferPointer { sources in
            try context.parallelFor(count, grain: 1 << 15) { range in
                forEach(in: range) { source, first, count, target in
                    let from = sources[source] + first &* stride
                    let to = out + target &* stride
                    if count == 1 {
                        switch stride {
                        case 1: to.copyMemory(from: from, byteCount: 1)
                        case 4: to.copyMemory(from: from, byteCount: 4)
                        case 8: to.copyMemory(from: from, byteCount: 8)
                        case 12: to.copyMemory(from: from, byteCount: 12)
                        case 16: to.copyMemory(from: from, byteCount: 16)
                        case 24: to.copyMemory(from: from, byteCount: 24)
                        default: to.copyMemory(from: from, byteCount: stride)
                        }
                    } else {
                        to.copyMemory(from: from, byteCount: count &* stride)
                    }
                }
            }
        }
    }

    /// The tuples of buffers of one type; a source that gives none may be nil.
    func gather<Value: BitwiseCopyable & Sendable>(
        _ sources: [Buffer<Value>?], components: Int = 1, context: ExecutionContext
    ) throws -> Buffer<Value> {
        let filled = sources.map { $0 ?? Buffer() }
        let result = try Buffer<Value>(count: count * components) { out in
            try copy(
                from: filled.map { UnsafeRawPointer($0.pointer) }, stride: MemoryLayout<Value>.stride * components,
                to: UnsafeMutableRawPointer(out), context: context)
        }
        withExtendedLifetime(filled) {}
        return result
    }

    /// The tuples of arrays of one name and type.
    ///
    /// - Precondition: arrays that runs name are there and are like `model`.
    func gather(_ arrays: [FieldArray?], like model: FieldArray, context: ExecutionContext) throws -> FieldArray {
        func pick<Value: Scalar>(_ type: Value.Type) throws -> FieldArray {
            FieldArray(
                name: model.name, components: model.components,
                try gather(arrays.map { $0?.buffer(of: type) }, components: model.components, context: context))
        }
        var result: FieldArray
        switch model.values {
        case .int8: result = try pick(Int8.self)
        case .uint8: result = try pick(UInt8.self)
        case .int16: result = try pick(Int16.self)
        case .uint16: result = try pick(UInt16.self)
        case .int32: result = try pick(Int32.self)
        case .uint32: result = try pick(UInt32.self)
        case .int64: result = try pick(Int64.self)
        case .uint64: result = try pick(UInt64.self)
        case .float32: result = try pick(Float.self)
        case .float64: result = try pick(Double.self)
        case .strings, .bits: return try FieldJoin.join(arrays, like: model, numbered(), context)
        }
        result.componentNames = model.componentNames
        result.declaredType = model.declaredType
        return result
    }

    /// Every array of the first collection that has tuples, with the tuples of all.
    ///
    /// - Parameter counts: tuples of each source; those without any may lack arrays.
    /// - Throws: `DatasetError` where a source lacks an array or has it with another type.
    func gather(
        _ collections: [FieldCollection], counts: [Int], of what: String, context: ExecutionContext
    ) throws -> FieldCollection {
        let model = collections[counts.firstIndex { $0 > 0 } ?? 0]
        var position = 0
        return try model.map { array in
            defer { position += 1 }
            let column = try collections.indices.map { source -> FieldArray? in
                if counts[source] == 0 { return nil }
                let atPosition = collections[source].arrays.indices.contains(position) ? collections[source].arrays[position] : nil
                guard let found = atPosition?.name == array.name ? atPosition : collections[source][array.name] else {
                    throw DatasetError("pieces do not fit together: \(what) array \(array.name) is missing in one")
                }
                guard found.typeName == array.typeName, found.components == array.components, found.tupleCount == counts[source] else {
                    throw DatasetError(
                        "pieces do not fit together: \(what) array \(array.name) is \(array.typeName)×\(array.components) in one and "
                            + "\(found.typeName)×\(found.components) with \(found.tupleCount) tuples for \(counts[source]) in another")
                }
                return found
            }
            return try gather(column, like: array, context: context)
        }
    }

    /// The coordinates of points; Double where some source has Double.
    func gather(_ sources: [Points], context: ExecutionContext) throws -> Points {
        let singles = sources.map { points -> Buffer<Float>? in
            if case .float32(let buffer) = points { return buffer }
            return points.count == 0 ? Buffer() : nil
        }
        if !singles.contains(nil) { return .float32(try gather(singles, components: 3, context: context)) }
        return .float64(try gather(sources.map { $0.array.doubles() }, components: 3, context: context))
    }

    /// The source and the place in it of every tuple, written out.
    func numbered() -> Numbered {
        var piece = Buffer<Int32>(uninitializedCount: count)
        var place = Buffer<Int32>(uninitializedCount: count)
        piece.withUnsafeMutablePointer { piece in
            place.withUnsafeMutablePointer { place in
                for run in runs {
                    for index in 0..<run.count {
                        piece[Int(run.target + index)] = run.source
                        place[Int(run.target + index)] = run.first + index
                    }
                }
            }
        }
        return Numbered(piece: piece, place: place)
    }
}
