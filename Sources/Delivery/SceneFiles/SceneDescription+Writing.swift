import Datasets
import Foundation
import Geometry
import Scenes

extension SceneDescription {
    /// The scene file of this description; reading it gives the same picture.
    ///
    /// - Parameters:
    ///   - folder: where the scene file will be; names of files become relative to it.
    ///   - dataFolder: what the names are relative to now.
    public func json(relativeTo folder: String, dataFolder: String) -> JSONValue {
        var members = SceneMembers()
        members.add("size", .array([.integer(width), .integer(height)]))
        if samples != 1 { members.add("samples", .integer(samples)) }
        members.add("background", background)
        members.add("camera", camera.json, unless: .object([]))
        if !lights.isEmpty { members.add("lights", .array(lights.map(\.json))) }
        let path = { (name: String) in RelativePath.from(folder, to: name, in: dataFolder) }
        members.add("actors", .array(actors.map { $0.json(path: path) }))
        members.add("layers", .array(layers.map { $0.json(path: path) }), unless: .array([]))
        members.add("annotations", annotations.json, unless: .object([]))
        return members.object
    }
}

extension SceneLayer {
    fileprivate func json(path: (String) -> String) -> JSONValue {
        var members = SceneMembers()
        members.add("actors", .array(actors.map { $0.json(path: path) }))
        members.add("camera", camera.json, unless: .object([]))
        members.add("lights", .array(lights.map(\.json)), unless: .array([]))
        if viewport != Viewport() { members.add("viewport", JSONValue([viewport.x, viewport.y, viewport.width, viewport.height])) }
        members.add("interactive", isInteractive)
        return members.object
    }
}

/// The members of an object, in order, without what has no value.
struct SceneMembers {
    private var members: [(key: String, value: JSONValue)] = []

    var object: JSONValue { .object(members) }

    mutating func add(_ key: String, _ value: JSONValue?, unless nothing: JSONValue? = nil) {
        if let value, value != nothing { members.append((key, value)) }
    }
    mutating func add(_ key: String, _ value: Double?) { add(key, value.map { .number($0) }) }
    /// Three numbers: a place, a direction or a colour.
    mutating func add(_ key: String, _ value: Vector3?) { add(key, value.map { JSONValue($0) }) }
    mutating func add(_ key: String, _ flag: Bool) { if flag { members.append((key, .bool(true))) } }
}

extension SceneCamera {
    fileprivate var json: JSONValue {
        var members = SceneMembers()
        members.add("position", position)
        members.add("focal_point", focalPoint)
        members.add("view_up", viewUp)
        members.add("view_angle", viewAngle)
        members.add("parallel_scale", parallelScale)
        members.add("azimuth", azimuth)
        members.add("elevation", elevation)
        members.add("orbit", orbit.map { .integer($0) })
        return members.object
    }
}

extension SceneLight {
    fileprivate var json: JSONValue {
        var members = SceneMembers()
        members.add("direction", direction)
        members.add("position", position)
        members.add("cone_angle", coneAngle)
        members.add("exponent", exponent)
        members.add("attenuation", attenuation)
        members.add("follows_camera", followsCamera)
        members.add("color", color)
        members.add("intensity", intensity)
        return members.object
    }
}

extension SceneActor {
    fileprivate func json(path: (String) -> String) -> JSONValue {
        var members = SceneMembers()
        let files = inputs.compactMap { if case .file(let name) = $0 { JSONValue.string(path(name)) } else { nil } }
        let sources = inputs.compactMap { if case .source(let name) = $0 { JSONValue.string(name) } else { nil } }
        members.add(files.count == 1 ? "file" : "files", files.count == 1 ? files[0] : .array(files), unless: .array([]))
        members.add(sources.count == 1 ? "source" : "sources", sources.count == 1 ? sources[0] : .array(sources), unless: .array([]))
        members.add("points", points.map { .array($0.map { .string($0) }) })
        members.add("raw", raw.map { .string($0) })
        members.add("solution", solution.map { .string($0 == "none" ? $0 : path($0)) })
        members.add("time", time)
        members.add("steps", .array(steps.map { .object([(key: "op", value: .string($0.operation))] + $0.values.members) }), unless: .array([]))
        members.add("color", color)
        members.add("color_by", coloring?.json)
        members.add("opacity", opacity)
        members.add("opacity_by", opacityBy?.json)
        if interpolation != .flat { members.add("normals", .string(interpolation == .smooth ? "point" : "gouraud")) }
        members.add("ambient", ambient)
        members.add("diffuse", diffuse)
        members.add("specular", specular)
        members.add("specular_power", specularPower)
        members.add("specular_color", specularColor)
        members.add("unlit", isUnlit)
        members.add("representation", representation.map { .string($0.rawValue) })
        members.add("edges", showsEdges)
        members.add("edge_color", edgeColor)
        members.add("cull", culling.map { .string($0.rawValue) })
        members.add("back_color", backColor)
        members.add("line_width", lineWidth)
        members.add("point_size", pointSize)
        return members.object
    }
}

extension SceneOpacity {
    fileprivate var json: JSONValue {
        var members = SceneMembers()
        members.add("array", .string("\(array)"))
        members.add("range", range.map { JSONValue([$0.lower, $0.upper]) })
        if !points.isEmpty { members.add("opacity_points", .array(points.map { JSONValue([$0.x, $0.y]) })) }
        return members.object
    }
}

extension SceneColoring {
    fileprivate var json: JSONValue {
        var members = SceneMembers()
        members.add("array", .string(array.name))
        members.add("association", array.association.map { .string($0.rawValue) })
        switch array.component {
        case .automatic: break
        case .magnitude: members.add("component", .string("magnitude"))
        case .index(let index): members.add("component", .integer(index))
        }
        members.add("range", range.map { JSONValue([$0.lower, $0.upper]) })
        switch map {
        case .preset(let preset): members.add("map", .string(preset.rawValue))
        case .points(let points):
            members.add("map", .array(points.map { JSONValue([$0.position, $0.color.x, $0.color.y, $0.color.z]) }))
        }
        members.add("nan_color", nanColor)
        members.add("below_color", belowColor)
        members.add("above_color", aboveColor)
        if scale != .linear { members.add("scale", .string(scale.rawValue)) }
        members.add("percentiles", percentiles.map { JSONValue([$0.lower, $0.upper]) })
        members.add("reverse", isReversed)
        members.add("colors", colorCount.map { .integer($0) })
        if !opacityPoints.isEmpty { members.add("opacity_points", .array(opacityPoints.map { JSONValue([$0.x, $0.y]) })) }
        members.add("bar_title", barTitle.map { .string($0) })
        if let bar { members.add("bar", bar.isEmpty ? .bool(true) : JSONValue(bar)) }
        return members.object
    }
}

/// Names of files as seen from another folder.
enum RelativePath {
    static func from(_ folder: String, to name: String, in current: String) -> String {
        if name.hasPrefix("/") { return name }
        func parts(_ path: String) -> [String] {
            let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
            return URL(fileURLWithPath: absolute).standardized.pathComponents
        }
        let base = parts(folder.isEmpty ? "." : folder)
        let target = parts(current.isEmpty ? name : current + "/" + name)
        var shared = 0
        while shared < base.count && shared < target.count && base[shared] == target[shared] { shared += 1 }
        return (Array(repeating: "..", count: base.count - shared) + target[shared...]).joined(separator: "/")
    }
}
