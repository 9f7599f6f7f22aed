import Execution
import Geometry

/// Sums of the sizes of cells, by dimension.
///
/// Ghost cells, hidden cells and cells that an array `vtkGhostType` marks do not count. Sums are folded in fixed chunks in the order of the
/// cells: the same bits on any number of threads, and on any split once the pieces are gathered.
public struct Measures: Sendable, Hashable {
    /// Points of vertex cells.
    public var vertexCount = 0.0
    /// Of lines, in the unit of the coordinates.
    public var length = 0.0
    /// Of two-dimensional cells.
    public var area = 0.0
    /// Signed as VTK signs it: cells with inverted point order count negative, voxels positive, images by their spacing.
    public var volume = 0.0
    /// The sum of the absolute volumes.
    public var absoluteVolume = 0.0
    /// Cells of negative volume.
    public var invertedCells = 0

    public init() {}

    public static func + (a: Measures, b: Measures) -> Measures {
        var sum = a
        sum.vertexCount += b.vertexCount
        sum.length += b.length
        sum.area += b.area
        sum.volume += b.volume
        sum.absoluteVolume += b.absoluteVolume
        sum.invertedCells += b.invertedCells
        return sum
    }

    @inline(__always) mutating func add(_ size: CellSize) {
        switch size.dimension {
        case 0: vertexCount += size.value
        case 1: length += size.value
        case 2: area += size.value
        case 3:
            volume += size.value
            absoluteVolume += abs(size.value)
            if size.value < 0 { invertedCells += 1 }
        default: break
        }
    }
}

extension Dataset {
    /// Sums of the sizes of the dataset's cells.
    ///
    /// Rules are those of `vtkCellSizeFilter`: hexahedra, wedges and pyramids within bilinear faces, prisms by tetrahedra, quads by the
    /// normal of their middle, polygons by the fan around their first point, cells of higher order by simplices between their nodes. Faces of polyhedra that are not flat are taken at their convex triangulation.
    /// - Throws: `CancelledError`.
    /// - Complexity: O(connectivity).
    public func measures(context: ExecutionContext) throws -> Measures {
        switch self {
        case .image(let image): return try measure(image, context)
        case .rectilinear(let grid): return try measure(grid, context)
        case .structured(let grid):
            switch grid.points {
            case .float32(let buffer): return try measure(grid, buffer, context)
            case .float64(let buffer): return try measure(grid, buffer, context)
            }
        case .unstructured(let grid):
            switch grid.points {
            case .float32(let buffer): return try measure(grid, buffer, context)
            case .float64(let buffer): return try measure(grid, buffer, context)
            }
        case .poly(let poly):
            switch poly.points {
            case .float32(let buffer): return try measure(poly, buffer, context)
            case .float64(let buffer): return try measure(poly, buffer, context)
            }
        case .table: return Measures()
        case .blocks(let collection):
            var sum = Measures()
            for leaf in collection.leaves { sum = sum + (try leaf.dataset.measures(context: context)) }
            return sum
        }
    }

    /// Cells that do not count: ghosts, and those that `vtkGhostType` marks. Nil where all count.
    var uncountedCells: Buffer<UInt8>? {
        let count = cellCount
        var masks: [Buffer<UInt8>] = []
        if let levels = piece?.cellGhostLevels, levels.count == count { masks.append(levels) }
        if let marks = cellData["vtkGhostType"]?.buffer(of: UInt8.self), marks.count == count { masks.append(marks) }
        if masks.count < 2 { return masks.first }
        return Buffer(count: count) { out in
            for cell in 0..<count { out[cell] = masks[0].pointer[cell] | masks[1].pointer[cell] }
        }
    }

    private func measure(_ image: ImageData, _ context: ExecutionContext) throws -> Measures {
        var sum = Measures()
        let count = image.extent.cellCount
        if count == 0 { return sum }
        let dimension = image.extent.dimension
        var size = 1.0
        for axis in 0..<3 where image.extent.upper[axis] > image.extent.lower[axis] { size *= image.spacing[axis] }
        var counted = count
        if let uncounted = uncountedCells { counted = uncounted.elements.reduce(0) { $0 + ($1 == 0 ? 1 : 0) } }
        switch dimension {
        case 0: sum.vertexCount = Double(counted)
        case 1: sum.length = Double(counted) * size
        case 2: sum.area = Double(counted) * size
        default:
            sum.volume = Double(counted) * size
            sum.absoluteVolume = Double(counted) * abs(size)
            sum.invertedCells = size < 0 ? counted : 0
        }
        return sum
    }

