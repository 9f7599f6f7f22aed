import Execution

extension FieldArray {
    /// The tuples at `indices`, in that order, picked on the context's threads.
    ///
    /// - Precondition: every index lies in `0 ..< tupleCount`.
    public func gathered(_ indices: Buffer<Int32>, context: ExecutionContext) throws -> FieldArray {
        var visitor = ParallelGather(indices: indices, array: self, context: context)
        defer { withExtendedLifetime(indices) {} }
        if case .bits = values { return gathered(indices.elements) }
        guard var copy = try visit(&visitor) else { return gathered(indices.elements) }
        copy.componentNames = componentNames
        copy.declaredType = declaredType
        return copy
    }

    /// The tuples `range`, not copied; text and bits are.
    public func sliced(_ range: Range<Int>) -> FieldArray {
        var copy: FieldArray
        switch values {
        case .strings(let strings):
            copy = FieldArray(
                name: name, components: components, strings: Array(strings[range.lowerBound * components..<range.upperBound * components]))
        case .bits:
            let indices = Buffer<Int32>(count: range.count) { out in
                for position in 0..<range.count { out[position] = Int32(truncatingIfNeeded: range.lowerBound + position) }
            }
            defer { withExtendedLifetime(indices) {} }
            return gathered(indices.elements)
        default:
            var visitor = Slice(range: range, array: self)
            copy = visit(&visitor)!
        }
        copy.componentNames = componentNames
        copy.declaredType = declaredType
        return copy
    }

    private struct ParallelGather: FieldVisitor {
        typealias Failure = any Error
        let indices: Buffer<Int32>
        let array: FieldArray
        let context: ExecutionContext

        func visit<Value: Scalar>(_ values: Buffer<Value>) throws -> FieldArray {
            FieldArray(
                name: array.name, components: array.components,
                try values.gathered(indices, components: array.components, context: context))
        }
    }

    private struct Slice: FieldVisitor {
        let range: Range<Int>
        let array: FieldArray

        func visit<Value: Scalar>(_ values: Buffer<Value>) -> FieldArray {
            let step = array.components
            return FieldArray(name: array.name, components: step, values.slice(range.lowerBound * step..<range.upperBound * step))
        }
    }
}

extension Buffer {
    /// The tuples of `components` elements at `indices`, in that order, picked on the context's threads.
    ///
    /// - Precondition: every index names a tuple of the buffer.
    @inlinable public func gathered(_ indices: Buffer<Int32>, components: Int = 1, context: ExecutionContext) throws -> Buffer {
        let source = pointer
        let index = indices.pointer
        let result = try Buffer(count: indices.count * components) { out in
            nonisolated(unsafe) let out = out
            nonisolated(unsafe) let source = source
            nonisolated(unsafe) let index = index
            try context.parallelFor(indices.count, grain: 1 << 15) { range in
                switch components {
                case 1:
                    for position in range { out[position] = source[Int(index[position])] }
                case 3:
                    for position in range {
                        let from = source + 3 &* Int(index[position])
                        let to = out + 3 &* position
                        to[0] = from[0]
                        to[1] = from[1]
                        to[2] = from[2]
                    }
                default:
                    for position in range {
                        let from = source + components &* Int(index[position])
                        let to = out + components &* position
                        for component in 0..<components { to[component] = from[component] }
                    }
                }
            }
        }
        withExtendedLifetime((self, indices)) {}
        return result
    }
}

extension Points {
    /// The points at `indices`, in that order.
    ///
    /// - Precondition: every index lies in `0 ..< count`.
    public func gathered(_ indices: Buffer<Int32>, context: ExecutionContext) throws -> Points {
        switch self {
        case .float32(let buffer): .float32(try buffer.gathered(indices, components: 3, context: context))
        case .float64(let buffer): .float64(try buffer.gathered(indices, components: 3, context: context))
        }
    }
}
