/// The part of space that a camera sees: the intersection of the positive sides of planes.
public struct Frustum: Hashable, Sendable {
    /// Normals point inwards.
    public var planes: [Plane]

    public init(planes: [Plane]) { self.planes = planes }

    /// Whether some point of the box may lie inside: never false for a box that does, true for a few that do not.
    public func mayIntersect(_ bounds: Bounds) -> Bool {
        if bounds.isEmpty { return false }
        for plane in planes {
            let farthest = Vector3(
                plane.normal.x >= 0 ? bounds.upper.x : bounds.lower.x, plane.normal.y >= 0 ? bounds.upper.y : bounds.lower.y,
                plane.normal.z >= 0 ? bounds.upper.z : bounds.lower.z)
            if plane.signedDistance(to: farthest) < 0 { return false }
        }
        return true
    }
}
