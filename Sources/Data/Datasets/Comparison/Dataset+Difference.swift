import Execution
import Geometry

extension Dataset {
    /// The first difference to another dataset in words, values compared bit by bit; nil where there is none.
    ///
    /// Offsets that are implied equal offsets that are written out. What only pieces have (ghosts, keys, identities) is not compared, but whether they are pieces.
    public func difference(to other: Dataset) -> String? {
        if kind != other.kind { return "kind: \(kind.rawValue) and \(other.kind.rawValue)" }
        if case .blocks(let a) = self, case .blocks(let b) = other { return a.difference(to: b) }
        if pointCount != other.pointCount { return "points: \(pointCount) and \(other.pointCount)" }
        if cellCount != other.cellCount { return "cells: \(cellCount) and \(other.cellCount)" }
        if let found = geometryDifference(to: other) { return found }
        if let found = pointData.difference(to: other.pointData) { return "point data: " + found }
        if let found = cellData.difference(to: other.cellData) { return "cell data: " + found }
        if let found = fieldData.difference(to: other.fieldData) { return "field data: " + found }
        if (piece == nil) != (other.piece == nil) { return "only one is a piece" }
        if attributes.firstMadePoint != other.attributes.firstMadePoint { return "first points that filters made" }
        return nil
    }

    private func geometryDifference(to other: Dataset) -> String? {
        switch (self, other) {
        case (.image(let a), .image(let b)):
            if a.extent != b.extent { return "extent: \(a.extent) and \(b.extent)" }
            return a.origin == b.origin && a.spacing == b.spacing && a.direction == b.direction ? nil : "origin, spacing or direction"
        case (.rectilinear(let a), .rectilinear(let b)):
            if a.extent != b.extent { return "extent: \(a.extent) and \(b.extent)" }
            return a.coordinates.x.difference(to: b.coordinates.x) ?? a.coordinates.y.difference(to: b.coordinates.y)
                ?? a.coordinates.z.difference(to: b.coordinates.z)
        case (.structured(let a), .structured(let b)):
            return a.extent != b.extent ? "extent: \(a.extent) and \(b.extent)" : a.points.array.difference(to: b.points.array)
        case (.unstructured(let a), .unstructured(let b)):
            if let cell = firstDifference(a.explicitTypes(), b.explicitTypes()) {
                return "type of cell \(cell): \(a.type(of: cell)) and \(b.type(of: cell))"
            }
            if let found = a.cells.difference(to: b.cells) { return found }
            switch (a.polyhedronFaces, b.polyhedronFaces) {
            case (nil, nil): break
            case (let one?, let other?):
                if let found = one.facesOfCells.difference(to: other.facesOfCells) ?? one.faces.difference(to: other.faces) { return "faces: " + found }
            default: return "faces of polyhedra of one only"
            }
            return a.points.array.difference(to: b.points.array)
        case (.poly(let a), .poly(let b)):
            for (name, (one, other)) in zip(["vertices", "lines", "polygons", "strips"], zip(a.cellLists, b.cellLists)) {
                if let found = one.difference(to: other) { return "\(name): " + found }
            }
            return a.points.array.difference(to: b.points.array)
        case (.table(let a), .table(let b)): return a.columns.difference(to: b.columns).map { "columns: " + $0 }
        default: return nil
        }
    }
}

extension BlockCollection {
    fileprivate func difference(to other: BlockCollection) -> String? {
        if typeName != other.typeName { return "structure: \(typeName) and \(other.typeName)" }
        if blocks.count != other.blocks.count { return "blocks: \(blocks.count) and \(other.blocks.count)" }
        for (a, b) in zip(blocks, other.blocks) {
            if a.name != b.name { return "names of blocks: \(a.name) and \(b.name)" }
            switch (a.dataset, b.dataset) {
            case (nil, nil): continue
            case (let one?, let two?): if let found = one.difference(to: two) { return "block \(a.name): " + found }
            default: return "block \(a.name) is absent in one"
            }
        }
        return fieldData.difference(to: other.fieldData).map { "field data: " + $0 }
    }
}

extension CellArray {
    /// The first difference in words; nil where there is none.
    public func difference(to other: CellArray) -> String? {
        if count != other.count { return "\(count) and \(other.count) cells" }
        for cell in 0..<count where !points(of: cell).elementsEqual(other.points(of: cell)) {
            return "points of cell \(cell): \(Array(points(of: cell).prefix(12))) and \(Array(other.points(of: cell).prefix(12)))"
        }
        return connectivity.count == other.connectivity.count ? nil : "connectivity: \(connectivity.count) and \(other.connectivity.count) entries"
    }
}

extension FieldCollection {
    /// The first difference in words; nil where there is none.
    public func difference(to other: FieldCollection) -> String? {
        if names != other.names { return "arrays \(names) and \(other.names)" }
        if active != other.active {
            let roles = AttributeRole.allCases.filter { active[$0] != other.active[$0] }
            return roles.map { "\($0.rawValue) is \(active[$0] ?? "no array") and \(other.active[$0] ?? "no array")" }.joined(separator: ", ")
        }
        for (a, b) in zip(arrays, other.arrays) { if let found = a.difference(to: b) { return found } }
        return nil
    }
}

extension FieldArray {
    /// The first difference in words; nil where there is none.
    public func difference(to other: FieldArray) -> String? {
        let place = "array \(name)"
        if typeName != other.typeName || components != other.components {
            return "\(place): \(typeName)×\(components) and \(other.typeName)×\(other.components)"
        }
        if tupleCount != other.tupleCount { return "\(place): \(tupleCount) and \(other.tupleCount) tuples" }
        if componentNames != other.componentNames { return "\(place): names of components" }
        if case .strings(let a) = values, case .strings(let b) = other.values {
            return a.indices.first { a[$0] != b[$0] }.map { "\(place), value \($0): \"\(a[$0])\" and \"\(b[$0])\"" }
        }
        if case .bits = values {
            return (0..<valueCount).first { value($0 / components, $0 % components) != other.value($0 / components, $0 % components) }
                .map { "\(place), bit \($0)" }
        }
        var visitor = Compare(other: other, place: place)
        return visit(&visitor) ?? nil
    }

    private struct Compare: FieldVisitor {
        let other: FieldArray
        let place: String

        func visit<Value: Scalar>(_ values: Buffer<Value>) -> String? {
            guard let theirs = other.buffer(of: Value.self) else { return "\(place): types" }
            return firstDifference(values, theirs).map { "\(place), value \($0): \(values[$0]) and \(theirs[$0])" }
        }
    }
}

/// The first place where two buffers of one length differ in any bit.
private func firstDifference<Value>(_ a: Buffer<Value>, _ b: Buffer<Value>) -> Int? {
    if a.isIdentical(to: b) { return nil }
    defer { withExtendedLifetime((a, b)) {} }
    let stride = MemoryLayout<Value>.stride
    let (one, other) = (UnsafeRawBufferPointer(a.elements), UnsafeRawBufferPointer(b.elements))
    if one.elementsEqual(other) { return nil }
    return zip(one, other).enumerated().first { $0.element.0 != $0.element.1 }.map { $0.offset / stride } ?? min(a.count, b.count)
}
