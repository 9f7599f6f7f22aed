import Datasets
import Execution

/// What a column of text turns out to hold.
enum CSVColumnType: Sendable { case integer, decimal, text }

/// One column while it is read: its type so far, its values, and what was seen.
struct CSVColumn {
    var name: String
    var type = CSVColumnType.integer
    var integers = Buffer<Int64>()
    var decimals = Buffer<Double>()
    var strings: [String] = []
    var isDone = false

    /// What a pass over a column saw.
    struct Sight: OptionSet {
        var rawValue: UInt8
        static let value = Sight(rawValue: 1)
        static let missing = Sight(rawValue: 2)
        /// A number that is not whole.
        static let decimal = Sight(rawValue: 4)
        /// Something that is no number.
        static let text = Sight(rawValue: 8)
        /// A whole number that Double cannot hold exactly.
        static let large = Sight(rawValue: 16)
        /// A whole number that Int64 cannot hold.
        static let overflow = Sight(rawValue: 32)
    }

    /// Decides whether the values stand, or what to read them as next.
    ///
    /// Whole numbers stay Int64. With missing values they become Double with NaN; where that would lose digits, and where they exceed
    /// Int64, the column stays text, so that no number is ever another one.
    mutating func conclude(_ sight: Sight) {
        switch type {
        case .integer:
            if sight.contains(.text) || !sight.contains(.value) {
                type = .text
            } else if sight.contains(.decimal) {
                type = .decimal
            } else if sight.contains(.overflow) || (sight.contains(.missing) && sight.contains(.large)) {
                type = .text
            } else if sight.contains(.missing) {
                type = .decimal
            } else {
                isDone = true
            }
            if !isDone { integers = Buffer() }
        case .decimal:
            if sight.contains(.text) || !sight.contains(.value) {
                type = .text
                decimals = Buffer()
            } else {
                isDone = true
            }
        case .text: isDone = true
        }
    }

    func array() -> FieldArray {
        switch type {
        case .integer: FieldArray(name: name, integers)
        case .decimal: FieldArray(name: name, decimals)
        case .text: FieldArray(name: name, strings: strings)
        }
    }
}

/// Where a thread writes the values of a column.
private struct Target: @unchecked Sendable {
    // Unchecked: every block of rows writes to places of its own.
    var type: CSVColumnType
    var isWanted: Bool
    var integers: UnsafeMutablePointer<Int64>
    var decimals: UnsafeMutablePointer<Double>
    /// For text columns.
    var strings: UnsafeMutablePointer<String>?
}

/// Reads columns of text in blocks of rows, on all threads.
struct CSVColumnReader {
    let text: UnsafeBufferPointer<UInt8>
    let layout: CSVLayout
    let delimiter: UInt8
    let path: String
    let context: ExecutionContext
    let skipsEmptyLines: Bool

    /// Fills every column that is not done and concludes what it holds.
    ///
    /// - Throws: `FileError` for rows that are too long and quotes that are not closed.
    func pass(_ columns: inout [CSVColumn]) throws {
        let rows = layout.rowCount
        for index in columns.indices where !columns[index].isDone {
            switch columns[index].type {
            case .integer: columns[index].integers = Buffer(uninitializedCount: rows)
            case .decimal: columns[index].decimals = Buffer(uninitializedCount: rows)
            case .text: break
            }
        }
        let texts = columns.map { column -> UnsafeMutablePointer<String>? in
            guard column.type == .text && !column.isDone else { return nil }
            let address = UnsafeMutablePointer<String>.allocate(capacity: max(rows, 1))
            address.initialize(repeating: "", count: rows)
            return address
        }
        defer {
            for address in texts.compactMap({ $0 }) {
                address.deinitialize(count: rows)
                address.deallocate()
            }
        }
        let targets = columns.indices.map { index in
            Target(
                type: columns[index].type, isWanted: !columns[index].isDone,
                integers: columns[index].integers.withUnsafeMutablePointer { $0 },
                decimals: columns[index].decimals.withUnsafeMutablePointer { $0 }, strings: texts[index])
        }
        let sights = try context.parallelMap(layout.blocks.count, grain: 1) { range in
            var seen = [CSVColumn.Sight](repeating: [], count: targets.count)
            for block in range { try read(layout.blocks[block], targets, &seen) }
            return seen
        }
        for index in columns.indices where !columns[index].isDone {
            if let address = texts[index] { columns[index].strings = Array(UnsafeBufferPointer(start: address, count: rows)) }
            columns[index].conclude(sights.reduce(into: []) { $0.formUnion($1[index]) })
        }
    }

