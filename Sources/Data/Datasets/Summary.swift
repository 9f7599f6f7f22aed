import Execution
import Geometry

/// What a dataset is, in numbers: what `tessera info` shows.
public struct DatasetSummary: Sendable {
    /// One array: `statistics` is nil for text and for tuples of more than 16 components, `texts` for numbers.
    public struct Array: Sendable {
        public var name: String
        public var association: Association
        public var typeName: String
        public var components: Int
        public var tuples: Int
        public var statistics: ArrayStatistics?
        /// Different strings, empty ones, and the first three.
        public var texts: (unique: Int, empty: Int, first: [String])?
    }

    public var kind: DatasetKind
    /// The kind's name, of blocks that of their structure.
    public var typeName: String
    public var points: Int
    public var cells: Int
    public var bounds: Bounds
    public var pointsType: ScalarType?
    /// Sums of the coordinates, axis by axis, of explicit points or of the three coordinate arrays of a rectilinear grid.
    public var coordinateSums: [Double]?
    public var extent: Extent?
    public var origin: Vector3?
    public var spacing: Vector3?
    public var direction: [Double]?
    /// Cells by VTK's type number; 0 are hidden cells of lattices. Rising.
    public var cellTypes: [(type: UInt8, count: Int)]
    /// Cells that are hidden (blanked), by themselves or by one of their points: no filter sees them.
    public var hiddenCells: Int
    /// Cells in the four lists of poly data.
    public var listCounts: [Int]?
    /// Entries of the connectivity, and the sum over them of (place in its cell + 1) · point.
    public var connectivity: (size: Int, weightedSum: Int)?
    public var arrays: [Array]
    public var measures: Measures?
    /// Of a table.
    public var rows: Int?
    /// Of blocks: each dataset in them.
    public var leaves: [(path: String, summary: DatasetSummary)]
    /// Of a source with time steps: all of them, and the one that this is.
    public var timeSteps: [Double] = []
    public var time: Double?

    /// Looks at every value of the dataset.
    ///
    /// - Parameter isMeasured: whether lengths, areas and volumes are summed, too.
    /// - Complexity: O(bytes of the dataset).
    public init(of dataset: Dataset, isMeasured: Bool = false, context: ExecutionContext) throws {
        kind = dataset.kind
        typeName = if case .blocks(let collection) = dataset { collection.typeName } else { dataset.kind.rawValue }
        points = dataset.pointCount
        cells = dataset.cellCount
        bounds = dataset.bounds
        extent = dataset.extent
        cellTypes = []
        hiddenCells = LatticeBlanking.hiddenCount(in: dataset)
        arrays = []
        leaves = []
        switch dataset {
        case .image(let image): (origin, spacing, direction) = (image.origin, image.spacing, image.direction)
        case .rectilinear(let grid):
            coordinateSums = try [grid.coordinates.x, grid.coordinates.y, grid.coordinates.z].map {
                try $0.statistics(context: context)?.components.first?.sum ?? 0
            }
        case .structured(let grid): try addPoints(grid.points, context)
        case .unstructured(let grid):
            try addPoints(grid.points, context)
            connectivity = try DatasetSummary.connectivity([grid.cells], context)
        case .poly(let poly):
            try addPoints(poly.points, context)
            listCounts = poly.cellLists.map(\.count)
            connectivity = try DatasetSummary.connectivity(poly.cellLists, context)
        case .table(let table): rows = table.rowCount
        case .blocks(let collection):
            leaves = try collection.leaves.map {
                ($0.path, try DatasetSummary(of: $0.dataset, isMeasured: isMeasured, context: context))
            }
        }
        cellTypes = DatasetSummary.cellTypes(of: dataset)
        let attributes = dataset.attributes
        try add(attributes.pointData, .point, context)
        try add(attributes.cellData, .cell, context)
        if case .table(let table) = dataset { try add(table.columns, .row, context) }
        try add(attributes.fieldData, .field, context)
        if isMeasured { measures = try dataset.measures(context: context) }
    }

    private mutating func addPoints(_ points: Points, _ context: ExecutionContext) throws {
        pointsType = points.scalarType
        coordinateSums = try points.array.statistics(context: context)?.components.map(\.sum)
    }

    private mutating func add(_ collection: FieldCollection, _ association: Association, _ context: ExecutionContext) throws {
        for array in collection.arrays {
            var entry = Array(
                name: array.name, association: association, typeName: array.typeName, components: array.components, tuples: array.tupleCount)
            if case .strings(let strings) = array.values {
                entry.texts = (Set(strings).count, strings.reduce(0) { $0 + ($1.isEmpty ? 1 : 0) }, Swift.Array(strings.prefix(3)))
            } else if array.components <= 16 && array.tupleCount > 0 {
                entry.statistics = try array.statistics(context: context)
            }
            arrays.append(entry)
        }
    }

    private static func connectivity(_ lists: [CellArray], _ context: ExecutionContext) throws -> (size: Int, weightedSum: Int) {
        var size = 0
        var sum = 0
        for list in lists {
            size += list.connectivity.count
            let entries = list.connectivity.pointer
            sum &+= try context.parallelMap(list.count, grain: 1 << 14) { range -> Int in
                var sum = 0
                for cell in range {
                    let begin = list.offset(cell)
                    for place in 0..<list.offset(cell + 1) - begin { sum &+= (place &+ 1) &* Int(entries[begin &+ place]) }
                }
                return sum
            }.reduce(0, &+)
        }
        withExtendedLifetime(lists) {}
        return (size, sum)
    }

    private static func cellTypes(of dataset: Dataset) -> [(type: UInt8, count: Int)] {
        var counts = [Int](repeating: 0, count: 256)
        switch dataset {
        case .image, .rectilinear, .structured:
            let marks = LatticeBlanking.hiddenCells(of: dataset)
            let hidden = withExtendedLifetime(marks) { marks?.elements.reduce(0) { $0 + Int($1) } ?? 0 }
            let type = dataset.extent!.cellType(structured: dataset.kind == .structured)
            counts[0] = hidden
            counts[Int(type.rawValue)] = dataset.cellCount - hidden
        case .unstructured(let grid): for run in grid.runs { counts[Int(run.type.rawValue)] += run.cells.count }
        case .poly(let poly):
            for (number, list) in poly.cellLists.enumerated() {
                if list.offsets == nil {
                    counts[Int(PolyData.cellType(list: number, size: list.uniformSize).rawValue)] += list.count
                } else {
                    for cell in 0..<list.count { counts[Int(PolyData.cellType(list: number, size: list.size(of: cell)).rawValue)] += 1 }
                }
            }
        case .table, .blocks: break
        }
        return counts.indices.filter { counts[$0] > 0 }.map { (UInt8($0), counts[$0]) }
    }
}
