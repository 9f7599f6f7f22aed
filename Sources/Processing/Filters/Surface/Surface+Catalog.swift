extension FilterEntry {
    static let surface = FilterEntry(option: Option("surface"), operation: "surface", help: "the external surface") { _ in [.filter(Surface())] }
}
