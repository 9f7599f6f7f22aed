import Datasets
import Execution
import Geometry

/// The level sets of a point array on an image, rectilinear or structured grid: triangles of voxels, lines of pixels, points of lines.
///
/// - Parameters:
///   - scalars: one Float or Double a point; what is contoured.
///   - contoured: the name of the point array that `scalars` is, which becomes constant in the result; nil where it is only part of one.
///   - values: numbered in this order.
///   - normals: adds `Normals`, against the gradient; central differences, one-sided at the borders of what came.
///   - fanBits: exponent of the number of result cells that a cell may have, as the stage described it; at least 5 a value.
///   - salt: tells points of this filter from those of another.
/// - Returns: points in the order (lower end, higher end, value) of their edges, cells in the order of the lattice's cells.
/// - Throws: `DatasetError` where `scalars` does not fit the lattice; `CancelledError`.
/// - Complexity: one pass over the samples; then what is proportional to the result.
func contourLattice(
    _ input: Dataset, scalars: FieldArray, contoured: String?, values: [Double], normals: Bool, fanBits: Int, salt: UInt64,
    context: ExecutionContext
) throws -> Dataset {
    guard let extent = input.extent else { throw unsupported("contour", input, needs: "a lattice of points") }
    guard scalars.components == 1, scalars.tupleCount == extent.pointCount else {
        throw DatasetError("contour: array \(scalars.name) has \(scalars.tupleCount) tuples of \(scalars.components) for \(extent.pointCount) points")
    }
    guard values.count <= 256 else { throw DatasetError("contour: \(values.count) values are more than the 256 that one contour can have") }
    let others = input.pointData.arrays.contains { $0.name != contoured && $0.name != "vtkGhostType" }
    let several = values.count > 1
    let demand = LatticeCutDemand(
        edges: others || input.piece != nil || several, sources: !input.cellData.isEmpty || input.piece != nil || several)
    var cuts: [LatticeCut] = []
    for value in values where !value.isNaN {
        if case .float32(let samples) = scalars.values {
            cuts.append(
                try cutLattice(input, extent: extent, samples: samples, value: value, normals: normals, demand: demand, context: context))
        } else if let samples = scalars.doubles() {
            cuts.append(
                try cutLattice(input, extent: extent, samples: samples, value: value, normals: normals, demand: demand, context: context))
        } else {
            throw DatasetError("contour: array \(scalars.name) holds text, not numbers")
        }
    }
    let numbers = values.indices.filter { !values[$0].isNaN }
    let cut = try merged(cuts, numbers: numbers.map { UInt8($0) }, context: context)
    return try assembled(
        cut, input: input, fanBits: fanBits, salt: salt, constant: contoured.flatMap { name in input.pointData[name].map { ($0, values, numbers) } },
        context: context)
}

/// One contour of samples, by the kernel that suits the lattice.
private func cutLattice<Value: LatticeScalar>(
    _ input: Dataset, extent: Extent, samples: Buffer<Value>, value: Double, normals: Bool, demand: LatticeCutDemand,
    context: ExecutionContext
) throws -> LatticeCut {
    let field = SampledField(values: samples.pointer, threshold: Value.ceiling(of: value))
    defer { withExtendedLifetime(samples) {} }
    let allowed = allowedLatticeCells(input, extent: extent)
    if extent.isEmpty || extent.dimension < 3 {
        return try withLatticeGeometry(
            input,
            FlatLatticeCut(
                isImage: input.kind == .image, field: field, extent: extent, allowed: allowed, demand: demand, context: context))
    }
    let shape = LatticeShape(extent)
    let crossings = try LatticeCrossings(
        field, shape: shape, allowed: allowed.map { allowedBits($0, shape: shape) }, context: context)
    // Float samples on straight axes: the vector kernel.
    if let floats = samples as? Buffer<Float>, let tables = straightAxes(input) {
        let kernel = LatticeVectorPoints(
            shape: shape, values: floats.pointer, threshold: Float.ceiling(of: value), tables: VectorTables(tables))
        return try crossings.cut(normals: normals, demand: demand, context: context, as: Float.self) { chunk, output in
            kernel.writePoints(chunk: chunk, of: crossings, to: output)
        }
    }
    let gradient = normals ? LatticeGradient(values: samples.pointer, shape: shape) : nil
    return try withLatticeGeometry(
        input, VolumeCut(field: field, gradient: gradient, crossings: crossings, demand: demand, context: context))
}

/// The axes of a lattice whose points are a product of axes.
private func straightAxes(_ input: Dataset) -> AxisTables? {
    switch input {
    case .image(let image): image.isAxisAligned ? AxisTables(image) : nil
    case .rectilinear(let grid): AxisTables(grid)
    default: nil
    }
}

/// Something done with the geometry of a lattice, whatever its kind.
protocol LatticeGeometryUser {
    associatedtype Result
    func callAsFunction<Shape: LatticeGeometry>(_ geometry: Shape) throws -> Result
}

