/// An element of an XML document: its attributes and children, and where its text lies in the file.
struct XMLElement: Sendable {
    var name: String
    var attributes: [(name: String, value: String)] = []
    var children: [XMLElement] = []
    /// Byte ranges of the text directly inside the element, blank ones left out.
    var text: [Range<Int>] = []
    /// Where the element begins.
    var byte: Int

    subscript(attribute: String) -> String? { attributes.first { $0.name == attribute }?.value }

    /// The first child of that name.
    func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The place of this element for an error: name, and `Name` where it has one.
    var place: String { self["Name"].map { "\(name) \"\($0)\"" } ?? name }
}

/// Attribute values as numbers; a value that is there but is no such number is an error.
extension XMLElement {
    func integer(_ attribute: String) throws -> Int? {
        guard let text = self[attribute] else { return nil }
        guard let value = Int(trimmed(text)) else {
            throw FormatProblem(expected: "a whole number for \(attribute) of \(place)", found: quoted(text), byte: byte)
        }
        return value
    }

    /// A count: a whole number that is not negative; zero where the attribute is absent.
    func count(_ attribute: String) throws -> Int {
        guard let value = try integer(attribute) else { return 0 }
        guard value >= 0 else {
            throw FormatProblem(expected: "a count for \(attribute) of \(place)", found: "\(value)", byte: byte)
        }
        return value
    }

    func integers(_ attribute: String) throws -> [Int]? {
        try self[attribute].map { text in
            try words(text).map { word in
                guard let value = Int(word) else {
                    throw FormatProblem(expected: "whole numbers for \(attribute) of \(place)", found: quoted(text), byte: byte)
                }
                return value
            }
        }
    }

    func numbers(_ attribute: String) throws -> [Double]? {
        try self[attribute].map { text in
            try words(text).map { word in
                guard let value = Double(word) else {
                    throw FormatProblem(expected: "numbers for \(attribute) of \(place)", found: quoted(text), byte: byte)
                }
                return value
            }
        }
    }

    private func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0.isNewline || $0 == "\t" || $0 == "," } }
}

/// Text from a file for an error: in quotes, cut short, nothing unprintable.
func quoted(_ text: some StringProtocol) -> String {
    let shown = text.prefix(40).map { $0.isASCII && ($0.asciiValue ?? 0) >= 32 ? $0 : "?" }
    return "\"" + String(shown) + (text.count > 40 ? "…\"" : "\"")
}

func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
}
