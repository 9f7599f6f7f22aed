import Datasets
import Dataflow
import Execution
import Geometry

/// Reads parts of structured data from one or several pieces.
struct XMLLattice: Sendable {
    let kind: DatasetKind
    let whole: Extent
    /// In file order. A point or cell that several pieces hold is taken from the first that owns it.
    let pieces: [XMLPiece]
    /// Whether arrays that mark duplicates are dropped, as in files of several pieces.
    let dropsGhosts: Bool
    /// Which marks stay, then without those of duplicates.
    let marks: GhostMarks

    private func cells(of extent: Extent) -> Extent { XMLLattice.cells(of: extent, in: whole) }

    /// The cells of an extent as a lattice of their own: on flat axes of the whole there is one layer, elsewhere one less than points.
    static func cells(of extent: Extent, in whole: Extent) -> Extent {
        if extent.isEmpty { return .empty }
        var cells = extent
        for axis in 0..<3 {
            if whole.upper[axis] == whole.lower[axis] {
                cells.upper[axis] = cells.lower[axis]
            } else if extent.upper[axis] > extent.lower[axis] {
                cells.upper[axis] -= 1
            } else {
                // A flat part: the layer of cells above it, at the whole's end the one below.
                let layer = min(extent.lower[axis], whole.upper[axis] - 1)
                cells.lower[axis] = layer
                cells.upper[axis] = layer
            }
        }
        return cells
    }

    /// The part `wanted` as a dataset's attributes.
    func attributes(_ wanted: Extent, demand: ArrayDemand, context: ExecutionContext) throws -> DatasetAttributes {
        var attributes = DatasetAttributes()
        guard let first = pieces.first(where: { $0.extent?.isEmpty == false }) ?? pieces.first else { return attributes }
        for association in [Association.point, .cell] {
            let entries = association == .point ? first.pointArrays : first.cellArrays
            let box = association == .point ? wanted : cells(of: wanted)
            var collection = FieldCollection()
            for entry in entries where demand.needs(entry.name, association) {
                let array = try assemble(box, entry.name, context: context) { piece in
                    let entries = association == .point ? piece.pointArrays : piece.cellArrays
                    return entries.first { $0.name == entry.name }
                } stored: { piece in
                    association == .point ? piece.extent ?? .empty : cells(of: piece.extent ?? .empty)
                } ghosts: { piece in
                    let entries = association == .point ? piece.pointArrays : piece.cellArrays
                    return dropsGhosts ? entries.first { $0.name == ghostTypeName } : nil
                }
                if dropsGhosts && entry.name == ghostTypeName {
                    let isKept = association == .point ? marks.points : marks.cells
                    if isKept, let hidden = markedWithoutDuplicates(array) { collection.set(hidden) }
                } else if !(dropsGhosts && entry.name == "vtkGhostLevels") {
                    collection.set(array)
                }
            }
            let roles = association == .point ? first.pointRoles : first.cellRoles
            collection.active = roles.filter { collection[$0.value] != nil }
            if association == .point { attributes.pointData = collection } else { attributes.cellData = collection }
        }
        return attributes
    }

    /// Points of a structured grid.
    func points(_ wanted: Extent, context: ExecutionContext) throws -> Points {
        if wanted.isEmpty { return Points() }
        let array = try assemble(wanted, "Points", context: context) { try $0.onlyArray(in: "Points") } stored: { $0.extent ?? .empty } ghosts: { _ in nil }
        guard let points = Points(array), points.count == wanted.pointCount else {
            let loader = pieces[0].loader
            throw FileError(
                file: loader.file.path, place: .part("Points"), expected: "points with 3 numbers each", found: "\(array.components) components of \(array.typeName)")
        }
        return points
    }

