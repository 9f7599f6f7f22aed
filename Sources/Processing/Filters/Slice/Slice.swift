import Dataflow
import Datasets
import Execution
import Geometry

/// The cut of a dataset and a plane: triangles of solid cells, lines of flat ones, points of lines.
///
/// The contour of the signed distance from the plane at zero, evaluated where it is needed, never stored. Points on the plane count as
/// on its positive side, so a face in the plane comes once, from the cell behind it. Point arrays are interpolated, cell arrays copied.
/// Order, arithmetic and linear parts of cells of higher order are those of `Contour`.
public struct Slice: Filter {
    public var plane: Plane

    public init(plane: Plane) { self.plane = plane }

    public var name: String { "slice" }
    public var isLocal: Bool { true }

    private static let salt: UInt64 = 0x51

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        try check()
        var result = try input.fanned(by: 1 << Contour.pieceBits)
        result.kind = .poly
        result.wholeExtent = nil
        result.pointCount = nil
        result.cellCount = nil
        result.byteCount = nil
        result.isMapped = false
        result.maximumCellSize = 3
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        try check()
        switch input {
        case .unstructured(let grid) where input.hasCellsOfHigherOrder:
            let distance = { (point: Int32) in plane.signedDistance(to: grid.points[Int(point)]) }
            return try input.withLinearParts(fanBits: Contour.pieceBits, following: distance, context: context) {
                try apply(to: $0, request: request, context: context)
            }
        case .unstructured(let grid):
            return try mesh(input, grid.points, MeshCells(grid, for: name), context)
        case .poly(let data):
            return try mesh(input, data.points, MeshCells(data), context)
        case .image, .rectilinear, .structured:
            return try sliceLattice(input, plane: plane, fanBits: Contour.pieceBits, salt: Slice.salt, context: context)
        case .table, .blocks:
            throw unsupported(name, input, needs: "one dataset with cells")
        }
    }

    private func mesh(_ input: Dataset, _ points: Points, _ cells: MeshCells, _ context: ExecutionContext) throws -> Dataset {
        switch points {
        case .float32(let coordinates):
            defer { withExtendedLifetime(coordinates) {} }
            return .poly(try mesh(input, points, cells, PlaneScalars(points: coordinates.pointer, plane: plane), context))
        case .float64(let coordinates):
            defer { withExtendedLifetime(coordinates) {} }
            return .poly(try mesh(input, points, cells, PlaneScalars(points: coordinates.pointer, plane: plane), context))
        }
    }

    private func mesh(
        _ input: Dataset, _ points: Points, _ cells: MeshCells, _ scalars: some PointScalars, _ context: ExecutionContext
    ) throws -> PolyData {
        try MeshContour(
            input: input, points: points, cells: cells, scalars: scalars, values: [0], fanBits: Contour.pieceBits, salt: Slice.salt,
            context: context
        ).make()
    }

    private func check() throws {
        let size = plane.normal.length
        guard size > 0 && size.isFinite && plane.origin.length.isFinite else {
            throw DatasetError("slice needs a plane with a finite origin and a normal that is not zero, and has \(plane)")
        }
    }
}
