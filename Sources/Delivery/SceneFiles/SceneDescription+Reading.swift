import Datasets
import Files
import Foundation
import Geometry
import Scenes

extension SceneDescription {
    /// Scene files longer than this are refused.
    static let byteLimit = 64 << 20

    /// Reads a scene file.
    ///
    /// - Throws: `SceneFileError` that names the place and the key.
    public init(readingFile path: String) throws {
        let data: Data
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            guard size <= SceneDescription.byteLimit else {
                throw SceneFileError(file: path, expected: "at most \(SceneDescription.byteLimit) bytes", found: "\(size)")
            }
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch let error as SceneFileError {
            throw error
        } catch {
            throw SceneFileError(file: path, expected: "a scene file", found: "none that can be read")
        }
        try self.init(parsing: Array(data), file: path)
    }

    /// - Parameter file: the name in errors.
    public init(parsing bytes: [UInt8], file: String) throws {
        let json: JSONNode
        do {
            json = try JSONParser.parse(bytes)
        } catch let problem as JSONProblem {
            throw SceneFileError(file: file, place: problem.place, expected: problem.expected, found: problem.found)
        }
        let root = SceneNode(file: file, path: "", json: json)
        let scene = try SceneObject(root, .scene)
        self.init()
        if let size = scene.numbers("size") {
            guard size.allSatisfy({ $0 == $0.rounded() && $0 >= 1 && $0 <= 32768 }) else {
                throw scene["size"]!.problem("two whole numbers, [width, height], from 1 to 32768")
            }
            (width, height) = (Int(size[0]), Int(size[1]))
        }
        if let value = scene.integer("samples") { samples = value }
        if let value = scene.color("background") { background = value }
        if let node = scene["camera"] { camera = try SceneCamera(try SceneObject(node, .camera)) }
        lights = try scene.list("lights").map { try SceneLight(try SceneObject($0, .light)) }
        guard scene["actors"] != nil else { throw root.problem("the key \"actors\", a list of what is drawn", found: "a scene without it") }
        if let node = scene["annotations"] { annotations = try SceneAnnotations(try SceneObject(node, .annotations)) }
        actors = try scene.list("actors").map { try SceneActor(try SceneObject($0, .actor)) }
        layers = try scene.list("layers").map { try SceneLayer(try SceneObject($0, .layer)) }
    }
}

extension SceneLayer {
    init(_ object: SceneObject) throws {
        actors = try object.list("actors").map { try SceneActor(try SceneObject($0, .actor)) }
        if let node = object["camera"] { camera = try SceneCamera(try SceneObject(node, .camera)) }
        lights = try object.list("lights").map { try SceneLight(try SceneObject($0, .light)) }
        if let place = object.numbers("viewport") { viewport = Viewport(x: place[0], y: place[1], width: place[2], height: place[3]) }
        isInteractive = object.boolean("interactive") ?? false
    }
}

extension SceneCamera {
    init(_ object: SceneObject) throws {
        position = object.vector("position")
        focalPoint = object.vector("focal_point")
        viewUp = object.vector("view_up")
        viewAngle = object.number("view_angle")
        parallelScale = object.number("parallel_scale")
        azimuth = object.number("azimuth")
        elevation = object.number("elevation")
        orbit = object.integer("orbit")
        let eye = position ?? Vector3(0, 0, 1)
        let target = focalPoint ?? Vector3()
        guard (eye - target).length > 0 else { throw object["position"]!.problem("a position that is not the focal point") }
        if let viewUp, viewUp.cross(eye - target).length == 0 {
            throw object["view_up"]!.problem("a vector that is not parallel to the line of sight")
        }
    }
}

extension SceneLight {
    init(_ object: SceneObject) throws {
        self.init(direction: object.vector("direction"), color: object.color("color") ?? SIMD3(1, 1, 1), intensity: object.number("intensity") ?? 1)
        position = object.vector("position")
        coneAngle = object.number("cone_angle")
        exponent = object.number("exponent")
        attenuation = object.vector("attenuation")
        followsCamera = object.boolean("follows_camera") ?? false
        if let direction, direction.length == 0 { throw object["direction"]!.problem("a vector that has a length") }
        if coneAngle != nil && (position == nil || direction == nil) {
            throw object["cone_angle"]!.problem("a position and a direction beside it", found: "a light without")
        }
        if followsCamera && (direction == nil || position != nil) {
            throw object["follows_camera"]!.problem("a direction beside it, and no position", found: "another light")
        }
    }
}

