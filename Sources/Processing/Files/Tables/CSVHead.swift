/// Where a table of delimited text begins, and what separates its fields.
struct CSVHead {
    var delimiter: UInt8
    /// The first byte of the first row.
    var start: Int

    private static let comma = UInt8(ascii: ",")
    private static let semicolon = UInt8(ascii: ";")
    private static let tab: UInt8 = 9

    /// - Throws: `FileError` for a text without any row.
    init(_ text: UnsafeBufferPointer<UInt8>, path: String) throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        start = CSVHead.skippingEmptyLines(text, text.starts(with: mark) ? mark.count : 0)
        let ending = path.split(separator: ".").last?.lowercased() ?? ""
        let isTabbed = ending == "tsv" || ending == "tab"
        // Lines of comments are few; more of them are rows.
        for _ in 0..<1000 {
            guard start < text.count, text[start] == UInt8(ascii: "#") else { break }
            let next = CSVHead.skippingEmptyLines(text, CSVLayout.rowEnd(text, start, 0))
            guard next < text.count else { break }
            if text[next] != UInt8(ascii: "#") {
                let delimiter = isTabbed ? CSVHead.tab : CSVHead.delimiter(of: text, next)
                let hasNames = CSVHead.count(delimiter, text, start) >= CSVHead.count(delimiter, text, next)
                // “# x,y” names columns of numbers, but above another row of names it is a remark.
                let isRemark = start + 1 < text.count && text[start + 1] == 32 && !CSVHead.hasNumber(text, next, delimiter)
                if hasNames && !isRemark { break }
            }
            start = next
        }
        guard start < text.count else { throw FileError(file: path, expected: "a row with the names of the columns", found: "nothing") }
        delimiter = isTabbed ? CSVHead.tab : CSVHead.delimiter(of: text, start)
    }

    private static func skippingEmptyLines(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var place = start
        while place < text.count && (text[place] == 10 || (text[place] == 13 && (place + 1 == text.count || text[place + 1] == 10))) { place += 1 }
        return place
    }

    /// How often a byte stands outside quotes in the row at `place`.
    private static func count(_ byte: UInt8, _ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
        var count = 0
        var isQuoted = false
        for other in text[place..<CSVLayout.rowEnd(text, place, 0)] {
            if other == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isQuoted { continue }
            if other == 10 { break }
            if other == byte { count += 1 }
        }
        return count
    }

    /// Whether some field of the row at `place` is a number.
    private static func hasNumber(_ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ delimiter: UInt8) -> Bool {
        var cursor = CSVCursor(text, at: place, delimiter: delimiter)
        repeat {
            if cursor.number(cursor.trimmed(cursor.field())) != nil { return true }
        } while cursor.nextField()
        return false
    }

    private static func delimiter(of text: UnsafeBufferPointer<UInt8>, _ place: Int) -> UInt8 {
        if count(comma, text, place) > 0 { return comma }
        let (semicolons, tabs) = (count(semicolon, text, place), count(tab, text, place))
        return semicolons == 0 && tabs == 0 ? comma : (tabs > semicolons ? tab : semicolon)
    }
}