    private func measure(_ grid: RectilinearGrid, _ context: ExecutionContext) throws -> Measures {
        let extent = grid.extent
        if extent.isEmpty { return Measures() }
        func steps(_ array: FieldArray) -> [Double] {
            if array.tupleCount < 2 { return [1] }
            return (1..<array.tupleCount).map { abs(array.value($0) - array.value($0 - 1)) }
        }
        let (x, y, z) = (steps(grid.coordinates.x), steps(grid.coordinates.y), steps(grid.coordinates.z))
        let uncounted = hiddenOrGhostCells(extent)
        let dimension = extent.dimension
        return try fold(extent.cellCount, context) { range, sum in
            for cell in range where uncounted == nil || uncounted!.pointer[cell] == 0 {
                let size = x[cell % x.count] * y[cell / x.count % y.count] * z[cell / (x.count * y.count)]
                sum.add(CellSize(dimension: dimension, value: size))
            }
        }
    }

    private func measure<Value: Scalar>(_ grid: StructuredGrid, _ points: Buffer<Value>, _ context: ExecutionContext) throws -> Measures {
        let extent = grid.extent
        if extent.isEmpty { return Measures() }
        let size = extent.dimensions
        let cells = extent.cellDimensions
        let type = extent.cellType(structured: true)
        let uncounted = hiddenOrGhostCells(extent)
        // The corners of a cell as steps from its first point, in the cell's own order.
        let (rowStep, layerStep) = (Int32(size.x), Int32(truncatingIfNeeded: size.x * size.y))
        let axes = [Int32(1), rowStep, layerStep].enumerated().filter { extent.upper[$0.offset] > extent.lower[$0.offset] }.map(\.element)
        let corners: [Int32] =
            switch axes.count {
            case 3:
                [0, axes[0], axes[0] + axes[1], axes[1], axes[2], axes[2] + axes[0], axes[2] + axes[0] + axes[1], axes[2] + axes[1]]
            case 2: [0, axes[0], axes[0] + axes[1], axes[1]]
            case 1: [0, axes[0]]
            default: [0]
            }
        let reader = CellReader(points: points)
        return try fold(extent.cellCount, context) { range, sum in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: 8) { entries in
                for cell in range where uncounted == nil || uncounted!.pointer[cell] == 0 {
                    let (i, j, k) = (cell % cells.x, cell / cells.x % cells.y, cell / (cells.x * cells.y))
                    let first = Int32(truncatingIfNeeded: (k * size.y + j) * size.x + i)
                    for corner in 0..<corners.count { entries[corner] = first &+ corners[corner] }
                    sum.add(reader.size(type, entries.baseAddress!, corners.count))
                }
            }
        }
    }

    private func measure<Value: Scalar>(_ grid: UnstructuredGrid, _ points: Buffer<Value>, _ context: ExecutionContext) throws -> Measures {
        let reader = CellReader(points: points)
        let uncounted = uncountedCells
        var sum = Measures()
        let entries = grid.cells.connectivity.pointer
        for run in grid.runs {
            sum = sum + (try fold(run.cells.count, context) { range, sum in
                var cache = LinearPartsCache(grid.attributes)
                for position in range {
                    let cell = run.cells.lowerBound + position
                    if let uncounted, uncounted.pointer[cell] != 0 { continue }
                    if run.type.rawValue >= 68, run.type.isHigherOrder {
                        let begin = grid.cells.offset(cell)
                        // Control points of Bézier cells are measured as nodes of the Lagrange cell.
                        let type = CellType(rawValue: run.type.rawValue < 75 ? run.type.rawValue : run.type.rawValue - 7)
                        guard let parts = cache.parts(of: type, cell: cell, pointCount: grid.cells.offset(cell + 1) - begin) else { continue }
                        sum.add(reader.latticeSize(parts, dimension: run.type.dimension ?? 3, entries + begin))
                        continue
                    }
                    if run.type == .polyhedron, let faces = grid.polyhedronFaces, cell < faces.facesOfCells.count {
                        sum.add(CellSize(dimension: 3, value: reader.polyhedronVolume(cell, faces)))
                        continue
                    }
                    let begin = grid.cells.offset(cell)
                    sum.add(reader.size(run.type, entries + begin, grid.cells.offset(cell + 1) - begin))
                }
            })
        }
        withExtendedLifetime(grid) {}
        return sum
    }

    private func measure<Value: Scalar>(_ poly: PolyData, _ points: Buffer<Value>, _ context: ExecutionContext) throws -> Measures {
        let reader = CellReader(points: points)
        let uncounted = uncountedCells
        var sum = Measures()
        var first = 0
        for (number, list) in poly.cellLists.enumerated() {
            let entries = list.connectivity.pointer
            sum = sum + (try fold(list.count, context) { range, sum in
                for cell in range {
                    if let uncounted, uncounted.pointer[first + cell] != 0 { continue }
                    let begin = list.offset(cell)
                    let size = list.offset(cell + 1) - begin
                    sum.add(reader.size(PolyData.cellType(list: number, size: size), entries + begin, size))
                }
            })
            first += list.count
            withExtendedLifetime(list) {}
        }
        return sum
    }

    /// Marks of lattice cells that do not count: also those of which a point is hidden.
    private func hiddenOrGhostCells(_ extent: Extent) -> Buffer<UInt8>? {
        let cells = uncountedCells
        guard let hidden = LatticeBlanking.cellsWithHiddenPoints(of: self) else { return cells }
        guard let cells else { return hidden }
        return Buffer(count: cells.count) { out in
            for cell in 0..<cells.count { out[cell] = cells.pointer[cell] | hidden.pointer[cell] }
        }
    }

    /// Sums over chunks of fixed size, added in order.
    private func fold(_ count: Int, _ context: ExecutionContext, _ body: (Range<Int>, inout Measures) -> Void) throws -> Measures {
        let parts = try context.parallelMap(count, grain: 1 << 13) { range in
            var sum = Measures()
            body(range, &sum)
            return sum
        }
        return parts.reduce(Measures(), +)
    }
}

