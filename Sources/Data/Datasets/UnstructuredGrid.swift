import Geometry

/// Neighbouring cells of one type.
public struct CellRun: Sendable, Hashable {
    public var type: CellType
    /// Indices of the cells.
    public var cells: Range<Int>
    /// Points of each cell; 0 where cells of the run differ (polygons, strips, poly-lines): offsets say then.
    public var size: Int
    /// Where the first cell begins in the connectivity.
    public var firstEntry: Int

    public init(type: CellType, cells: Range<Int>, size: Int, firstEntry: Int) {
        self.type = type
        self.cells = cells
        self.size = size
        self.firstEntry = firstEntry
    }
}

/// Faces of polyhedra: for each cell the faces that it has (none for other types), each a list of points.
public struct PolyhedronFaces: Sendable {
    /// One list of face numbers a cell of the grid.
    public var facesOfCells: CellArray
    /// The points of each face.
    public var faces: CellArray

    public init(facesOfCells: CellArray, faces: CellArray) {
        self.facesOfCells = facesOfCells
        self.faces = faces
    }
}

/// Cells of any kind over shared points, in runs of one type.
public struct UnstructuredGrid: Sendable {
    public var points: Points
    public private(set) var cells: CellArray
    /// Neighbouring cells of one type, in the order of the cells.
    public private(set) var runs: [CellRun]
    public var polyhedronFaces: PolyhedronFaces?
    public var attributes: DatasetAttributes

    /// No cells.
    public init(points: Points = Points(), attributes: DatasetAttributes = DatasetAttributes()) {
        self.points = points
        cells = CellArray()
        runs = []
        self.attributes = attributes
    }

    /// Cells of one type with a fixed number of points.
    public init(
        points: Points, type: CellType, connectivity: Buffer<Int32>, attributes: DatasetAttributes = DatasetAttributes()
    ) {
        guard let size = type.pointCount, size > 0 else { preconditionFailure("\(type) has no fixed number of points") }
        self.points = points
        cells = CellArray(uniformSize: size, connectivity: connectivity)
        runs = cells.count == 0 ? [] : [CellRun(type: type, cells: 0..<cells.count, size: size, firstEntry: 0)]
        self.attributes = attributes
    }

    /// Cells with one type each.
    ///
    /// - Precondition: `types.count == cells.count`.
    public init(
        points: Points, types: Buffer<UInt8>, cells: CellArray, polyhedronFaces: PolyhedronFaces? = nil,
        attributes: DatasetAttributes = DatasetAttributes()
    ) {
        precondition(types.count == cells.count, "every cell has a type")
        self.points = points
        self.cells = cells
        self.polyhedronFaces = polyhedronFaces
        self.attributes = attributes
        runs = []
        let type = types.elements
        var first = 0
        while first < cells.count {
            var end = first + 1
            let value = type[first]
            while end < cells.count && type[end] == value { end += 1 }
            let kind = CellType(rawValue: value)
            var size = kind.pointCount ?? 0
            let entries = cells.offset(end) - cells.offset(first)
            if size * (end - first) != entries { size = 0 }
            runs.append(CellRun(type: kind, cells: first..<end, size: size, firstEntry: cells.offset(first)))
            first = end
        }
    }

    /// Cells from lists, for small data and tests.
    public init(points: Points, cells: [(CellType, [Int])], attributes: DatasetAttributes = DatasetAttributes()) {
        self.init(
            points: points, types: Buffer(cells.map { $0.0.rawValue }), cells: CellArray(cells.map { $0.1 }), attributes: attributes)
    }

    public var cellCount: Int { cells.count }

    /// The type of every cell, written out.
    public func explicitTypes() -> Buffer<UInt8> {
        Buffer(count: cells.count) { out in
            for run in runs { for cell in run.cells { out[cell] = run.type.rawValue } }
        }
    }

    /// The type of one cell. Complexity: O(log runs).
    public func type(of cell: Int) -> CellType {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].cells.upperBound <= cell { low = middle + 1 } else { high = middle }
        }
        return runs[low].type
    }
}
