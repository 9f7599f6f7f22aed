import ArgumentParser
import Datasets
import Execution
import Files
import Foundation
import Images
import Rasterizing
import SceneFiles
import Scenes
import Visibility

/// A picture of datasets.
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Makes a PNG or JPEG of files, sources and filters' results, or of a scene file.",
        discussion: """
            tessera render bunny.ply -o bunny.png --normals=180 --color 0.85,0.8,0.75
            tessera render disk.vtu --clip 0,0,0:1,0,0 --color-by Temp --preset viridis -o disk.png
            tessera render disk.vtu --color-by Temp --scalar-bar --axes --cube-axes --title "A hot disk" -o disk.png
            tessera render wavelet:256 --contour RTData=157 --color-by RTData --size 1920x1080 --samples 4 -o w.png
            tessera render disk.vtu --color-by Temp --save-scene disk.json -o disk.png
            tessera render disk.json --size 1920x1080 --azimuth 30 -o disk.png

            \(FilterArguments.help)
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var look: LookOptions
    @Option(name: .shortAndLong, help: ArgumentHelp("The picture.", valueName: "OUT.png|jpg"), completion: .file(extensions: ["png", "jpg"]))
    var output: String?
    @Option(help: ArgumentHelp("Quality of a JPEG, 1 to 100.", valueName: "Q"))
    var quality = 90
    @Option(help: ArgumentHelp("The folder that the names of files in a scene file are relative to; its own by default.", valueName: "FOLDER"), completion: .directory)
    var data: String?
    @Option(help: ArgumentHelp("Write the scene file that this command line means.", valueName: "FILE.json"), completion: .file(extensions: ["json"]))
    var saveScene: String?
    @OptionGroup var parallel: ParallelOptions

    func run() throws {
        if let output, PictureFormat(path: output) == nil {
            throw UsageError("-o \(output): the name of a picture ends in one of \(PictureFormat.knownEndings)")
        }
        guard (1...64).contains(parallel.reduction) else { throw UsageError("--reduction \(parallel.reduction): expected 1 to 64") }
        guard (1...100).contains(quality) else { throw UsageError("--quality \(quality): expected 1 to 100") }
        guard output != nil || saveScene != nil else { throw UsageError("render needs the picture's name: -o OUT.png") }
        let session = try Session(parallel)
        let (description, folder) = try SceneArguments(input: input, look: look, data: data).description()
        if let saveScene { try session.onRoot { try SceneArguments.save(description, folder: folder, to: saveScene) } }
        if let output { try draw(description, folder, session, to: output) }
        try session.finish()
    }

    private func draw(_ description: SceneDescription, _ folder: String, _ session: Session, to output: String) throws {
        if session.ranks.count > 1 || parallel.reduction > 1 {
            let builder = SceneBuilder(context: session.context, folder: folder) { _, _ in throw DatasetError("every rank makes its own data") }
            let inputs = input.inputs.filter { $0.hasSuffix(".json") } + builder.files(description)
            let picture = RankPicture(description: description, folder: folder, inputs: inputs, output: output, quality: quality)
            for (pipeline, time) in try builder.pipelines(description) { _ = try session.plan(pipeline, time: time) }
            return try session.draw(picture, parallel.rendering)
        }
        let builder = SceneBuilder(context: session.context, folder: folder) { pipeline, time in
            guard let dataset = try session.run(pipeline, time: time) else { throw DatasetError("only the first rank draws") }
            return dataset
        }
        try draw(description, builder, session, to: output)
    }

    private func draw(_ description: SceneDescription, _ builder: SceneBuilder, _ session: Session, to output: String) throws {
        let provenance = try session.provenance(inputs: input.inputs.filter { $0.hasSuffix(".json") } + builder.files(description), output: output)
        var scene = try builder.scene(description)
        let cameras = builder.cameras(description, in: scene)
        let renderer = Rasterizer()
        for (index, camera) in cameras.enumerated() {
            scene.camera = camera
            let frame = try session.context.trace.timing("render") { try renderer.render(try scene.makeDrawList(), in: session.context) }
            let path = description.camera.orbit == nil ? output : RenderCommand.numbered(output, index + 1)
            try session.context.trace.timing("write picture") { 
                try frame.image.write(to: path, quality: quality, text: provenance.entries, in: session.context)
             }
        }
    }

    /// `out.png` → `out-0001.png`.
    static func numbered(_ path: String, _ number: Int) -> String {
        let digits = String(number)
        let ending = (path as NSString).pathExtension
        return path.dropLast(ending.count + 1) + "-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "." + ending
    }
}
