import Datasets
import Scenes

/// What a scene file draws around the data, besides scalar bars, which belong to the colours of an actor.
public struct SceneAnnotations: Sendable, Hashable {
    public var title: String?
    public var texts: [TextAnnotation] = []
    public var hasOrientationAxes = false
    public var hasCubeAxes = false
    /// Three; X, Y and Z where nil.
    public var axisTitles: [String]?
    public var hasOutline = false
    /// Nil: what stands out from the background.
    public var color: SIMD3<Double>?
    /// In pixels; nil: in proportion to the picture.
    public var textSize: Double?

    public init() {}

    /// The annotations of the scene, without scalar bars.
    public var annotations: Annotations {
        var result = Annotations()
        if let title { result.texts.append(.title(title)) }
        result.texts += texts
        if hasOrientationAxes { result.orientationAxes = OrientationAxes() }
        if hasCubeAxes {
            result.cubeAxes = CubeAxes()
            if let axisTitles { result.cubeAxes?.titles = axisTitles }
        }
        if hasOutline { result.outline = OutlineBox() }
        result.color = color.map { SIMD3<Float>($0) }
        result.textSize = textSize
        return result
    }
}

extension SceneShape {
    static let textAnnotation = SceneShape(
        name: "text", help: "lines of text",
        keys: [
            SceneKey("text", .text, "The text; \\n begins a new line."),
            SceneKey(
                "at", .either([.choice(PictureCorner.allCases.map(\.rawValue)), .numbers(2, "two numbers, [x, y]")]),
                "A corner or side of the picture, or where the text begins, in fractions of the picture from the bottom left; top-left by default."),
            SceneKey("scale", .number(0.1...100), "A multiple of the usual size; 1 by default."),
            SceneKey("bold", .boolean, "Thicker letters."),
            SceneKey("color", .color, "That of all annotations by default."),
        ])

    static let annotations = SceneShape(
        name: "annotations", help: "what is drawn around the data",
        keys: [
            SceneKey("title", .text, "Large letters over the picture."),
            SceneKey("texts", .list(of: .object(textAnnotation)), "Further texts."),
            SceneKey("axes", .boolean, "Three arrows in the corner that show where the axes point."),
            SceneKey("cube_axes", .boolean, "A box around the data with numbers along its edges."),
            SceneKey("axis_titles", .texts, "The three titles of those edges; X, Y, Z by default."),
            SceneKey("outline", .boolean, "The edges of the box around the data."),
            SceneKey("color", .color, "Of letters and lines; black or white by default, whichever stands out."),
            SceneKey("text_size", .number(4...2000), "The height of letters in pixels; in proportion to the picture by default."),
        ])
}

extension SceneAnnotations {
    init(_ object: SceneObject) throws {
        title = object.text("title")
        texts = try object.list("texts").map { try TextAnnotation(reading: try SceneObject($0, .textAnnotation)) }
        hasOrientationAxes = object.boolean("axes") ?? false
        hasCubeAxes = object.boolean("cube_axes") ?? false
        axisTitles = object.texts("axis_titles")
        if let axisTitles, axisTitles.count != 3 { throw object["axis_titles"]!.problem("three titles") }
        hasOutline = object.boolean("outline") ?? false
        color = object.color("color")
        textSize = object.number("text_size")
    }

    var json: JSONValue {
        var members = SceneMembers()
        members.add("title", title.map { .string($0) })
        members.add("texts", .array(texts.map(\.json)), unless: .array([]))
        members.add("axes", hasOrientationAxes)
        members.add("cube_axes", hasCubeAxes)
        members.add("axis_titles", axisTitles.map { .array($0.map { .string($0) }) })
        members.add("outline", hasOutline)
        members.add("color", color)
        members.add("text_size", textSize)
        return members.object
    }
}

extension TextAnnotation {
    fileprivate init(reading object: SceneObject) throws {
        guard let text = object.text("text") else { throw object.node.problem("the key \"text\"", found: "none") }
        self.init(text)
        if let corner = object.text("at").flatMap({ PictureCorner(rawValue: $0) }) {
            place = .corner(corner)
        } else if let position = object.numbers("at") {
            place = .position(SIMD2(position[0], position[1]))
        }
        if let value = object.number("scale") { scale = value }
        isBold = object.boolean("bold") ?? false
        color = object.color("color").map { SIMD3<Float>($0) }
    }

    fileprivate var json: JSONValue {
        var members = SceneMembers()
        members.add("text", .string(text))
        switch place {
        case .corner(let corner): members.add("at", .string(corner.rawValue), unless: .string(PictureCorner.topLeft.rawValue))
        case .position(let position): members.add("at", JSONValue([position.x, position.y]))
        }
        if scale != 1 { members.add("scale", scale) }
        members.add("bold", isBold)
        members.add("color", color.map { SIMD3<Double>($0) })
        return members.object
    }
}
