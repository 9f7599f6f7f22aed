import Execution
import Files
import Filters
import Foundation
import SceneFiles

/// The scene that inputs, filters and look mean, or that a scene file has and the look changes.
struct SceneArguments {
    let input: InputOptions
    let look: LookOptions
    let data: String?

    /// The scene, and the folder that names of files in it are relative to.
    func description() throws -> (SceneDescription, folder: String) {
        let scenes = input.inputs.filter { $0.lowercased().hasSuffix(".json") }
        if let file = scenes.first {
            guard input.inputs.count == 1 else { throw UsageError("\(file) is a scene file, and stands alone; its actors name their own inputs") }
            guard input.steps.isEmpty else { throw UsageError("\(file) is a scene file: filters are among the steps of its actors") }
            guard input.points == nil && input.raw == nil && input.solution == nil else {
                throw UsageError("\(file) is a scene file: --points, --raw and --solution are keys of its actors")
            }
            var scene = try SceneDescription(readingFile: file)
            try look.apply(to: &scene)
            if let time = input.time { for index in scene.actors.indices { scene.actors[index].time = time } }
            return (scene, data ?? (file as NSString).deletingLastPathComponent)
        }
        var actor = SceneActor(inputs: try input.inputs.map(sceneInput))
        actor.points = try input.columns()
        (actor.raw, actor.solution, actor.time) = (input.raw, input.solution, input.time)
        actor.steps = try input.filters()
        actor.interpolation = .smooth
        var scene = SceneDescription()
        scene.actors = [actor]
        try look.apply(to: &scene)
        return (scene, data ?? "")
    }

    /// A file, or a procedural source where no file has that name.
    private func sceneInput(_ name: String) throws -> SceneInput {
        input.points == nil && input.raw == nil && Session.isSource(name) ? .source(name) : .file(name)
    }

    static func save(_ scene: SceneDescription, folder: String, to path: String) throws {
        let text = scene.json(relativeTo: (path as NSString).deletingLastPathComponent, dataFolder: folder).text(isPretty: true)
        let file = try OutputFile(path: path)
        try file.write(text + "\n")
        try file.commit()
    }
}
