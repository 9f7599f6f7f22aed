/// The colour maps that people ask for by name. Names are compared without case, and `_r` at the end of a name reverses it.
public enum ColorPreset: String, Hashable, Sendable, CaseIterable {
    case viridis, plasma, inferno, magma, cividis, turbo
    case coolWarm = "cool-warm"
    case coolWarmExtended = "cool-warm-extended"
    case blackBody = "black-body"
    case rainbow
    case rainbowDesaturated = "rainbow-desaturated"
    case jet, greys
    case xRay = "x-ray"
    case coldHot = "cold-hot"
    case blackBlueWhite = "black-blue-white"
    case blackOrangeWhite = "black-orange-white"
    case blueRed = "blue-red"
    case spectral, blues, greens, reds
    case yellowOrangeRed = "yellow-orange-red"
    case set1, paired, tableau
    case okabeIto = "okabe-ito"

    /// The preset of that name, or of ParaView's or Matplotlib's name for it; nil where there is none.
    public init?(named name: String) {
        var plain = name.lowercased().replacing("(matplotlib)", with: "")
        for sign in ["(", ")", ",", "_", " "] { plain = plain.replacing(sign, with: "-") }
        let words = plain.split(separator: "-").filter { $0 != "to" && $0 != "and" }
        plain = words.joined(separator: "-")
        self.init(rawValue: Self.aliases[plain] ?? plain)
    }

    /// The preset of a name, and whether the name asks for it the other way round, as in `viridis_r`.
    public static func named(_ name: String) -> (preset: ColorPreset, isReversed: Bool)? {
        if let preset = ColorPreset(named: name) { return (preset, false) }
        if name.hasSuffix("_r") || name.hasSuffix("-r"), let preset = ColorPreset(named: String(name.dropLast(2))) { return (preset, true) }
        return nil
    }

    private static let aliases = [
        "coolwarm": "cool-warm", "blackbody": "black-body", "black-body-radiation": "black-body", "grays": "greys", "grey": "greys",
        "gray": "greys", "grayscale": "greys", "greyscale": "greys", "blue-red-rainbow": "rainbow", "hot-cold": "cold-hot", "xray": "x-ray",
        "burd": "blue-red", "desaturated-rainbow": "rainbow-desaturated", "ylorrd": "yellow-orange-red", "tab10": "tableau",
        "brewer-set1": "set1", "brewer-paired": "paired", "colorblind": "okabe-ito",
    ]

    /// Whether its colours are distinct ones, for categories.
    public var isQualitative: Bool { qualitativeColors != nil }

    /// The colours from the lower to the upper end.
    public func table(count: Int = 256) -> [SIMD4<Float>] {
        if self == .rainbow { return Self.rainbowTable(count: count) }
        if let colors = qualitativeColors {
            return (0..<count).map { index in colors[min(colors.count - 1, index * colors.count / count)] }
        }
        return ColorControlPoint.table(controlPoints, count: count)
    }

    /// Distinct colours for categories: those of a qualitative preset in turn, or `count` colours from the whole of another.
    public func categoryColors(count: Int) -> [SIMD4<Float>] { qualitativeColors ?? table(count: max(1, count)) }

    private var qualitativeColors: [SIMD4<Float>]? {
        switch self {
        case .set1: ColorPresetTables.colors(ColorPresetTables.set1)
        case .paired: ColorPresetTables.colors(ColorPresetTables.paired)
        case .tableau: ColorPresetTables.colors(ColorPresetTables.tableau)
        case .okabeIto: ColorPresetTables.colors(ColorPresetTables.okabeIto)
        default: nil
        }
    }

