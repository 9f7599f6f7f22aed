import Datasets

/// Finds the parts of a legacy file without converting a number of its arrays.
///
/// Source: "VTK File Formats", section "Simple Legacy Formats", and what VTK's readers accept.
/// Complexity: O(headers) for binary files, O(bytes) for text.
struct LegacyStructureParser {
    var scanner: TextScanner
    var structure = LegacyStructure()
    /// What the attributes that follow belong to.
    private var association: Association?
    private var attributeTuples = 0

    init(_ file: MappedFile) throws { scanner = try TextScanner(file) }

    /// - Throws: `FileError`.
    mutating func parse() throws -> LegacyStructure {
        try parseHeader()
        while let keyword = try nextKeyword() { try parseSection(keyword) }
        try checkCompleteness()
        return structure
    }

    // MARK: Header

    private mutating func parseHeader() throws {
        let magic = "# vtk datafile version"
        let first = scanner.line() ?? ""
        guard first.lowercased().hasPrefix(magic) else {
            scanner.position = 0
            throw scanner.error(expected: "a first line “# vtk DataFile Version 1.0” to “5.1”")
        }
        let numbers = first.dropFirst(magic.count).split(whereSeparator: { $0 == " " || $0 == "." }).map { Int($0) }
        guard let major = numbers.first ?? nil, (1...5).contains(major) else {
            throw FileError(
                file: scanner.file.path, place: .line(1), expected: "version 1.0 to 5.1", found: "“\(first.dropFirst(magic.count))”")
        }
        structure.version = (major, numbers.count > 1 ? numbers[1] ?? 0 : 0)
        guard scanner.line() != nil else { throw scanner.error(expected: "a title in the second line") }
        switch try scanner.word("ASCII or BINARY").lowercased() {
        case "ascii": structure.isBinary = false
        case "binary": structure.isBinary = true
        default: throw FileError(file: scanner.file.path, place: .line(3), expected: "ASCII or BINARY", found: "something else")
        }
        scanner.tellsBytes = structure.isBinary
        guard let next = scanner.peekedWord() else { return }
        if next == "field" { return }
        let place = scanner.position
        guard next == "dataset" else { throw scanner.error(expected: "DATASET or FIELD") }
        _ = scanner.word()
        let name = try scanner.word("a kind of dataset").lowercased()
        guard let kind = LegacyStructure.Kind(rawValue: name), kind != .field else {
            throw scanner.error(
                expected: "STRUCTURED_POINTS, RECTILINEAR_GRID, STRUCTURED_GRID, UNSTRUCTURED_GRID, POLYDATA or TABLE",
                found: "“\(name.uppercased())”", at: place)
        }
        structure.kind = kind
    }

    // MARK: Sections

    private mutating func nextKeyword() throws -> String? {
        scanner.skipSpaces()
        return scanner.word()?.lowercased()
    }

    private mutating func parseSection(_ keyword: String) throws {
        if try parseAttributeSection(keyword) { return }
        switch (keyword, structure.kind) {
        case ("dimensions", .image), ("dimensions", .rectilinear), ("dimensions", .structured): try parseDimensions()
        case ("extent", .image), ("extent", .rectilinear), ("extent", .structured): try parseExtent()
        case ("origin", .image): structure.origin = try parseTriple("origin")
        case ("spacing", .image), ("aspect_ratio", .image): structure.spacing = try parseTriple("spacing")
        case ("x_coordinates", .rectilinear): try parseCoordinates(0)
        case ("y_coordinates", .rectilinear): try parseCoordinates(1)
        case ("z_coordinates", .rectilinear): try parseCoordinates(2)
        case ("points", .structured), ("points", .unstructured), ("points", .poly): try parsePoints()
        case ("blanking", .structured): try parseVisibility()
        case ("vertices", .poly): structure.cells[0] = try parseCells("vertices")
        case ("lines", .poly): structure.cells[1] = try parseCells("lines")
        case ("polygons", .poly): structure.cells[2] = try parseCells("polygons")
        case ("triangle_strips", .poly): structure.cells[3] = try parseCells("triangle strips")
        case ("cells", .unstructured): structure.cells[0] = try parseCells("cells")
        case ("cell_types", .unstructured): try parseCellTypes()
        default:
            throw scanner.error(
                expected: "a keyword of \(structure.kind.rawValue.uppercased())", found: shown(keyword),
                at: scanner.position - keyword.utf8.count)
        }
    }

