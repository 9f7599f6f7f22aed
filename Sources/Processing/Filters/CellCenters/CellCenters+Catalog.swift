extension FilterEntry {
    static let cellCenters = FilterEntry(
        option: Option("cell-centers", .optionalValue("vertices"), example: "vertices") { text in
            if text.isEmpty { return [:] }
            guard text.text == "vertices" else { throw text.problem() }
            return ["vertices": .bool(true)]
        },
        operation: "cell_centers", help: "a point in the middle of every cell; \"vertices\" makes vertex cells of them",
        keys: [Key("vertices", .boolean, required: false, "whether each point is a vertex cell too")]
    ) { [.filter(CellCenters(makesVertices: try $0.boolean("vertices")))] }
}
