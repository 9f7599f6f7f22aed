import Dataflow
import Datasets
import Execution

/// Reads delimited text (`.csv`, `.tsv`, `.tab`) to a table: the first row names the columns, the others are its rows.
///
/// Fields are separated by tabs in `.tsv` and `.tab`, else by commas, or by semicolons or tabs where the first row has no comma. Lines in
/// front that begin with `#` and are no row like those below them are comments. A first row of numbers only is a row of data: columns are
/// named `Field 0`, `Field 1`, … then. Fields may be quoted, with delimiters, line ends and doubled quotes inside; lines end with LF or CRLF; a byte order mark is passed
/// over. Each column gets the narrowest type that holds all its values: Int64, Double (correctly rounded), else text. Missing values
/// are NaN in a Double column and empty in a text column; a column of whole numbers with missing ones becomes Double, or stays text
/// where Double would lose digits. Short rows miss their last values; rows with more fields than names are errors.
///
/// Source of the rules for quotes: RFC 4180.
public struct CSVReader: DatasetReader {
    private let file: MappedFile
    private let names: [String]
    private let dataStart: Int
    private let delimiter: UInt8

    /// - Throws: `FileError` for a file that is not there or has no header.
    public init(path: String) throws {
        file = try MappedFile(path: path)
        let text = UnsafeBufferPointer(start: file.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: file.count)
        let head = try CSVHead(text, path: path)
        delimiter = head.delimiter
        var cursor = CSVCursor(text, at: head.start, delimiter: delimiter)
        var names: [String] = []
        var isData = true
        repeat {
            let field = cursor.field()
            if field.isOpen {
                throw FileError(file: path, place: .line(1), expected: "a quote that closes the field", found: "the end of the file")
            }
            if text[field.range].contains(0) {
                throw FileError(file: path, place: .line(1), expected: "names of columns", found: "bytes that are not text")
            }
            let range = cursor.trimmed(field)
            isData = isData && cursor.number(range) != nil
            let name = cursor.string(CSVCursor.Field(range: range, hasQuotes: field.hasQuotes))
            names.append(name.isEmpty ? "Field \(names.count)" : name)
        } while cursor.nextField()
        cursor.nextRow(skipsEmptyLines: false)
        self.names = isData ? names.indices.map { "Field \($0)" } : names
        dataStart = isData ? head.start : cursor.place
    }

    /// Names of the columns, in order.
    public var columnNames: [String] { names }

    public func describe() throws -> DatasetDescription {
        DatasetDescription(
            kind: .table, arrays: names.map { ArrayDescription(name: $0, association: .row, type: nil) },
            byteCount: 2 * file.count)
    }

    public func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        .table(try readTable(context: context))
    }

    /// The table.
    ///
    /// - Throws: `FileError` with the line; `CancelledError`; `MemoryExceededError` before any column is made.
    public func readTable(context: ExecutionContext = ExecutionContext()) throws -> Table {
        let text = UnsafeBufferPointer(start: file.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), count: file.count)
        let skipsEmptyLines = names.count > 1
        let layout = try CSVLayout(text, from: dataStart, delimiter: delimiter, skipsEmptyLines: skipsEmptyLines, context)
        let (cells, overflow) = layout.rowCount.multipliedReportingOverflow(by: 16 * names.count)
        if overflow || cells > context.memory.limit {
            throw MemoryExceededError(needed: overflow ? .max : cells, limit: context.memory.limit, purpose: "reading the table \(file.path)")
        }
        let reader = CSVColumnReader(text: text, layout: layout, delimiter: delimiter, path: file.path, context: context, skipsEmptyLines: skipsEmptyLines)
        var columns = try guessedColumns(text, layout, skipsEmptyLines)
        while columns.contains(where: { !$0.isDone }) { try reader.pass(&columns) }
        var collection = FieldCollection()
        for column in columns { collection.append(column.array()) }
        return Table(columns: collection)
    }

    /// Columns with types after a look at the first rows: never wider than the whole column needs, so only passes are saved.
    private func guessedColumns(
        _ text: UnsafeBufferPointer<UInt8>, _ layout: CSVLayout, _ skipsEmptyLines: Bool
    ) throws -> [CSVColumn] {
        var columns = names.map { CSVColumn(name: $0) }
        guard let block = layout.blocks.first else { return columns }
        var cursor = CSVCursor(text, at: block.start, delimiter: delimiter)
        for _ in 0..<min(block.rows, 64) {
            var column = 0
            repeat {
                let field = cursor.field()
                if column < columns.count, !cursor.trimmed(field).isEmpty {
                    let range = cursor.trimmed(field)
                    if cursor.number(range) == nil {
                        columns[column].type = .text
                    } else if !cursor.isInteger(range) && columns[column].type == .integer {
                        columns[column].type = .decimal
                    }
                }
                column += 1
            } while cursor.nextField()
            cursor.nextRow(skipsEmptyLines: skipsEmptyLines)
        }
        return columns
    }
}
