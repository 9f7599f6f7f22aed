/// The text of a small VTK XML file without numbers: an index of other files.
struct XMLText {
    private(set) var text: String
    private var open: [String] = []

    init(type: String, options: XMLWriterOptions, provenance: ProvenanceRecord?) {
        text = "<?xml version=\"1.0\"?>\n" + XMLDocument.instruction(provenance)
        begin("VTKFile", [("type", type)] + XMLDocument.fileAttributes(options))
    }

    mutating func begin(_ name: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(XMLDocument.formatted(attributes))>")
        open.append(name)
    }

    mutating func end() {
        guard let name = open.popLast() else { return }
        line("</\(name)>")
    }

    mutating func empty(_ name: String, _ attributes: [(String, String)]) { line("<\(name)\(XMLDocument.formatted(attributes))/>") }

    /// The whole text, everything closed.
    mutating func finished() -> String {
        while !open.isEmpty { end() }
        return text
    }

    private mutating func line(_ content: String) { text += String(repeating: "  ", count: open.count) + content + "\n" }
}
