import Dataflow
import Datasets
import Execution
import Geometry

/// Moves, turns and scales a dataset: points, and with them vectors and normals, by an affine map.
///
/// - Images and rectilinear grids become structured grids with Double points, as `vtkTransformFilter` makes them. Explicit points keep
///   their type. Cells stay as they are, also where the map mirrors.
/// - The arrays with the roles of vectors and normals, of points and of cells, change: vectors by the linear part, normals by its inverse
///   transpose, made unit vectors. An array called `Normals` counts as normals where none has the role. Integers become Double.
///   `transformsAllVectors` takes every other real array of three components as vectors too.
///
/// Complexity: O(points + cells).
/// Source: `vtkTransformFilter`.
public struct Transformation: Filter {
    /// World from input.
    public var transform: Transform
    public var transformsAllVectors: Bool

    /// - Parameter transform: affine; its last row is 0 0 0 1.
    public init(_ transform: Transform, transformsAllVectors: Bool = false) {
        self.transform = transform
        self.transformsAllVectors = transformsAllVectors
    }

    public var name: String { "transform" }

    public func describe(_ input: DatasetDescription) throws -> DatasetDescription {
        guard transform.isAffine && transform.isFinite else {
            throw DatasetError("transform needs a matrix of finite numbers whose last row is 0 0 0 1, and has \(transform.rows)")
        }
        var result = input
        switch input.kind {
        case .image, .rectilinear:
            result.kind = .structured
            result.byteCount = input.byteCount.flatMap { bytes in input.wholeExtent.map { bytes + 24 * $0.pointCount } }
            result.isMapped = false
        case .table: throw DatasetError("transform needs a dataset with points, and this is a table")
        default: break
        }
        if let bounds = input.bounds, !bounds.isEmpty {
            var box = Bounds()
            for corner in bounds.corners { box.add(transform.apply(point: corner)) }
            result.bounds = box
        }
        return result
    }

    public func apply(to input: Dataset, request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        switch input {
        case .table, .blocks: throw unsupported(name, input, needs: "a dataset with points")
        default: break
        }
        var attributes = input.attributes
        attributes.pointData = try changed(attributes.pointData, context: context)
        attributes.cellData = try changed(attributes.cellData, context: context)
        switch input {
        case .image, .rectilinear:
            let extent = input.extent!
            guard let positions = PointPositions(input) else { throw unsupported(name, input, needs: "coordinates that are numbers") }
            let map = transform
            let points = try Buffer<Double>(count: 3 * extent.pointCount) { out in
                try context.parallelFor(extent.pointCount, grain: 1 << 13) { range in
                    for point in range {
                        let image = map.affineImage(of: positions[point])
                        (out[3 &* point], out[3 &* point &+ 1], out[3 &* point &+ 2]) = (image.x, image.y, image.z)
                    }
                }
            }
            return .structured(StructuredGrid(extent: extent, points: .float64(points), attributes: attributes))
        case .structured(var grid):
            grid.points = try moved(grid.points, context: context)
            grid.attributes = attributes
            return .structured(grid)
        case .unstructured(var grid):
            grid.points = try moved(grid.points, context: context)
            grid.attributes = attributes
            return .unstructured(grid)
        case .poly(var poly):
            poly.points = try moved(poly.points, context: context)
            poly.attributes = attributes
            return .poly(poly)
        case .table, .blocks: return input
        }
    }

    private func moved(_ points: Points, context: ExecutionContext) throws -> Points {
        let map = transform
        switch points {
        case .float32(let buffer): return .float32(try mapped(buffer, context: context) { map.affineImage(of: $0) })
        case .float64(let buffer): return .float64(try mapped(buffer, context: context) { map.affineImage(of: $0) })
        }
    }

    private func changed(_ collection: FieldCollection, context: ExecutionContext) throws -> FieldCollection {
        let normals = collection.active[.normals] ?? "Normals"
        let vectors = collection.active[.vectors]
        return try collection.map { array in
            guard array.components == 3, array.scalarType != nil else { return array }
            if array.name == normals {
                let map = transform.normalTransform
                return try mapped(array, context: context) { map.apply(direction: $0).normalized }
            }
            guard array.name == vectors || (transformsAllVectors && array.scalarType!.isFloatingPoint) else { return array }
            let map = transform
            return try mapped(array, context: context) { map.apply(direction: $0) }
        }
    }

    @inline(__always) private func mapped(
        _ array: FieldArray, context: ExecutionContext, _ image: (Vector3) -> Vector3
    ) throws -> FieldArray {
        var result: FieldArray
        if case .float32(let buffer) = array.values {
            result = FieldArray(name: array.name, components: 3, try mapped(buffer, context: context, image))
        } else if let buffer = array.doubles() {
            result = FieldArray(name: array.name, components: 3, try mapped(buffer, context: context, image))
        } else {
            return array
        }
        result.componentNames = array.componentNames
        return result
    }

    /// Triples mapped in Double.
    @inline(__always) private func mapped<Value: Scalar>(
        _ buffer: Buffer<Value>, context: ExecutionContext, _ image: (Vector3) -> Vector3
    ) throws -> Buffer<Value> {
        let source = buffer.pointer
        let result = try Buffer<Value>(count: buffer.count) { out in
            try context.parallelFor(buffer.count / 3, grain: 1 << 14) { range in
                for tuple in range {
                    let from = source + 3 &* tuple
                    let to = image(Vector3(from[0].asDouble, from[1].asDouble, from[2].asDouble))
                    out[3 &* tuple] = Value(clampingDouble: to.x)
                    out[3 &* tuple &+ 1] = Value(clampingDouble: to.y)
                    out[3 &* tuple &+ 2] = Value(clampingDouble: to.z)
                }
            }
        }
        withExtendedLifetime(buffer) {}
        return result
    }
}

extension Transform {
    /// The image of a point where `isAffine`.
    @inline(__always) func affineImage(of point: Vector3) -> Vector3 {
        Vector3(
            rows.0.x * point.x + rows.0.y * point.y + rows.0.z * point.z + rows.0.w,
            rows.1.x * point.x + rows.1.y * point.y + rows.1.z * point.z + rows.1.w,
            rows.2.x * point.x + rows.2.y * point.y + rows.2.z * point.z + rows.2.w)
    }
}
