/// What an array is to a dataset: which one a viewer takes when nobody says which.
public enum AttributeRole: String, Sendable, Hashable, CaseIterable {
    case scalars = "Scalars", vectors = "Vectors", normals = "Normals", textureCoordinates = "TCoords", tensors = "Tensors"
    case globalIds = "GlobalIds", pedigreeIds = "PedigreeIds"
    /// Weights of the points of rational Bézier cells, and three degrees of each Lagrange or Bézier cell.
    case rationalWeights = "RationalWeights", higherOrderDegrees = "HigherOrderDegrees"
}

/// Field arrays in the order of the file, and the role that some of them have.
public struct FieldCollection: Sendable {
    public private(set) var arrays: [FieldArray] = []
    /// Names of the arrays that have a role.
    public var active: [AttributeRole: String] = [:]

    public init() {}
    public init(_ arrays: [FieldArray]) { self.arrays = arrays }

    public var isEmpty: Bool { arrays.isEmpty }
    public var count: Int { arrays.count }
    public var names: [String] { arrays.map(\.name) }

    /// The first array of that name.
    public subscript(name: String) -> FieldArray? { arrays.first { $0.name == name } }

    /// The array that has the role.
    public subscript(role: AttributeRole) -> FieldArray? { active[role].flatMap { self[$0] } }

    /// Adds an array, in the place of one of the same name if there is one.
    public mutating func set(_ array: FieldArray) {
        if let index = arrays.firstIndex(where: { $0.name == array.name }) {
            arrays[index] = array
        } else {
            arrays.append(array)
        }
    }

    /// Adds an array behind the others even where the name is taken, as files may.
    public mutating func append(_ array: FieldArray) { arrays.append(array) }

    public mutating func remove(_ name: String) {
        arrays.removeAll { $0.name == name }
        active = active.filter { $0.value != name }
    }

    /// Every array changed by `body`, roles kept.
    public func map(_ body: (FieldArray) throws -> FieldArray) rethrows -> FieldCollection {
        var copy = self
        copy.arrays = try arrays.map(body)
        return copy
    }

    /// The arrays that `isIncluded` picks, roles of the others dropped.
    public func filter(_ isIncluded: (FieldArray) throws -> Bool) rethrows -> FieldCollection {
        var copy = self
        copy.arrays = try arrays.filter(isIncluded)
        let names = Set(copy.arrays.map(\.name))
        copy.active = active.filter { names.contains($0.value) }
        return copy
    }

    public var byteCount: Int { arrays.reduce(0) { $0 + $1.byteCount } }
}

/// Where an array's tuples belong.
public enum Association: String, Sendable, Hashable, CaseIterable {
    case point, cell, field, row
}