    private func shown(_ keyword: String) -> String { scanner.text(at: scanner.position - keyword.utf8.count) }

    private mutating func parseDimensions() throws {
        let size = SIMD3(
            try scanner.count("points along x"), try scanner.count("points along y"), try scanner.count("points along z"))
        try setExtent(Extent(lower: SIMD3(), upper: size &- 1))
    }

    private mutating func parseExtent() throws {
        let limit = 1 << 40
        var ends: [Int] = []
        for _ in 0..<6 {
            let value = try scanner.integer("an end of the extent")
            guard abs(value) < limit else { throw scanner.error(expected: "an end of the extent within ±2⁴⁰", found: "\(value)") }
            ends.append(value)
        }
        try setExtent(Extent(ends[0], ends[1], ends[2], ends[3], ends[4], ends[5]))
    }

    private mutating func setExtent(_ extent: Extent) throws {
        let size = extent.dimensions
        let (plane, first) = size.x.multipliedReportingOverflow(by: size.y)
        let (points, second) = plane.multipliedReportingOverflow(by: size.z)
        guard !first, !second, points <= Int(Int32.max) else {
            throw scanner.error(expected: "fewer than 2³¹ points", found: "\(size.x) × \(size.y) × \(size.z)")
        }
        structure.extent = extent.isEmpty ? .empty : extent
    }

    private mutating func parseTriple(_ what: String) throws -> [Double] {
        let place = scanner.position
        let values = [try scanner.number("x of the \(what)"), try scanner.number("y of the \(what)"), try scanner.number("z of the \(what)")]
        guard values.allSatisfy(\.isFinite) else { throw scanner.error(expected: "a finite \(what)", at: place) }
        return values
    }

    private mutating func parseCoordinates(_ axis: Int) throws {
        let name = ["x", "y", "z"][axis] + " coordinates"
        let count = try scanner.count("the number of \(name)")
        structure.coordinates[axis] = try parseNumbers(name: name, tuples: count, components: 1)
    }

    private mutating func parsePoints() throws {
        let count = try scanner.count("the number of points")
        structure.points = try parseNumbers(name: "Points", tuples: count, components: 3)
    }

    private mutating func parseVisibility() throws {
        let count = try scanner.count("the number of points")
        structure.visibility = try parseNumbers(name: "blanking", tuples: count, components: 1)
    }

    private mutating func parseCellTypes() throws {
        let count = try scanner.count("the number of cell types")
        structure.cellTypes = try locate(
            LegacySlot(name: "cell types", declaredType: "int", type: .number(.int32), components: 1, tuples: count))
    }

    private mutating func parseCells(_ what: String) throws -> LegacyCells? {
        if structure.version.major < 5 {
            let count = try scanner.count("the number of \(what)")
            let size = try scanner.count("the size of the list of \(what)")
            let slot = LegacySlot(name: what, declaredType: "int", type: .number(.int32), components: 1, tuples: size)
            return .prefixed(count: count, try locate(slot))
        }
        let offsetCount = try scanner.count("the number of offsets of \(what)")
        let entryCount = try scanner.count("the size of the connectivity of \(what)")
        if offsetCount == 0 { return nil }
        try expect("offsets")
        let offsets = try parseNumbers(name: "offsets of \(what)", tuples: offsetCount, components: 1)
        try expect("connectivity")
        return .offsets(offsets, connectivity: try parseNumbers(name: "connectivity of \(what)", tuples: entryCount, components: 1))
    }

    private mutating func expect(_ keyword: String) throws {
        scanner.skipSpaces()
        let place = scanner.position
        guard scanner.word()?.lowercased() == keyword else { throw scanner.error(expected: keyword.uppercased(), at: place) }
    }