/// Which cells of a lattice are hidden (blanked).
public enum LatticeBlanking {
    /// Bit of `vtkGhostType` of points that are hidden.
    public static let hiddenPoint: UInt8 = 2
    /// Bit of `vtkGhostType` of cells that are hidden.
    public static let hiddenCell: UInt8 = 32

    /// 1 for each cell that has a hidden point; nil where no point is hidden, or the dataset is not structured.
    public static func cellsWithHiddenPoints(of dataset: Dataset) -> Buffer<UInt8>? {
        guard let extent = dataset.extent, let marks = dataset.pointData["vtkGhostType"]?.buffer(of: UInt8.self),
            marks.count == extent.pointCount, marks.elements.contains(where: { $0 & hiddenPoint != 0 })
        else { return nil }
        let size = extent.dimensions
        let cells = extent.cellDimensions
        return Buffer(count: extent.cellCount) { out in
            out.initialize(repeating: 0, count: extent.cellCount)
            for point in 0..<marks.count where marks.pointer[point] & hiddenPoint != 0 {
                let (i, j, k) = (point % size.x, point / size.x % size.y, point / (size.x * size.y))
                for c in max(0, k - 1)...min(k, cells.z - 1) {
                    for b in max(0, j - 1)...min(j, cells.y - 1) {
                        for a in max(0, i - 1)...min(i, cells.x - 1) { out[(c * cells.y + b) * cells.x + a] = 1 }
                    }
                }
            }
        }
    }

    /// Cells that are hidden themselves or have a hidden point, of a dataset of any kind.
    static func hiddenCount(in dataset: Dataset) -> Int {
        if dataset.extent != nil {
            guard let hidden = hiddenCells(of: dataset) else { return 0 }
            return (0..<hidden.count).reduce(0) { $0 + Int(hidden[$1]) }
        }
        let lists: [CellArray]
        switch dataset {
        case .unstructured(let grid): lists = [grid.cells]
        case .poly(let poly): lists = poly.cellLists
        default: return 0
        }
        func marks(_ collection: FieldCollection, _ bit: UInt8, _ count: Int) -> Buffer<UInt8>? {
            guard let found = collection["vtkGhostType"]?.buffer(of: UInt8.self), found.count == count else { return nil }
            return found.elements.contains { $0 & bit != 0 } ? found : nil
        }
        let cells = marks(dataset.cellData, hiddenCell, dataset.cellCount)
        let points = marks(dataset.pointData, hiddenPoint, dataset.pointCount)
        if cells == nil && points == nil { return 0 }
        var (count, first) = (0, 0)
        for list in lists {
            for cell in 0..<list.count {
                let isHidden = cells.map { $0[first + cell] & hiddenCell != 0 } ?? false
                if isHidden || points.map({ marks in list.points(of: cell).contains { marks[Int($0)] & hiddenPoint != 0 } }) ?? false {
                    count += 1
                }
            }
            first += list.count
        }
        return count
    }

    /// 1 for each cell that is hidden itself or has a hidden point; nil where there is none.
    public static func hiddenCells(of dataset: Dataset) -> Buffer<UInt8>? {
        let byPoints = cellsWithHiddenPoints(of: dataset)
        let count = dataset.cellCount
        guard let marks = dataset.cellData["vtkGhostType"]?.buffer(of: UInt8.self), marks.count == count,
            marks.elements.contains(where: { $0 & hiddenCell != 0 })
        else { return byPoints }
        return Buffer(count: count) { out in
            for cell in 0..<count {
                out[cell] = marks.pointer[cell] & hiddenCell != 0 || byPoints?.pointer[cell] == 1 ? 1 : 0
            }
        }
    }
}
