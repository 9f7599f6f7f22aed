import Datasets

/// Some neighbouring cells of one type, as lists of points.
struct CellBlock {
    var type: CellType
    /// Points of each cell; 0: `offsets` say.
    var size: Int
    /// The first cell, and how many follow, itself included.
    var first: Int
    var count: Int
    /// The points of the first cell, then those of the others.
    var points: UnsafePointer<Int32>
    /// Where cells begin, counted from wherever `offsets[0]` counts.
    var offsets: UnsafePointer<Int32>?

    @inline(__always) func start(_ cell: Int) -> Int {
        if size > 0 { return cell &* size }
        return Int(offsets![cell] &- offsets![0])
    }

    @inline(__always) func size(_ cell: Int) -> Int {
        size > 0 ? size : Int(offsets![cell &+ 1] &- offsets![cell])
    }
}

/// The cells of a dataset of any kind, handed out in blocks; those of lattices are written out on the way.
struct CellBlocks {
    private enum Cells {
        case lattice(Extent, CellType)
        case runs(CellArray, [CellRun])
        case lists([CellArray])
    }

    private let cells: Cells
    let count: Int
    /// Cells of one type and size, where all are.
    let uniform: (type: CellType, size: Int)?
    /// Ranges of cells that lists of their own hold: the four of poly data, else all cells.
    let lists: [Range<Int>]
    /// Faces of polyhedra, where there are any.
    let polyhedronFaces: PolyhedronFaces?

    /// Nil for tables and blocks.
    init?(_ dataset: Dataset) {
        count = dataset.cellCount
        if case .unstructured(let grid) = dataset { polyhedronFaces = grid.polyhedronFaces } else { polyhedronFaces = nil }
        switch dataset {
        case .image(let d): cells = .lattice(d.extent, d.extent.cellType(structured: false))
        case .rectilinear(let d): cells = .lattice(d.extent, d.extent.cellType(structured: false))
        case .structured(let d): cells = .lattice(d.extent, d.extent.cellType(structured: true))
        case .unstructured(let d): cells = .runs(d.cells, d.runs)
        case .poly(let d): cells = .lists(d.cellLists)
        case .table, .blocks: return nil
        }
        switch cells {
        case .lattice(_, let type):
            uniform = (type, type.pointCount!)
            lists = [0..<count]
        case .runs(_, let runs):
            uniform = runs.count == 1 && runs[0].size > 0 ? (runs[0].type, runs[0].size) : nil
            lists = [0..<count]
        case .lists(let arrays):
            uniform = nil
            var first = 0
            lists = arrays.map { array in
                defer { first += array.count }
                return first..<first + array.count
            }
        }
    }

    /// Whether they are those of poly data.
    var isPoly: Bool { if case .lists = cells { true } else { false } }

    /// Cells that a lattice writes out at a time.
    private static let latticeBlock = 512

    /// Calls `body` with blocks that together are the cells `range`, in order.
    func forEach(in range: Range<Int>, _ body: (CellBlock) throws -> Void) rethrows {
        if range.isEmpty { return }
        switch cells {
        case .lattice(let extent, let type): try lattice(extent, type, range, body)
        case .runs(let array, let runs):
            var low = 0
            var high = runs.count
            while low < high {
                let middle = (low + high) / 2
                if runs[middle].cells.upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
            }
            let points = array.connectivity.pointer
            let offsets = array.offsets?.pointer
            try runs.withUnsafeBufferPointer { runs in
                while low < runs.count && runs[low].cells.lowerBound < range.upperBound {
                    let run = runs[low]
                    let cells = run.cells.clamped(to: range)
                    let start = offsets.map { Int($0[cells.lowerBound]) } ?? cells.lowerBound * array.uniformSize
                    try body(
                        CellBlock(
                            type: run.type, size: offsets == nil ? array.uniformSize : run.size, first: cells.lowerBound, count: cells.count, points: points + start,
                            offsets: offsets.map { $0 + cells.lowerBound }))
                    low += 1
                }
            }
            withExtendedLifetime(array) {}
        case .lists(let arrays):
            for (list, array) in arrays.enumerated() {
                let cells = lists[list].clamped(to: range)
                if cells.isEmpty { continue }
                try poly(list, array, cells, body)
            }
        }
    }

