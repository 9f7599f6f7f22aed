import Geometry

/// One thing that is wrong with a dataset.
public struct ValidationIssue: Sendable, Hashable, CustomStringConvertible {
    public enum Severity: Sendable, Hashable {
        /// Filters could not work on it.
        case error
        /// Unusual, but a value like any other.
        case warning
    }

    public var severity: Severity
    /// What is wrong: the place, what was expected and what was found.
    public var message: String

    public init(_ severity: Severity, _ message: String) {
        self.severity = severity
        self.message = message
    }

    public var description: String { (severity == .error ? "error: " : "warning: ") + message }
}

extension Dataset {
    /// Every inconsistency: sizes of arrays, connectivity, sizes of cells, extents, coordinates, ghosts, keys and names.
    ///
    /// - Complexity: O(bytes of the geometry); arrays are not looked into.
    public func validate() -> [ValidationIssue] {
        var check = DatasetCheck()
        check.check(self, place: "")
        return check.issues
    }

    /// - Throws: `DatasetError` that lists every error (at most ten are written out).
    public func requireValid() throws {
        let errors = validate().filter { $0.severity == .error }
        if errors.isEmpty { return }
        let more = errors.count > 10 ? " (and \(errors.count - 10) more)" : ""
        throw DatasetError(errors.prefix(10).map(\.message).joined(separator: "; ") + more)
    }
}

/// Collects what is wrong.
private struct DatasetCheck {
    var issues: [ValidationIssue] = []

    private mutating func error(_ message: String) { issues.append(ValidationIssue(.error, message)) }
    private mutating func warning(_ message: String) { issues.append(ValidationIssue(.warning, message)) }

    mutating func check(_ dataset: Dataset, place: String) {
        switch dataset {
        case .image(let image): check(image)
        case .rectilinear(let grid):
            for (axis, array) in [grid.coordinates.x, grid.coordinates.y, grid.coordinates.z].enumerated() {
                let name = ["x", "y", "z"][axis]
                if array.tupleCount != grid.extent.dimensions[axis] {
                    error("\(array.tupleCount) \(name) coordinates for an extent with \(grid.extent.dimensions[axis]) points on that axis")
                }
                if array.scalarType == nil { error("\(name) coordinates are not numbers") }
                if (0..<array.tupleCount).contains(where: { !array.value($0).isFinite }) { warning("some \(name) coordinates are not finite") }
            }
        case .structured(let grid):
            if grid.points.count != grid.extent.pointCount {
                error("\(grid.points.count) points for the extent \(grid.extent), which has \(grid.extent.pointCount)")
            }
            check(grid.points)
        case .unstructured(let grid):
            check(grid.points)
            check(grid)
        case .poly(let poly):
            check(poly.points)
            for (list, name) in zip(poly.cellLists, ["vertices", "lines", "polygons", "strips"]) {
                check(list, name, pointCount: poly.points.count)
                let least = ["vertices": 1, "lines": 2][name] ?? 3
                if let cell = (0..<list.count).first(where: { list.size(of: $0) < least }) {
                    warning("cell \(cell) of the \(name) has \(list.size(of: cell)) points, fewer than \(least)")
                }
            }
        case .table(let table):
            for column in table.columns.arrays where column.tupleCount != table.rowCount {
                error("column \(column.name) has \(column.tupleCount) rows, the first column \(table.rowCount)")
            }
            checkNames(table.columns, "columns")
        case .blocks(let collection):
            for leaf in collection.leaves {
                var inner = DatasetCheck()
                inner.check(leaf.dataset, place: leaf.path)
                issues += inner.issues.map { ValidationIssue($0.severity, "block \(leaf.path): \($0.message)") }
            }
            return
        }
        if dataset.kind == .table { return }
        check(dataset.pointData, "point", dataset.pointCount)
        check(dataset.cellData, "cell", dataset.cellCount)
        if let piece = dataset.piece { check(piece, dataset) }
        if let first = dataset.attributes.firstMadePoint, first < 0 || first > dataset.pointCount {
            error("made points begin at \(first) of \(dataset.pointCount)")
        }
    }

