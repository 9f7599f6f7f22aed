import ArgumentParser
import Dataflow
import Datasets
import Execution
import Files
import Filters
import Geometry
import Images
import Mapping
import Rasterizing
import Scenes
import Visibility

/// How a picture looks.
struct LookOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Colour by an array; NAME may be point:NAME or cell:NAME, with :COMPONENT or :magnitude.", valueName: "NAME"))
    var colorBy: String?
    @Option(help: ArgumentHelp("Colour map: \(ColorPreset.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "NAME"))
    var preset = ColorPreset.coolWarm.rawValue
    @Option(help: ArgumentHelp("Values at the ends of the colour map; the data's by default.", valueName: "LO:HI"))
    var range: String?
    @Option(help: ArgumentHelp("Colour where there are no data to colour by, 0…1.", valueName: "R,G,B"))
    var color: String?
    @Option(help: ArgumentHelp("Colour behind everything, 0…1.", valueName: "R,G,B"))
    var background: String?
    @Option(help: ArgumentHelp("Colour of NaN, 0…1.", valueName: "R,G,B"))
    var nanColor: String?
    @Flag(help: "Draw the cells' edges over the surface.")
    var edges = false
    @Flag(help: "Draw edges only.")
    var wireframe = false
    @Flag(help: "One normal a face, even where the data have point normals.")
    var flat = false
    @Option(help: ArgumentHelp("Width of lines and edges in pixels.", valueName: "PIXELS"))
    var lineWidth: Float = 1
    @Option(help: ArgumentHelp("Strength of highlights, 0…1, and how sharp they are.", valueName: "S[:POWER]"))
    var specular: String?
    @Option(help: ArgumentHelp("A light that shines along X,Y,Z; may be given again. Without any, one shines from the camera.", valueName: "X,Y,Z[:R,G,B[:INTENSITY]]"))
    var light: [String] = []
    @Option(help: ArgumentHelp("Size of the picture in pixels.", valueName: "WxH"))
    var size = "1024x768"
    @Option(help: ArgumentHelp("Samples a pixel, 1 to 64.", valueName: "N"))
    var samples = 1
    @Option(help: ArgumentHelp("Position, focal point and view-up vector; everything in view, down −z, by default.", valueName: "PX,PY,PZ:FX,FY,FZ:UX,UY,UZ"))
    var camera: String?
    @Option(help: ArgumentHelp("Vertical angle of view in degrees.", valueName: "DEG"))
    var viewAngle: Double?
    @Option(help: ArgumentHelp("Parallel projection; half the picture's height in the data's units.", valueName: "S"))
    var parallelScale: Double?
    @Option(help: ArgumentHelp("Turn the camera about the view-up vector, in degrees.", valueName: "DEG"))
    var azimuth: Double?
    @Option(help: ArgumentHelp("Raise the camera, in degrees.", valueName: "DEG"))
    var elevation: Double?
}

/// A picture of datasets.
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Makes a PNG or JPEG of files, sources and filters' results.",
        discussion: """
            tessera render bunny.ply -o bunny.png --normals=180 --color 0.85,0.8,0.75
            tessera render disk.vtu --clip 0,0,0:1,0,0 --color-by Temp --preset viridis -o disk.png
            tessera render wavelet:256 --contour RTData=157 --color-by RTData --size 1920x1080 --samples 4 -o w.png

            \(FilterArguments.help)
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var look: LookOptions
    @Option(name: .shortAndLong, help: ArgumentHelp("The picture.", valueName: "OUT.png|jpg"))
    var output: String
    @Option(help: ArgumentHelp("Quality of a JPEG, 1 to 100.", valueName: "Q"))
    var quality = 90
    @OptionGroup var parallel: ParallelOptions

    func run() throws {
        guard PictureFormat(path: output) != nil else {
            throw UsageError("-o \(output): the name of a picture ends in one of \(PictureFormat.knownEndings)")
        }
        guard (1...100).contains(quality) else { throw UsageError("--quality \(quality): expected 1 to 100") }
        let session = try Session(parallel)
        let look = try Look(look)
        let filters = try input.filters()
        var datasets: [Dataset] = []
        for pipeline in try session.pipelines(input.inputs, input, filters: filters, draws: true) {
            datasets.append(try session.run(try Look.drawable(pipeline), time: input.time))
        }
        let scene = try session.context.trace.timing("map") {
            try look.scene(of: datasets, sphereRadius: sphereRadius(filters), context: session.context)
        }
        let frame = try session.context.trace.timing("render") { try Rasterizer().render(try scene.makeDrawList(), in: session.context) }
        let provenance = try session.provenance(inputs: input.inputs, output: output)
        try session.context.trace.timing("write picture") {
            try frame.image.write(to: output, quality: quality, text: provenance.entries, in: session.context)
        }
        try session.finish()
    }

    private func sphereRadius(_ filters: [FilterStep]) -> Double? {
        for case .spheres(let radius, _) in filters.reversed() { return radius }
        return nil
    }
}