    /// Reads a type and locates numbers of it.
    private mutating func parseNumbers(name: String, tuples: Int, components: Int) throws -> LegacySlot {
        scanner.skipSpaces()
        let place = scanner.position
        let slot = try parseArray(name: name, tuples: tuples, components: components)
        guard slot.type != .string, slot.type != .bit else { throw scanner.error(expected: "a type of numbers for \(name)", at: place) }
        return slot
    }

    // MARK: Attributes

    /// Handles what may stand in the file of any kind; false where the keyword is another one.
    private mutating func parseAttributeSection(_ keyword: String) throws -> Bool {
        switch keyword {
        case "point_data" where structure.kind != .table && structure.kind != .field:
            try beginAttributes(.point, count: pointCount)
        case "cell_data" where structure.kind != .table && structure.kind != .field: try beginAttributes(.cell, count: cellCount)
        case "row_data" where structure.kind == .table: try beginAttributes(.row, count: nil)
        case "metadata": skipMetadata()
        case "field": try parseField()
        case "scalars", "color_scalars", "lookup_table", "vectors", "normals", "texture_coordinates", "tensors", "tensors6", "global_ids",
            "pedigree_ids", "edge_flags":
            guard let association else {
                throw scanner.error(
                    expected: "POINT_DATA or CELL_DATA before \(keyword.uppercased())", at: scanner.position - keyword.utf8.count)
            }
            try parseAttribute(keyword, association)
        default: return false
        }
        return true
    }

    private mutating func beginAttributes(_ association: Association, count: Int?) throws {
        let what = association == .point ? "points" : association == .cell ? "cells" : "rows"
        scanner.skipSpaces()
        let place = scanner.position
        let found = try scanner.count("the number of \(what)")
        if let count, count != found {
            throw scanner.error(expected: "\(count), the number of \(what)", found: "\(found)", at: place)
        }
        self.association = association
        attributeTuples = found
    }

    /// Points that the geometry before has; nil where it is not known.
    private var pointCount: Int? {
        switch structure.kind {
        case .image, .rectilinear: structure.extent?.pointCount ?? 0
        case .structured: structure.points?.tuples ?? structure.extent?.pointCount ?? 0
        case .unstructured, .poly: structure.points?.tuples ?? 0
        case .table, .field: nil
        }
    }

    private var cellCount: Int? {
        switch structure.kind {
        case .image, .rectilinear, .structured: return structure.extent?.cellCount ?? 0
        case .table, .field: return nil
        case .unstructured, .poly:
            return structure.cells.reduce(0) { sum, cells in
                switch cells {
                case nil: sum
                case .offsets(let offsets, _): sum + max(offsets.tuples - 1, 0)
                case .prefixed(let count, _): sum + count
                }
            }
        }
    }

    private mutating func parseAttribute(_ keyword: String, _ association: Association) throws {
        let tuples = attributeTuples
        if keyword == "lookup_table" { return try skipLookupTable() }
        let name = decodedName(try scanner.word("a name"))
        var slot: LegacySlot
        switch keyword {
        case "scalars":
            slot = try parseScalars(name: name, tuples: tuples)
            slot.role = .scalars
        case "color_scalars":
            let components = try scanner.count("the number of components", limit: 1 << 16)
            let isText = !structure.isBinary
            slot = LegacySlot(
                name: name, declaredType: "unsigned_char", type: .number(isText ? .float32 : .uint8), components: components, tuples: tuples)
            slot.isColor = isText
            slot.role = .scalars
            slot = try locate(slot)
        case "texture_coordinates":
            let components = try scanner.count("1, 2 or 3 texture coordinates", limit: 3)
            slot = try parseArray(name: name, tuples: tuples, components: components)
            slot.role = .textureCoordinates
        case "vectors", "normals":
            slot = try parseArray(name: name, tuples: tuples, components: 3)
            slot.role = keyword == "vectors" ? .vectors : .normals
        case "tensors", "tensors6":
            slot = try parseArray(name: name, tuples: tuples, components: keyword == "tensors" ? 9 : 6)
            slot.role = .tensors
        default:
            slot = try parseArray(name: name, tuples: tuples, components: 1)
            slot.role = keyword == "global_ids" ? .globalIds : keyword == "pedigree_ids" ? .pedigreeIds : nil
        }
        keep(slot, association)
    }

