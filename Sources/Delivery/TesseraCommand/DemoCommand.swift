import ArgumentParser
import Execution
import Files
import Filters
import Images
import Rasterizing
import Scenes

/// A first picture, without any data.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Makes a picture without needing any data.",
        discussion: "tessera demo -o demo.png")

    @Option(name: .shortAndLong, help: ArgumentHelp("The picture.", valueName: "OUT.png"))
    var output = "demo.png"
    @OptionGroup var parallel: ParallelOptions

    func run() throws {
        // The same as a command line that a user would type.
        let line = [
            "wavelet:192", "--contour", "RTData=90,130,170,210", "--normals=180", "--clip", "96,96,96:-0.4,0.3,-1", "--color-by", "RTData",
            "--preset", "viridis", "--background", "1,1,1", "--azimuth", "-25", "--elevation", "15", "--size", "1280x960", "--samples", "8", "-o", output,
        ]
        var render = try RenderCommand.parse(FilterArguments.rewritten(line))
        render.parallel = parallel
        try render.run()
        print("\(output) shows four isosurfaces of a wavelet, cut open: tessera render \(line.joined(separator: " "))")
    }
}
