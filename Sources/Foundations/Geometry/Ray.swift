/// A half line.
@frozen public struct Ray: Hashable, Sendable {
    public var origin: Vector3
    public var direction: Vector3

    @inlinable public init(origin: Vector3, direction: Vector3) {
        self.origin = origin
        self.direction = direction
    }

    /// The point at `parameter` times the direction from the origin.
    @inlinable public func point(at parameter: Double) -> Vector3 { origin + direction * parameter }
}
