import Datasets
import Execution

/// A whole dataset as `GatherPieces` would make it of pieces: points that filters made in order of first use, those not used dropped.
///
/// Points of the source stay where they are. Uncopied where nothing has to move.
func normalized(_ dataset: Dataset, context: ExecutionContext) throws -> Dataset {
    if case .blocks(var collection) = dataset {
        collection.blocks = try collection.blocks.map { block in
            var block = block
            block.dataset = try block.dataset.map { try normalized($0, context: context) }
            return block
        }
        return .blocks(collection)
    }
    var dataset = dataset
    guard let first = dataset.attributes.firstMadePoint else { return dataset }
    dataset.attributes.firstMadePoint = nil
    let count = dataset.pointCount
    let lists = dataset.explicitCells
    if first >= count || lists.isEmpty { return dataset }

    // The new number of every made point, and the made points in their new order.
    let order = Buffer<Int32>(uninitializedCount: count)
    var places = Buffer<Int32>(repeating: -1, count: count)
    let used: Int = places.withUnsafeMutablePointer { place in
        let order = UnsafeMutablePointer(mutating: order.pointer)
        for point in 0..<first {
            place[point] = Int32(truncatingIfNeeded: point)
            order[point] = Int32(truncatingIfNeeded: point)
        }
        var next = first
        for list in lists {
            for entry in list.connectivity.elements {
                let point = Int(entry)
                if place[point] < 0 {
                    place[point] = Int32(truncatingIfNeeded: next)
                    order[next] = entry
                    next &+= 1
                }
            }
        }
        return next
    }
    let chosen = order.slice(0..<used)
    if used == count && isInOrder(chosen, from: first) { return dataset }

    var attributes = dataset.attributes
    attributes.pointData = try attributes.pointData.map { try $0.gathered(chosen, context: context) }
    func renumbered(_ list: CellArray) throws -> CellArray {
        let place = places.pointer
        let entries = list.connectivity.pointer
        let connectivity = try Buffer<Int32>(count: list.connectivity.count) { out in
            try context.parallelFor(list.connectivity.count, grain: 1 << 16) { range in
                for entry in range { out[entry] = place[Int(entries[entry])] }
            }
        }
        withExtendedLifetime((list, places)) {}
        if let offsets = list.offsets { return CellArray(offsets: offsets, connectivity: connectivity) }
        return CellArray(uniformSize: list.uniformSize, connectivity: connectivity)
    }
    switch dataset {
    case .unstructured(let grid):
        let faces = try grid.polyhedronFaces.map {
            PolyhedronFaces(facesOfCells: $0.facesOfCells, faces: try renumbered($0.faces))
        }
        return .unstructured(
            UnstructuredGrid(
                points: try grid.points.gathered(chosen, context: context), types: grid.explicitTypes(), cells: try renumbered(grid.cells),
                polyhedronFaces: faces, attributes: attributes))
    case .poly(let poly):
        return .poly(
            PolyData(
                points: try poly.points.gathered(chosen, context: context), vertices: try renumbered(poly.vertices),
                lines: try renumbered(poly.lines), polygons: try renumbered(poly.polygons), strips: try renumbered(poly.strips),
                attributes: attributes))
    default: return dataset
    }
}

private func isInOrder(_ order: Buffer<Int32>, from first: Int) -> Bool {
    let place = order.pointer
    for point in first..<order.count where Int(place[point]) != point { return false }
    withExtendedLifetime(order) {}
    return true
}
