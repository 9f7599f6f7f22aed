import Datasets

extension FilterEntry {
    static let magnitude = FilterEntry(
        option: Option("magnitude", .value("NAME"), example: "V") { text in
            guard !text.isEmpty else { throw text.problem() }
            return ["array": .string(text.text)]
        },
        operation: "magnitude", help: "the lengths of an array's tuples as NAME_magnitude", keys: [Key("array", .array, "the tuples")]
    ) { [.filter(Magnitude(array: try $0.array()))] }
}
