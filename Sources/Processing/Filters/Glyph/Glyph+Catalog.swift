import Datasets

extension FilterEntry {
    static let glyph = FilterEntry(
        option: Option("glyph", .value("sphere:RADIUS"), example: "sphere:0.5") { text in
            let parts = try text.parts(count: 2...2)
            guard parts[0].text == "sphere" else { throw text.problem() }
            return ["kind": .string("sphere"), "radius": .number(try parts[1].number())]
        },
        operation: "glyph", help: "points drawn as spheres",
        keys: [Key("kind", .choice(["sphere"]), "what stands at each point"), Key("radius", .number, "of the spheres")], make: spheres)

    /// The spheres of `theta` × `phi` facets that VTK would make are drawn as true spheres.
    static let glyphSphere = FilterEntry(
        operation: "glyph_sphere", help: "points drawn as spheres",
        keys: [
            Key("radius", .number, "of the spheres"), Key("theta", .integer, required: false, "facets around; not needed"),
            Key("phi", .integer, required: false, "facets from pole to pole; not needed"),
            Key("array", .array, required: false, "the array that colours the spheres; not needed"),
        ], make: spheres)

    @Sendable private static func spheres(_ values: FilterValues) throws -> [FilterStep] {
        let radius = try values.number("radius")
        guard radius > 0 && radius.isFinite else { throw values.problem("radius", "a number above zero") }
        return [.spheres(radius: radius)]
    }
}
