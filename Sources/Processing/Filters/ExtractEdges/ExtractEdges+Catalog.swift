extension FilterEntry {
    static let edges = FilterEntry(option: Option("extract-edges"), operation: "edges", help: "the edges of all cells as lines") { _ in
        [.filter(ExtractEdges())]
    }
}
