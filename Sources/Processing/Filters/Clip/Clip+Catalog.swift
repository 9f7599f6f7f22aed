import Datasets
import Geometry

extension FilterEntry {
    static let clip = FilterEntry(
        option: Option("clip", .value("X,Y,Z:NX,NY,NZ or NAME=V[:below]"), example: "0,0,0:1,0,0") { text in
            guard text.text.contains("=") else { return try planeValues(text) }
            let (name, rest) = try text.assignment()
            let parts = try rest.parts(count: 1...2)
            var values: FilterValues = ["array": .string(name), "value": .number(try parts[0].number())]
            if parts.count == 2 {
                guard parts[1].text == "below" || parts[1].text == "above" else { throw text.problem() }
                values["inside_out"] = .bool(parts[1].text == "below")
            }
            return values
        },
        operation: "clip", help: "the side of the plane that the normal points to, or where an array's values are above (below) V",
        keys: [
            Key("origin", .vector, required: false, "a point of the plane"),
            Key("normal", .vector, required: false, "points to the side that stays"),
            Key("array", .array, required: false, "a point array that cuts, in place of a plane"),
            Key("value", .number, required: false, "where the array cuts; what is above stays"),
            Key("inside_out", .boolean, required: false, "whether the other side stays"),
        ]
    ) { values in
        let keepsOther = try values.boolean("inside_out")
        if values["array"] != nil {
            for key in ["origin", "normal"] where values[key] != nil { throw values.problem(key, "either a plane or an array") }
            return [.filter(Clip(array: try values.array(), value: try values.number("value"), keepsAbove: !keepsOther))]
        }
        let plane = try values.plane()
        return [.filter(Clip(plane: keepsOther ? Plane(origin: plane.origin, normal: -plane.normal) : plane))]
    }
}
