import Dataflow
import Datasets
import Execution
import Geometry

/// Reads VTK's legacy files (`.vtk`), versions 1.0 to 5.1, text and binary: structured points, rectilinear, structured and unstructured
/// grids, poly data, tables, and fields alone (as a table without columns).
///
/// Names, roles and order of arrays are those of VTK's reader with everything switched on. Lookup tables are passed over.
/// Making a reader parses the structure only; reading touches only what is asked for, on all threads. Binary lattices are read by extents,
/// binary cells by pieces; text, and files with polyhedra, come whole.
public struct LegacyReader: DatasetReader {
    let file: MappedFile
    let structure: LegacyStructure
    /// Whether some cell is a polyhedron.
    private let hasPolyhedra: Bool

    /// - Throws: `FileError` for a file that is not there or not well formed.
    public init(path: String) throws {
        file = try MappedFile(path: path)
        var parser = try LegacyStructureParser(file)
        structure = try parser.parse()
        let loader = LegacyLoader(file: file, isBinary: structure.isBinary, context: ExecutionContext(threads: 1))
        hasPolyhedra = try structure.isBinary ? structure.cellTypes.map(loader.namesPolyhedra) ?? false : false
    }

    private var splitting: Splitting {
        guard structure.isBinary else { return .none }
        return switch structure.kind {
        case .image, .rectilinear, .structured: .extents
        case .unstructured, .poly: hasPolyhedra ? .none : .ownedPieces
        case .table, .field: .none
        }
    }

    // MARK: Description

    public func describe() throws -> DatasetDescription {
        func describe(_ slots: [LegacySlot], _ association: Association) -> [ArrayDescription] {
            slots.map {
                ArrayDescription(
                    name: $0.name, association: association, type: LegacyReader.scalarType($0), components: $0.components)
            }
        }
        var description = DatasetDescription(kind: kind)
        description.wholeExtent = structure.extent
        description.arrays =
            describe(structure.pointArrays, .point) + describe(structure.cellArrays, .cell) + describe(structure.rowArrays, .row)
            + describe(structure.fieldArrays, .field)
        description.pointCount = structure.extent?.pointCount ?? structure.points?.tuples ?? 0
        description.cellCount =
            structure.extent?.cellCount
            ?? structure.cells.reduce(0) { sum, cells in
                switch cells {
                case nil: sum
                case .offsets(let offsets, _): sum + max(offsets.tuples - 1, 0)
                case .prefixed(let count, _): sum + count
                }
            }
        if structure.kind == .image { description.bounds = imageData(DatasetAttributes()).bounds }
        description.byteCount = byteCount
        description.splitting = splitting
        return description
    }

    private static func scalarType(_ slot: LegacySlot) -> ScalarType? {
        switch slot.type {
        case .number(let type): slot.isColor ? .uint8 : type
        case .identifier: .int64
        case .bit, .string: nil
        }
    }

    private var kind: DatasetKind {
        switch structure.kind {
        case .image: .image
        case .rectilinear: .rectilinear
        case .structured: .structured
        case .unstructured: .unstructured
        case .poly: .poly
        case .table, .field: .table
        }
    }

    /// Bytes of everything in memory.
    private var byteCount: Int {
        var slots = structure.pointArrays + structure.cellArrays + structure.rowArrays + structure.fieldArrays
        slots += structure.coordinates.compactMap { $0 }
        if let points = structure.points { slots.append(points) }
        var sum = slots.reduce(0) { $0 + $1.valueCount * (LegacyReader.scalarType($1)?.byteCount ?? 1) }
        for case let cells? in structure.cells {
            switch cells {
            case .offsets(let offsets, let connectivity): sum += 4 * (offsets.tuples + connectivity.tuples)
            case .prefixed(_, let list): sum += 4 * list.tuples
            }
        }
        return sum
    }

