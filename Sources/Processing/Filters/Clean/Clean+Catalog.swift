extension FilterEntry {
    static let clean = FilterEntry(
        option: Option("clean", .optionalValue("TOLERANCE"), example: "1e-6") { text in
            text.isEmpty ? [:] : ["tolerance": .number(try text.number())]
        },
        operation: "clean", help: "points that coincide joined, those within the distance TOLERANCE too; cells that lost corners become less",
        keys: [Key("tolerance", .number, required: false, "the greatest distance of points that join; 0 by default")]
    ) { values in
        let tolerance = try values.number("tolerance", default: 0)
        guard tolerance >= 0 && tolerance.isFinite else { throw values.problem("tolerance", "a distance, at least 0") }
        return [.filter(Clean(tolerance: tolerance))]
    }
}
