import Dataflow
import Datasets
import Execution
import Files
import Filters
import Foundation
import Geometry
import Mapping
import Scenes

/// A scene and the data that it shows.
public struct BuiltScene: Sendable {
    public var scene: Scene
    /// By layer (0 is the scene itself) and actor.
    public var data: [[[DrawnDataset]]]
}

/// A dataset that drawables were made of.
public struct DrawnDataset: Sendable {
    public var dataset: Dataset
    /// Places among the actor's drawables.
    public var drawables: Range<Int>
    /// The input that it comes from; nil where inputs were joined.
    public var input: Int?
}

/// Makes scenes of their descriptions: reads, filters, maps.
public struct SceneBuilder {
    public var context: ExecutionContext
    /// What names of files are relative to; empty for the working directory.
    public var folder: String
    /// Whether cells carry the numbers that they have in their input, for picking.
    public var numbersCells = false
    /// Whether glyphs are drawn as copies of their shape, where they are what an actor shows; else, and on many ranks, as geometry. The
    /// pictures are the same.
    public var drawsCopies = true
    /// Runs a pipeline to its whole result, at once or in pieces; on one of many ranks, to the pieces that this rank has.
    ///
    /// The time is nil for the first.
    public var run: (_ pipeline: Pipeline, _ time: Double?) throws -> [Dataset]
    /// What is known of the parts of the scene that others hold; nil where there are none.
    public var others: (any SceneParts)?

    public init(context: ExecutionContext, folder: String = "", run: @escaping (_ pipeline: Pipeline, _ time: Double?) throws -> Dataset) {
        self.context = context
        self.folder = folder
        self.run = { [try run($0, $1)] }
    }

    /// Makes this rank's part of a scene.
    ///
    /// Every rank makes the same calls.
    public init(
        context: ExecutionContext, folder: String, others: any SceneParts,
        pieces: @escaping (_ pipeline: Pipeline, _ time: Double?) throws -> [Dataset]
    ) {
        self.context = context
        self.folder = folder
        self.others = others
        run = pieces
    }

    /// The box of the whole scene of which `bounds` is that of the part here.
    private func whole(_ bounds: Bounds) throws -> Bounds { try others?.union(bounds) ?? bounds }

    /// The scene with everything in it, the camera placed.
    ///
    /// - Throws: what reading and filtering throw.
    public func scene(_ description: SceneDescription) throws -> Scene { try build(description).scene }

