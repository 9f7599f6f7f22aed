import Datasets
import Dataflow
import Execution
import Geometry

/// Reads VTK XML files: `.vti .vtr .vts .vtu .vtp .vtt` and their parallel forms `.pvti .pvtr .pvts .pvtu .pvtp`.
///
/// A file of several unstructured or poly pieces reads as one dataset: ghosts dropped, exactly coincident points merged (the first one
/// kept), unused points dropped. Structured pieces are put together by their extents. Raw, native, aligned arrays stay where they are
/// in the mapped file.
public struct XMLReader: DatasetReader {
    /// What the names of such files end with.
    public static let extensions = ["vti", "vtr", "vts", "vtu", "vtp", "vtt", "pvti", "pvtr", "pvts", "pvtu", "pvtp"]

    let file: XMLFile
    let loader: XMLArrayLoader
    let catalog: XMLPieceCatalog
    private let timeSteps: [Double]
    /// Whether times are steps of the arrays (`TimeValues`), not one value for all.
    private let hasSteps: Bool

    /// Maps the file and parses its structure; reads no array but the time.
    ///
    /// - Throws: `FileError`.
    public init(path: String) throws {
        file = try XMLFile(path: path)
        guard file.kind != .blocks else {
            throw FileError(file: path, expected: "one dataset (files that list others end in .vtm, .vtmb, .vtpc, .vtpd or .pvd)", found: file.dataset.name)
        }
        guard file.kind != .table || !file.isParallel else { throw FileError(file: path, expected: "a table of one file", found: file.dataset.name) }
        loader = XMLArrayLoader(file)
        catalog = XMLPieceCatalog(file, loader)
        let (file, loader) = (file, loader)
        (timeSteps, hasSteps) = try file.at(file.dataset.name) {
            if let values = try file.dataset.numbers("TimeValues"), !values.isEmpty { return (values, true) }
            let entry = try XMLPiece.arrays(file.dataset.child("FieldData")).first { $0.name == "TimeValue" }
            guard let entry, entry.scalarType != nil, (entry.tuples ?? 1) == 1 else { return ([], false) }
            let context = ExecutionContext(threads: 1)
            return (try loader.loadField(entry, context: context).doubles().map { Array($0.elements) } ?? [], false)
        }
    }

    // MARK: Describing

    public func describe() throws -> DatasetDescription {
        var description = DatasetDescription(kind: file.kind)
        description.timeSteps = timeSteps
        description.splitting = file.kind.isStructured ? .extents : .none
        // Every rank finds out about files that it cannot read before it talks to others.
        if file.isParallel { _ = try catalog.opened() }
        if file.kind == .table { return try describeTable(description) }
        try file.at(file.dataset.name) {
            let (points, cells) = try declaredArrays()
            let fields = try XMLPiece.arrays(file.dataset.child("FieldData"))
            for (entries, association) in [(points, Association.point), (cells, .cell), (fields, .field)] {
                for entry in entries {
                    description.arrays.append(
                        ArrayDescription(name: entry.name, association: association, type: entry.scalarType, components: entry.components))
                }
            }
            if file.kind.isStructured {
                let whole = try wholeExtent()
                description.wholeExtent = whole
                description.pointCount = whole.pointCount
                description.cellCount = whole.cellCount
                if file.kind == .image { description.bounds = try image(whole).bounds }
            }
        }
        if !file.kind.isStructured { try describeCells(&description) }
        description.byteCount = estimatedBytes(description)
        description.isMapped = !file.isParallel && file.compressor == .codec(.none) && file.appended?.encoding == "raw"
        return description
    }

    /// Arrays that the file lists: of a parallel file in `<PPointData>`, else those of the first piece.
    func declaredArrays() throws -> (points: [XMLArrayEntry], cells: [XMLArrayEntry]) {
        let parent = file.isParallel ? file.dataset : file.dataset.child("Piece")
        let prefix = file.isParallel ? "P" : ""
        let dropsGhosts = file.isParallel || file.dataset.children("Piece").count > 1
        func arrays(_ name: String) throws -> [XMLArrayEntry] {
            try XMLPiece.arrays(parent?.child(prefix + name)).filter { !(dropsGhosts && $0.name == ghostTypeName) }
        }
        return (try arrays("PointData"), try arrays("CellData"))
    }

    private func estimatedBytes(_ description: DatasetDescription) -> Int? {
        guard let points = description.pointCount, let cells = description.cellCount else { return nil }
        // In Double, because nothing bounds counts that a file only claims.
        var bytes = file.kind == .image || file.kind == .rectilinear ? 0 : 12 * Double(points)
        for array in description.arrays where array.association != .field {
            bytes += Double(array.association == .point ? points : cells) * Double(array.components * (array.type?.byteCount ?? 1))
        }
        if !file.kind.isStructured { bytes += 32 * Double(cells) }
        return bytes < 0x1p60 ? Int(bytes) : 1 << 60
    }

    private func wholeExtent() throws -> Extent {
        guard let numbers = try file.dataset.integers("WholeExtent") else {
            throw FormatProblem(expected: "WholeExtent for \(file.dataset.name)", found: "none", byte: file.dataset.byte)
        }
        return try checkedExtent(numbers, of: file.dataset)
    }

