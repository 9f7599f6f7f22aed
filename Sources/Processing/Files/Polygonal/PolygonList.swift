import Datasets

/// What formats of polygons take of a dataset: points and flat cells, with the cell of the dataset that each polygon was.
struct PolygonList {
    var points: Points
    var vertices = CellArray()
    var lines = CellArray()
    var polygons = CellArray()
    /// For each polygon its cell in the dataset; nil where polygon i is cell i.
    var cells: Buffer<Int32>?
    var pointData: FieldCollection
    var cellData: FieldCollection

    /// Strips become triangles, pixels quads.
    ///
    /// - Parameter format: what people call the format, for errors.
    /// - Throws: `FileError` where the dataset has volumes, is a lattice, or has no points.
    init(_ dataset: Dataset, format: String, path: String) throws {
        points = Points()
        pointData = dataset.pointData
        cellData = dataset.cellData
        switch dataset {
        case .poly(let poly):
            points = poly.points
            if poly.vertices.count + poly.lines.count + poly.strips.count == 0 {
                polygons = poly.polygons
                return
            }
            var builder = Builder()
            for (list, cells) in poly.cellLists.enumerated() {
                for cell in 0..<cells.count {
                    let points = cells.points(of: cell)
                    builder.add(points, PolyData.cellType(list: list, size: points.count))
                }
            }
            take(builder)
        case .unstructured(let grid):
            var builder = Builder()
            for run in grid.runs {
                guard let dimension = run.type.dimension, dimension < 3, run.type.isLinear else {
                    throw FileError(
                        file: path, expected: "flat cells for \(format)",
                        found: "\(run.cells.count) × \(run.type) from cell \(run.cells.lowerBound) (use --surface first)")
                }
                for cell in run.cells { builder.add(grid.cells.points(of: cell), run.type) }
            }
            points = grid.points
            take(builder)
        case .table:
            throw FileError(file: path, expected: "points and polygons for \(format)", found: "a table (use --points x,y,z, the names of its columns)")
        case .image, .rectilinear, .structured, .blocks:
            throw FileError(file: path, expected: "polygons for \(format)", found: "a dataset of type \(dataset.kind.rawValue) (use --surface first)")
        }
    }

    private mutating func take(_ builder: Builder) {
        vertices = builder.vertices.cells
        lines = builder.lines.cells
        polygons = builder.polygons.cells
        cells = Buffer(builder.numbers)
    }

    private struct Lists {
        var offsets: [Int32] = [0]
        var connectivity: [Int32] = []

        mutating func append(_ points: some Collection<Int32>) {
            connectivity.append(contentsOf: points)
            offsets.append(Int32(connectivity.count))
        }

        var cells: CellArray { CellArray(offsets: Buffer(offsets), connectivity: Buffer(connectivity)) }
    }

    private struct Builder {
        var vertices = Lists()
        var lines = Lists()
        var polygons = Lists()
        /// The cell of each polygon.
        var numbers: [Int32] = []
        var count: Int32 = 0

        mutating func add(_ points: UnsafeBufferPointer<Int32>, _ type: CellType) {
            switch type {
            case .vertex, .polyVertex: vertices.append(points)
            case .line, .polyLine: lines.append(points)
            case .triangleStrip:
                guard points.count >= 3 else { break }
                for first in 0..<points.count - 2 {
                    // Every other triangle of a strip is turned around.
                    let (a, b) = first & 1 == 0 ? (points[first], points[first + 1]) : (points[first + 1], points[first])
                    polygon([a, b, points[first + 2]])
                }
            case .pixel: polygon([points[0], points[1], points[3], points[2]])
            case .triangle, .quad, .polygon: polygon(points)
            default: break
            }
            count += 1
        }

        private mutating func polygon(_ points: some Collection<Int32>) {
            polygons.append(points)
            numbers.append(count)
        }
    }

    /// The cell arrays with one tuple a polygon.
    var polygonData: FieldCollection {
        guard let cells else { return cellData }
        defer { withExtendedLifetime(cells) {} }
        return cellData.map { $0.gathered(cells.elements) }
    }
}