    private mutating func keep(_ slot: LegacySlot, _ association: Association) {
        switch association {
        case .point: structure.pointArrays.append(slot)
        case .cell: structure.cellArrays.append(slot)
        case .row: structure.rowArrays.append(slot)
        case .field: structure.fieldArrays.append(slot)
        }
    }

    /// `SCALARS name type [components]`, then usually `LOOKUP_TABLE name`.
    private mutating func parseScalars(name: String, tuples: Int) throws -> LegacySlot {
        var slot = try parseType(name: name, tuples: tuples, components: 1)
        let line = restOfLine()
        if let number = Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first ?? "") {
            guard (1...1 << 16).contains(number) else {
                throw scanner.error(expected: "a number of components of at least 1", found: "\(number)")
            }
            slot.components = number
            _ = scanner.word()
        }
        if scanner.peekedWord() == "lookup_table" {
            _ = scanner.word()
            _ = try scanner.word("the name of a lookup table")
        }
        return try locate(slot)
    }

    /// The rest of the line, not consumed.
    private func restOfLine() -> String {
        var copy = scanner
        return copy.line() ?? ""
    }

    /// `LOOKUP_TABLE name size`: colours that a viewer may use; passed over.
    private mutating func skipLookupTable() throws {
        _ = try scanner.word("the name of a lookup table")
        let size = try scanner.count("the size of the lookup table")
        let type = structure.isBinary ? ScalarType.uint8 : .float32
        _ = try locate(LegacySlot(name: "lookup table", declaredType: "", type: .number(type), components: 4, tuples: size))
    }

    /// `FIELD name count`, then arrays with their own sizes.
    private mutating func parseField() throws {
        _ = try scanner.word("a name of the field")
        let count = try scanner.count("the number of arrays")
        for _ in 0..<count {
            let encoded = try scanner.word("the name of an array")
            if encoded == "NULL_ARRAY" { continue }
            let name = decodedName(encoded)
            scanner.skipSpaces()
            let place = scanner.position
            let components = try scanner.count("the number of components of \(name)", limit: 1 << 20)
            let tuples = try scanner.count("the number of tuples of \(name)")
            let slot = try parseArray(name: name, tuples: tuples, components: max(components, 1))
            if components == 0 && tuples > 0 {
                throw scanner.error(expected: "at least one component of \(name)", found: "0", at: place)
            }
            if let association, tuples != attributeTuples {
                throw scanner.error(
                    expected: "\(attributeTuples) tuples of \(association.rawValue) array \(name)", found: "\(tuples)", at: place)
            }
            keep(slot, association ?? .field)
        }
    }

    private mutating func checkCompleteness() throws {
        switch structure.kind {
        case .image, .rectilinear, .structured:
            guard let extent = structure.extent else {
                throw scanner.error(expected: "DIMENSIONS of the \(structure.kind.rawValue.uppercased())")
            }
            try checkGeometry(extent)
        case .unstructured:
            let count = cellCount ?? 0
            guard count == 0 || structure.cellTypes?.tuples == count else {
                throw scanner.error(expected: "\(count) cell types", found: "\(structure.cellTypes?.tuples ?? 0)")
            }
        case .poly, .table, .field: break
        }
    }

    private func checkGeometry(_ extent: Extent) throws {
        let size = extent.dimensions
        if structure.kind == .rectilinear {
            for axis in 0..<3 {
                let found = structure.coordinates[axis]?.tuples ?? 0
                guard found == size[axis] || extent.isEmpty else {
                    throw scanner.error(expected: "\(size[axis]) \(["x", "y", "z"][axis]) coordinates", found: "\(found)")
                }
            }
        }
        if structure.kind == .structured {
            let found = structure.points?.tuples ?? 0
            guard found == extent.pointCount else { throw scanner.error(expected: "\(extent.pointCount) points", found: "\(found)") }
            if let blanks = structure.visibility, blanks.tuples != found {
                throw scanner.error(expected: "\(found) values of BLANKING", found: "\(blanks.tuples)")
            }
        }
    }
}