    private func image(_ extent: Extent) throws -> ImageData {
        func vector(_ name: String, _ standard: [Double]) throws -> [Double] {
            let numbers = try file.dataset.numbers(name) ?? standard
            guard numbers.count == standard.count else {
                throw FormatProblem(expected: "\(standard.count) numbers for \(name)", found: "\(numbers.count)", byte: file.dataset.byte)
            }
            return numbers
        }
        let origin = try vector("Origin", [0, 0, 0])
        let spacing = try vector("Spacing", [1, 1, 1])
        return ImageData(
            extent: extent, origin: Vector3(origin[0], origin[1], origin[2]), spacing: Vector3(spacing[0], spacing[1], spacing[2]),
            direction: try vector("Direction", ImageData.straight))
    }

    // MARK: Reading

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        var step = 0
        if hasSteps, let time = request.time {
            // The nearest step, the earlier of two as near.
            step = timeSteps.indices.min { abs(timeSteps[$0] - time) < abs(timeSteps[$1] - time) } ?? 0
        }
        if file.kind == .table { return .table(try readTable(context: context)) }
        var dataset: Dataset
        let pieces = try self.pieces(touching: request.extent, step: step, context: context)
        if file.kind.isStructured {
            dataset = try readLattice(pieces, request, context: context)
        } else if request.pieceCount > 1, try splitsCells() {
            dataset = try readOwned(pieces, request, context: context)
        } else {
            dataset = try readAll(pieces, request.arrays, context: context)
        }
        var fields = FieldCollection()
        let fieldFile = file.isParallel ? pieces.first?.loader : loader
        if let fieldFile {
            try fieldFile.file.at("FieldData") {
                for entry in try XMLPiece.arrays(fieldFile.file.dataset.child("FieldData"), step: step) {
                    fields.set(try fieldFile.loadField(entry, context: context))
                }
            }
        }
        dataset.attributes.fieldData = fields
        return dataset
    }

    /// What a structured file without any piece holds: nothing.
    private func emptyLattice() throws -> Dataset {
        switch file.kind {
        case .image: return .image(try file.at(file.dataset.name) { try image(.empty) })
        case .rectilinear:
            let nothing = FieldArray(name: "coordinates", Buffer<Float>())
            return .rectilinear(RectilinearGrid(extent: .empty, x: nothing, y: nothing, z: nothing))
        default: return .structured(StructuredGrid(extent: .empty, points: Points()))
        }
    }

    // MARK: Tables

    private func describeTable(_ description: DatasetDescription) throws -> DatasetDescription {
        var description = description
        description.splitting = .none
        description.arrays = try file.at(file.dataset.name) {
            try XMLPiece.arrays(file.dataset.child("Piece")?.child("RowData")).map {
                ArrayDescription(name: $0.name, association: .row, type: $0.scalarType, components: $0.components)
            }
        }
        return description
    }

    /// The rows of the file's first piece; writers make one.
    private func readTable(context: ExecutionContext) throws -> Table {
        guard let piece = file.dataset.child("Piece") else { return Table(columns: FieldCollection()) }
        return try file.at(piece.place) {
            let rows = try piece.count("NumberOfRows")
            var table = Table(columns: FieldCollection())
            for entry in try XMLPiece.arrays(piece.child("RowData")) { table.columns.append(try loader.load(entry, tuples: rows, context: context)) }
            for entry in try XMLPiece.arrays(file.fieldData) { table.fieldData.set(try loader.loadField(entry, context: context)) }
            return table
        }
    }

    private func readLattice(_ pieces: [XMLPiece], _ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let whole = try file.at(file.dataset.name) { try wholeExtent() }
        let wanted = request.extent.map { $0.intersection(whole) } ?? whole
        if file.dataset.children("Piece").isEmpty { return try emptyLattice() }
        for piece in pieces where piece.extent == nil {
            throw FileError(file: piece.loader.file.path, place: .part("Piece"), expected: "an Extent for every piece", found: "none")
        }
        let dropsGhosts = file.isParallel || file.dataset.children("Piece").count > 1
        let marks = dropsGhosts ? try catalog.ghostMarks(step: pieces.first?.step ?? 0, whole: whole, context: context) : GhostMarks()
        let lattice = XMLLattice(kind: file.kind, whole: whole, pieces: pieces, dropsGhosts: dropsGhosts, marks: marks)
        let attributes = wanted.isEmpty ? DatasetAttributes() : try lattice.attributes(wanted, demand: request.arrays, context: context)
        switch file.kind {
        case .image:
            var image = try file.at(file.dataset.name) { try self.image(wanted) }
            image.attributes = attributes
            return .image(image)
        case .rectilinear:
            let axes = try (0..<3).map { try lattice.coordinates($0, wanted, context: context) }
            return .rectilinear(RectilinearGrid(extent: wanted, x: axes[0], y: axes[1], z: axes[2], attributes: attributes))
        default:
            return .structured(
                StructuredGrid(extent: wanted, points: try lattice.points(wanted, context: context), attributes: attributes))
        }
    }
}
