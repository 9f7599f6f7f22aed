extension UnstructuredGrid {
    /// Whether it has Lagrange or Bézier hexahedra, whose nodes VTK put in another order until version 8.
    public var hasLatticeHexahedra: Bool { runs.contains { $0.type.rawValue == 72 || $0.type.rawValue == 79 } }

    /// The grid with nodes of Lagrange and Bézier hexahedra from the order of VTK 8 to that of VTK 9, or back: the insides of the last two
    /// upright edges change places. Cells with a number of nodes that no degree gives stay as they are.
    ///
    /// XML files before version 2.1 and legacy files before 5.1 have the older order.
    public func exchangingLastUprightEdges() -> UnstructuredGrid {
        if !hasLatticeHexahedra { return self }
        let stated = attributes.cellData[.higherOrderDegrees]
        let degrees = stated?.components == 3 && stated?.scalarType != nil ? stated : nil
        var connectivity = cells.connectivity
        connectivity.withUnsafeMutablePointer { entry in
            for run in runs where run.type.rawValue == 72 || run.type.rawValue == 79 {
                for cell in run.cells {
                    var wanted: SIMD3<Int>?
                    if let degrees, cell < degrees.tupleCount {
                        var found = SIMD3(repeating: 0)
                        for axis in 0..<3 {
                            let value = degrees.value(cell, axis)
                            found[axis] = value >= 1 && value <= 1e6 ? Int(value) : 0
                        }
                        wanted = found
                    }
                    guard let degree = HigherOrderShape.hexahedron.degrees(pointCount: cells.size(of: cell), stated: wanted) else { continue }
                    let inside = degree &- SIMD3(1, 1, 1)
                    let first = cells.offset(cell) + 8 + 4 * (inside.x + inside.y) + 2 * inside.z
                    for place in 0..<inside.z { swap(&entry[first + place], &entry[first + inside.z + place]) }
                }
            }
        }
        let list = cells.offsets.map { CellArray(offsets: $0, connectivity: connectivity) }
            ?? CellArray(uniformSize: cells.uniformSize, connectivity: connectivity)
        return UnstructuredGrid(
            points: points, types: explicitTypes(), cells: list, polyhedronFaces: polyhedronFaces, attributes: attributes)
    }
}