extension SceneActor {
    init(_ object: SceneObject) throws {
        var inputs: [SceneInput] = []
        if let file = object.text("file") { inputs.append(.file(file)) }
        inputs += (object.texts("files") ?? []).map { .file($0) }
        if let source = object.text("source") { inputs.append(.source(source)) }
        inputs += (object.texts("sources") ?? []).map { .source($0) }
        guard !inputs.isEmpty else { throw object.node.problem("one of the keys file, files, source, sources", found: "none of them") }
        self.init(inputs: inputs)
        points = object.texts("points")
        if let points, points.count != 3 { throw object["points"]!.problem("three names of columns") }
        raw = object.text("raw")
        if let node = object["raw"], let raw {
            do {
                _ = try RawVolumeLayout(parsing: raw)
            } catch let error as DatasetError {
                throw node.problem("the layout of bare numbers", found: error.message)
            }
        }
        solution = object.text("solution")
        time = object.number("time")
        steps = try object.list("steps").map { try $0.step() }
        color = object.color("color")
        coloring = try object["color_by"].map { try SceneColoring(try SceneObject($0, .coloring)) }
        opacity = object.number("opacity")
        opacityBy = try object["opacity_by"].map { try SceneOpacity(try SceneObject($0, .opacity)) }
        interpolation =
            switch object.text("normals") {
            case "point": .smooth
            case "gouraud": .gouraud
            default: .flat
            }
        ambient = object.number("ambient")
        diffuse = object.number("diffuse")
        specular = object.number("specular")
        specularPower = object.number("specular_power")
        specularColor = object.color("specular_color")
        isUnlit = object.boolean("unlit") ?? false
        representation = object.text("representation").flatMap { Material.Representation(rawValue: $0) }
        showsEdges = object.boolean("edges") ?? false
        edgeColor = object.color("edge_color")
        culling = object.text("cull").flatMap { Material.Culling(rawValue: $0) }
        backColor = object.color("back_color")
        lineWidth = object.number("line_width")
        pointSize = object.number("point_size")
    }
}

extension SceneObject {
    /// Two numbers, the lesser first.
    fileprivate func range() throws -> (lower: Double, upper: Double)? {
        guard let ends = numbers("range") else { return nil }
        guard ends[0] <= ends[1] else { throw self["range"]!.problem("the lesser number first") }
        return (ends[0], ends[1])
    }

    /// Values that rise, with opacities.
    fileprivate func opacityPoints() throws -> [SIMD2<Double>] {
        let nodes = list("opacity_points")
        let points = nodes.compactMap { $0.json.doubles }.map { SIMD2($0[0], $0[1]) }
        for (index, point) in points.enumerated() {
            guard (0...1).contains(point.y), index == 0 || point.x > points[index - 1].x else {
                throw nodes[index].problem("values that rise, and opacities from 0 to 1")
            }
        }
        return points
    }
}

extension SceneOpacity {
    init(_ object: SceneObject) throws {
        guard let name = object.text("array") else { throw object.node.problem("the key \"array\"", found: "none") }
        self.init(array: ArraySelector(parsing: name))
        range = try object.range()
        points = try object.opacityPoints()
    }
}

extension SceneColoring {
    init(_ object: SceneObject) throws {
        guard let name = object.text("array") else { throw object.node.problem("the key \"array\"", found: "none") }
        self.init(array: ArraySelector(parsing: name))
        if let word = object.text("association") { array.association = Association(rawValue: word) }
        if object.text("component") != nil {
            array.component = .magnitude
        } else if let index = object.integer("component") {
            array.component = .index(index)
        }
        range = try object.range()
        if let name = object.text("map") {
            let found = ColorPreset.named(name) ?? (.coolWarm, false)
            map = .preset(found.preset)
            if found.isReversed { isReversed = true }
        } else if let node = object["map"] {
            map = .points(node.elements.compactMap { $0.json.doubles }.map { ColorControlPoint($0[0], $0[1], $0[2], $0[3]) })
        }
        nanColor = object.color("nan_color")
        belowColor = object.color("below_color")
        aboveColor = object.color("above_color")
        if let word = object.text("scale"), let value = ColorMap.Scale(rawValue: word) { scale = value }
        if let ends = object.numbers("percentiles") {
            guard ends[0] >= 0, ends[0] < ends[1], ends[1] <= 100 else { throw object["percentiles"]!.problem("two rising numbers from 0 to 100") }
            percentiles = (ends[0], ends[1])
        }
        if let value = object.boolean("reverse") { isReversed = value != isReversed }
        colorCount = object.integer("colors")
        opacityPoints = try object.opacityPoints()
        barTitle = object.text("bar_title")
        if let place = object.numbers("bar") {
            bar = place
        } else if object.boolean("bar") == true {
            bar = []
        }
    }
}
