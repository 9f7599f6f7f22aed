import Datasets

extension FilterEntry {
    private static let kinds = ["boundary", "nonmanifold", "feature", "manifold"]

    static let featureEdges = FilterEntry(
        option: Option("feature-edges", .optionalValue("[KIND[,KIND…]:]ANGLE"), example: "boundary,feature:30") { text in
            var values: FilterValues = [:]
            if text.isEmpty { return values }
            for part in try text.parts(count: 1...2) {
                if Double(part.text) != nil {
                    values["angle"] = .number(try part.number())
                    continue
                }
                let words = part.text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                guard words.allSatisfy({ kinds.contains($0) }) else {
                    throw text.problem("\"\(part.text)\"; the kinds are \(kinds.joined(separator: ", "))")
                }
                for kind in kinds { values[kind] = .bool(words.contains(kind)) }
            }
            return values
        },
        operation: "feature_edges",
        help: "edges of one polygon (boundary), of three or more (nonmanifold), sharper than 30 degrees or ANGLE (feature); manifold: the others",
        keys: [
            Key("boundary", .boolean, required: false, "edges of one polygon; true by default"),
            Key("nonmanifold", .boolean, required: false, "edges of three polygons or more; true by default"),
            Key("feature", .boolean, required: false, "edges where normals differ by the angle; true by default"),
            Key("manifold", .boolean, required: false, "the other edges of two polygons; false by default"),
            Key("angle", .number, required: false, "degrees, 30 by default"),
        ]
    ) { values in
        let angle = try values.number("angle", default: 30)
        guard angle >= 0 && angle <= 180 else { throw values.problem("angle", "an angle from 0 to 180 degrees") }
        return [
            .filter(
                FeatureEdges(
                    boundary: try values.boolean("boundary", default: true), nonManifold: try values.boolean("nonmanifold", default: true),
                    featureAngle: try values.boolean("feature", default: true) ? angle : nil, manifold: try values.boolean("manifold")))
        ]
    }
}
