extension FilterEntry {
    static let pointToCell = FilterEntry(
        option: Option("point-to-cell"), operation: "point_to_cell", help: "point arrays as cell arrays: each cell the mean of its points",
        keys: [Key("keep", .boolean, required: false, "whether point arrays stay")]
    ) { [.filter(PointToCell(keepsPointArrays: try $0.boolean("keep")))] }
}
