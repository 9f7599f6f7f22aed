extension FilterEntry {
    static let append = FilterEntry(option: Option("append"), operation: "append", help: "all inputs joined to one dataset") { _ in
        [.join(Append())]
    }
}