    // MARK: Reading

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let loader = LegacyLoader(file: file, isBinary: structure.isBinary, context: context)
        if splitting == .ownedPieces && request.pieceCount > 1 { return try readOwned(request, loader) }
        if splitting == .extents, let extent = request.extent { return try read(extent, request, loader) }
        var attributes = DatasetAttributes()
        attributes.pointData = try collection(structure.pointArrays, .point, request, loader)
        attributes.cellData = try collection(structure.cellArrays, .cell, request, loader)
        attributes.fieldData = try collection(structure.fieldArrays, .field, request, loader)
        if let visibility = structure.visibility { attributes.pointData.set(try hiddenPoints(visibility, loader)) }
        switch structure.kind {
        case .image: return .image(imageData(attributes))
        case .rectilinear:
            let axes = try (0..<3).map { axis in
                try structure.coordinates[axis].map { try loader.load($0) } ?? FieldArray(name: ["x", "y", "z"][axis], Buffer<Float>())
            }
            return .rectilinear(
                RectilinearGrid(extent: structure.extent ?? .empty, x: axes[0], y: axes[1], z: axes[2], attributes: attributes))
        case .structured:
            return .structured(StructuredGrid(extent: structure.extent ?? .empty, points: try points(loader), attributes: attributes))
        case .unstructured: return .unstructured(try unstructuredGrid(attributes, loader))
        case .poly: return .poly(try polyData(attributes, loader))
        case .table, .field:
            return .table(
                Table(columns: try collection(structure.rowArrays, .row, request, loader), fieldData: attributes.fieldData))
        }
    }

    private func imageData(_ attributes: DatasetAttributes) -> ImageData {
        imageData(structure.extent ?? .empty, attributes)
    }

    func imageData(_ extent: Extent, _ attributes: DatasetAttributes) -> ImageData {
        ImageData(
            extent: extent, origin: Vector3(structure.origin[0], structure.origin[1], structure.origin[2]),
            spacing: Vector3(structure.spacing[0], structure.spacing[1], structure.spacing[2]), attributes: attributes)
    }

    private func points(_ loader: LegacyLoader) throws -> Points {
        guard let slot = structure.points else { return Points() }
        return Points(try loader.load(slot)) ?? Points()
    }

    /// The arrays in the order of the file; the first that asks for a role gets it. Later ones of a name replace earlier ones, as in VTK.
    ///
    /// - Parameter part: which tuples; nil: all.
    func collection(
        _ slots: [LegacySlot], _ association: Association, _ request: UpdateRequest, _ loader: LegacyLoader, part: ArrayPart? = nil
    ) throws -> FieldCollection {
        var collection = FieldCollection()
        var taken: Set<AttributeRole> = []
        for slot in slots {
            var role = slot.role
            if let asked = role, !taken.insert(asked).inserted {
                // VTK keeps one array of ids only.
                if asked == .globalIds || asked == .pedigreeIds { continue }
                role = nil
            }
            if request.arrays.needs(slot.name, association) {
                let array = try converted(try loader.load(slot, part), association)
                collection.set(array)
                if let role { collection.active[role] = array.name }
            }
        }
        return collection
    }

    /// Ghost levels of old files become the ghost types of newer ones.
    private func converted(_ array: FieldArray, _ association: Association) throws -> FieldArray {
        guard structure.version.major < 4, array.name == "vtkGhostLevels", array.components == 1, association != .field,
            case .uint8(let levels) = array.values
        else { return array }
        return FieldArray(name: "vtkGhostType", Buffer<UInt8>(levels.array.map { $0 > 0 ? 1 : 0 }))
    }

    /// `BLANKING` as ghost types: 2 for a hidden point.
    func hiddenPoints(_ slot: LegacySlot, _ loader: LegacyLoader, part: ArrayPart? = nil) throws -> FieldArray {
        let array = try loader.load(slot, part)
        return FieldArray(name: "vtkGhostType", Buffer((0..<array.tupleCount).map { array.value($0) == 0 ? UInt8(2) : 0 }))
    }

    private func polyData(_ attributes: DatasetAttributes, _ loader: LegacyLoader) throws -> PolyData {
        let points = try points(loader)
        let names = ["vertices", "lines", "polygons", "triangle strips"]
        let lists = try (0..<4).map { list -> CellArray in
            guard let cells = structure.cells[list] else { return CellArray() }
            let array = try loader.cells(cells, pointCount: points.count)
            try checkCellsHavePoints(array, names[list], file: file.path)
            return array
        }
        return PolyData(
            points: points, vertices: lists[0], lines: lists[1], polygons: lists[2], strips: lists[3], attributes: attributes)
    }

    private func unstructuredGrid(_ attributes: DatasetAttributes, _ loader: LegacyLoader) throws -> UnstructuredGrid {
        let points = try points(loader)
        guard let cells = structure.cells[0], let typeSlot = structure.cellTypes else {
            return UnstructuredGrid(points: points, attributes: attributes)
        }
        let types = try loader.cellTypes(typeSlot)
        defer { withExtendedLifetime(types) {} }
        let type = types.elements
        let polyhedron = CellType.polyhedron.rawValue
        let array = try loader.cells(cells, pointCount: points.count) { type[$0] == polyhedron }
        guard type.contains(polyhedron) else {
            try checkCellSizes(array, types: types, file: file.path)
            return inOrder(UnstructuredGrid(points: points, types: types, cells: array, attributes: attributes))
        }
        let (plain, faces) = try decodedFaceStreams(array, types: types, pointCount: points.count, file: file.path)
        try checkCellSizes(plain, types: types, file: file.path)
        return inOrder(UnstructuredGrid(points: points, types: types, cells: plain, polyhedronFaces: faces, attributes: attributes))
    }

    /// Files before version 5.1 have nodes of Lagrange hexahedra in an older order.
    func inOrder(_ grid: UnstructuredGrid) -> UnstructuredGrid {
        structure.version < (5, 1) ? grid.exchangingLastUprightEdges() : grid
    }
}
