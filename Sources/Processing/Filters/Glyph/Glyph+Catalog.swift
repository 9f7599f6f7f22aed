import Datasets

extension FilterEntry {
    private static let kinds = ["sphere", "arrow", "cone", "cube", "cylinder", "disk", "line"]

    static let glyph = FilterEntry(
        option: Option("glyph", .value("sphere:RADIUS or SHAPE:SCALE[:VECTORS[:SIZES]]"), example: "arrow:0.5:V") { text in
            let parts = try text.parts(count: 2...4)
            guard kinds.contains(parts[0].text) else { throw text.problem() }
            var values: FilterValues = ["kind": .string(parts[0].text)]
            let size = JSONValue.number(try parts[1].number())
            if parts[0].text == "sphere" && parts.count == 2 {
                values["radius"] = size
            } else {
                values["scale"] = size
            }
            if parts.count > 2, !parts[2].isEmpty { values["vectors"] = .string(parts[2].text) }
            if parts.count > 3 { values["sizes"] = .string(parts[3].text) }
            return values
        },
        operation: "glyph", help: "points as spheres, or a shape (arrow, cone, cube, …) at each, turned to VECTORS and as long as they or SIZES are",
        keys: [
            Key("kind", .choice(kinds), "what stands at each point"), Key("radius", .number, required: false, "of spheres that are not scaled"),
            Key("scale", .number, required: false, "what sizes are multiplied with; 1 by default"),
            Key("vectors", .array, required: false, "the array that shapes turn to; it sizes them too unless sizes are given"),
            Key("sizes", .array, required: false, "the array that sizes the shapes; empty: all have one size"),
            Key("resolution", .integer, required: false, "points around round shapes; 6 by default, 8 around spheres"),
        ]
    ) { values in
        let kind = try values.text("kind")
        if kind == "sphere", values["radius"] != nil { return try spheres(values) }
        let resolution = try values.integer("resolution", in: 3...1_000_000, default: kind == "sphere" ? 8 : 6)
        let shape: Shape =
            switch kind {
            case "sphere": try .sphere(thetaResolution: resolution, phiResolution: resolution)
            case "arrow": .arrow(tipResolution: resolution, shaftResolution: resolution)
            case "cone": .cone(resolution: resolution)
            case "cube": .cube()
            case "cylinder": .cylinder(resolution: resolution)
            case "disk": .disk(resolution: resolution)
            default: .line
            }
        let vectors = values["vectors"] == nil ? nil : try values.array("vectors")
        var scaling = vectors.map { Glyph.Scaling.vectorMagnitude($0) } ?? .none
        if values["sizes"] != nil { scaling = try values.text("sizes").isEmpty ? .none : .scalar(values.array("sizes")) }
        return [.glyphs(Glyph(shape, orientation: vectors, scaling: scaling, scaleFactor: try values.number("scale", default: 1)))]
    }

    /// Spheres of `theta` × `phi` facets as VTK makes them; true spheres where facets are not asked for.
    static let glyphSphere = FilterEntry(
        operation: "glyph_sphere", help: "points drawn as spheres",
        keys: [
            Key("radius", .number, "of the spheres"), Key("theta", .integer, required: false, "facets around, where they become triangles"),
            Key("phi", .integer, required: false, "facets from pole to pole, where they become triangles"),
            Key("array", .array, required: false, "the array that colours the spheres; not needed"),
        ]
    ) { values in
        let steps = try spheres(values)
        if values["theta"] != nil || values["phi"] != nil, case .spheres(_, let geometry?) = steps[0] { return [.glyphs(geometry)] }
        return steps
    }

    static let glyphArrow = FilterEntry(
        operation: "glyph_arrow", help: "arrows along vectors, as long as they are",
        keys: [
            Key("vectors", .array, "where the arrows point"), Key("colour", .array, required: false, "the array that colours the arrows; not needed"),
            Key("scale", .number, required: false, "what lengths are multiplied with; 1 by default"),
        ]
    ) { values in
        let vectors = try values.array("vectors")
        return [
            .glyphs(
                Glyph(
                    .arrow(tipResolution: 12, shaftResolution: 12), orientation: vectors, scaling: .vectorMagnitude(vectors),
                    scaleFactor: try values.number("scale", default: 1)))
        ]
    }

    @Sendable private static func spheres(_ values: FilterValues) throws -> [FilterStep] {
        let radius = try values.number("radius")
        guard radius > 0 && radius.isFinite else { throw values.problem("radius", "a number above zero") }
        let theta = try values["theta"] == nil ? 8 : values.integer("theta", in: 3...1_000_000)
        let phi = try values["phi"] == nil ? 8 : values.integer("phi", in: 3...1_000_000)
        guard theta * phi < 1 << 26 else { throw values.problem("theta", "fewer facets") }
        return [.spheres(radius: radius, geometry: Glyph(try .sphere(thetaResolution: theta, phiResolution: phi, radius: radius)))]
    }
}
