import Geometry

/// A dataset of any kind: the value that flows from stage to stage.
public indirect enum Dataset: Sendable {
    case image(ImageData)
    case rectilinear(RectilinearGrid)
    case structured(StructuredGrid)
    case unstructured(UnstructuredGrid)
    case poly(PolyData)
    case table(Table)
    case blocks(BlockCollection)

    /// The kind's name in reports: `ImageData`, `UnstructuredGrid`, ….
    public var kind: DatasetKind {
        switch self {
        case .image: .image
        case .rectilinear: .rectilinear
        case .structured: .structured
        case .unstructured: .unstructured
        case .poly: .poly
        case .table: .table
        case .blocks: .blocks
        }
    }

    public var pointCount: Int {
        switch self {
        case .image(let d): d.extent.pointCount
        case .rectilinear(let d): d.extent.pointCount
        case .structured(let d): d.points.count
        case .unstructured(let d): d.points.count
        case .poly(let d): d.points.count
        case .table: 0
        case .blocks(let d): d.leaves.reduce(0) { $0 + $1.dataset.pointCount }
        }
    }

    public var cellCount: Int {
        switch self {
        case .image(let d): d.extent.cellCount
        case .rectilinear(let d): d.extent.cellCount
        case .structured(let d): d.extent.cellCount
        case .unstructured(let d): d.cellCount
        case .poly(let d): d.cellCount
        case .table: 0
        case .blocks(let d): d.leaves.reduce(0) { $0 + $1.dataset.cellCount }
        }
    }

    /// The extent of structured data; nil for other kinds.
    public var extent: Extent? {
        switch self {
        case .image(let d): d.extent
        case .rectilinear(let d): d.extent
        case .structured(let d): d.extent
        default: nil
        }
    }

    /// The box of all points, used by a cell or not.
    public var bounds: Bounds {
        switch self {
        case .image(let d): return d.bounds
        case .rectilinear(let d): return d.bounds
        case .structured(let d): return d.points.bounds
        case .unstructured(let d): return d.points.bounds
        case .poly(let d): return d.points.bounds
        case .table: return Bounds()
        case .blocks(let d):
            var bounds = Bounds()
            for leaf in d.leaves { bounds.add(leaf.dataset.bounds) }
            return bounds
        }
    }

    /// Point, cell and field arrays and piece; a table has its columns as point data only after conversion, blocks have field data only.
    public var attributes: DatasetAttributes {
        get {
            switch self {
            case .image(let d): d.attributes
            case .rectilinear(let d): d.attributes
            case .structured(let d): d.attributes
            case .unstructured(let d): d.attributes
            case .poly(let d): d.attributes
            case .table(let d): DatasetAttributes(fieldData: d.fieldData, piece: d.piece)
            case .blocks(let d): DatasetAttributes(fieldData: d.fieldData)
            }
        }
        set {
            switch self {
            case .image(var d):
                d.attributes = newValue
                self = .image(d)
            case .rectilinear(var d):
                d.attributes = newValue
                self = .rectilinear(d)
            case .structured(var d):
                d.attributes = newValue
                self = .structured(d)
            case .unstructured(var d):
                d.attributes = newValue
                self = .unstructured(d)
            case .poly(var d):
                d.attributes = newValue
                self = .poly(d)
            case .table(var d):
                d.fieldData = newValue.fieldData
                d.piece = newValue.piece
                self = .table(d)
            case .blocks(var d):
                d.fieldData = newValue.fieldData
                self = .blocks(d)
            }
        }
    }

    public var pointData: FieldCollection { attributes.pointData }
    public var cellData: FieldCollection { attributes.cellData }
    public var fieldData: FieldCollection { attributes.fieldData }
    public var piece: PieceInfo? { attributes.piece }

    /// Bytes of its buffers, mapped ones included.
    public var byteCount: Int {
        let arrays = attributes.pointData.byteCount + attributes.cellData.byteCount + attributes.fieldData.byteCount
        switch self {
        case .image: return arrays
        case .rectilinear(let d): return arrays + d.coordinates.x.byteCount + d.coordinates.y.byteCount + d.coordinates.z.byteCount
        case .structured(let d): return arrays + d.points.byteCount
        case .unstructured(let d): return arrays + d.points.byteCount + d.cells.byteCount
        case .poly(let d): return arrays + d.points.byteCount + d.cellLists.reduce(0) { $0 + $1.byteCount }
        case .table(let d): return d.columns.byteCount + d.fieldData.byteCount
        case .blocks(let d): return arrays + d.leaves.reduce(0) { $0 + $1.dataset.byteCount }
        }
    }
}

/// The kinds of dataset.
public enum DatasetKind: String, Sendable, Hashable, CaseIterable {
    case image = "ImageData"
    case rectilinear = "RectilinearGrid"
    case structured = "StructuredGrid"
    case unstructured = "UnstructuredGrid"
    case poly = "PolyData"
    case table = "Table"
    case blocks = "MultiBlockDataSet"

    /// Whether points lie on a lattice of indices.
    public var isStructured: Bool { self == .image || self == .rectilinear || self == .structured }
}
