import Geometry

/// A source of light, in VTK's terms.
public struct Light: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Shines along the camera's line of sight.
        case headlight
        /// Shines along a direction in the world, which need not have length one.
        case directional(Vector3)
        /// Shines along a direction that moves with the camera: x to the right, y up, z towards the viewer.
        case camera(Vector3)
        /// Shines from a point of the world in all directions.
        case positional(Vector3)
        /// Shines from a point of the world along a direction, up to `coneAngle` degrees (below 90) to its sides; `exponent` is the
        /// power of the cosine of that angle by which it fades.
        case spot(Vector3, direction: Vector3, coneAngle: Double, exponent: Float)
    }

    public var kind: Kind
    /// Red, green and blue, 0…1.
    public var color: SIMD3<Float>
    public var intensity: Float
    /// The light of a point at distance d is divided by x + y·d + z·d²; of lights with a place only.
    public var attenuation = SIMD3<Float>(1, 0, 0)

    public init(_ kind: Kind = .headlight, color: SIMD3<Float> = SIMD3(1, 1, 1), intensity: Float = 1) {
        self.kind = kind
        self.color = color
        self.intensity = intensity
    }
}
