import Execution

/// Where the rows of delimited text are: blocks of whole rows, so that threads can work on them apart.
struct CSVLayout {
    struct Block {
        /// The byte of the block's first row.
        var start: Int
        /// The number of rows that begin in it.
        var rows: Int
        /// The number of the first one.
        var firstRow: Int
    }

    var blocks: [Block] = []
    var rowCount = 0

    private static let blockSize = 1 << 18

    /// Finds the rows from `start`; empty lines are none where `skipsEmptyLines`.
    ///
    /// A line end inside quotes ends no row. Complexity: O(bytes); on all threads where the text has no quotes, else on one, as what a
    /// quote means depends on everything before it.
    init(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, delimiter: UInt8, skipsEmptyLines: Bool, _ context: ExecutionContext
    ) throws {
        let count = max(text.count - start, 0)
        let hasQuotes = try context.parallelMap(count, grain: CSVLayout.blockSize) { range in
            text[start + range.lowerBound..<start + range.upperBound].contains(UInt8(ascii: "\""))
        }.contains(true)
        if hasQuotes {
            blocks = try CSVLayout.quotedBlocks(text, start, delimiter, skipsEmptyLines, context)
        } else {
            blocks = try context.parallelMap(count, grain: CSVLayout.blockSize) { range in
                CSVLayout.plainBlock(text, start, start + range.lowerBound..<start + range.upperBound, skipsEmptyLines)
            }
        }
        blocks.removeAll { $0.rows == 0 }
        for index in blocks.indices {
            blocks[index].firstRow = rowCount
            rowCount += blocks[index].rows
        }
    }

    private static func isEmptyLine(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        text[place] == 10 || (text[place] == 13 && (place + 1 == text.count || text[place + 1] == 10))
    }

    private static func plainBlock(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ range: Range<Int>, _ skipsEmptyLines: Bool
    ) -> Block {
        var block = Block(start: range.lowerBound, rows: 0, firstRow: 0)
        for place in range where place == start || text[place &- 1] == 10 {
            if skipsEmptyLines && isEmptyLine(text, place) { continue }
            if block.rows == 0 { block.start = place }
            block.rows += 1
        }
        return block
    }

    private static func quotedBlocks(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ delimiter: UInt8, _ skipsEmptyLines: Bool, _ context: ExecutionContext
    ) throws -> [Block] {
        var blocks: [Block] = []
        var place = start
        while place < text.count {
            if blocks.count & 15 == 0 { try context.checkCancellation() }
            var block = Block(start: place, rows: 0, firstRow: 0)
            let limit = min(place + blockSize, text.count)
            while place < limit {
                if !(skipsEmptyLines && isEmptyLine(text, place)) {
                    if block.rows == 0 { block.start = place }
                    block.rows += 1
                }
                place = rowEnd(text, place, delimiter)
            }
            blocks.append(block)
        }
        return blocks
    }

    /// The place behind the row that begins at `place`.
    static func rowEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ delimiter: UInt8) -> Int {
        var place = start
        var isFieldStart = true
        while place < text.count {
            let byte = text[place]
            place += 1
            if byte == 10 { return place }
            if byte == UInt8(ascii: "\"") && isFieldStart {
                // To the closing quote; two of them are one that belongs to the text.
                while place < text.count {
                    if text[place] == UInt8(ascii: "\"") {
                        place += 1
                        if place == text.count || text[place] != UInt8(ascii: "\"") { break }
                    }
                    place += 1
                }
            }
            isFieldStart = byte == delimiter
        }
        return place
    }
}
