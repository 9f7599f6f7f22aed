/// A kind of cell, numbered as VTK numbers it.
@frozen public struct CellType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let empty = CellType(rawValue: 0)
    public static let vertex = CellType(rawValue: 1)
    public static let polyVertex = CellType(rawValue: 2)
    public static let line = CellType(rawValue: 3)
    public static let polyLine = CellType(rawValue: 4)
    public static let triangle = CellType(rawValue: 5)
    public static let triangleStrip = CellType(rawValue: 6)
    public static let polygon = CellType(rawValue: 7)
    public static let pixel = CellType(rawValue: 8)
    public static let quad = CellType(rawValue: 9)
    public static let tetrahedron = CellType(rawValue: 10)
    public static let voxel = CellType(rawValue: 11)
    public static let hexahedron = CellType(rawValue: 12)
    public static let wedge = CellType(rawValue: 13)
    public static let pyramid = CellType(rawValue: 14)
    public static let pentagonalPrism = CellType(rawValue: 15)
    public static let hexagonalPrism = CellType(rawValue: 16)
    public static let polyhedron = CellType(rawValue: 42)

    /// Points of a cell of this type; nil where cells differ, or the type is not known.
    @inlinable public var pointCount: Int? {
        switch rawValue {
        case 0: 0
        case 1: 1
        case 3: 2
        case 5: 3
        case 8, 9, 10: 4
        case 14: 5
        case 13: 6
        case 11, 12: 8
        case 15: 10
        case 16: 12
        case 21: 3
        case 22: 6
        case 23: 8
        case 24: 10
        case 25: 20
        case 26: 15
        case 27: 13
        case 28: 9
        case 29: 27
        case 30: 6
        case 31: 12
        case 32: 18
        case 33: 24
        case 34: 7
        case 35: 4
        case 36: 8
        case 37: 19
        default: nil
        }
    }

    /// The dimension of a cell of this type, 0…3; nil where the type is not known.
    @inlinable public var dimension: Int? {
        switch rawValue {
        case 0, 1, 2: 0
        case 3, 4, 21, 35, 68, 75: 1
        case 5...9, 22, 23, 28, 30, 34, 36, 69, 70, 76, 77: 2
        case 10...16, 24...27, 29, 31...33, 37, 42, 71...74, 78...81: 3
        default: nil
        }
    }

    /// Whether filters cut it as it is: every linear cell of VTK except polyhedra.
    @inlinable public var isLinear: Bool { rawValue <= 16 }

    /// Whether its edges may be curved: quadratic and cubic cells, Lagrange and Bézier cells. `LinearParts` says what they consist of.
    @inlinable public var isHigherOrder: Bool { (rawValue >= 21 && rawValue <= 37) || (rawValue >= 68 && rawValue <= 81) }

    public var description: String { CellType.names[rawValue] ?? "cell type \(rawValue)" }

    private static let names: [UInt8: String] = [
        0: "empty", 1: "vertex", 2: "poly-vertex", 3: "line", 4: "poly-line", 5: "triangle", 6: "triangle strip", 7: "polygon",
        8: "pixel", 9: "quad", 10: "tetrahedron", 11: "voxel", 12: "hexahedron", 13: "wedge", 14: "pyramid",
        15: "pentagonal prism", 16: "hexagonal prism", 21: "quadratic edge", 22: "quadratic triangle", 23: "quadratic quad",
        24: "quadratic tetrahedron", 25: "quadratic hexahedron", 26: "quadratic wedge", 27: "quadratic pyramid",
        28: "biquadratic quad", 29: "triquadratic hexahedron", 30: "quadratic-linear quad", 31: "quadratic-linear wedge",
        32: "biquadratic-quadratic wedge", 33: "biquadratic-quadratic hexahedron", 34: "biquadratic triangle", 35: "cubic line",
        36: "quadratic polygon", 37: "triquadratic pyramid", 42: "polyhedron", 68: "Lagrange curve", 69: "Lagrange triangle",
        70: "Lagrange quadrilateral", 71: "Lagrange tetrahedron", 72: "Lagrange hexahedron", 73: "Lagrange wedge",
        74: "Lagrange pyramid", 75: "Bézier curve", 76: "Bézier triangle", 77: "Bézier quadrilateral", 78: "Bézier tetrahedron",
        79: "Bézier hexahedron", 80: "Bézier wedge", 81: "Bézier pyramid",
    ]
}
