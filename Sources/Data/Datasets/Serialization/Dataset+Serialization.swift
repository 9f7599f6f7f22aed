import Geometry
import Serialization

/// The byte form of datasets of every kind, pieces with their ghosts, keys and identities included.
///
/// Equal values have equal forms, wherever their buffers lie. Reading checks all sizes, so that what is read can be looked at safely in every
/// O(1) way; what bytes of unknown origin say *inside* arrays (connectivity, offsets) is checked by `requireValid`.
extension Dataset: Serializable {
    public static var formName: String { "dataset" }
    public static var formVersion: UInt16 { 1 }

    public func serialize(into writer: inout ByteWriter) {
        writer.write(UInt8(DatasetKind.allCases.firstIndex(of: kind)!))
        switch self {
        case .image(let image):
            writer.write(image.extent)
            writer.write(image.origin)
            writer.write(image.spacing)
            writer.writeBlock(image.direction)
        case .rectilinear(let grid):
            writer.write(grid.extent)
            writer.write(grid.coordinates.x)
            writer.write(grid.coordinates.y)
            writer.write(grid.coordinates.z)
        case .structured(let grid):
            writer.write(grid.extent)
            writer.write(grid.points)
        case .unstructured(let grid):
            writer.write(grid.points)
            writer.write(grid.cells)
            writer.write(grid.runs)
            writer.write(grid.polyhedronFaces != nil)
            if let faces = grid.polyhedronFaces {
                writer.write(faces.facesOfCells)
                writer.write(faces.faces)
            }
        case .poly(let poly):
            writer.write(poly.points)
            for list in poly.cellLists { writer.write(list) }
        case .table(let table):
            writer.write(table.columns)
            writer.write(table.fieldData)
            writer.write(table.piece)
            return
        case .blocks(let collection):
            collection.serialize(into: &writer)
            return
        }
        writer.write(attributes)
    }

    public init(from reader: inout ByteReader, version: UInt16) throws {
        let number = Int(try reader.read(UInt8.self))
        guard number < DatasetKind.allCases.count else { throw reader.error("a kind of dataset", number, back: 1) }
        switch DatasetKind.allCases[number] {
        case .image: self = .image(try ImageData(from: &reader))
        case .rectilinear: self = .rectilinear(try RectilinearGrid(from: &reader))
        case .structured: self = .structured(try StructuredGrid(from: &reader))
        case .unstructured: self = .unstructured(try UnstructuredGrid(from: &reader))
        case .poly: self = .poly(try PolyData(from: &reader))
        case .table: self = .table(try Table(from: &reader))
        case .blocks: self = .blocks(try BlockCollection(from: &reader, version: version))
        }
        if kind == .blocks || kind == .table { return }
        try reader.check(attributes, points: pointCount, cells: cellCount)
    }
}

extension ImageData {
    fileprivate init(from reader: inout ByteReader) throws {
        let extent = try reader.readExtent()
        let (origin, spacing) = (try reader.readVector(), try reader.readVector())
        let direction: [Double] = try reader.readArray()
        guard direction.count == 9 else { throw reader.error("a direction of 9 numbers", direction.count) }
        self.init(extent: extent, origin: origin, spacing: spacing, direction: direction, attributes: try reader.readAttributes())
    }
}

extension RectilinearGrid {
    fileprivate init(from reader: inout ByteReader) throws {
        let extent = try reader.readExtent()
        let (x, y, z) = (try reader.readFieldArray(), try reader.readFieldArray(), try reader.readFieldArray())
        let size = extent.dimensions
        for (axis, array) in [x, y, z].enumerated() {
            guard extent.isEmpty || (array.tupleCount == size[axis] && array.components == 1 && array.scalarType != nil) else {
                throw reader.error("\(size[axis]) coordinates on axis \(axis)", "\(array.valueCount) values of type \(array.typeName)")
            }
        }
        self.init(extent: extent, x: x, y: y, z: z, attributes: try reader.readAttributes())
    }
}

extension StructuredGrid {
    fileprivate init(from reader: inout ByteReader) throws {
        let extent = try reader.readExtent()
        let points = try reader.readPoints()
        guard points.count == extent.pointCount else { throw reader.error("\(extent.pointCount) points of the extent", points.count) }
        self.init(extent: extent, points: points, attributes: try reader.readAttributes())
    }
}

extension UnstructuredGrid {
    fileprivate init(from reader: inout ByteReader) throws {
        let points = try reader.readPoints()
        let cells = try reader.readCells()
        let types = try reader.readTypes(count: cells.count)
        var faces: PolyhedronFaces?
        if try reader.readBool() {
            faces = PolyhedronFaces(facesOfCells: try reader.readCells(), faces: try reader.readCells())
            if faces!.facesOfCells.count != cells.count { throw reader.error("lists of faces of \(cells.count) cells", faces!.facesOfCells.count) }
        }
        self.init(points: points, types: types, cells: cells, polyhedronFaces: faces, attributes: try reader.readAttributes())
    }
}

extension PolyData {
    fileprivate init(from reader: inout ByteReader) throws {
        self.init(
            points: try reader.readPoints(), vertices: try reader.readCells(), lines: try reader.readCells(), polygons: try reader.readCells(),
            strips: try reader.readCells(), attributes: try reader.readAttributes())
    }
}

extension Table {
    fileprivate init(from reader: inout ByteReader) throws {
        self.init(columns: try reader.readFieldCollection(), fieldData: try reader.readFieldCollection(), piece: try reader.readPieceInfo())
        for column in columns.arrays where column.tupleCount != rowCount {
            throw reader.error("\(rowCount) rows in column \(column.name.prefix(40))", column.tupleCount)
        }
        if let piece { try reader.check(piece, points: rowCount, cells: rowCount) }
    }
}

extension BlockCollection {
    fileprivate func serialize(into writer: inout ByteWriter) {
        writer.write(isPartitioned)
        writer.write(holdsPartitioned)
        writer.write(fieldData)
        writer.write(blocks.count)
        for block in blocks {
            writer.write(block.name)
            writer.write(block.dataset != nil)
            block.dataset?.serialize(into: &writer)
        }
    }

    fileprivate init(from reader: inout ByteReader, version: UInt16) throws {
        let (isPartitioned, holdsPartitioned) = (try reader.readBool(), try reader.readBool())
        let fieldData = try reader.readFieldCollection()
        let count = try reader.readCount(leastByteCount: 9)
        var blocks: [Block] = []
        for _ in 0..<count {
            let name = try reader.readString()
            let dataset = try reader.readBool() ? try reader.nested { try Dataset(from: &$0, version: version) } : nil
            blocks.append(Block(name: name, dataset: dataset))
        }
        self.init(blocks: blocks, isPartitioned: isPartitioned, fieldData: fieldData)
        self.holdsPartitioned = holdsPartitioned
    }
}
