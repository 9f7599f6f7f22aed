import Datasets

extension FilterEntry {
    static let slice = FilterEntry(
        option: Option("slice", .value("X,Y,Z:NX,NY,NZ"), example: "0,0,0:1,0,0", parse: planeValues),
        operation: "slice", help: "the cut with the plane through X,Y,Z with this normal",
        keys: [Key("origin", .vector, "a point of the plane"), Key("normal", .vector, "across the plane")]
    ) { [.filter(Slice(plane: try $0.plane()))] }

    /// `X,Y,Z:NX,NY,NZ` as `origin` and `normal`.
    @Sendable static func planeValues(_ text: FilterText) throws -> FilterValues {
        let parts = try text.parts(count: 2...2)
        let normal = try parts[1].vector()
        guard normal.length > 0 else { throw text.problem("a normal that has no length") }
        return ["origin": JSONValue(try parts[0].vector()), "normal": JSONValue(normal)]
    }
}
