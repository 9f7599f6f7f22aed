extension FieldArray {
    /// The tuples of several arrays, one after the other, with the name and type of `model`.
    ///
    /// - Precondition: all have the type and number of components of `model`.
    public static func joining(_ parts: [FieldArray], like model: FieldArray) -> FieldArray {
        var result: FieldArray
        switch model.values {
        case .strings:
            let texts = parts.flatMap { part -> [String] in
                if case .strings(let strings) = part.values { return strings }
                return []
            }
            result = FieldArray(name: model.name, components: model.components, strings: texts)
        case .bits:
            let count = parts.reduce(0) { $0 + $1.tupleCount } * model.components
            var packed = Buffer<UInt8>(repeating: 0, count: (count + 7) / 8)
            packed.withUnsafeMutablePointer { out in
                var next = 0
                for part in parts {
                    for tuple in 0..<part.tupleCount {
                        for component in 0..<model.components {
                            if part.value(tuple, component) != 0 { out[next >> 3] |= 0x80 >> UInt8(next & 7) }
                            next += 1
                        }
                    }
                }
            }
            result = FieldArray(name: model.name, components: model.components, values: .bits(packed, count: count))
        default:
            var visitor = Joining(parts: parts, model: model)
            result = model.visit(&visitor)!
        }
        result.componentNames = model.componentNames
        result.declaredType = model.declaredType
        return result
    }

    private struct Joining: FieldVisitor {
        let parts: [FieldArray]
        let model: FieldArray

        func visit<Value: Scalar>(_ values: Buffer<Value>) -> FieldArray {
            let buffers = parts.compactMap { $0.buffer(of: Value.self) }
            let joined = Buffer<Value>(count: buffers.reduce(0) { $0 + $1.count }) { out in
                var next = out
                for buffer in buffers where buffer.count > 0 {
                    next.update(from: buffer.pointer, count: buffer.count)
                    next += buffer.count
                    withExtendedLifetime(buffer) {}
                }
            }
            return FieldArray(name: model.name, components: model.components, joined)
        }
    }
}
