import ArgumentParser
import Scenes

/// How a picture looks; what is not given stays as it is, in a scene file or by default.
struct LookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Colour by an array; NAME may be point:NAME or cell:NAME, with :COMPONENT or :magnitude.", valueName: "NAME"),
        completion: .custom(ArrayCompletion.names))
    var colorBy: String?
    @Option(
        help: ArgumentHelp(
            "Colour map: \(ColorPreset.allCases.map(\.rawValue).joined(separator: ", ")), NAME_r for the other way round, or a file of ParaView's (FILE:MAP where it has several); cool-warm by default.",
            valueName: "NAME"),
        completion: .list(ColorPreset.allCases.map(\.rawValue)))
    var preset: String?
    @Option(help: ArgumentHelp("Values at the ends of the colour map, or percentiles such as p2:p98; the data's by default.", valueName: "LO:HI"))
    var range: String?
    @Option(help: ArgumentHelp("Colour where there are no data to colour by, 0…1.", valueName: "R,G,B"))
    var color: String?
    @Option(help: ArgumentHelp("Colour behind everything, 0…1.", valueName: "R,G,B"))
    var background: String?
    @Option(help: ArgumentHelp("Colour of NaN, 0…1.", valueName: "R,G,B"))
    var nanColor: String?
    @Option(help: ArgumentHelp("Colour of values under the range, 0…1.", valueName: "R,G,B"))
    var belowColor: String?
    @Option(help: ArgumentHelp("Colour of values over the range, 0…1.", valueName: "R,G,B"))
    var aboveColor: String?
    @Flag(help: "Spread the colours by the logarithm of the values.")
    var log = false
    @Flag(help: "Give every value a colour of its own, for numbers of materials, parts and the like.")
    var categorical = false
    @Flag(help: "The colours in the other order.")
    var reverse = false
    @Option(help: ArgumentHelp("So many colours in steps.", valueName: "N"))
    var colors: Int?
    @Option(help: ArgumentHelp("How opaque values are, by the array that gives the colour.", valueName: "VALUE:A,VALUE:A,…"))
    var opacityPoints: String?
    @Option(help: ArgumentHelp("How opaque surfaces are, 0…1.", valueName: "A"))
    var opacity: String?
    @Option(
        help: ArgumentHelp("How opaque each place is, by an array: clear at LO and opaque at HI, the data's ends by default.", valueName: "NAME[=LO:HI]"),
        completion: .custom(ArrayCompletion.names))
    var opacityBy: String?
    @Flag(help: "Draw the cells' edges over the surface.")
    var edges = false
    @Flag(help: "Draw edges only.")
    var wireframe = false
    @Flag(help: "One normal a face, even where the data have point normals.")
    var flat = false
    @Option(help: ArgumentHelp("flat, gouraud or phong; phong by default.", valueName: "NAME"), completion: .list(["flat", "gouraud", "phong"]))
    var interpolation: String?
    @Option(
        help: ArgumentHelp("Leave out faces seen from behind (back) or from the front.", valueName: "SIDE"),
        completion: .list(Material.Culling.allCases.map(\.rawValue)))
    var cull: String?
    @Flag(help: "Colours as they are, without light.")
    var unlit = false
    @Option(help: ArgumentHelp("Width of lines and edges in pixels.", valueName: "PIXELS"))
    var lineWidth: Double?
    @Flag(help: "Draw points only.")
    var vertices = false
    @Option(help: ArgumentHelp("Side of points in pixels.", valueName: "PIXELS"))
    var pointSize: Double?
    @Option(help: ArgumentHelp("Light that comes from everywhere, 0…1.", valueName: "A"))
    var ambient: String?
    @Option(help: ArgumentHelp("Strength of highlights, 0…1, and how sharp they are.", valueName: "S[:POWER]"))
    var specular: String?
    @Option(help: ArgumentHelp("A light that shines along X,Y,Z; may be given again. Without any, one shines from the camera.", valueName: "X,Y,Z[:R,G,B[:INTENSITY]]"))
    var light: [String] = []
    @Flag(help: "Show the colours' scale at the right; --scalar-bar=X,Y,WIDTH,HEIGHT puts it elsewhere, in fractions of the picture.")
    var scalarBar = false
    @Option(name: .customLong("scalar-bar-at"), help: .hidden)
    var scalarBarPlace: String?
    @Option(help: ArgumentHelp("The scale's title; the array's name by default.", valueName: "TEXT"))
    var scalarBarTitle: String?
    @Flag(help: "Show where the axes point, in the corner.")
    var axes = false
    @Flag(help: "Draw a box around the data with numbers along its edges.")
    var cubeAxes = false
    @Option(help: ArgumentHelp("Titles of those edges.", valueName: "X,Y,Z"))
    var axisTitles: String?
    @Flag(help: "Draw the edges of the box around the data.")
    var box = false
    @Option(help: ArgumentHelp("Large letters over the picture.", valueName: "TEXT"))
    var title: String?
    @Option(
        help: ArgumentHelp(
            "Text in a corner, or at a side: \"top-left:Run 12\"; may be given again. Places: \(PictureCorner.allCases.map(\.rawValue).joined(separator: ", ")), or X,Y.",
            valueName: "[PLACE:]TEXT"))
    var text: [String] = []
    @Option(help: ArgumentHelp("Colour of letters and lines around the data; black or white by default, whichever stands out.", valueName: "R,G,B"))
    var textColor: String?
    @Option(help: ArgumentHelp("Height of letters in pixels; in proportion to the picture by default.", valueName: "PIXELS"))
    var textSize: Double?
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
