import Datasets

/// Which cells of a dataset are hidden (blanked): cells marked so, and cells with a hidden point.
///
/// VTK's `vtkGhostType`: bit 32 hides a cell, bit 2 a point.
struct HiddenCells {
    static let arrayName = "vtkGhostType"
    /// Not zero where hidden; one a cell.
    let flags: Buffer<UInt8>

    private static func marks(_ collection: FieldCollection, bit: UInt8, count: Int) -> Buffer<UInt8>? {
        guard let array = collection[arrayName], array.components == 1, array.tupleCount == count, case .uint8(let values) = array.values
        else { return nil }
        let marked = values.elements.contains { $0 & bit != 0 }
        if !marked { return nil }
        return Buffer(count: count) { out in
            let source = values.pointer
            for index in 0..<count { out[index] = source[index] & bit }
        }
    }

    /// Nil where nothing is hidden.
    init?(of dataset: Dataset) {
        let attributes = dataset.attributes
        let cells = dataset.cellCount
        let hiddenCells = HiddenCells.marks(attributes.cellData, bit: 32, count: cells)
        guard let points = HiddenCells.marks(attributes.pointData, bit: 2, count: dataset.pointCount) else {
            guard let hiddenCells else { return nil }
            flags = hiddenCells
            return
        }
        var result = hiddenCells ?? Buffer<UInt8>(repeating: 0, count: cells)
        let lists: [CellArray]
        switch dataset {
        case .unstructured(let grid): lists = [grid.cells]
        case .poly(let poly): lists = poly.cellLists
        default:
            guard let extent = dataset.extent else { return nil }
            result.withUnsafeMutablePointer { HiddenCells.spread(points, over: extent, $0) }
            flags = result
            return
        }
        result.withUnsafeMutablePointer { out in
            var first = 0
            for list in lists {
                for cell in 0..<list.count {
                    for point in list.points(of: cell) where point >= 0 && Int(point) < points.count && points[Int(point)] != 0 {
                        out[first + cell] = 1
                    }
                }
                first += list.count
            }
        }
        flags = result
    }

    /// Marks every cell of the lattice that has a marked point.
    private static func spread(_ points: Buffer<UInt8>, over extent: Extent, _ out: UnsafeMutablePointer<UInt8>) {
        let size = extent.dimensions
        let cells = extent.cellDimensions
        for point in 0..<points.count where points[point] != 0 {
            let (i, j, k) = (point % size.x, point / size.x % size.y, point / (size.x * size.y))
            for z in max(0, k - 1)...min(k, cells.z - 1) {
                for y in max(0, j - 1)...min(j, cells.y - 1) {
                    for x in max(0, i - 1)...min(i, cells.x - 1) { out[(z * cells.y + y) * cells.x + x] = 1 }
                }
            }
        }
    }
}

/// Neighbouring visible cells of one type, few enough to stay near the processor.
struct CellSegment {
    var type: CellType
    var firstCell: Int
    var count: Int
    /// Points of each cell; 0 where they differ.
    var size: Int
    var firstEntry: Int
    /// Where the last cell ends in the connectivity.
    var endEntry: Int
}

extension UnstructuredGrid {
    /// The visible cells that `isIncluded` picks by type, in order, cut into segments of at most `limit` cells.
    func segments(hidden: HiddenCells?, limit: Int, _ isIncluded: (CellType) -> Bool) -> [CellSegment] {
        var result: [CellSegment] = []
        func add(_ run: CellRun, _ range: Range<Int>) {
            var first = range.lowerBound
            while first < range.upperBound {
                let end = min(first + limit, range.upperBound)
                result.append(
                    CellSegment(
                        type: run.type, firstCell: first, count: end - first, size: run.size, firstEntry: cells.offset(first),
                        endEntry: cells.offset(end)))
                first = end
            }
        }
        for run in runs where isIncluded(run.type) {
            guard let hidden else {
                add(run, run.cells)
                continue
            }
            var cell = run.cells.lowerBound
            while cell < run.cells.upperBound {
                while cell < run.cells.upperBound && hidden.flags[cell] != 0 { cell += 1 }
                let first = cell
                while cell < run.cells.upperBound && hidden.flags[cell] == 0 { cell += 1 }
                add(run, first..<cell)
            }
        }
        return result
    }
}