func withLatticeGeometry<User: LatticeGeometryUser>(_ input: Dataset, _ user: User) throws -> User.Result {
    switch input {
    case .image(let image): return try AxisTables(image).withGeometry { try user($0) }
    case .rectilinear(let grid): return try AxisTables(grid).withGeometry { try user($0) }
    case .structured(let grid):
        let size = grid.extent.dimensions
        switch grid.points {
        case .float32(let points):
            defer { withExtendedLifetime(points) {} }
            return try user(CurvilinearGeometry(points: points.pointer, stepY: size.x, stepZ: size.x * size.y))
        case .float64(let points):
            defer { withExtendedLifetime(points) {} }
            return try user(CurvilinearGeometry(points: points.pointer, stepY: size.x, stepZ: size.x * size.y))
        }
    default: throw unsupported("this filter", input, needs: "a lattice of points")
    }
}

/// Points and triangles of a volume, any field and geometry.
struct VolumeCut<Field: LatticeField, Value: LatticeScalar>: LatticeGeometryUser {
    let field: Field
    let gradient: LatticeGradient<Value>?
    let crossings: LatticeCrossings
    let demand: LatticeCutDemand
    let context: ExecutionContext

    func callAsFunction<Shape: LatticeGeometry>(_ geometry: Shape) throws -> LatticeCut {
        try crossings.cut(normals: gradient != nil, demand: demand, context: context, as: Shape.Coordinate.self) { chunk, output in
            crossings.writePoints(chunk: chunk, field: field, geometry: geometry, gradient: gradient, to: output)
        }
    }
}

/// The dataset of a cut: attributes by provenance, the contoured array constant.
///
/// - Parameter constant: the contoured array, the values, and the numbers of the values that can be met.
func assembled(
    _ cut: LatticeCut, input: Dataset, fanBits: Int, salt: UInt64, constant: (array: FieldArray, values: [Double], numbers: [Int])?,
    context: ExecutionContext
) throws -> Dataset {
    var provenance = Provenance()
    provenance.keptPoints = Buffer()
    provenance.edgeLower = cut.lower
    provenance.edgeUpper = cut.upper
    provenance.edgeParameter = cut.parameter
    provenance.edgeSalt = cut.valueNumbers
    provenance.cellSources = cut.sources
    provenance.fanBits = fanBits
    provenance.salt = salt
    var stripped = input
    stripped.attributes.pointData.remove("vtkGhostType")
    if let constant { stripped.attributes.pointData.remove(constant.array.name) }
    var attributes = try provenance.attributes(of: stripped, context: context)
    if let constant { attributes.pointData.restore(constantArray(constant, cut), like: input.pointData) }
    if input.piece == nil { attributes.firstMadePoint = cut.points.count > 0 ? 0 : nil }
    if let normals = cut.normals {
        attributes.pointData.set(FieldArray(name: "Normals", components: 3, normals))
        attributes.pointData.active[.normals] = "Normals"
    }
    let cells = CellArray(uniformSize: cut.cellSize, connectivity: cut.connectivity)
    var poly = PolyData(points: cut.points, attributes: attributes)
    switch cut.cellSize {
    case 3: poly.polygons = cells
    case 2: poly.lines = cells
    default: poly.vertices = cells
    }
    return .poly(poly)
}

/// The contoured array in the result: the value of each point's contour. Float stays Float, other types become Double.
private func constantArray(_ constant: (array: FieldArray, values: [Double], numbers: [Int]), _ cut: LatticeCut) -> FieldArray {
    func fill<Value: Scalar & BinaryFloatingPoint>(_ type: Value.Type) -> FieldArray {
        let values = constant.values.map { Value($0) }
        guard let numbers = cut.valueNumbers else {
            let value = constant.numbers.first.map { values[$0] } ?? 0
            return FieldArray(name: constant.array.name, Buffer<Value>(repeating: value, count: cut.points.count))
        }
        return FieldArray(name: constant.array.name, Buffer<Value>(count: numbers.count) { out in
            for (point, number) in numbers.elements.enumerated() { out[point] = values[Int(number)] }
        })
    }
    return constant.array.scalarType == .float32 ? fill(Float.self) : fill(Double.self)
}

extension FieldCollection {
    /// Puts an array in the place and the role that it has in `model`.
    mutating func restore(_ array: FieldArray, like model: FieldCollection) {
        var ordered: [FieldArray] = []
        var isPlaced = false
        let names = Set(names)
        for other in model.arrays {
            if other.name == array.name {
                if !isPlaced { ordered.append(array) }
                isPlaced = true
            } else if names.contains(other.name), let here = self[other.name] {
                ordered.append(here)
            }
        }
        if !isPlaced { ordered.append(array) }
        var result = FieldCollection(ordered)
        result.active = active
        for (role, name) in model.active where name == array.name { result.active[role] = name }
        self = result
    }
}
