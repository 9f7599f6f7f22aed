import Datasets
import Execution
import Geometry
import SeededNumbers

/// Small datasets of every kind, with arrays of many types.
public struct Samples {
    private var random: SplitMix64

    public init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// One of each kind, with a name for messages.
    public static func all(seed: UInt64) -> [(name: String, dataset: Dataset)] {
        var samples = Samples(seed: seed)
        let extent = Extent(-2, 5, 1, 7, 0, 9)
        return [
            ("image", samples.image(extent)), ("flat image", samples.image(Extent(3, 9, 4, 4, 0, 5))),
            ("line of pixels", samples.image(Extent(0, 11, 0, 0, 0, 0))), ("one point", samples.image(Extent(2, 2, 2, 2, 2, 2))),
            ("rectilinear", samples.rectilinear(extent)), ("structured", samples.structured(extent)),
            ("hexahedra", samples.unstructured(.hexahedron)), ("tetrahedra", samples.unstructured(.tetrahedron)),
            ("mixed cells", samples.mixed()), ("poly data", samples.poly()), ("triangles", samples.triangles()),
            ("table", samples.table(rows: 23)), ("blocks", samples.blocks()),
        ]
    }

    mutating func real() -> Double { Double.random(in: -1...1, using: &random) }

    mutating func attributes(points: Int, cells: Int) -> DatasetAttributes {
        var attributes = DatasetAttributes()
        attributes.pointData.append(FieldArray(name: "s", Buffer((0..<points).map { _ in Float(real()) })))
        attributes.pointData.append(FieldArray(name: "v", components: 3, Buffer((0..<3 * points).map { _ in real() })))
        attributes.pointData.append(FieldArray(name: "n", Buffer((0..<points).map { _ in Int16.random(in: -99...99, using: &random) })))
        attributes.pointData.append(FieldArray(name: "name", strings: (0..<points).map { "p\($0)" }))
        attributes.pointData.active[.scalars] = "s"
        attributes.cellData.append(FieldArray(name: "c", Buffer((0..<cells).map { _ in real() })))
        attributes.cellData.append(FieldArray(name: "id", Buffer((0..<cells).map { Int64($0) })))
        attributes.cellData.append(FieldArray(name: "flag", values: .bits(Buffer((0..<(cells + 7) / 8).map { _ in UInt8.random(in: 0...255, using: &random) }), count: cells)))
        attributes.fieldData.append(FieldArray(name: "time", Buffer([1.5])))
        return attributes
    }

    public mutating func image(_ extent: Extent) -> Dataset {
        .image(
            ImageData(
                extent: extent, origin: Vector3(0.5, -1, 2), spacing: Vector3(0.25, 0.5, 1),
                attributes: attributes(points: extent.pointCount, cells: extent.cellCount)))
    }

    public mutating func rectilinear(_ extent: Extent) -> Dataset {
        func axis(_ count: Int) -> FieldArray { FieldArray(name: "x", Buffer((0..<count).map { Float($0 * $0) * 0.25 })) }
        let size = extent.dimensions
        return .rectilinear(
            RectilinearGrid(
                extent: extent, x: axis(size.x), y: axis(size.y), z: axis(size.z),
                attributes: attributes(points: extent.pointCount, cells: extent.cellCount)))
    }

    public mutating func structured(_ extent: Extent) -> Dataset {
        .structured(
            StructuredGrid(
                extent: extent, points: points(extent), attributes: attributes(points: extent.pointCount, cells: extent.cellCount)))
    }

    /// Points near those of a lattice.
    private mutating func points(_ extent: Extent) -> Points {
        Points((0..<extent.pointCount).map { index in
            let place = extent.point(at: index)
            return Vector3(Double(place.x) + 0.3 * real(), Double(place.y) + 0.3 * real(), Double(place.z) + 0.3 * real())
        })
    }

    private static let corners = [SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(1, 1, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1), SIMD3(1, 0, 1), SIMD3(1, 1, 1), SIMD3(0, 1, 1)]

    private static func hexahedra(_ extent: Extent) -> [[Int]] {
        (0..<extent.cellCount).map { cell in
            let size = extent.cellDimensions
            let place = extent.lower &+ SIMD3(cell % size.x, cell / size.x % size.y, cell / (size.x * size.y))
            return corners.map { extent.pointIndex(place &+ $0) }
        }
    }

