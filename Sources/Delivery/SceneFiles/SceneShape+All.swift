import Scenes

extension SceneShape {
    static let coloring = SceneShape(
        name: "color_by", help: "how an array gives the colour",
        keys: [
            SceneKey("array", .text, "The array; with :COMPONENT or :magnitude behind the name, if wanted."),
            SceneKey("association", .choice(["point", "cell"]), "Whose values, where both points and cells have the array; points first."),
            SceneKey("component", .either([.integer(0...1_000_000), .choice(["magnitude"])]), "What of vectors; their magnitude by default."),
            SceneKey("range", .numbers(2, "two numbers, [least, greatest]"), "Values at the ends of the colour map; the data's by default."),
            SceneKey("map", .colorMap, "A colour map's name, or control points [place, red, green, blue]; cool-warm by default."),
            SceneKey("nan_color", .color, "Of values that are no number."),
            SceneKey("below_color", .color, "Of values under the range."),
            SceneKey("above_color", .color, "Of values over the range."),
            SceneKey("scale", .choice(ColorMap.Scale.allCases.map(\.rawValue)), "How values are spread over the colours; categorical gives each value its own."),
            SceneKey("percentiles", .numbers(2, "two numbers, [least, greatest], from 0 to 100"), "The range, as percentiles of the data."),
            SceneKey("reverse", .boolean, "The colours in the other order."),
            SceneKey("colors", .integer(1...65536), "So many colours; 256 by default."),
            SceneKey("opacity_points", .list(of: .numbers(2, "two numbers, [value, opacity]")), "Values, rising, and how opaque they are, 0 to 1."),
            SceneKey("bar_title", .text, "Over the scalar bar; the array's name by default."),
            SceneKey(
                "bar", .either([.boolean, .numbers(4, "four numbers, [x, y, width, height]")]),
                "A scalar bar: true, or its place, [x, y, width, height] in fractions of the picture from the bottom left."),
        ])

    static let opacity = SceneShape(
        name: "opacity_by", help: "how an array says what can be seen through",
        keys: [
            SceneKey("array", .text, "The array; point: or cell: before and :COMPONENT or :magnitude behind the name, if wanted."),
            SceneKey("range", .numbers(2, "two numbers, [least, greatest]"), "Values that are clear and opaque; the data's by default."),
            SceneKey("opacity_points", .list(of: .numbers(2, "two numbers, [value, opacity]")), "Values, rising, and how opaque they are, in place of a range."),
        ])

    static let camera = SceneShape(
        name: "camera", help: "where the picture is seen from",
        keys: [
            SceneKey("position", .vector, "Of the eye; everything in view by default."),
            SceneKey("focal_point", .vector, "What the eye looks at."),
            SceneKey("view_up", .vector, "What is up in the picture."),
            SceneKey("view_angle", .number(1e-6...179.999), "The vertical angle of view in degrees, 30 by default."),
            SceneKey("parallel_scale", .positive, "Parallel projection; half the picture's height in the data's units."),
            SceneKey("azimuth", .anyNumber, "Degrees that the camera is then turned about the view-up vector."),
            SceneKey("elevation", .anyNumber, "Degrees that the camera is then raised."),
            SceneKey("orbit", .integer(1...100_000), "So many pictures, evenly around the focal point."),
        ])

    static let light = SceneShape(
        name: "light", help: "a light",
        keys: [
            SceneKey("direction", .vector, "Where its rays go; without it and a position, it shines from the camera."),
            SceneKey("position", .vector, "Where it stands."),
            SceneKey("cone_angle", .number(0.001...89.999), "With position and direction: a spot light, up to so many degrees to its sides."),
            SceneKey("exponent", .number(0...32768), "How a spot light fades to its sides, 1 by default."),
            SceneKey("attenuation", .vector, "[a, b, c]: at distance d the light of a place is divided by a + b·d + c·d²."),
            SceneKey("follows_camera", .boolean, "Whether the direction turns with the camera: x to the right, y up, z towards the viewer."),
            SceneKey("color", .color, "White by default."),
            SceneKey("intensity", .number(0...1e6), "1 by default."),
        ])

