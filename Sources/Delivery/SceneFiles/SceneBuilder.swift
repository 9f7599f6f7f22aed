import Dataflow
import Datasets
import Execution
import Files
import Filters
import Foundation
import Geometry
import Mapping
import Scenes

/// Makes scenes of their descriptions: reads, filters, maps.
public struct SceneBuilder {
    public var context: ExecutionContext
    /// What names of files are relative to; empty for the working directory.
    public var folder: String
    /// Runs a pipeline to its whole result, at once or in pieces.
    ///
    /// The time is nil for the first.
    public var run: (_ pipeline: Pipeline, _ time: Double?) throws -> Dataset

    public init(context: ExecutionContext, folder: String = "", run: @escaping (_ pipeline: Pipeline, _ time: Double?) throws -> Dataset) {
        self.context = context
        self.folder = folder
        self.run = run
    }

    /// The scene with everything in it, the camera placed.
    ///
    /// - Throws: what reading and filtering throw.
    public func scene(_ description: SceneDescription) throws -> Scene {
        var scene = Scene(
            actors: try description.actors.map(actor), lights: description.lights.isEmpty ? [Light()] : description.lights.map(\.light),
            background: SIMD3<Float>(description.background), width: description.width, height: description.height, samples: description.samples)
        scene.annotations = description.annotations.annotations
        for (actor, description) in zip(scene.actors, description.actors) {
            guard let map = actor.colorMap, let bar = description.coloring?.scalarBar(map) else { continue }
            scene.annotations.scalarBars.append(bar)
        }
        description.camera.place(in: &scene)
        return scene
    }

    /// The cameras of the pictures: one, or those of an orbit.
    public func cameras(_ description: SceneDescription, in scene: Scene) -> [Camera] {
        guard let count = description.camera.orbit else { return [scene.camera] }
        return (0..<count).map { index in
            var camera = scene.camera
            camera.turn(azimuth: 360 * Double(index) / Double(count))
            return camera
        }
    }

    /// The pipelines of an actor: one an input, until a step joins them.
    ///
    /// - Parameter draws: whether spheres are drawn as such rather than made of triangles.
    public func pipelines(_ actor: SceneActor, draws: Bool = true) throws -> [Pipeline] {
        try actor.inputs.map { Pipeline(try source($0, of: actor)) }.applying(actor.steps.flatMap(\.filters), draws: draws)
    }

    /// - Throws: `FileError`, `DatasetError` for a procedural source that does not exist.
    private func source(_ input: SceneInput, of actor: SceneActor) throws -> any Source {
        switch input {
        case .source(let text):
            guard let source = try proceduralSource(parsing: text) else {
                throw DatasetError("source \(text): there are \(proceduralSourceNames.map { $0 + ":…" }.joined(separator: ", "))")
            }
            return source
        case .file(let name):
            let options = FileOptions(
                rawLayout: try actor.raw.map { try RawVolumeLayout(parsing: $0) }, solution: actor.solution.map { $0 == "none" ? $0 : path(of: $0) })
            if let points = actor.points { return try FileSource(path: path(of: name), points: (x: points[0], y: points[1], z: points[2]), options: options) }
            let source = try FileSource(path: path(of: name), options: options)
            guard try source.describe().kind == .table else { return source }
            return try FileSource(path: path(of: name), points: (x: "x", y: "y", z: "z"), options: options)
        }
    }

    private func path(of name: String) -> String { name.hasPrefix("/") || folder.isEmpty ? name : folder + "/" + name }

    /// The files that the scene names.
    public func files(_ description: SceneDescription) -> [String] {
        var files: [String] = []
        for case .file(let name) in description.actors.flatMap(\.inputs) where !files.contains(path(of: name)) { files.append(path(of: name)) }
        return files
    }

    private func actor(_ actor: SceneActor) throws -> Actor {
        let datasets = try pipelines(actor).map { try run(try SceneBuilder.drawable($0), actor.time) }
        return try context.trace.timing("map") {
            let mapper = DatasetMapper(colorBy: actor.coloring?.array, sphereRadius: actor.sphereRadius)
            return Actor(
                try datasets.flatMap { try mapper.drawables(of: $0, context: context) }, material: actor.material,
                colorMap: try actor.coloring?.colorMap(of: datasets, context: context))
        }
    }

    /// The pipeline with an external surface behind it where its result cannot be drawn as it is.
    public static func drawable(_ pipeline: Pipeline) throws -> Pipeline {
        switch try pipeline.describe().kind {
        case .poly, .table: pipeline
        default: pipeline.appending(Surface())
        }
    }
}

extension SceneLight {
    var light: Light {
        Light(direction.map { .directional($0) } ?? .headlight, color: SIMD3<Float>(color), intensity: Float(intensity))
    }
}

extension SceneCamera {
    /// Puts the scene's camera there; what is not given is chosen so that everything is in view.
    func place(in scene: inout Scene) {
        if let viewAngle { scene.camera.viewAngle = viewAngle }
        if let viewUp { scene.camera.viewUp = viewUp }
        if let position {
            scene.camera.position = position
            scene.camera.focalPoint = focalPoint ?? Vector3()
        } else {
            scene.resetCamera()
            if let focalPoint {
                scene.camera.position += focalPoint - scene.camera.focalPoint
                scene.camera.focalPoint = focalPoint
            }
        }
        if let parallelScale {
            scene.camera.projection = .parallel
            scene.camera.parallelScale = parallelScale
        }
        if let azimuth { scene.camera.turn(azimuth: azimuth) }
        if let elevation { scene.camera.raise(elevation: elevation) }
    }
}

extension SceneActor {
    /// The radius of the last step that makes spheres of points.
    var sphereRadius: Double? {
        for case .spheres(let radius, _) in steps.flatMap(\.filters).reversed() { return radius }
        return nil
    }

    var material: Material {
        var material = Material()
        if let color { material.color = SIMD3<Float>(color) }
        if let opacity { material.opacity = Float(opacity) }
        material.interpolation = isSmooth ? .smooth : .flat
        if let ambient { material.ambient = Float(ambient) }
        if let diffuse { material.diffuse = Float(diffuse) }
        if let specular { material.specular = Float(specular) }
        if let specularPower { material.specularPower = Float(specularPower) }
        if let specularColor { material.specularColor = SIMD3<Float>(specularColor) }
        material.isLit = !isUnlit
        if let representation { material.representation = representation }
        material.showsEdges = showsEdges
        if let edgeColor { material.edgeColor = SIMD3<Float>(edgeColor) }
        if let lineWidth { material.lineWidth = Float(lineWidth) }
        if let pointSize { material.pointSize = Float(pointSize) }
        return material
    }
}