    /// The scene, and the data that each actor shows.
    public func build(_ description: SceneDescription) throws -> BuiltScene {
        let actors = try description.actors.map(actor)
        var data = [actors.map(\.data)]
        var scene = Scene(
            actors: actors.map(\.actor), lights: description.lights.asLights, background: SIMD3<Float>(description.background),
            width: description.width, height: description.height, samples: description.samples)
        scene.camera = description.camera.camera(try whole(scene.bounds), width: scene.width, height: scene.height)
        scene.layers = try description.layers.map { layer in
            let actors = try layer.actors.map(actor)
            data.append(actors.map(\.data))
            var made = Layer(
                actors: actors.map(\.actor), lights: layer.lights.asLights, viewport: layer.viewport, isInteractive: layer.isInteractive)
            let region = layer.viewport.region(width: scene.width, height: scene.height)
            made.camera = layer.camera.camera(try whole(made.bounds), width: region?.width ?? 1, height: region?.height ?? 1)
            return made
        }
        scene.annotations = description.annotations.annotations
        let made = scene.actors + scene.layers.flatMap(\.actors)
        for (actor, description) in zip(made, description.actors + description.layers.flatMap(\.actors)) {
            guard let map = actor.colorMap, let bar = description.coloring?.scalarBar(map) else { continue }
            scene.annotations.scalarBars.append(bar)
        }
        return BuiltScene(scene: scene, data: data)
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
    /// - Parameter draws: whether spheres, and glyphs of the last step, are drawn as such rather than made of triangles.
    public func pipelines(_ actor: SceneActor, draws: Bool = true) throws -> [Pipeline] {
        try actor.inputs.map { input in
            let pipeline = Pipeline(try source(input, of: actor))
            return numbersCells ? pipeline.appending(OriginalCellIds()) : pipeline
        }.applying(actor.steps.flatMap(\.filters), draws: draws)
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
        for case .file(let name) in (description.actors + description.layers.flatMap(\.actors)).flatMap(\.inputs) where !files.contains(path(of: name)) { files.append(path(of: name)) }
        return files
    }

    /// The pipelines that `build` runs, in its order, with their times.
    public func pipelines(_ description: SceneDescription) throws -> [(pipeline: Pipeline, time: Double?)] {
        try (description.actors + description.layers.flatMap(\.actors)).flatMap { actor in
            try pipelines(actor).map { (try SceneBuilder.drawable($0), actor.time) }
        }
    }

    private func actor(_ actor: SceneActor) throws -> (actor: Actor, data: [DrawnDataset]) {
        let results = try pipelines(actor).map { try drawn($0, actor) }
        return try context.trace.timing("map") {
            var mapper = DatasetMapper(colorBy: actor.coloring?.array, sphereRadius: actor.sphereRadius)
            if let opacity = actor.opacityBy {
                mapper.opacityBy = opacity.array
                mapper.opacityPoints = try opacity.controlPoints(over: facts(opacity.array, results.map(\.parts)))
            }
            var drawables: [Drawable] = []
            var data: [DrawnDataset] = []
            for (index, result) in results.enumerated() {
                if let others {
                    let shapes = try others.sum(try result.parts.map { try DatasetMapper.shapes(of: $0, context: context) })
                    mapper.shapes = result.copies == nil ? shapes : nil
                }
                for part in result.parts {
                    let first = drawables.count
                    if let copies = result.copies {
                        drawables += try mapper.drawables(
                            of: copies.shape, at: copies.frames, points: copies.points, sources: copies.sources, context: context)
                    } else {
                        drawables += try mapper.drawables(of: part, context: context).map { drawable in
                            var drawable = drawable
                            drawable.order = drawable.order.map { $0 + index << 20 }
                            return drawable
                        }
                    }
                    data.append(
                        DrawnDataset(
                            dataset: part, drawables: first..<drawables.count, input: results.count == actor.inputs.count ? index : nil))
                }
            }
            return (Actor(drawables, material: actor.material, colorMap: try actor.coloring.flatMap { try $0.colorMap(of: facts($0.array, results.map(\.parts))) }), data)
        }
    }

    /// What is known of an array's values in an actor's data, in all parts of it.
    private func facts(_ selector: ArraySelector, _ results: [[Dataset]]) -> any ColoringFacts {
        let local = DatasetColoringFacts(selector, in: results.flatMap { $0 }, context: context)
        return others?.facts(selector, local, results) ?? local
    }

    /// What a pipeline of an actor gives to draw: its result, or the points that have copies of a shape, and these.
    private func drawn(_ pipeline: Pipeline, _ actor: SceneActor) throws -> (parts: [Dataset], copies: GlyphCopies?) {
        guard let glyph = actor.glyph else { return (try run(try SceneBuilder.drawable(pipeline), actor.time), nil) }
        let kind = try pipeline.describe().kind
        if !drawsCopies || others?.placesCopies == false || kind == .blocks || kind == .table { return (try run(pipeline.appending(glyph), actor.time), nil) }
        let parts = try others.map { try $0.whole(pipeline, time: actor.time).map { [$0] } ?? [] } ?? run(pipeline, actor.time)
        guard parts.count == 1, let dataset = parts.first else { return (parts, nil) }
        return try context.trace.timing(glyph.name) {
            if let copies = try glyph.copies(of: dataset, context: context), copies.canColor(by: actor.coloring?.array),
                copies.canColor(by: actor.opacityBy?.array)
            {
                return ([.poly(copies.points)], copies)
            }
            return ([try glyph.apply(to: dataset, request: UpdateRequest(), context: context)], nil)
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

extension GlyphCopies {
    /// Whether a colour of each copy is what the array means: not where it is one that the shape's points differ in.
    func canColor(by array: ArraySelector?) -> Bool {
        guard let found = try? array?.resolve(in: points.attributes) else { return array == nil }
        return found.array.name != "Normals" || shape.attributes.pointData["Normals"] == nil
    }
}

/// What ranks that hold parts of one scene tell each other of them. Every rank makes the same calls in the same order.
public protocol SceneParts {
    /// The box of all parts' boxes.
    func union(_ bounds: Bounds) throws -> Bounds
    /// The shapes of a dataset's leaves, given those of the parts of it that are here.
    func sum(_ parts: [[DrawnShape]]) throws -> [DrawnShape]
    /// What is known of all parts' values.
    ///
    /// - Parameters:
    ///   - local: of the parts that are here.
    ///   - parts: those themselves, a list for each dataset.
    func facts(_ selector: ArraySelector, _ local: DatasetColoringFacts, _ parts: [[Dataset]]) -> any ColoringFacts
    /// Whether glyphs that an actor shows are copies of one shape, all on the first rank; else they are geometry, each rank's its own.
    var placesCopies: Bool { get }
    /// The whole result of a pipeline, on the first rank; nil on the others.
    func whole(_ pipeline: Pipeline, time: Double?) throws -> Dataset?
}
