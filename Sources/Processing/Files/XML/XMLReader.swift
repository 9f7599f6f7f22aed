import Datasets
import Dataflow
import Execution
import Geometry

/// Reads VTK XML files: `.vti .vtr .vts .vtu .vtp` and their parallel forms `.pvti .pvtr .pvts .pvtu .pvtp`.
///
/// A file of several unstructured or poly pieces reads as one dataset: ghosts dropped, exactly coincident points merged (the first one
/// kept), unused points dropped. Structured pieces are put together by their extents. Raw, native, aligned arrays stay where they are
/// in the mapped file.
public struct XMLReader: DatasetReader {
    /// What the names of such files end with.
    public static let extensions = ["vti", "vtr", "vts", "vtu", "vtp", "pvti", "pvtr", "pvts", "pvtu", "pvtp"]

    let file: XMLFile
    private let loader: XMLArrayLoader
    private let timeSteps: [Double]
    /// Whether times are steps of the arrays (`TimeValues`), not one value for all.
    private let hasSteps: Bool

    /// Maps the file and parses its structure; reads no array but the time.
    ///
    /// - Throws: `FileError`.
    public init(path: String) throws {
        file = try XMLFile(path: path)
        loader = XMLArrayLoader(file)
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
        let listed = file.dataset.children("Piece")
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
            } else if !file.isParallel && listed.count == 1 {
                description.pointCount = try listed[0].count("NumberOfPoints")
                description.cellCount =
                    try file.kind == .unstructured
                    ? listed[0].count("NumberOfCells")
                    : ["NumberOfVerts", "NumberOfLines", "NumberOfPolys", "NumberOfStrips"].reduce(0) { sum, name in
                        let (total, overflow) = sum.addingReportingOverflow(try listed[0].count(name))
                        return overflow ? Int.max : total
                    }
            }
        }
        description.byteCount = estimatedBytes(description)
        description.isMapped = !file.isParallel && file.compressor == .codec(.none) && file.appended?.encoding == "raw"
        return description
    }

    /// Arrays that the file lists: of a parallel file in `<PPointData>`, else those of the first piece.
    private func declaredArrays() throws -> (points: [XMLArrayEntry], cells: [XMLArrayEntry]) {
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
            step = timeSteps.indices.min { abs(timeSteps[$0] - time) < abs(timeSteps[$1] - time) } ?? 0
        }
        var dataset: Dataset
        let pieces = try self.pieces(touching: request.extent, step: step, context: context)
        if file.kind.isStructured {
            dataset = try readLattice(pieces, request, context: context)
        } else if file.kind == .unstructured {
            let grids = try forEachPiece(pieces.count, context) {
                var grid = try pieces[$0].unstructuredGrid(demand: request.arrays, context: $1)
                grid.points = asDeclared(grid.points)
                return grid
            }
            dataset = .unstructured(
                try file.at(file.dataset.name) { grids.count == 1 && !file.isParallel ? grids[0] : try merged(grids, context: context) })
        } else {
            let parts = try forEachPiece(pieces.count, context) {
                var part = try pieces[$0].polyData(demand: request.arrays, context: $1)
                part.points = asDeclared(part.points)
                return part
            }
            dataset = .poly(
                try file.at(file.dataset.name) { parts.count == 1 && !file.isParallel ? parts[0] : try merged(parts, context: context) })
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

    /// Points of the type that a parallel file declares, as VTK reads them, whatever the type in its pieces.
    private func asDeclared(_ points: Points) -> Points {
        guard file.isParallel, let type = file.dataset.child("PPoints")?.children.first?["type"] else { return points }
        switch (type, points) {
        case ("Float32", .float64): return points.array.floats().map { .float32($0) } ?? points
        case ("Float64", .float32): return points.array.doubles().map { .float64($0) } ?? points
        default: return points
        }
    }

    /// The pieces of the file, of a parallel file those of its files; of structured data only pieces with points of `extent`.
    private func pieces(touching extent: Extent?, step: Int, context: ExecutionContext) throws -> [XMLPiece] {
        let elements = file.dataset.children("Piece")
        if !file.isParallel {
            return try elements.map { element in try file.at(element.place) { try XMLPiece(element, loader: loader, step: step) } }
        }
        let declared = try file.at(file.dataset.name) { try declaredArrays() }
        let folder = file.path.lastIndex(of: "/").map { String(file.path[...$0]) } ?? ""
        let wanted = try elements.filter { element in
            guard let extent, let numbers = try file.at(element.place, { try element.integers("Extent") }) else { return true }
            return try !file.at(element.place) { try checkedExtent(numbers, of: element) }.intersection(extent).isEmpty
        }
        return try forEachPiece(wanted.count, context) { index, _ -> [XMLPiece] in
            let element = wanted[index]
            return try file.at(element.place) {
                guard let source = element["Source"], !source.isEmpty else {
                    throw FormatProblem(expected: "Source for every piece", found: "none", byte: element.byte)
                }
                let piece = try XMLFile(path: source.hasPrefix("/") ? source : folder + source)
                guard piece.kind == file.kind, !piece.isParallel else {
                    throw FileError(file: piece.path, expected: "a file of \(file.kind.rawValue), a piece of \(file.path)", found: piece.dataset.name)
                }
                let loader = XMLArrayLoader(piece)
                return try piece.dataset.children("Piece").map { element in
                    var part = try XMLPiece(element, loader: loader, step: step)
                    part.keepArrays(points: declared.points.map(\.name), cells: declared.cells.map(\.name))
                    return part
                }
            }
        }.flatMap { $0 }
    }

    private func readLattice(_ pieces: [XMLPiece], _ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        let whole = try file.at(file.dataset.name) { try wholeExtent() }
        let wanted = request.extent.map { $0.intersection(whole) } ?? whole
        for piece in pieces where piece.extent == nil {
            throw FileError(file: piece.loader.file.path, place: .part("Piece"), expected: "an Extent for every piece", found: "none")
        }
        let lattice = XMLLattice(kind: file.kind, whole: whole, pieces: pieces, dropsGhosts: file.isParallel || pieces.count > 1)
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
