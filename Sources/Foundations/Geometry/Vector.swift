/// A point or direction in space, in Double.
public typealias Vector3 = SIMD3<Double>

extension SIMD3 where Scalar: FloatingPoint {
    /// The sum of the products of the components, x first.
    @inlinable public func dot(_ other: Self) -> Scalar { x * other.x + y * other.y + z * other.z }

    /// The vector at right angles to both, by the right-hand rule.
    @inlinable public func cross(_ other: Self) -> Self {
        Self(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    /// The Euclidean length.
    @inlinable public var length: Scalar { dot(self).squareRoot() }

    /// The vector of length one in the same direction; zero where the length is zero.
    @inlinable public var normalized: Self {
        let size = length
        return size > 0 ? self / size : Self(repeating: 0)
    }
}
