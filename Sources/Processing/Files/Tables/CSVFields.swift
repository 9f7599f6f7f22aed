/// Walks over the fields of one row of delimited text.
struct CSVCursor {
    let text: UnsafeBufferPointer<UInt8>
    var place: Int
    let end: UnsafePointer<UInt8>
    /// What stands between fields.
    let delimiter: UInt8

    init(_ text: UnsafeBufferPointer<UInt8>, at place: Int, delimiter: UInt8) {
        self.text = text
        self.place = place
        self.delimiter = delimiter
        end = text.baseAddress! + text.count
    }

    /// A field's bytes without its quotes.
    struct Field {
        var range: Range<Int>
        /// Whether two quotes in it stand for one.
        var hasQuotes = false
        /// Whether a quote at its beginning is never closed.
        var isOpen = false
    }

    /// Whether the row has ended; a field was read before.
    var isAtRowEnd: Bool { place >= text.count || text[place] == 10 || (text[place] == 13 && isLineEnd(place)) }

    private func isLineEnd(_ place: Int) -> Bool { place + 1 == text.count || text[place + 1] == 10 }

    /// The next field; the cursor stands behind it, on the delimiter or row's end.
    mutating func field() -> Field {
        if place < text.count && text[place] == UInt8(ascii: "\"") { return quotedField() }
        let start = place
        while place < text.count {
            let byte = text[place]
            if byte == delimiter || byte == 10 || (byte == 13 && isLineEnd(place)) { break }
            place += 1
        }
        return Field(range: start..<place)
    }

    private mutating func quotedField() -> Field {
        place += 1
        var field = Field(range: place..<place)
        while true {
            guard place < text.count else {
                field.isOpen = true
                break
            }
            if text[place] == UInt8(ascii: "\"") {
                if place + 1 < text.count && text[place + 1] == UInt8(ascii: "\"") {
                    field.hasQuotes = true
                    place += 2
                    continue
                }
                break
            }
            place += 1
        }
        field.range = field.range.lowerBound..<place
        if !field.isOpen { place += 1 }
        // What stands between the closing quote and the delimiter is left out.
        while place < text.count && text[place] != delimiter && !isAtRowEnd { place += 1 }
        return field
    }

    /// Moves over a delimiter; false at the row's end.
    mutating func nextField() -> Bool {
        guard place < text.count, text[place] == delimiter else { return false }
        place += 1
        return true
    }

    /// Moves behind the row's end, and behind the empty lines that follow.
    mutating func nextRow(skipsEmptyLines: Bool) {
        while true {
            if place < text.count && text[place] == 13 { place += 1 }
            if place < text.count && text[place] == 10 { place += 1 }
            if !skipsEmptyLines || place >= text.count || !isAtRowEnd { return }
        }
    }

    func string(_ field: Field) -> String {
        let bytes = UnsafeBufferPointer(rebasing: text[field.range])
        if !field.hasQuotes { return String(decoding: bytes, as: UTF8.self) }
        var kept: [UInt8] = []
        var skips = false
        for byte in bytes {
            if byte == UInt8(ascii: "\"") && !skips {
                skips = true
                continue
            }
            skips = false
            kept.append(byte)
        }
        return String(decoding: kept, as: UTF8.self)
    }

    /// The field without spaces at its ends.
    func trimmed(_ field: Field) -> Range<Int> {
        var (low, high) = (field.range.lowerBound, field.range.upperBound)
        while low < high && NumberParsing.isSpace(text[low]) { low += 1 }
        while high > low && NumberParsing.isSpace(text[high - 1]) { high -= 1 }
        return low..<high
    }

    /// Whether the bytes are a whole number in decimal digits, of any size.
    func isInteger(_ range: Range<Int>) -> Bool {
        var low = range.lowerBound
        if low < range.upperBound && (text[low] == UInt8(ascii: "-") || text[low] == UInt8(ascii: "+")) { low += 1 }
        return low < range.upperBound && (low..<range.upperBound).allSatisfy { text[$0] &- 48 <= 9 }
    }

    func integer(_ range: Range<Int>) -> Int64? {
        var cursor = text.baseAddress! + range.lowerBound
        let stop = text.baseAddress! + range.upperBound
        guard let value = NumberParsing.int64(&cursor, stop), cursor == stop else { return nil }
        return value
    }

    /// A decimal number, infinity or NaN; nil for anything else, also for exponents written with `d`.
    func number(_ range: Range<Int>) -> Double? {
        var cursor = text.baseAddress! + range.lowerBound
        let stop = text.baseAddress! + range.upperBound
        guard let value = NumberParsing.double(&cursor, stop), cursor == stop else { return nil }
        return range.contains { text[$0] | 32 == UInt8(ascii: "d") } ? nil : value
    }
}