    private mutating func check(_ image: ImageData) {
        if image.direction.count != 9 { error("the direction has \(image.direction.count) numbers, not 9") }
        for axis in 0..<3 {
            if !image.origin[axis].isFinite || !image.spacing[axis].isFinite { error("origin or spacing is not finite on axis \(axis)") }
            if image.spacing[axis] == 0 && image.extent.dimensions[axis] > 1 { warning("spacing is zero on axis \(axis)") }
        }
    }

    private mutating func check(_ points: Points) {
        var bad = 0
        switch points {
        case .float32(let buffer): for value in buffer.elements where value - value != 0 { bad += 1 }
        case .float64(let buffer): for value in buffer.elements where value - value != 0 { bad += 1 }
        }
        withExtendedLifetime(points) {}
        if bad > 0 { warning("\(bad) coordinates are not finite") }
    }

    /// Offsets and point indices of a list of cells. Returns whether its cells can be looked at.
    @discardableResult private mutating func check(_ list: CellArray, _ name: String, pointCount: Int) -> Bool {
        if let offsets = list.offsets {
            let entries = offsets.elements
            defer { withExtendedLifetime(offsets) {} }
            if entries[0] != 0 { error("offsets of the \(name) begin at \(entries[0]), not 0") }
            if let cell = (0..<list.count).first(where: { entries[$0 + 1] < entries[$0] }) {
                error("offsets of the \(name) fall at cell \(cell), from \(entries[cell]) to \(entries[cell + 1])")
                return false
            }
            if Int(entries[list.count]) != list.connectivity.count || entries[0] < 0 {
                error("offsets of the \(name) end at \(entries[list.count]), and the connectivity has \(list.connectivity.count) entries")
                return false
            }
        } else if list.count * list.uniformSize != list.connectivity.count {
            error("\(list.count) \(name) of \(list.uniformSize) points, and the connectivity has \(list.connectivity.count) entries")
            return false
        }
        var outside = 0
        var first = -1
        for (place, point) in list.connectivity.elements.enumerated() where point < 0 || Int(point) >= pointCount {
            if outside == 0 { first = place }
            outside += 1
        }
        if outside > 0 {
            error("\(outside) entries of the \(name) name points that do not exist, first \(list.connectivity[first]) of \(pointCount) at entry \(first)")
        }
        return true
    }

    private mutating func check(_ grid: UnstructuredGrid) {
        guard check(grid.cells, "cells", pointCount: grid.points.count) else { return }
        for run in grid.runs {
            if run.type.dimension == nil { warning("cells of the unknown type \(run.type.rawValue) from cell \(run.cells.lowerBound)") }
            guard let expected = run.type.pointCount, run.size != expected else { continue }
            if let cell = run.cells.first(where: { grid.cells.size(of: $0) != expected }) {
                error("cell \(cell) is a \(run.type) with \(grid.cells.size(of: cell)) points, not \(expected)")
            }
        }
        checkDegrees(grid)
        let hasPolyhedra = grid.runs.contains { $0.type == .polyhedron }
        guard let faces = grid.polyhedronFaces else {
            if hasPolyhedra { error("there are polyhedra, but no faces") }
            return
        }
        if faces.facesOfCells.count != grid.cellCount { error("faces for \(faces.facesOfCells.count) cells, and there are \(grid.cellCount)") }
        let isReadable = check(faces.faces, "faces", pointCount: grid.points.count)
        if check(faces.facesOfCells, "lists of faces", pointCount: faces.faces.count), isReadable { check(faces, grid) }
    }

