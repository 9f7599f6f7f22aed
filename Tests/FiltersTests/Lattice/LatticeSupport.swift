import Datasets
import Dataflow
import Execution
import Filters
import Geometry

/// An image with one Float array `s` of values by position.
func image(_ extent: Extent, spacing: Vector3 = Vector3(1, 1, 1), origin: Vector3 = Vector3(), _ value: (Vector3) -> Double) -> Dataset {
    var result = ImageData(extent: extent, origin: origin, spacing: spacing)
    let samples = (0..<extent.pointCount).map { Float(value(result.position(extent.point(at: $0)))) }
    result.attributes.pointData.set(FieldArray(name: "s", Buffer(samples)))
    return .image(result)
}

/// The same points as a structured grid, in Double.
func structured(_ dataset: Dataset) -> Dataset {
    guard case .image(let image) = dataset else { return dataset }
    let coordinates = (0..<image.extent.pointCount).flatMap { index -> [Double] in
        let point = image.position(image.extent.point(at: index))
        return [point.x, point.y, point.z]
    }
    return .structured(StructuredGrid(extent: image.extent, points: .float64(Buffer(coordinates)), attributes: image.attributes))
}

/// The same points as a rectilinear grid.
func rectilinear(_ dataset: Dataset) -> Dataset {
    guard case .image(let image) = dataset else { return dataset }
    func axis(_ axis: Int) -> FieldArray {
        FieldArray(
            name: "axis", Buffer((image.extent.lower[axis]...image.extent.upper[axis]).map { image.origin[axis] + image.spacing[axis] * Double($0) }))
    }
    return .rectilinear(RectilinearGrid(extent: image.extent, x: axis(0), y: axis(1), z: axis(2), attributes: image.attributes))
}

/// What is measured of a surface of triangles.
struct SurfaceMeasure {
    var area = 0.0
    var volume = 0.0
    var euler = 0
    /// Edges of an odd number of triangles.
    var openEdges = 0
    /// Edges that two triangles run through in the same direction.
    var turnedEdges = 0

    init(_ poly: PolyData) {
        var uses: [UInt64: Int] = [:]
        var directed: Set<UInt64> = []
        var points: Set<Int32> = []
        for cell in 0..<poly.polygons.count {
            let corners = Array(poly.polygons.points(of: cell))
            let (a, b, c) = (poly.points[Int(corners[0])], poly.points[Int(corners[1])], poly.points[Int(corners[2])])
            area += (b - a).cross(c - a).length / 2
            volume += a.dot(b.cross(c)) / 6
            points.formUnion(corners)
            for corner in 0..<3 {
                let (p, q) = (UInt64(corners[corner]), UInt64(corners[(corner + 1) % 3]))
                uses[min(p, q) << 32 | max(p, q), default: 0] += 1
                if !directed.insert(p << 32 | q).inserted { turnedEdges += 1 }
            }
        }
        openEdges = uses.values.count { $0 % 2 == 1 }
        euler = points.count - uses.count + poly.polygons.count
    }
}

func polyData(_ dataset: Dataset) -> PolyData {
    guard case .poly(let poly) = dataset else { return PolyData() }
    return poly
}

/// Every byte that a poly dataset's points, cells and point and cell arrays have, for comparison.
func fingerprint(_ dataset: Dataset) -> [UInt64] {
    let poly = polyData(dataset)
    var result = [UInt64(poly.points.count)]
    for index in 0..<poly.points.count {
        let point = poly.points[index]
        result += [point.x.bitPattern, point.y.bitPattern, point.z.bitPattern]
    }
    for list in poly.cellLists { result += [UInt64(list.count)] + list.connectivity.elements.map { UInt64(UInt32(bitPattern: $0)) } }
    for array in poly.attributes.pointData.arrays + poly.attributes.cellData.arrays {
        result += array.name.utf8.map { UInt64($0) }
        for tuple in 0..<array.tupleCount { for component in 0..<array.components { result.append(array.value(tuple, component).bitPattern) } }
    }
    return result
}