    private func read(_ block: CSVLayout.Block, _ targets: [Target], _ seen: inout [CSVColumn.Sight]) throws {
        var cursor = CSVCursor(text, at: block.start, delimiter: delimiter)
        for row in block.firstRow..<block.firstRow + block.rows {
            var column = 0
            while true {
                if column < targets.count {
                    if targets[column].isWanted {
                        try read(&cursor, row, targets[column], &seen[column])
                    } else {
                        _ = cursor.field()
                    }
                } else {
                    let start = cursor.place
                    let field = cursor.field()
                    guard cursor.trimmed(field).isEmpty else { throw tooLong(targets.count, start) }
                }
                column += 1
                if !cursor.nextField() { break }
            }
            while column < targets.count {
                CSVColumnReader.storeMissing(row, targets[column], &seen[column])
                column += 1
            }
            cursor.nextRow(skipsEmptyLines: skipsEmptyLines)
        }
    }

    private func line(_ place: Int) -> Int { text[..<place].reduce(1) { $0 + ($1 == 10 ? 1 : 0) } }

    private func tooLong(_ count: Int, _ place: Int) -> FileError {
        var cursor = CSVCursor(text, at: place, delimiter: delimiter)
        return FileError(
            file: path, place: .line(line(place)), expected: "at most \(count) fields, as the header has",
            found: "another one, “\(cursor.string(cursor.field()).prefix(40))”")
    }

    @inline(__always)
    private func read(
        _ cursor: inout CSVCursor, _ row: Int, _ target: Target, _ seen: inout CSVColumn.Sight
    ) throws {
        if target.type == .decimal && readQuickly(&cursor, row, target) {
            seen.formUnion(.value)
            return
        }
        let start = cursor.place
        let field = cursor.field()
        if field.isOpen {
            throw FileError(file: path, place: .line(line(start)), expected: "a quote that closes the field", found: "the end of the file")
        }
        if target.type == .text {
            target.strings?[row] = cursor.string(field)
            return
        }
        let range = cursor.trimmed(field)
        if range.isEmpty {
            CSVColumnReader.storeMissing(row, target, &seen)
        } else if target.type == .integer {
            seen.formUnion(.value)
            if let value = cursor.integer(range) {
                target.integers[row] = value
                if value.magnitude > 1 << 53 { seen.formUnion(.large) }
            } else if cursor.isInteger(range) {
                seen.formUnion(.overflow)
            } else {
                seen.formUnion(cursor.number(range) == nil ? .text : .decimal)
            }
        } else {
            seen.formUnion(.value)
            if let value = cursor.number(range) { target.decimals[row] = value } else { seen.formUnion(.text) }
        }
    }

    /// Reads a number that a delimiter follows directly; else the cursor stays.
    @inline(__always)
    private func readQuickly(_ cursor: inout CSVCursor, _ row: Int, _ target: Target) -> Bool {
        let start = text.baseAddress! + cursor.place
        guard start < cursor.end, start.pointee <= 57 else { return false }
        var next = start
        guard let value = NumberParsing.double(&next, cursor.end), next == cursor.end || next.pointee == delimiter || next.pointee == 10 || next.pointee == 13
        else { return false }
        var place = start
        while place < next {
            if place.pointee | 32 == UInt8(ascii: "d") { return false }
            place += 1
        }
        if next < cursor.end && next.pointee == 13 && next + 1 < cursor.end && next[1] != 10 { return false }
        target.decimals[row] = value
        cursor.place += next - start
        return true
    }

    private static func storeMissing(_ row: Int, _ target: Target, _ seen: inout CSVColumn.Sight) {
        seen.formUnion(.missing)
        switch target.type {
        case .integer: target.integers[row] = 0
        case .decimal: target.decimals[row] = .nan
        case .text: break
        }
    }
}