    /// Cells of one type in shuffled order, and points that no cell uses.
    public mutating func unstructured(_ type: CellType) -> Dataset {
        let extent = Extent(0, 6, 0, 5, 0, 4)
        var cells = Samples.hexahedra(extent)
        if type == .tetrahedron {
            let parts = [[0, 1, 3, 4], [1, 4, 5, 6], [1, 4, 6, 3], [1, 3, 6, 2], [3, 6, 7, 4]]
            cells = cells.flatMap { cell in parts.map { $0.map { cell[$0] } } }
        }
        cells.shuffle(using: &random)
        cells.removeLast(cells.count / 3)
        return .unstructured(
            UnstructuredGrid(
                points: points(extent), cells: cells.map { (type, $0) },
                attributes: attributes(points: extent.pointCount, cells: cells.count)))
    }

    /// Cells of all linear types, types alternating.
    public mutating func mixed() -> Dataset {
        let extent = Extent(0, 5, 0, 4, 0, 3)
        var cells: [(CellType, [Int])] = []
        for corner in Samples.hexahedra(extent) {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: cells += [(.vertex, [corner[0]])]
            case 1: cells += [(.line, [corner[0], corner[1]]), (.polyLine, [corner[1], corner[2], corner[3]])]
            case 2: cells += [(.triangle, [corner[0], corner[1], corner[2]])]
            case 3: cells += [(.quad, Array(corner[0..<4])), (.polygon, [corner[0], corner[1], corner[2], corner[3]])]
            case 4: cells += [(.tetrahedron, [corner[0], corner[1], corner[3], corner[4]])]
            case 5: cells += [(.wedge, [corner[0], corner[1], corner[3], corner[4], corner[5], corner[7]])]
            case 6: cells += [(.pyramid, [corner[0], corner[1], corner[2], corner[3], corner[4]])]
            case 7: cells += [(.voxel, [0, 1, 3, 2, 4, 5, 7, 6].map { corner[$0] })]
            case 8: cells += [(.triangleStrip, [corner[0], corner[1], corner[3], corner[2]]), (.polyVertex, [corner[4], corner[6]])]
            default: cells += [(.hexahedron, corner)]
            }
        }
        return .unstructured(
            UnstructuredGrid(points: points(extent), cells: cells, attributes: attributes(points: extent.pointCount, cells: cells.count)))
    }

    /// All four lists, and points that no cell uses.
    public mutating func poly() -> Dataset {
        let extent = Extent(0, 9, 0, 8, 0, 0)
        let count = extent.pointCount
        func place(_ i: Int, _ j: Int) -> Int { j * 10 + i }
        var (vertices, lines, polygons, strips): ([[Int]], [[Int]], [[Int]], [[Int]]) = ([], [], [], [])
        for j in 0..<7 {
            for i in 0..<9 {
                let corner = [place(i, j), place(i + 1, j), place(i + 1, j + 1), place(i, j + 1)]
                switch Int.random(in: 0..<6, using: &random) {
                case 0: vertices.append([corner[0]])
                case 1: lines.append(corner)
                case 2: polygons += [[corner[0], corner[1], corner[2]], [corner[0], corner[2], corner[3]]]
                case 3: strips.append([corner[0], corner[1], corner[3], corner[2]])
                case 4: polygons.append(corner)
                default: vertices.append([corner[1], corner[2]])
                }
            }
        }
        polygons.shuffle(using: &random)
        return .poly(
            PolyData(
                points: points(extent), vertices: CellArray(vertices), lines: CellArray(lines), polygons: CellArray(polygons),
                strips: CellArray(strips),
                attributes: attributes(points: count, cells: vertices.count + lines.count + polygons.count + strips.count)))
    }

    public mutating func triangles() -> Dataset {
        let extent = Extent(0, 12, 0, 10, 0, 0)
        var triangles: [[Int]] = []
        for j in 0..<10 {
            for i in 0..<12 {
                let first = j * 13 + i
                triangles += [[first, first + 1, first + 14], [first, first + 14, first + 13]]
            }
        }
        return .poly(
            PolyData(
                points: points(extent), polygons: CellArray(triangles),
                attributes: attributes(points: extent.pointCount, cells: triangles.count)))
    }

    public mutating func table(rows: Int) -> Dataset {
        .table(
            Table(columns: FieldCollection([
                FieldArray(name: "x", Buffer((0..<rows).map { _ in real() })),
                FieldArray(name: "word", strings: (0..<rows).map { "row \($0)" }),
            ])))
    }

    public mutating func blocks() -> Dataset {
        .blocks(
            BlockCollection(blocks: [
                .init(name: "a", dataset: unstructured(.hexahedron)), .init(name: "none", dataset: nil),
                .init(
                    name: "inner",
                    dataset: .blocks(BlockCollection(blocks: [.init(name: "b", dataset: poly()), .init(name: "c", dataset: image(Extent(0, 4, 0, 3, 0, 2)))]))),
            ]))
    }
}

public func context(threads: Int = 2) -> ExecutionContext { ExecutionContext(threads: threads) }
