import Datasets
import Geometry

extension FilterEntry {
    static let clip = FilterEntry(
        option: Option("clip", .value("X,Y,Z:NX,NY,NZ"), example: "0,0,0:1,0,0", parse: planeValues),
        operation: "clip", help: "the side of the plane that the normal points to",
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