    private func poly(_ list: Int, _ array: CellArray, _ cells: Range<Int>, _ body: (CellBlock) throws -> Void) rethrows {
        let base = lists[list].lowerBound
        let points = array.connectivity.pointer
        guard let offsets = array.offsets?.pointer else {
            try body(
                CellBlock(
                    type: PolyData.cellType(list: list, size: array.uniformSize), size: array.uniformSize, first: cells.lowerBound,
                    count: cells.count, points: points + (cells.lowerBound - base) * array.uniformSize, offsets: nil))
            withExtendedLifetime(array) {}
            return
        }
        var first = cells.lowerBound
        while first < cells.upperBound {
            let size = offsets[first - base + 1] - offsets[first - base]
            let type = PolyData.cellType(list: list, size: Int(size))
            var end = first + 1
            while end < cells.upperBound
                && PolyData.cellType(list: list, size: Int(offsets[end - base + 1] - offsets[end - base])) == type
            { end += 1 }
            try body(
                CellBlock(
                    type: type, size: 0, first: first, count: end - first, points: points + Int(offsets[first - base]),
                    offsets: offsets + (first - base)))
            first = end
        }
        withExtendedLifetime(array) {}
    }

    private func lattice(_ extent: Extent, _ type: CellType, _ range: Range<Int>, _ body: (CellBlock) throws -> Void) rethrows {
        let corners = CellBlocks.corners(of: extent, type)
        let size = corners.count
        let cells = extent.cellDimensions
        let points = extent.dimensions
        try withUnsafeTemporaryAllocation(of: Int32.self, capacity: CellBlocks.latticeBlock * size) { scratch in
            let out = scratch.baseAddress!
            try corners.withUnsafeBufferPointer { corner in
                var first = range.lowerBound
                while first < range.upperBound {
                    let count = min(CellBlocks.latticeBlock, range.upperBound - first)
                    var i = first % cells.x
                    var j = first / cells.x % cells.y
                    var k = first / (cells.x * cells.y)
                    var cell = 0
                    while cell < count {
                        var point = Int32(truncatingIfNeeded: (k * points.y + j) * points.x + i)
                        let end = min(count, cell + cells.x - i)
                        while cell < end {
                            let to = out + cell &* size
                            for index in 0..<size { to[index] = point &+ corner[index] }
                            point &+= 1
                            cell &+= 1
                        }
                        i = 0
                        j += 1
                        if j == cells.y {
                            j = 0
                            k += 1
                        }
                    }
                    try body(CellBlock(type: type, size: size, first: first, count: count, points: UnsafePointer(out), offsets: nil))
                    first += count
                }
            }
        }
    }

    /// What the corners of a lattice's cell add to the index of its first point, in the order of its type.
    private static func corners(of extent: Extent, _ type: CellType) -> [Int32] {
        let size = extent.dimensions
        var steps: [Int] = []
        if size.x > 1 { steps.append(1) }
        if size.y > 1 { steps.append(size.x) }
        if size.z > 1 { steps.append(size.x * size.y) }
        let order: [Int] =
            switch type {
            case .hexahedron: [0, 1, 3, 2, 4, 5, 7, 6]
            case .quad: [0, 1, 3, 2]
            default: Array(0..<1 << steps.count)
            }
        return order.map { corner in
            var sum = 0
            for axis in 0..<steps.count where corner >> axis & 1 == 1 { sum += steps[axis] }
            return Int32(truncatingIfNeeded: sum)
        }
    }
}

/// Cells and points that files hide (`vtkGhostType`): neither filtered nor drawn.
struct HiddenElements {
    /// Nonzero with bit 32 where a cell is hidden; nil where none is.
    var cells: Buffer<UInt8>?
    /// Nonzero with bit 2 where a point is hidden; nil where none is. Cells of hidden points are hidden.
    var points: Buffer<UInt8>?

    init(of attributes: DatasetAttributes) {
        cells = HiddenElements.flags(attributes.cellData, 32)
        points = HiddenElements.flags(attributes.pointData, 2)
    }

    private static func flags(_ collection: FieldCollection, _ bit: UInt8) -> Buffer<UInt8>? {
        guard let array = collection["vtkGhostType"], array.components == 1, let flags = array.buffer(of: UInt8.self) else { return nil }
        var all: UInt8 = 0
        for flag in flags.elements { all |= flag }
        return all & bit != 0 ? flags : nil
    }
}