    /// Faces have points of their cell only: pieces and filters take the cell's.
    private mutating func check(_ faces: PolyhedronFaces, _ grid: UnstructuredGrid) {
        if issues.contains(where: { $0.severity == .error }) { return }
        var owner = [Int32](repeating: -1, count: grid.points.count)
        for cell in 0..<grid.cellCount {
            for point in grid.cells.points(of: cell) { owner[Int(point)] = Int32(truncatingIfNeeded: cell) }
            for face in faces.facesOfCells.points(of: cell) {
                if let point = faces.faces.points(of: Int(face)).first(where: { owner[Int($0)] != Int32(truncatingIfNeeded: cell) }) {
                    error("face \(face) of cell \(cell) has point \(point), and the cell has not")
                    return
                }
            }
        }
    }

    /// Cells of Lagrange and Bézier types with a number of points that no degree gives.
    private mutating func checkDegrees(_ grid: UnstructuredGrid) {
        var cache = LinearPartsCache(grid.attributes)
        for run in grid.runs where run.type.isHigherOrder && run.type.pointCount == nil {
            for cell in run.cells {
                let size = grid.cells.size(of: cell)
                if cache.parts(of: run.type, cell: cell, pointCount: size) == nil {
                    warning("cell \(cell) is a \(run.type) with \(size) points, and no degree gives so many: filters refuse it")
                    return
                }
            }
        }
    }

    private mutating func check(_ collection: FieldCollection, _ what: String, _ count: Int) {
        for array in collection.arrays {
            if array.tupleCount != count { error("\(what) array \(array.name) has \(array.tupleCount) tuples for \(count) \(what)s") }
            if array.name == "vtkGhostType", array.scalarType != .uint8 || array.components != 1 {
                error("\(what) array vtkGhostType is \(array.typeName)×\(array.components), not uint8×1")
            }
        }
        checkNames(collection, "\(what) arrays")
        for (role, name) in collection.active.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where collection[name] == nil {
            error("\(what) data names \(name) as its \(role.rawValue), and there is no such array")
        }
    }

    private mutating func checkNames(_ collection: FieldCollection, _ what: String) {
        var seen: Set<String> = []
        for name in collection.names where !seen.insert(name).inserted { warning("two \(what) are named \(name)") }
    }

    private mutating func check(_ piece: PieceInfo, _ dataset: Dataset) {
        if piece.pieceCount < 1 || piece.piece < 0 || piece.piece >= piece.pieceCount { error("piece \(piece.piece) of \(piece.pieceCount)") }
        let (points, cells) = (dataset.pointCount, dataset.cellCount)
        let sizes: [(String, Int?, Int)] = [
            ("ghost levels of cells", piece.cellGhostLevels?.count, cells), ("owners of cells", piece.cellOwners?.count, cells),
            ("keys of cells", piece.cellKeys?.count, cells), ("ranks of cells", piece.cellRanks?.count, cells),
            ("ghost levels of points", piece.pointGhostLevels?.count, points), ("identities of points", piece.pointIdentities?.count, points),
        ]
        for (what, found, expected) in sizes { if let found, found != expected { error("\(found) \(what) for \(expected)") } }
        if let whole = piece.wholeExtent, let extent = dataset.extent, !whole.contains(extent) {
            error("the extent \(extent) is not part of the whole \(whole)")
        }
        if let owners = piece.cellOwners, let bad = owners.elements.first(where: { $0 < 0 || Int($0) >= piece.pieceCount }) {
            error("a cell belongs to piece \(bad) of \(piece.pieceCount)")
        }
        guard let keys = piece.cellKeys, keys.count == cells else { return }
        var lists = [0..<cells]
        if case .poly(let poly) = dataset {
            var first = 0
            lists = poly.cellLists.map { list in
                defer { first += list.count }
                return first..<first + list.count
            }
        }
        for list in lists where list.count > 1 {
            for cell in list.dropFirst() {
                let (before, rank) = (piece.cellRanks.map { $0[cell - 1] } ?? 0, piece.cellRanks.map { $0[cell] } ?? 0)
                if rank < before || (rank == before && keys[cell] <= keys[cell - 1]) {
                    error("keys do not rise at cell \(cell): \(keys[cell - 1]), then \(keys[cell])")
                    break
                }
            }
        }
    }
}
