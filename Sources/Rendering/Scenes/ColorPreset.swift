/// The colour maps that people ask for by name.
public enum ColorPreset: String, Hashable, Sendable, CaseIterable {
    case viridis, plasma, inferno, magma, cividis, turbo
    case coolWarm = "cool-warm"
    case blackBody = "black-body"
    case rainbow, greys

    /// The preset of that name; nil where there is none.
    public init?(named name: String) {
        let plain = name.lowercased().replacing("_", with: "-")
        let aliases = ["coolwarm": "cool-warm", "blackbody": "black-body", "grays": "greys", "grey": "greys", "gray": "greys", "jet": "rainbow"]
        self.init(rawValue: aliases[plain] ?? plain)
    }

    /// The colours from the lower to the upper end.
    public func table(count: Int = 256) -> [SIMD4<Float>] {
        if self == .rainbow { return Self.rainbowTable(count: count) }
        return ColorControlPoint.table(controlPoints, count: count)
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
        case .greys: [ColorControlPoint(0, 0, 0, 0), ColorControlPoint(1, 1, 1, 1)]
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
