/// A JSON value; objects keep the order of their keys.
public indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    public static func == (a: JSONValue, b: JSONValue) -> Bool { a.text() == b.text() }
    public func hash(into hasher: inout Hasher) { hasher.combine(text()) }

    /// The value of a key of an object.
    public subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
    }

    /// An integer or number as Double.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .string("nan"): .nan
        case .string("inf"): .infinity
        case .string("-inf"): -.infinity
        default: nil
        }
    }

    /// The value as JSON text: numbers with the fewest digits that read back the same, numbers that JSON lacks as the strings
    /// `"nan"`, `"inf"`, `"-inf"`.
    ///
    /// - Parameter isPretty: objects and arrays of objects over many lines, two spaces deeper each.
    public func text(isPretty: Bool = false) -> String {
        var out = ""
        write(to: &out, isPretty: isPretty, indent: 0)
        return out
    }

    private func write(to out: inout String, isPretty: Bool, indent: Int) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .integer(let value): out += String(value)
        case .number(let value): out += JSONValue.text(of: value)
        case .string(let value): JSONValue.write(value, to: &out)
        case .array(let values):
            let isDeep = isPretty && values.contains { if case .object = $0 { true } else { false } }
            JSONValue.list(values.count, "[", "]", isDeep, isPretty, indent, &out) { index, out in
                values[index].write(to: &out, isPretty: isPretty, indent: indent + 1)
            }
        case .object(let members):
            JSONValue.list(members.count, "{", "}", isPretty, isPretty, indent, &out) { index, out in
                JSONValue.write(members[index].key, to: &out)
                out += isPretty ? ": " : ":"
                members[index].value.write(to: &out, isPretty: isPretty, indent: indent + 1)
            }
        }
    }

    private static func list(
        _ count: Int, _ opening: String, _ closing: String, _ isDeep: Bool, _ isPretty: Bool, _ indent: Int, _ out: inout String,
        _ element: (Int, inout String) -> Void
    ) {
        out += opening
        for index in 0..<count {
            if index > 0 { out += isPretty && !isDeep ? ", " : "," }
            if isDeep { out += "\n" + String(repeating: "  ", count: indent + 1) }
            element(index, &out)
        }
        if isDeep && count > 0 { out += "\n" + String(repeating: "  ", count: indent) }
        out += closing
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "\"nan\"" }
        if value.isInfinite { return value > 0 ? "\"inf\"" : "\"-inf\"" }
        return value == 0 ? "0.0" : "\(value)"
    }

    private static func write(_ string: String, to out: inout String) {
        let digits = Array("0123456789abcdef")
        out += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if scalar.value < 0x20 {
                    out += "\\u00"
                    out.append(digits[Int(scalar.value >> 4)])
                    out.append(digits[Int(scalar.value & 15)])
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        out += "\""
    }
}