    /// The published control points; for the rainbow, which is defined in hue, the corners of its hues.
    public var controlPoints: [ColorControlPoint] {
        switch self {
        case .viridis: Self.unpack(ColorPresetTables.viridis, last: 255)
        case .plasma: Self.unpack(ColorPresetTables.plasma, last: 255)
        case .inferno: Self.unpack(ColorPresetTables.inferno, last: 255)
        case .magma: Self.unpack(ColorPresetTables.magma, last: 255)
        case .cividis: Self.unpack(ColorPresetTables.cividis, last: 255)
        case .turbo: Self.unpack(ColorPresetTables.turbo, last: 255)
        case .coolWarm: Self.unpack(ColorPresetTables.coolWarm, last: 32)
        case .coolWarmExtended: ColorPresetTables.coolWarmExtended
        case .blackBody:
            // ParaView's Black-Body Radiation.
            [
                ColorControlPoint(0, 0, 0, 0), ColorControlPoint(0.4, 0.901960784314, 0, 0),
                ColorControlPoint(0.8, 0.901960784314, 0.901960784314, 0), ColorControlPoint(1, 1, 1, 1),
            ]
        case .rainbow:
            [
                ColorControlPoint(0, 0, 0, 1), ColorControlPoint(0.25, 0, 1, 1), ColorControlPoint(0.5, 0, 1, 0),
                ColorControlPoint(0.75, 1, 1, 0), ColorControlPoint(1, 1, 0, 0),
            ]
        case .rainbowDesaturated: ColorPresetTables.rainbowDesaturated
        case .jet: ColorPresetTables.jet
        case .greys: [ColorControlPoint(0, 0, 0, 0), ColorControlPoint(1, 1, 1, 1)]
        case .xRay: [ColorControlPoint(0, 1, 1, 1), ColorControlPoint(1, 0, 0, 0)]
        case .coldHot: ColorPresetTables.coldHot
        case .blackBlueWhite: ColorPresetTables.blackThrough(SIMD3(0, 0, 0.5), SIMD3(0, 0.5, 1))
        case .blackOrangeWhite: ColorPresetTables.blackThrough(SIMD3(0.5, 0, 0), SIMD3(1, 0.5, 0))
        case .blueRed: ColorPresetTables.evenly(ColorPresetTables.blueRed)
        case .spectral: ColorPresetTables.evenly(ColorPresetTables.spectral)
        case .blues: ColorPresetTables.evenly(ColorPresetTables.blues)
        case .greens: ColorPresetTables.evenly(ColorPresetTables.greens)
        case .reds: ColorPresetTables.evenly(ColorPresetTables.reds)
        case .yellowOrangeRed: ColorPresetTables.evenly(ColorPresetTables.yellowOrangeRed)
        case .set1, .paired, .tableau, .okabeIto: Self.evenlySpaced(qualitativeColors ?? [])
        }
    }

    private static func evenlySpaced(_ colors: [SIMD4<Float>]) -> [ColorControlPoint] {
        colors.enumerated().map { index, color in
            ColorControlPoint(Double(index) / Double(max(1, colors.count - 1)), Double(color.x), Double(color.y), Double(color.z))
        }
    }

    private static func unpack(_ packed: [UInt16], last: Int) -> [ColorControlPoint] {
        stride(from: 0, to: packed.count, by: 4).map { place in
            ColorControlPoint(
                Double(packed[place]) / Double(last), Double(packed[place + 1]) / 10000, Double(packed[place + 2]) / 10000,
                Double(packed[place + 3]) / 10000)
        }
    }

    /// `vtkLookupTable` with hue 0.66667 to 0, saturation and value 1; its entries are rounded to 8 bits.
    private static func rainbowTable(count: Int) -> [SIMD4<Float>] {
        (0..<count).map { index in
            let hue = 0.66667 - 0.66667 * (count == 1 ? 0 : Double(index) / Double(count - 1))
            let color = fullyDefinedColor(hue: hue)
            func rounded(_ value: Double) -> Float { Float((value * 255).rounded(.down) + (value * 255 - (value * 255).rounded(.down) >= 0.5 ? 1 : 0)) / 255 }
            return SIMD4(rounded(color.x), rounded(color.y), rounded(color.z), 1)
        }
    }

    /// The colour of a hue at full saturation and value.
    private static func fullyDefinedColor(hue: Double) -> SIMD3<Double> {
        let sixth = hue * 6
        let sector = sixth.rounded(.down)
        let fraction = sixth - sector
        switch Int(sector) {
        case 0, 6: return SIMD3(1, fraction, 0)
        case 1: return SIMD3(1 - fraction, 1, 0)
        case 2: return SIMD3(0, 1, fraction)
        case 3: return SIMD3(0, 1 - fraction, 1)
        case 4: return SIMD3(fraction, 0, 1)
        default: return SIMD3(1, 0, 1 - fraction)
        }
    }
}