    static let actor = SceneShape(
        name: "actor", help: "something to draw: data, filters, a look",
        keys: [
            SceneKey("file", .text, "A file, relative to the scene file or to the folder of --data."),
            SceneKey("files", .texts, "Several files, drawn alike or joined by a step."),
            SceneKey("source", .text, "A procedural source: wavelet:64, sphere:64x32, …"),
            SceneKey("sources", .texts, "Several sources."),
            SceneKey("points", .texts, "The three columns of a table that are coordinates; x, y, z by default."),
            SceneKey("raw", .text, "The layout of files of bare numbers: 256x256x128:uint16:big."),
            SceneKey("solution", .text, "The solution of a PLOT3D grid, or none."),
            SceneKey("time", .anyNumber, "The time to show; the first by default."),
            SceneKey("steps", .list(of: .step), "Filters, in this order."),
            SceneKey("color", .color, "Where no array gives the colour."),
            SceneKey("color_by", .object(coloring), "The array that gives the colour."),
            SceneKey("opacity", .fraction, "1 by default."),
            SceneKey("opacity_by", .object(opacity), "The array that says what can be seen through, besides opacity and colours."),
            SceneKey(
                "normals", .choice(["flat", "point", "gouraud"]),
                "One normal a face, the points' normals interpolated, or the light at the points interpolated; flat by default."),
            SceneKey("ambient", .fraction, "0 by default."),
            SceneKey("diffuse", .fraction, "1 by default."),
            SceneKey("specular", .fraction, "0 by default."),
            SceneKey("specular_power", .number(0...32768), "How sharp highlights are, 1 by default."),
            SceneKey("specular_color", .color, "White by default."),
            SceneKey("unlit", .boolean, "Colours as they are, without light."),
            SceneKey("representation", .choice(Material.Representation.allCases.map(\.rawValue)), "Surface by default."),
            SceneKey("edges", .boolean, "The cells' edges over the surface."),
            SceneKey("edge_color", .color, "Black by default."),
            SceneKey("cull", .choice(Material.Culling.allCases.map(\.rawValue)), "Which sides of faces are left out; none by default."),
            SceneKey("back_color", .color, "Of faces seen from behind."),
            SceneKey("line_width", .number(0.001...1000), "In pixels, 1 by default."),
            SceneKey("point_size", .number(0.001...1000), "In pixels, 1 by default."),
            SceneKey("volume", .unsupported("volume"), ""),
        ])

    static let layer = SceneShape(
        name: "layer", help: "actors drawn over the others",
        keys: [
            SceneKey("actors", .list(of: .object(actor)), "What is drawn."),
            SceneKey("camera", .object(camera), "The layer's own; everything in it in view by default."),
            SceneKey("lights", .list(of: .object(light)), "One that shines from the camera by default."),
            SceneKey("viewport", .numbers(4, "four numbers, [x, y, width, height]"), "Where in the picture, in fractions from the bottom left."),
            SceneKey("interactive", .boolean, "Whether a viewer's mouse moves it; not by default."),
        ])

    static let scene = SceneShape(
        name: "scene", help: "a picture",
        keys: [
            SceneKey("size", .numbers(2, "two whole numbers, [width, height], from 1 to 32768"), "In pixels, [1024, 768] by default."),
            SceneKey("samples", .integer(1...64), "A pixel; 1 by default."),
            SceneKey("background", .color, "Behind everything; black by default."),
            SceneKey("camera", .object(camera), "Everything in view by default."),
            SceneKey("lights", .list(of: .object(light)), "One that shines from the camera by default."),
            SceneKey("actors", .list(of: .object(actor)), "What is drawn."),
            SceneKey("layers", .list(of: .object(layer)), "Drawn over the actors, each over those before it, with cameras of their own."),
            SceneKey("annotations", .object(annotations), "Text and axes around the data."),
        ])
}
