/// A name as another file gives it: relative to the folder of that file.
func resolved(_ name: String, beside path: String) -> String {
    if name.hasPrefix("/") { return name }
    guard let slash = path.lastIndex(of: "/") else { return name }
    return path[...slash] + name
}

/// The names that `pattern` makes of numbers from `first` to `last`, as C's `printf` does for one whole number (`%d`, `%03d`, `%3i`).
///
/// - Returns: nil where the pattern has no such place, or there would be none or more than 2²⁰ names.
func numberedNames(_ pattern: String, from first: Int, to last: Int, step: Int) -> [String]? {
    guard step != 0, let percent = pattern.firstIndex(of: "%") else { return nil }
    var place = pattern.index(after: percent)
    var flags = ""
    while place < pattern.endIndex, pattern[place].isASCII, pattern[place].isNumber || pattern[place] == "." {
        flags.append(pattern[place])
        place = pattern.index(after: place)
    }
    guard place < pattern.endIndex, "diu".contains(pattern[place]), flags.count <= 5 else { return nil }
    let rest = pattern[pattern.index(after: place)...]
    let parts = flags.split(separator: ".", omittingEmptySubsequences: false)
    let width = parts.first.flatMap { Int($0) } ?? 0
    let digits = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    guard parts.count <= 2, width <= 255, digits <= 255 else { return nil }
    let (distance, overflow) = last.subtractingReportingOverflow(first)
    guard !overflow, distance / step >= 0, distance / step < 1 << 20, distance == 0 || (distance > 0) == (step > 0) else { return nil }
    return (0...distance / step).map { index in
        var number = String((first + index * step).magnitude)
        while number.count < digits { number = "0" + number }
        let isNegative = first + index * step < 0
        let fill = flags.hasPrefix("0") && parts.count == 1 ? "0" : " "
        if fill == "0" { while number.count + (isNegative ? 1 : 0) < width { number = "0" + number } }
        if isNegative { number = "-" + number }
        while number.count < width { number = " " + number }
        return pattern[..<percent] + number + rest
    }
}
