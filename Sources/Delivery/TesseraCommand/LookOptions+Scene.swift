import Datasets
import Geometry
import SceneFiles
import Scenes

extension LookOptions {
    /// Changes a scene as the options say.
    ///
    /// - Throws: `UsageError`.
    func apply(to scene: inout SceneDescription) throws {
        if let size {
            let sides = try Self.sides(size)
            (scene.width, scene.height) = (sides.width, sides.height)
        }
        if let samples {
            guard samples >= 1 && samples <= 64 else { throw UsageError("--samples \(samples): expected 1 to 64") }
            scene.samples = samples
        }
        if let background { scene.background = try OptionText("background", background, example: "0.9,0.9,1").color() }
        if !light.isEmpty { scene.lights = try light.map(LookOptions.light) }
        try apply(to: &scene.camera)
        try apply(to: &scene.annotations)
        for index in scene.actors.indices { try apply(to: &scene.actors[index]) }
    }

    /// The numbers of `WxH`.
    static func sides(_ text: String) throws -> (width: Int, height: Int) {
        let sides = text.lowercased().split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ $0 >= 1 && $0 <= 32768 }) else {
            throw UsageError("--size \(text): expected WxH in pixels, 1 to 32768 each, such as --size 1920x1080")
        }
        return (sides[0], sides[1])
    }

    private static func light(_ text: String) throws -> SceneLight {
        let option = OptionText("light", text, example: "0,-1,0:1,1,1:0.8")
        let parts = try option.parts(":", 1...3, form: "X,Y,Z[:R,G,B[:INTENSITY]]")
        let direction = try option.vector(parts[0])
        guard direction.length > 0 else { throw option.problem("the direction has no length") }
        return SceneLight(
            direction: direction, color: parts.count > 1 ? try option.color(parts[1]) : SIMD3(1, 1, 1),
            intensity: parts.count > 2 ? try option.number(parts[2], in: 0...1e6) : 1)
    }

    private func apply(to camera: inout SceneCamera) throws {
        if let text = self.camera {
            let option = OptionText("camera", text, example: "0,0,10:0,0,0:0,1,0")
            let vectors = try option.parts(":", 3...3, form: "position, focal point and view up").map { try option.vector($0) }
            guard (vectors[0] - vectors[1]).length > 0 else { throw option.problem("position and focal point are the same") }
            guard vectors[2].cross(vectors[0] - vectors[1]).length > 0 else { throw option.problem("view up is parallel to the line of sight") }
            (camera.position, camera.focalPoint, camera.viewUp) = (vectors[0], vectors[1], vectors[2])
            (camera.azimuth, camera.elevation) = (nil, nil)
        }
        if let viewAngle {
            guard viewAngle > 0 && viewAngle < 180 else { throw UsageError("--view-angle \(viewAngle): expected 0 to 180 degrees") }
            camera.viewAngle = viewAngle
        }
        if let parallelScale {
            guard parallelScale > 0 else { throw UsageError("--parallel-scale \(parallelScale): expected a number above zero") }
            camera.parallelScale = parallelScale
        }
        if let azimuth { camera.azimuth = azimuth }
        if let elevation { camera.elevation = elevation }
        if let orbit {
            guard orbit >= 1 && orbit <= 100_000 else { throw UsageError("--orbit \(orbit): expected 1 to 100000 pictures") }
            camera.orbit = orbit
        }
    }

    private func apply(to actor: inout SceneActor) throws {
        if let color { actor.color = try OptionText("color", color, example: "0.9,0.5,0.1").color() }
        if let opacity { actor.opacity = try OptionText("opacity", opacity, example: "0.4").number(in: 0...1) }
        if let opacityBy {
            let parts = opacityBy.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            actor.opacityBy = SceneOpacity(array: ArraySelector(parsing: parts[0]))
            if parts.count == 2 {
                let option = OptionText("opacity-by", opacityBy, example: "Temp=300:900")
                let ends = try parts[1].split(separator: ":", omittingEmptySubsequences: false).map { try option.number(String($0)) }
                guard ends.count == 2 else { throw option.problem("expected NAME=LO:HI") }
                guard ends[0] <= ends[1] else { throw option.problem("the lower end is above the upper") }
                actor.opacityBy?.range = (ends[0], ends[1])
            }
        }
        if edges { actor.showsEdges = true }
        if wireframe { actor.representation = .wireframe }
        if vertices { actor.representation = .points }
        if let pointSize {
            guard pointSize > 0 && pointSize <= 1000 else { throw UsageError("--point-size \(pointSize): expected a size in pixels") }
            actor.pointSize = pointSize
        }
        if let interpolation {
            guard let kind = ["flat": Material.Interpolation.flat, "gouraud": .gouraud, "phong": .smooth][interpolation] else {
                throw UsageError("--interpolation \(interpolation): there are flat, gouraud, phong")
            }
            actor.interpolation = kind
        }
        if flat { actor.interpolation = .flat }
        if let cull {
            guard let culling = Material.Culling(rawValue: cull) else { throw UsageError("--cull \(cull): there are none, back, front") }
            actor.culling = culling
        }
        if unlit { actor.isUnlit = true }
        if let lineWidth {
            guard lineWidth > 0 && lineWidth <= 1000 else { throw UsageError("--line-width \(lineWidth): expected a width in pixels") }
            actor.lineWidth = lineWidth
        }
        if let ambient { actor.ambient = try OptionText("ambient", ambient, example: "0.2").number(in: 0...1) }
        if let specular {
            let option = OptionText("specular", specular, example: "0.3:20")
            let parts = try option.parts(":", 1...2, form: "S or S:POWER")
            actor.specular = try option.number(parts[0], in: 0...1)
            actor.specularPower = parts.count == 2 ? try option.number(parts[1], in: 0...32768) : 20
        }
        try applyColoring(to: &actor)
    }

    private func applyColoring(to actor: inout SceneActor) throws {
        let preset = try preset.map { try PresetOption($0) }
        let nanColor = try nanColor.map { try OptionText("nan-color", $0, example: "0.5,0.5,0.5").color() }
        if let colorBy {
            if actor.coloring == nil { actor.coloring = SceneColoring(array: ArraySelector(parsing: colorBy)) }
            actor.coloring?.array = ArraySelector(parsing: colorBy)
            if range == nil {
                actor.coloring?.range = nil
                actor.coloring?.percentiles = nil
            }
        }
        if let preset, var coloring = actor.coloring {
            preset.apply(to: &coloring)
            actor.coloring = coloring
        }
        if let nanColor { actor.coloring?.nanColor = nanColor }
        if var coloring = actor.coloring {
            try applyScale(to: &coloring)
            actor.coloring = coloring
        }
    }
}
