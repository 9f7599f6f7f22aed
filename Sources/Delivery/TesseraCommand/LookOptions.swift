import ArgumentParser
import Scenes

/// How a picture looks; what is not given stays as it is, in a scene file or by default.
struct LookOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Colour by an array; NAME may be point:NAME or cell:NAME, with :COMPONENT or :magnitude.", valueName: "NAME"))
    var colorBy: String?
    @Option(
        help: ArgumentHelp("Colour map: \(ColorPreset.allCases.map(\.rawValue).joined(separator: ", ")); cool-warm by default.", valueName: "NAME"),
        completion: .list(ColorPreset.allCases.map(\.rawValue)))
    var preset: String?
    @Option(help: ArgumentHelp("Values at the ends of the colour map; the data's by default.", valueName: "LO:HI"))
    var range: String?
    @Option(help: ArgumentHelp("Colour where there are no data to colour by, 0…1.", valueName: "R,G,B"))
    var color: String?
    @Option(help: ArgumentHelp("Colour behind everything, 0…1.", valueName: "R,G,B"))
    var background: String?
    @Option(help: ArgumentHelp("Colour of NaN, 0…1.", valueName: "R,G,B"))
    var nanColor: String?
    @Option(help: ArgumentHelp("How opaque surfaces are, 0…1.", valueName: "A"))
    var opacity: String?
    @Flag(help: "Draw the cells' edges over the surface.")
    var edges = false
    @Flag(help: "Draw edges only.")
    var wireframe = false
    @Flag(help: "One normal a face, even where the data have point normals.")
    var flat = false
    @Flag(help: "Colours as they are, without light.")
    var unlit = false
    @Option(help: ArgumentHelp("Width of lines and edges in pixels.", valueName: "PIXELS"))
    var lineWidth: Double?
    @Option(help: ArgumentHelp("Light that comes from everywhere, 0…1.", valueName: "A"))
    var ambient: String?
    @Option(help: ArgumentHelp("Strength of highlights, 0…1, and how sharp they are.", valueName: "S[:POWER]"))
    var specular: String?
    @Option(help: ArgumentHelp("A light that shines along X,Y,Z; may be given again. Without any, one shines from the camera.", valueName: "X,Y,Z[:R,G,B[:INTENSITY]]"))
    var light: [String] = []
    @Option(help: ArgumentHelp("Size of the picture in pixels; 1024x768 by default.", valueName: "WxH"))
    var size: String?
    @Option(help: ArgumentHelp("Samples a pixel, 1 to 64.", valueName: "N"))
    var samples: Int?
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
    @Option(help: ArgumentHelp("N pictures around the data: OUT-0001.png, OUT-0002.png, …", valueName: "N"))
    var orbit: Int?
}
