import Datasets

extension FilterEntry {
    static let normals = FilterEntry(
        option: Option("normals", .optionalValue("ANGLE"), example: "30") { text in
            text.isEmpty ? [:] : ["angle": .number(try text.number())]
        },
        operation: "normals", help: "point normals, split at edges sharper than 30 degrees or ANGLE; 180 never splits",
        keys: [Key("angle", .number, required: false, "where edges are sharp, in degrees; 180 never splits")]
    ) { values in
        let angle = try values.number("angle", default: 30)
        guard angle > 0 && angle <= 180 else { throw values.problem("angle", "an angle between 0 and 180 degrees") }
        return [.filter(Normals(featureAngle: angle < 180 ? angle : nil))]
    }

    /// What VTK's triangle, clean and normals filters make together: smooth everywhere.
    static let pointNormals = FilterEntry(
        operation: "point_normals", help: "triangles with normals at their points, smooth over every edge"
    ) { _ in [.filter(Triangulate()), .filter(Normals(featureAngle: nil))] }
}
