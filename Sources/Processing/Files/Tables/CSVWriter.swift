import Datasets
import Execution

/// Writes delimited text (`.csv`, `.tsv`): the columns of a table, or the points of any other dataset as columns `x`, `y`, `z` and one for
/// each component of each point array.
///
/// Numbers keep every bit; NaN is `nan`. Fields are quoted where they need it. The file appears whole or not at all.
public struct CSVWriter: DatasetWriter {
    public static let extensions = ["csv", "tsv"]

    public var options: WriterOptions

    public init(options: WriterOptions = WriterOptions()) { self.options = options }

    /// - Throws: `FileError` for blocks, or where the place cannot be written; `CancelledError`.
    public func write(_ dataset: Dataset, to path: String, context: ExecutionContext) throws {
        if case .blocks = dataset {
            throw FileError(file: path, expected: "one dataset for a table", found: "blocks")
        }
        let delimiter: Unicode.Scalar = path.lowercased().hasSuffix(".tsv") ? "\t" : ","
        let columns = CSVOutputColumn.columns(of: dataset)
        let rows: Int
        if case .table(let table) = dataset { rows = table.rowCount } else { rows = dataset.pointCount }
        let output = try OutputFile(path: path)
        var header = TextBuffer()
        for (index, column) in columns.enumerated() {
            if index > 0 { header.append(byte: delimiter) }
            CSVOutputColumn.append(column.name, delimiter, to: &header)
        }
        header.append(byte: "\n")
        try header.bytes.withUnsafeBytes { try output.write($0) }
        try output.writeText(rows, grain: 1 << 11, context) { range, text in
            for row in range {
                for (index, column) in columns.enumerated() {
                    if index > 0 { text.append(byte: delimiter) }
                    column.append(row, delimiter, &text)
                }
                text.append(byte: "\n")
            }
        }
        try output.commit()
    }
}

/// A column on its way into delimited text.
private struct CSVOutputColumn: Sendable {
    var name: String
    /// Appends the field of a row.
    var append: @Sendable (_ row: Int, _ delimiter: Unicode.Scalar, _ text: inout TextBuffer) -> Void

    static func columns(of dataset: Dataset) -> [CSVOutputColumn] {
        if case .table(let table) = dataset { return table.columns.arrays.flatMap(columns) }
        let names = Set(dataset.pointData.names)
        let axes = names.isDisjoint(with: ["x", "y", "z"]) ? ["x", "y", "z"] : ["Points:0", "Points:1", "Points:2"]
        var coordinates: [CSVOutputColumn]
        switch dataset {
        case .structured(let grid): coordinates = columns(grid.points.array)
        case .unstructured(let grid): coordinates = columns(grid.points.array)
        case .poly(let poly): coordinates = columns(poly.points.array)
        case .image(let image):
            coordinates = (0..<3).map { axis in
                CSVOutputColumn(name: "") { row, _, text in
                    let position = image.position(image.extent.point(at: row))
                    text.append(axis == 0 ? position.x : axis == 1 ? position.y : position.z)
                }
            }
        case .rectilinear(let grid):
            let arrays = [grid.coordinates.x, grid.coordinates.y, grid.coordinates.z]
            coordinates = arrays.enumerated().map { axis, array in
                CSVOutputColumn(name: "") { row, _, text in
                    let place = grid.extent.point(at: row) &- grid.extent.lower
                    array.append(place[axis]..<place[axis] + 1, separator: " ", to: &text)
                }
            }
        case .table, .blocks: coordinates = []
        }
        for axis in coordinates.indices { coordinates[axis].name = axes[axis] }
        return coordinates + dataset.pointData.arrays.flatMap(columns)
    }

    private static func columns(_ array: FieldArray) -> [CSVOutputColumn] {
        (0..<array.components).map { component in
            var name = array.name
            if array.components > 1 {
                let label = component < array.componentNames.count ? array.componentNames[component] : ""
                name += ":" + (label.isEmpty ? "\(component)" : label)
            }
            let components = array.components
            if case .strings(let strings) = array.values {
                return CSVOutputColumn(name: name) { row, delimiter, text in
                    append(strings[row * components + component], delimiter, to: &text)
                }
            }
            return CSVOutputColumn(name: name) { row, _, text in
                let index = row * components + component
                array.append(index..<index + 1, separator: " ", to: &text)
            }
        }
    }

    /// Text as a field: quoted where it has a delimiter, a quote, a line end, or blanks at its ends.
    static func append(_ field: String, _ delimiter: Unicode.Scalar, to text: inout TextBuffer) {
        let special: (UInt8) -> Bool = { $0 == UInt8(ascii: delimiter) || $0 == 34 || $0 == 10 || $0 == 13 }
        let hasBlankEnd = field.utf8.first == 32 || field.utf8.last == 32
        guard hasBlankEnd || field.utf8.contains(where: special) else { return text.append(field) }
        text.append(byte: "\"")
        for byte in field.utf8 {
            if byte == 34 { text.append(byte: "\"") }
            text.append(byte: byte)
        }
        text.append(byte: "\"")
    }
}
