// Colour maps of few colours.
extension ColorPresetTables {
    /// ParaView's Rainbow Desaturated.
    static let rainbowDesaturated = [
        ColorControlPoint(0, 0.278431372549, 0.278431372549, 0.858823529412), ColorControlPoint(0.143, 0, 0, 0.360784313725),
        ColorControlPoint(0.285, 0, 1, 1), ColorControlPoint(0.429, 0, 0.501960784314, 0), ColorControlPoint(0.571, 1, 1, 0),
        ColorControlPoint(0.714, 1, 0.380392156863, 0), ColorControlPoint(0.857, 0.419607843137, 0, 0),
        ColorControlPoint(1, 0.878431372549, 0.301960784314, 0.301960784314),
    ]
    /// MATLAB's, in the corners that ParaView gives it.
    static let jet = [
        ColorControlPoint(0, 0, 0, 0.5625), ColorControlPoint(0.111111, 0, 0, 1), ColorControlPoint(0.3650795, 0, 1, 1),
        ColorControlPoint(0.4920635, 0.5, 1, 0.5), ColorControlPoint(0.6190475, 1, 1, 0), ColorControlPoint(0.873016, 1, 0, 0),
        ColorControlPoint(1, 0.5, 0, 0),
    ]
    /// ParaView's Cold and Hot.
    static let coldHot = [
        ColorControlPoint(0, 0, 1, 1), ColorControlPoint(0.45, 0, 0, 1), ColorControlPoint(0.5, 0, 0, 0.501960784314),
        ColorControlPoint(0.55, 1, 0, 0), ColorControlPoint(1, 1, 1, 0),
    ]
    /// From black through two colours to white.
    static func blackThrough(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> [ColorControlPoint] {
        [
            ColorControlPoint(0, 0, 0, 0), ColorControlPoint(0.333, a.x, a.y, a.z), ColorControlPoint(0.666, b.x, b.y, b.z),
            ColorControlPoint(1, 1, 1, 1),
        ]
    }

    /// ParaView's Cool to Warm (Extended): positions in 1/800, then eight bits each of red, green and blue.
    private static let extended: [(Double, UInt32)] = [
        (0, 0x000059), (25, 0x0a1061), (50, 0x101e69), (75, 0x172f73), (100, 0x204380), (125, 0x29568a), (150, 0x336591),
        (175, 0x3d7499), (200, 0x4985a6), (225, 0x5697b3), (250, 0x63a7bf), (275, 0x77bcd1), (300, 0x92d1e0), (325, 0xa7dde8),
        (350, 0xc0eaf0), (375, 0xd2f4f7), (400, 0xfcf5e6), (400, 0xf0fbfc), (416, 0xfcf1d9), (432, 0xfae5c8), (450, 0xf7d5b2),
        (475, 0xf2bb96), (500, 0xeda682), (525, 0xe8906f), (550, 0xe0755a), (575, 0xd66349), (600, 0xc24b36), (625, 0xb3362b),
        (650, 0xa62821), (675, 0x991818), (700, 0x8c1119), (725, 0x800d20), (750, 0x730e2c), (775, 0x660e31), (800, 0x591236),
    ]
    static let coolWarmExtended = extended.map { position, color in
        ColorControlPoint(
            position / 800, Double(color >> 16 & 255) / 255, Double(color >> 8 & 255) / 255, Double(color & 255) / 255)
    }

    // C. A. Brewer, ColorBrewer 2.0 (Apache 2.0); eight bits each of red, green and blue.
    static let blueRed: [UInt32] = [
        0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f,
    ]
    static let spectral: [UInt32] = [
        0x5e4fa2, 0x3288bd, 0x66c2a5, 0xabdda4, 0xe6f598, 0xffffbf, 0xfee08b, 0xfdae61, 0xf46d43, 0xd53e4f, 0x9e0142,
    ]
    static let blues: [UInt32] = [0xf7fbff, 0xdeebf7, 0xc6dbef, 0x9ecae1, 0x6baed6, 0x4292c6, 0x2171b5, 0x08519c, 0x08306b]
    static let greens: [UInt32] = [0xf7fcf5, 0xe5f5e0, 0xc7e9c0, 0xa1d99b, 0x74c476, 0x41ab5d, 0x238b45, 0x006d2c, 0x00441b]
    static let reds: [UInt32] = [0xfff5f0, 0xfee0d2, 0xfcbba1, 0xfc9272, 0xfb6a4a, 0xef3b2c, 0xcb181d, 0xa50f15, 0x67000d]
    static let yellowOrangeRed: [UInt32] = [0xffffcc, 0xffeda0, 0xfed976, 0xfeb24c, 0xfd8d3c, 0xfc4e2a, 0xe31a1c, 0xbd0026, 0x800026]
    static let set1: [UInt32] = [0xe41a1c, 0x377eb8, 0x4daf4a, 0x984ea3, 0xff7f00, 0xffff33, 0xa65628, 0xf781bf, 0x999999]
    static let paired: [UInt32] = [
        0xa6cee3, 0x1f78b4, 0xb2df8a, 0x33a02c, 0xfb9a99, 0xe31a1c, 0xfdbf6f, 0xff7f00, 0xcab2d6, 0x6a3d9a, 0xffff99, 0xb15928,
    ]
    /// Tableau's ten, as in Matplotlib's tab10.
    static let tableau: [UInt32] = [
        0x1f77b4, 0xff7f0e, 0x2ca02c, 0xd62728, 0x9467bd, 0x8c564b, 0xe377c2, 0x7f7f7f, 0xbcbd22, 0x17becf,
    ]
    /// M. Okabe and K. Ito, 2008: told apart by the colour-blind too.
    static let okabeIto: [UInt32] = [0xe69f00, 0x56b4e9, 0x009e73, 0xf0e442, 0x0072b2, 0xd55e00, 0xcc79a7, 0x999999]

    static func colors(_ packed: [UInt32]) -> [SIMD4<Float>] {
        packed.map { SIMD4(Float($0 >> 16 & 255), Float($0 >> 8 & 255), Float($0 & 255), 255) / 255 }
    }

    /// Control points at equal distances.
    static func evenly(_ packed: [UInt32]) -> [ColorControlPoint] {
        packed.enumerated().map { index, color in
            ColorControlPoint(
                Double(index) / Double(packed.count - 1), Double(color >> 16 & 255) / 255, Double(color >> 8 & 255) / 255,
                Double(color & 255) / 255)
        }
    }
}
