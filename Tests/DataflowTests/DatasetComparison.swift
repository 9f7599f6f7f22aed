import Datasets
import Geometry

/// The first difference between two datasets, byte by byte; nil where there is none.
///
/// Compared are values, not how they are stored: offsets that are implied equal offsets that are written out.
func difference(_ a: Dataset, _ b: Dataset) -> String? {
    if a.kind != b.kind { return "kinds \(a.kind) and \(b.kind)" }
    if a.pointCount != b.pointCount { return "\(a.pointCount) and \(b.pointCount) points" }
    if a.cellCount != b.cellCount { return "\(a.cellCount) and \(b.cellCount) cells" }
    if let found = geometryDifference(a, b) { return found }
    if let found = difference(a.pointData, b.pointData) { return "point data: " + found }
    if let found = difference(a.cellData, b.cellData) { return "cell data: " + found }
    if let found = difference(a.fieldData, b.fieldData) { return "field data: " + found }
    if (a.piece == nil) != (b.piece == nil) { return "one is a piece" }
    if a.attributes.firstMadePoint != b.attributes.firstMadePoint { return "marks of made points" }
    return nil
}

private func geometryDifference(_ a: Dataset, _ b: Dataset) -> String? {
    switch (a, b) {
    case (.image(let x), .image(let y)):
        return x.extent == y.extent && x.origin == y.origin && x.spacing == y.spacing && x.direction == y.direction ? nil : "lattices"
    case (.rectilinear(let x), .rectilinear(let y)):
        if x.extent != y.extent { return "extents" }
        return difference(x.coordinates.x, y.coordinates.x) ?? difference(x.coordinates.y, y.coordinates.y)
            ?? difference(x.coordinates.z, y.coordinates.z)
    case (.structured(let x), .structured(let y)):
        return x.extent == y.extent ? difference(x.points.array, y.points.array) : "extents"
    case (.unstructured(let x), .unstructured(let y)):
        if x.explicitTypes() != y.explicitTypes() { return "cell types" }
        if let found = difference(x.polyhedronFaces?.faces, y.polyhedronFaces?.faces) { return "faces: " + found }
        return difference(x.cells, y.cells) ?? difference(x.points.array, y.points.array)
    case (.poly(let x), .poly(let y)):
        for (list, (one, other)) in zip(x.cellLists, y.cellLists).enumerated() {
            if let found = difference(one, other) { return "list \(list): " + found }
        }
        return difference(x.points.array, y.points.array)
    case (.table(let x), .table(let y)): return difference(x.columns, y.columns)
    case (.blocks(let x), .blocks(let y)):
        if x.blocks.count != y.blocks.count { return "block counts" }
        for (one, other) in zip(x.blocks, y.blocks) {
            if one.name != other.name { return "block names" }
            switch (one.dataset, other.dataset) {
            case (nil, nil): continue
            case (let one?, let other?):
                if let found = difference(one, other) { return "block: " + found }
            default: return "a missing block"
            }
        }
        return nil
    default: return "kinds"
    }
}

private func difference(_ a: CellArray?, _ b: CellArray?) -> String? {
    guard let a, let b else { return a == nil && b == nil ? nil : "cells of one only" }
    if a.count != b.count { return "\(a.count) and \(b.count) cells" }
    if a.connectivity != b.connectivity { return "connectivity" }
    return a.explicitOffsets() == b.explicitOffsets() ? nil : "offsets"
}

private func difference(_ a: FieldCollection, _ b: FieldCollection) -> String? {
    if a.names != b.names { return "arrays \(a.names) and \(b.names)" }
    if a.active != b.active { return "roles" }
    for (x, y) in zip(a.arrays, b.arrays) {
        if let found = difference(x, y) { return found }
    }
    return nil
}

private func difference(_ a: FieldArray, _ b: FieldArray) -> String? {
    if a.typeName != b.typeName || a.components != b.components || a.tupleCount != b.tupleCount {
        return "array \(a.name): \(a.typeName)×\(a.components), \(a.tupleCount) and \(b.typeName)×\(b.components), \(b.tupleCount)"
    }
    if a.componentNames != b.componentNames { return "component names of \(a.name)" }
    if case .strings(let x) = a.values, case .strings(let y) = b.values { return x == y ? nil : "texts of \(a.name)" }
    if case .float32(let x) = a.values, case .float32(let y) = b.values { return firstDifference(x, y, a) { $0.bitPattern == $1.bitPattern } }
    if case .float64(let x) = a.values, case .float64(let y) = b.values { return firstDifference(x, y, a) { $0.bitPattern == $1.bitPattern } }
    for tuple in 0..<a.tupleCount {
        for component in 0..<a.components where a.value(tuple, component) != b.value(tuple, component) { return "array \(a.name), tuple \(tuple)" }
    }
    return nil
}

private func firstDifference<Value: Scalar>(_ a: Buffer<Value>, _ b: Buffer<Value>, _ array: FieldArray, _ isSame: (Value, Value) -> Bool)
    -> String?
{
    for index in 0..<a.count where !isSame(a[index], b[index]) {
        return "array \(array.name), value \(index): \(a[index]) and \(b[index])"
    }
    return nil
}
