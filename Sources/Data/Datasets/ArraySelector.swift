/// Names an array, and what of its tuples: `Temp`, `point:V:magnitude`, `cell:stress:3`.
public struct ArraySelector: Sendable, Hashable, CustomStringConvertible {
    public enum Component: Sendable, Hashable {
        /// The only component of a scalar array, else the magnitude.
        case automatic
        case magnitude
        case index(Int)
    }

    /// Nil: points first, then cells.
    public var association: Association?
    public var name: String
    public var component: Component

    public init(_ name: String, association: Association? = nil, component: Component = .automatic) {
        self.name = name
        self.association = association
        self.component = component
    }

    /// Reads `[point:|cell:]NAME[:COMPONENT|:magnitude]`.
    public init(parsing text: String) {
        var rest = Substring(text)
        association = nil
        component = .automatic
        if rest.hasPrefix("point:") {
            association = .point
            rest = rest.dropFirst(6)
        } else if rest.hasPrefix("cell:") {
            association = .cell
            rest = rest.dropFirst(5)
        }
        if let colon = rest.lastIndex(of: ":") {
            let last = rest[rest.index(after: colon)...]
            if last == "magnitude" {
                component = .magnitude
                rest = rest[..<colon]
            } else if let index = Int(last), index >= 0 {
                component = .index(index)
                rest = rest[..<colon]
            }
        }
        name = String(rest)
    }

    public var description: String {
        let prefix = association.map { $0.rawValue + ":" } ?? ""
        switch component {
        case .automatic: return prefix + name
        case .magnitude: return prefix + name + ":magnitude"
        case .index(let index): return prefix + name + ":\(index)"
        }
    }

    /// Finds the array in a dataset; a text with colons is taken as a whole name first.
    ///
    /// - Throws: `DatasetError` that lists the arrays there are.
    public func resolve(in attributes: DatasetAttributes) throws -> (array: FieldArray, association: Association) {
        if association != .cell, let array = attributes.pointData[name] { return (array, .point) }
        if association != .point, let array = attributes.cellData[name] { return (array, .cell) }
        let known = attributes.pointData.names.map { "point:" + $0 } + attributes.cellData.names.map { "cell:" + $0 }
        let near = nearest(to: name, among: attributes.pointData.names + attributes.cellData.names)
        let hint = near.map { "; did you mean \($0)?" } ?? ""
        throw DatasetError(
            "no array named \(self); there \(known.isEmpty ? "are none" : "are " + known.joined(separator: ", "))\(hint)")
    }

    /// The selected numbers, one a tuple: a component, or the magnitude. Float stays Float; other types become Double.
    public func scalars(of array: FieldArray) throws -> FieldArray {
        let count = array.components
        switch component {
        case .index(let index):
            guard index < count else {
                throw DatasetError("array \(array.name) has \(count) component\(count == 1 ? "" : "s"); there is no component \(index)")
            }
            if count == 1 { return try widened(array) }
            return try extract(array) { tuple in tuple[index] } float: { tuple in tuple[index] }
        case .automatic where count == 1: return try widened(array)
        case .automatic, .magnitude:
            if count == 1 && component == .automatic { return try widened(array) }
            return try extract(array) { tuple in
                var sum = 0.0
                for index in 0..<count { sum += tuple[index] * tuple[index] }
                return sum.squareRoot()
            } float: { tuple in
                var sum = 0.0
                for index in 0..<count { sum += Double(tuple[index]) * Double(tuple[index]) }
                return Float(sum.squareRoot())
            }
        }
    }

    private func widened(_ array: FieldArray) throws -> FieldArray {
        if array.scalarType == .float32 || array.scalarType == .float64 { return array }
        guard let doubles = array.doubles() else { throw DatasetError("array \(array.name) holds text, not numbers") }
        return FieldArray(name: array.name, doubles)
    }

    private func extract(
        _ array: FieldArray, double: (UnsafePointer<Double>) -> Double, float: (UnsafePointer<Float>) -> Float
    ) throws -> FieldArray {
        let tuples = array.tupleCount
        let step = array.components
        if case .float32(let buffer) = array.values {
            return FieldArray(
                name: array.name,
                Buffer<Float>(count: tuples) { out in
                    for tuple in 0..<tuples { out[tuple] = float(buffer.pointer + tuple * step) }
                })
        }
        guard let buffer = array.doubles() else { throw DatasetError("array \(array.name) holds text, not numbers") }
        return FieldArray(
            name: array.name,
            Buffer<Double>(count: tuples) { out in
                for tuple in 0..<tuples { out[tuple] = double(buffer.pointer + tuple * step) }
            })
    }
}
