extension FilterEntry {
    static let cellToPoint = FilterEntry(
        option: Option("cell-to-point"), operation: "cell_to_point", help: "cell arrays as point arrays: each point the mean of its cells",
        keys: [Key("keep", .boolean, required: false, "whether cell arrays stay")]
    ) { [.filter(CellToPoint(keepsCellArrays: try $0.boolean("keep")))] }
}
