import Datasets

extension FilterEntry {
    static let contour = FilterEntry(
        option: Option("contour", .value("NAME=V[,V…]"), example: "Temp=400,600") { text in
            let (name, values) = try text.assignment()
            return ["array": .string(name), "values": JSONValue(try values.numbers())]
        },
        operation: "contour", help: "surfaces (or lines) where a point array has these values",
        keys: [
            Key("array", .array, "a point array"), Key("values", .numbers, "a surface for each"),
            Key("gradient_normals", .boolean, required: false, "whether points get normals"),
        ]
    ) { values in
        let numbers = try values.numbers("values")
        guard numbers.count <= 255 else { throw values.problem("values", "at most 255 values") }
        return [
            .filter(
                Contour(array: try values.array(), values: numbers, computesNormals: try values.boolean("gradient_normals")))
        ]
    }
}
