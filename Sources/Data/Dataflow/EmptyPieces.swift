import Datasets

extension Dataset {
    /// With the arrays of numbers that its source describes where it holds nothing, so that filters find what they look for: readers of lattices
    /// need not make arrays of pieces that no cell has come to.
    func withDescribedArrays(_ described: [ArrayDescription], _ demand: ArrayDemand) -> Dataset {
        if pointCount > 0 || kind == .table || kind == .blocks { return self }
        var result = self
        for array in described where demand.wants(array.name, array.association) {
            switch array.association {
            case .point where pointData[array.name] == nil: array.empty.map { result.attributes.pointData.set($0) }
            case .cell where cellData[array.name] == nil: array.empty.map { result.attributes.cellData.set($0) }
            default: break
            }
        }
        return result
    }
}

extension ArrayDescription {
    /// The array without tuples; nil where it holds no numbers.
    var empty: FieldArray? {
        func made<Value: Scalar>(_ type: Value.Type) -> FieldArray { FieldArray(name: name, components: components, Buffer<Value>()) }
        return switch type {
        case .int8: made(Int8.self)
        case .uint8: made(UInt8.self)
        case .int16: made(Int16.self)
        case .uint16: made(UInt16.self)
        case .int32: made(Int32.self)
        case .uint32: made(UInt32.self)
        case .int64: made(Int64.self)
        case .uint64: made(UInt64.self)
        case .float32: made(Float.self)
        case .float64: made(Double.self)
        case nil: nil
        }
    }
}
