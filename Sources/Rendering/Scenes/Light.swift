import Geometry

/// A light without a place: rays of one direction.
public struct Light: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Shines along the camera's line of sight.
        case headlight
        /// Shines along a direction in the world, which need not have length one.
        case directional(Vector3)
    }

    public var kind: Kind
    /// Red, green and blue, 0…1.
    public var color: SIMD3<Float>
    public var intensity: Float

    public init(_ kind: Kind = .headlight, color: SIMD3<Float> = SIMD3(1, 1, 1), intensity: Float = 1) {
        self.kind = kind
        self.color = color
        self.intensity = intensity
    }
}
