/// An oriented plane through a point.
@frozen public struct Plane: Hashable, Sendable {
    public var origin: Vector3
    /// The direction of the positive side; need not have length one.
    public var normal: Vector3

    @inlinable public init(origin: Vector3, normal: Vector3) {
        self.origin = origin
        self.normal = normal
    }

    /// The dot product of the normal and the vector from the origin to `point`: a distance where the normal has length one.
    @inlinable public func signedDistance(to point: Vector3) -> Double {
        normal.x * (point.x - origin.x) + normal.y * (point.y - origin.y) + normal.z * (point.z - origin.z)
    }
}
