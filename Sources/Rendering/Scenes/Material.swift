/// How a surface answers light, in VTK's terms and with VTK's defaults. Both sides are lit alike.
public struct Material: Hashable, Sendable {
    public enum Interpolation: Hashable, Sendable {
        /// One normal a face.
        case flat
        /// Light found at the points, from their normals, and interpolated between them.
        case gouraud
        /// Normals interpolated between points, where the drawable has them (VTK's Phong).
        case smooth
    }

    public enum Representation: String, Hashable, Sendable, CaseIterable {
        case surface, wireframe, points
    }
    /// Which triangles are left out. The front is the side from which the corners go round counterclockwise.
    public enum Culling: String, Hashable, Sendable, CaseIterable {
        case none, back, front
    }

    /// Red, green and blue, 0…1, where no colours come from data.
    public var color = SIMD3<Float>(1, 1, 1)
    /// What triangles seen from behind have instead of `color`; the same where nil.
    public var backColor: SIMD3<Float>?
    /// The colour that ambient light brings out; that of diffuse light where nil.
    public var ambientColor: SIMD3<Float>?
    public var ambient: Float = 0
    public var diffuse: Float = 1
    public var specular: Float = 0
    public var specularPower: Float = 1
    public var specularColor = SIMD3<Float>(1, 1, 1)
    /// 1 is opaque. Multiplies the alpha of colours from data and from colour maps.
    public var opacity: Float = 1
    public var culling = Culling.none
    public var interpolation = Interpolation.smooth
    public var representation = Representation.surface
    /// Off: colours are shown as they are.
    public var isLit = true
    /// Draws the edges of the cells over the surface.
    public var showsEdges = false
    public var edgeColor = SIMD3<Float>(0, 0, 0)
    /// In pixels, for lines, wireframes and edges.
    public var lineWidth: Float = 1
    /// The side of a point's square, in pixels.
    public var pointSize: Float = 1

    public init() {}

    /// A material of one colour.
    public init(color: SIMD3<Float>) { self.color = color }
}
