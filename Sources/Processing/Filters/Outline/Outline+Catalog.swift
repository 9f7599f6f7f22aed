extension FilterEntry {
    static let outline = FilterEntry(option: Option("outline"), operation: "outline", help: "the edges of the box around it") { _ in
        [.filter(Outline())]
    }
}
