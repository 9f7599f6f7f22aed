import ArgumentParser
import SceneFiles

/// The JSON schema of scene files.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON schema of scene files, which editors use to complete and check them.",
        discussion: "tessera schema > scene.schema.json")

    func run() throws { print(SceneSchema.json.text(isPretty: true)) }
}
