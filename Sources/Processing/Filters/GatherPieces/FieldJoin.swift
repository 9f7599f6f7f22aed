import Datasets
import Execution

/// The same arrays in many pieces.
package struct FieldJoin {
    private let model: FieldCollection
    private let columns: [[FieldArray?]]

    /// - Parameter counts: tuples of each piece; pieces without any may lack arrays.
    /// - Throws: `DatasetError` where a piece lacks an array, or has it with another type or number of components.
    init(_ collections: [FieldCollection], counts: [Int], of what: String) throws {
        let modelPiece = counts.firstIndex { $0 > 0 } ?? 0
        model = collections[modelPiece]
        var columns: [[FieldArray?]] = []
        for (position, array) in model.arrays.enumerated() {
            var column: [FieldArray?] = []
            for (piece, collection) in collections.enumerated() {
                if counts[piece] == 0 {
                    column.append(nil)
                    continue
                }
                let atPosition = collection.arrays.indices.contains(position) ? collection.arrays[position] : nil
                guard let found = atPosition?.name == array.name ? atPosition : collection[array.name] else {
                    throw DatasetError("pieces do not fit together: \(what) array \(array.name) is missing in one")
                }
                guard found.typeName == array.typeName, found.components == array.components, found.tupleCount == counts[piece] else {
                    throw DatasetError(
                        "pieces do not fit together: \(what) array \(array.name) is \(array.typeName)×\(array.components) in one and "
                            + "\(found.typeName)×\(found.components) with \(found.tupleCount) tuples for \(counts[piece]) in another")
                }
                column.append(found)
            }
            columns.append(column)
        }
        self.columns = columns
    }

    /// Every array with the tuples that `numbers` names.
    func joined(_ numbers: Numbered, context: ExecutionContext) throws -> FieldCollection {
        var next = 0
        return try model.map { array in
            defer { next += 1 }
            return try FieldJoin.join(columns[next], like: array, numbers, context)
        }
    }

    /// The tuples that `numbers` names, of the arrays of the pieces.
    ///
    /// - Precondition: all arrays that `numbers` names are there and have the type and components of `model`.
    package static func join(_ arrays: [FieldArray?], like model: FieldArray, _ numbers: Numbered, _ context: ExecutionContext) throws -> FieldArray {
        let count = numbers.piece.count
        let step = model.components
        var result: FieldArray
        switch model.values {
        case .strings:
            var texts: [String] = []
            texts.reserveCapacity(count * step)
            let sources = arrays.map { array -> [String] in
                if case .strings(let strings)? = array?.values { return strings }
                return []
            }
            for index in 0..<count {
                let place = Int(numbers.place[index]) * step
                texts.append(contentsOf: sources[Int(numbers.piece[index])][place..<place + step])
            }
            result = FieldArray(name: model.name, components: step, strings: texts)
        case .bits:
            var packed = Buffer<UInt8>(repeating: 0, count: (count * step + 7) / 8)
            packed.withUnsafeMutablePointer { out in
                for index in 0..<count {
                    guard let source = arrays[Int(numbers.piece[index])] else { continue }
                    for component in 0..<step where source.value(Int(numbers.place[index]), component) != 0 {
                        let bit = index * step + component
                        out[bit >> 3] |= 0x80 >> UInt8(bit & 7)
                    }
                }
            }
            result = FieldArray(name: model.name, components: step, values: .bits(packed, count: count * step))
        default:
            var visitor = Join(arrays: arrays, model: model, numbers: numbers, context: context)
            result = try model.visit(&visitor)!
        }
        result.componentNames = model.componentNames
        result.declaredType = model.declaredType
        return result
    }

    private struct Join: FieldVisitor {
        typealias Failure = any Error
        let arrays: [FieldArray?]
        let model: FieldArray
        let numbers: Numbered
        let context: ExecutionContext

        func visit<Value: Scalar>(_ values: Buffer<Value>) throws -> FieldArray {
            let sources = arrays.map { $0?.buffer(of: Value.self) ?? Buffer<Value>() }
            return FieldArray(
                name: model.name, components: model.components,
                try pick(sources, numbers, components: model.components, context: context))
        }
    }

    /// The tuples that `numbers` names, of buffers of the pieces.
    static func pick<Value: BitwiseCopyable & Sendable>(
        _ sources: [Buffer<Value>], _ numbers: Numbered, components: Int, context: ExecutionContext
    ) throws -> Buffer<Value> {
        let bases = sources.map(\.pointer)
        let piece = numbers.piece.pointer
        let place = numbers.place.pointer
        let count = numbers.piece.count
        let result = try bases.withUnsafeBufferPointer { base in
            try Buffer<Value>(count: count * components) { out in
                try context.parallelFor(count, grain: 1 << 15) { range in
                    if components == 1 {
                        for index in range { out[index] = base[Int(piece[index])][Int(place[index])] }
                    } else {
                        for index in range {
                            let from = base[Int(piece[index])] + Int(place[index]) &* components
                            let to = out + index &* components
                            for component in 0..<components { to[component] = from[component] }
                        }
                    }
                }
            }
        }
        withExtendedLifetime((sources, numbers)) {}
        return result
    }
}
