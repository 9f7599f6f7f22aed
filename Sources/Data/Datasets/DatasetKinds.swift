import Geometry

/// What every dataset has besides its geometry.
public struct DatasetAttributes: Sendable {
    public var pointData = FieldCollection()
    public var cellData = FieldCollection()
    /// Arrays about the dataset as a whole.
    public var fieldData = FieldCollection()
    /// Nil for a whole dataset.
    public var piece: PieceInfo?
    /// In a whole dataset that filters made: the first point that is not the source's own. Nil: all are the source's. Points that filters
    /// made follow those of the source and are put in order of first use when the result is gathered (pieces know them by identity).
    public var firstMadePoint: Int?

    public init(
        pointData: FieldCollection = FieldCollection(), cellData: FieldCollection = FieldCollection(),
        fieldData: FieldCollection = FieldCollection(), piece: PieceInfo? = nil
    ) {
        self.pointData = pointData
        self.cellData = cellData
        self.fieldData = fieldData
        self.piece = piece
    }
}

/// A regular lattice of points: point (i, j, k) lies at `origin + direction · (spacing · (i, j, k))`.
public struct ImageData: Sendable {
    public var extent: Extent
    public var origin: Vector3
    public var spacing: Vector3
    /// A rotation, row by row.
    public var direction: [Double]
    public var attributes: DatasetAttributes

    public static let straight: [Double] = [1, 0, 0, 0, 1, 0, 0, 0, 1]

    public init(
        extent: Extent, origin: Vector3 = Vector3(), spacing: Vector3 = Vector3(1, 1, 1), direction: [Double] = ImageData.straight,
        attributes: DatasetAttributes = DatasetAttributes()
    ) {
        self.extent = extent
        self.origin = origin
        self.spacing = spacing
        self.direction = direction
        self.attributes = attributes
    }

    public var isAxisAligned: Bool { direction == ImageData.straight }

    /// Where point (i, j, k) lies.
    public func position(_ point: SIMD3<Int>) -> Vector3 {
        let scaled = spacing * Vector3(Double(point.x), Double(point.y), Double(point.z))
        if isAxisAligned { return origin + scaled }
        return origin
            + Vector3(
                direction[0] * scaled.x + direction[1] * scaled.y + direction[2] * scaled.z,
                direction[3] * scaled.x + direction[4] * scaled.y + direction[5] * scaled.z,
                direction[6] * scaled.x + direction[7] * scaled.y + direction[8] * scaled.z)
    }

    public var bounds: Bounds {
        var bounds = Bounds()
        if extent.isEmpty { return bounds }
        for corner in 0..<8 {
            bounds.add(
                position(
                    SIMD3(
                        corner & 1 == 0 ? extent.lower.x : extent.upper.x, corner & 2 == 0 ? extent.lower.y : extent.upper.y,
                        corner & 4 == 0 ? extent.lower.z : extent.upper.z)))
        }
        return bounds
    }
}

/// A lattice of points with uneven, axis-aligned spacing.
public struct RectilinearGrid: Sendable {
    public var extent: Extent
    /// One coordinate for each i, j and k of the extent, in order; any type of number.
    public var coordinates: (x: FieldArray, y: FieldArray, z: FieldArray)
    public var attributes: DatasetAttributes

    /// - Precondition: each coordinate array has as many values as the extent has points on its axis.
    public init(
        extent: Extent, x: FieldArray, y: FieldArray, z: FieldArray, attributes: DatasetAttributes = DatasetAttributes()
    ) {
        let size = extent.dimensions
        precondition(
            extent.isEmpty || (x.tupleCount == size.x && y.tupleCount == size.y && z.tupleCount == size.z),
            "coordinates match the extent")
        self.extent = extent
        coordinates = (x, y, z)
        self.attributes = attributes
    }

    /// Where the point with local numbers (counted from the extent's lower end) lies.
    public func position(local point: SIMD3<Int>) -> Vector3 {
        Vector3(coordinates.x.value(point.x), coordinates.y.value(point.y), coordinates.z.value(point.z))
    }