    /// Coordinates of a rectilinear grid along an axis.
    func coordinates(_ axis: Int, _ wanted: Extent, context: ExecutionContext) throws -> FieldArray {
        func line(_ extent: Extent) -> Extent {
            extent.isEmpty ? .empty : Extent(extent.lower[axis], extent.upper[axis], 0, 0, 0, 0)
        }
        let name = "coordinates \("xyz".map(String.init)[axis])"
        if wanted.isEmpty { return FieldArray(name: name, Buffer<Float>()) }
        let array = try assemble(line(wanted), name, context: context) { piece in
            let arrays = try XMLPiece.arrays(piece.element.child("Coordinates"), step: piece.step)
            return axis < arrays.count ? arrays[axis] : nil
        } stored: { line($0.extent ?? .empty) } ghosts: { _ in nil }
        guard array.components == 1, array.scalarType != nil else {
            throw FileError(
                file: pieces[0].loader.file.path, place: .part(name), expected: "one number for each point",
                found: "\(array.components) components of \(array.typeName)")
        }
        return array
    }

    /// Puts the part `wanted` of an array together from the pieces that hold it.
    ///
    /// - Parameters:
    ///   - stored: the lattice of a piece's array.
    ///   - ghosts: the array that says which of its tuples belong to another piece.
    private func assemble(
        _ wanted: Extent, _ name: String, context: ExecutionContext, entry: (XMLPiece) throws -> XMLArrayEntry?, stored: (XMLPiece) -> Extent,
        ghosts: (XMLPiece) -> XMLArrayEntry?
    ) throws -> FieldArray {
        struct Part {
            var piece: XMLPiece
            var entry: XMLArrayEntry
            var ghosts: XMLArrayEntry?
            var stored: Extent
            var common: Extent
        }
        var parts: [Part] = []
        for piece in pieces {
            let lattice = stored(piece)
            let common = lattice.intersection(wanted)
            if common.isEmpty && !wanted.isEmpty { continue }
            let entry = try piece.loader.file.at(name) { () throws -> XMLArrayEntry in
                guard let entry = try entry(piece) else {
                    throw FormatProblem(expected: "an array \(name) in every piece", found: "none", byte: piece.element.byte)
                }
                return entry
            }
            parts.append(Part(piece: piece, entry: entry, ghosts: ghosts(piece), stored: lattice, common: common))
            // One piece that holds everything and owns it is enough.
            if common == wanted && parts.count == 1 && parts[0].ghosts == nil { break }
        }
        guard let first = parts.first else {
            throw FileError(
                file: pieces.first?.loader.file.path ?? "", place: .part(name), expected: "pieces that hold \(wanted)", found: "none")
        }
        func load(_ part: Part, _ entry: XMLArrayEntry, _ context: ExecutionContext) throws -> FieldArray {
            try part.piece.loader.load(
                entry, stored: part.stored.dimensions, lower: part.common.lower &- part.stored.lower, size: part.common.dimensions, context: context)
        }
        if parts.count == 1 {
            guard first.common == wanted else { throw uncovered(first.piece, name, wanted) }
            return try load(first, first.entry, context)
        }
        for part in parts where part.entry.type != first.entry.type || part.entry.components != first.entry.components {
            throw FileError(
                file: part.piece.loader.file.path, place: .part(part.entry.place),
                expected: "the type and components of the first piece", found: "others")
        }
        let bytes = try first.piece.loader.file.at(name) {
            try product(wanted.pointCount, first.entry.components, first.entry.valueWidth, for: "an array")
        }
        try checkMemory(bytes, for: name, context)
        guard isCovered(wanted, by: parts.map(\.common)) else { throw uncovered(first.piece, name, wanted) }
        let loaded = try forEachPiece(parts.count, context) { index, context in
            let part = parts[index]
            return LatticePart(
                extent: part.common, values: try load(part, part.entry, context), marks: try part.ghosts.map { try load(part, $0, context) })
        }
        var array = joined(loaded, wanted, like: loaded[0].values)
        array.componentNames = first.entry.componentNames
        array.declaredType = first.entry.declaredType
        return array
    }

    private func uncovered(_ piece: XMLPiece, _ name: String, _ wanted: Extent) -> FileError {
        FileError(
            file: piece.loader.file.path, place: .part(name), expected: "pieces that together hold \(wanted)", found: "points that no piece holds")
    }
}
