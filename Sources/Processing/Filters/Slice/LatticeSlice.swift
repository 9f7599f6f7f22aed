import Datasets
import Execution
import Geometry

/// The part of an image, rectilinear or structured grid that lies in a plane: triangles of voxels, lines of pixels, points of lines.
///
/// The plane's distance is never stored: on images and rectilinear grids it is a sum of one term an axis, and rows are classified by
/// search. Point arrays are interpolated along the cut edges, cell arrays copied. Points on the plane count as on its positive side.
///
/// - Parameters:
///   - fanBits: exponent of the number of result cells that a cell may have, as the stage described it; at least 5.
///   - salt: tells points of this filter from those of another.
/// - Throws: `DatasetError` where the input is no lattice; `CancelledError`.
func sliceLattice(_ input: Dataset, plane: Plane, fanBits: Int, salt: UInt64, context: ExecutionContext) throws -> Dataset {
    guard let extent = input.extent else { throw unsupported("slice", input, needs: "a lattice of points") }
    let demand = LatticeCutDemand(
        edges: !input.pointData.isEmpty || input.piece != nil, sources: !input.cellData.isEmpty || input.piece != nil)
    let cut: LatticeCut
    switch input {
    case .image(let image):
        cut = try PlaneTerms(AxisTables(image), plane).withField {
            try sliceAxes(input, extent: extent, field: $0, demand: demand, context: context)
        }
    case .rectilinear(let grid):
        cut = try PlaneTerms(AxisTables(grid), plane).withField {
            try sliceAxes(input, extent: extent, field: $0, demand: demand, context: context)
        }
    case .structured(let grid):
        switch grid.points {
        case .float32(let points):
            cut = try sliceCut(
                input, extent: extent, field: CurvilinearPlaneField(points: points.pointer, plane: plane), demand: demand, context: context)
            withExtendedLifetime(points) {}
        case .float64(let points):
            cut = try sliceCut(
                input, extent: extent, field: CurvilinearPlaneField(points: points.pointer, plane: plane), demand: demand, context: context)
            withExtendedLifetime(points) {}
        }
    default: throw unsupported("slice", input, needs: "a lattice of points")
    }
    return try assembled(cut, input: input, fanBits: fanBits, salt: salt, constant: nil, context: context)
}

/// The cut of a product of axes: by the ends of rows where all voxels of a volume may be cut and rows change sides once.
private func sliceAxes(
    _ input: Dataset, extent: Extent, field: PlaneField, demand: LatticeCutDemand, context: ExecutionContext
) throws -> LatticeCut {
    guard !extent.isEmpty, extent.dimension == 3, field.isRising || field.isFalling, allowedLatticeCells(input, extent: extent) == nil
    else { return try sliceCut(input, extent: extent, field: field, demand: demand, context: context) }
    let rows = try PlaneRows(field, shape: LatticeShape(extent), context: context)
    return try withLatticeGeometry(input, PlaneRowsCut(rows: rows, demand: demand, context: context))
}

private struct PlaneRowsCut: LatticeGeometryUser {
    let rows: PlaneRows
    let demand: LatticeCutDemand
    let context: ExecutionContext

    func callAsFunction<Shape: LatticeGeometry>(_ geometry: Shape) throws -> LatticeCut {
        try rows.cut(geometry, demand: demand, context: context)
    }
}

private func sliceCut<Field: LatticeField>(
    _ input: Dataset, extent: Extent, field: Field, demand: LatticeCutDemand, context: ExecutionContext
) throws -> LatticeCut {
    let allowed = allowedLatticeCells(input, extent: extent)
    if extent.isEmpty || extent.dimension < 3 {
        return try withLatticeGeometry(
            input,
            FlatLatticeCut(
                isImage: input.kind == .image, field: field, extent: extent, allowed: allowed, demand: demand, context: context))
    }
    let shape = LatticeShape(extent)
    let crossings = try LatticeCrossings(field, shape: shape, allowed: allowed.map { allowedBits($0, shape: shape) }, context: context)
    return try withLatticeGeometry(
        input, VolumeCut<Field, Double>(field: field, gradient: nil, crossings: crossings, demand: demand, context: context))
}

/// A plane's distance on a product of axes, as one term an axis.
private struct PlaneTerms {
    let x: [Double]
    let y: [Double]
    let z: [Double]

    init(_ tables: AxisTables, _ plane: Plane) {
        let normal = plane.normal
        if tables.isTurned {
            // The normal in the image's own axes; the tables have no origin then.
            let d = tables.direction
            let own = Vector3(
                normal.x * d[0] + normal.y * d[3] + normal.z * d[6], normal.x * d[1] + normal.y * d[4] + normal.z * d[7],
                normal.x * d[2] + normal.y * d[5] + normal.z * d[8])
            let start = plane.signedDistance(to: tables.origin)
            x = tables.x.map { own.x * $0 }
            y = tables.y.map { own.y * $0 }
            z = tables.z.map { own.z * $0 + start }
        } else {
            x = tables.x.map { normal.x * ($0 - plane.origin.x) }
            y = tables.y.map { normal.y * ($0 - plane.origin.y) }
            z = tables.z.map { normal.z * ($0 - plane.origin.z) }
        }
    }

    func withField<Result>(_ body: (PlaneField) throws -> Result) rethrows -> Result {
        let isFinite = [x, y, z].allSatisfy { $0.allSatisfy(\.isFinite) }
        let isRising = isFinite && zip(x, x.dropFirst()).allSatisfy { $0 <= $1 }
        let isFalling = isFinite && zip(x, x.dropFirst()).allSatisfy { $0 >= $1 }
        return try x.withUnsafeBufferPointer { x in
            try y.withUnsafeBufferPointer { y in
                try z.withUnsafeBufferPointer { z in
                    try body(
                        PlaneField(
                            x: x.baseAddress!, y: y.baseAddress!, z: z.baseAddress!, isRising: isRising, isFalling: isFalling))
                }
            }
        }
    }
}