    public var bounds: Bounds {
        if extent.isEmpty { return Bounds() }
        func range(_ array: FieldArray) -> (Double, Double) {
            var low = Double.infinity
            var high = -Double.infinity
            for index in 0..<array.tupleCount {
                let value = array.value(index)
                if value.isFinite {
                    low = min(low, value)
                    high = max(high, value)
                }
            }
            return (low, high)
        }
        let (x, y, z) = (range(coordinates.x), range(coordinates.y), range(coordinates.z))
        return Bounds(lower: Vector3(x.0, y.0, z.0), upper: Vector3(x.1, y.1, z.1))
    }
}

/// A curvilinear lattice: points anywhere, neighbours by index.
public struct StructuredGrid: Sendable {
    public var extent: Extent
    /// One for each point of the extent, i fastest.
    public var points: Points
    public var attributes: DatasetAttributes

    public init(extent: Extent, points: Points, attributes: DatasetAttributes = DatasetAttributes()) {
        precondition(points.count == extent.pointCount, "points match the extent")
        self.extent = extent
        self.points = points
        self.attributes = attributes
    }
}

/// Vertices, lines, polygons and triangle strips. Its cells are those four lists, one after the other.
public struct PolyData: Sendable {
    public var points: Points
    public var vertices: CellArray
    public var lines: CellArray
    public var polygons: CellArray
    public var strips: CellArray
    public var attributes: DatasetAttributes

    public init(
        points: Points = Points(), vertices: CellArray = CellArray(), lines: CellArray = CellArray(),
        polygons: CellArray = CellArray(), strips: CellArray = CellArray(), attributes: DatasetAttributes = DatasetAttributes()
    ) {
        self.points = points
        self.vertices = vertices
        self.lines = lines
        self.polygons = polygons
        self.strips = strips
        self.attributes = attributes
    }

    public var cellCount: Int { vertices.count + lines.count + polygons.count + strips.count }

    /// The four lists in the order of the cells.
    public var cellLists: [CellArray] { [vertices, lines, polygons, strips] }

    /// VTK's cell type for a cell of list 0…3 (vertices, lines, polygons, strips) with `size` points.
    @inlinable public static func cellType(list: Int, size: Int) -> CellType {
        switch list {
        case 0: size == 1 ? .vertex : .polyVertex
        case 1: size == 2 ? .line : .polyLine
        case 2: size == 3 ? .triangle : (size == 4 ? .quad : .polygon)
        default: .triangleStrip
        }
    }
}

/// Rows and columns.
public struct Table: Sendable {
    /// One tuple a row.
    public var columns: FieldCollection
    public var fieldData: FieldCollection
    /// Nil for a whole table. Rows count as cells and as points: both `cellKeys` and `pointIdentities` name them.
    public var piece: PieceInfo?

    public init(columns: FieldCollection, fieldData: FieldCollection = FieldCollection(), piece: PieceInfo? = nil) {
        self.columns = columns
        self.fieldData = fieldData
        self.piece = piece
    }

    public var rowCount: Int { columns.arrays.first?.tupleCount ?? 0 }
}

/// Named datasets that belong together; a block may be absent or hold blocks of its own.
public struct BlockCollection: Sendable {
    public struct Block: Sendable {
        public var name: String
        public var dataset: Dataset?

        public init(name: String, dataset: Dataset?) {
            self.name = name
            self.dataset = dataset
        }
    }

    public var blocks: [Block]
    /// True where the blocks are parts of one dataset (a partitioned dataset), false where they are different things.
    public var isPartitioned: Bool
    /// True where every block is such a partitioned dataset, as a file said.
    public var holdsPartitioned = false
    public var fieldData: FieldCollection

    public init(blocks: [Block], isPartitioned: Bool = false, fieldData: FieldCollection = FieldCollection()) {
        self.blocks = blocks
        self.isPartitioned = isPartitioned
        self.fieldData = fieldData
    }

    /// VTK's name of the structure, without prefix.
    public var typeName: String {
        isPartitioned ? "PartitionedDataSet" : (holdsPartitioned ? "PartitionedDataSetCollection" : DatasetKind.blocks.rawValue)
    }

    /// Every dataset in it, depth first, with the names on the way joined by `/`.
    public var leaves: [(path: String, dataset: Dataset)] {
        blocks.flatMap { block -> [(path: String, dataset: Dataset)] in
            guard let dataset = block.dataset else { return [] }
            if case .blocks(let inner) = dataset { return inner.leaves.map { (block.name + "/" + $0.path, $0.dataset) } }
            return [(block.name, dataset)]
        }
    }
}
