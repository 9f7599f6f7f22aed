/// An axis-aligned box; empty until something is added.
@frozen public struct Bounds: Hashable, Sendable {
    /// The least coordinate on each axis; `+infinity` while empty.
    public var lower: Vector3
    /// The greatest coordinate on each axis; `-infinity` while empty.
    public var upper: Vector3

    /// The empty box.
    @inlinable public init() {
        lower = Vector3(repeating: .infinity)
        upper = Vector3(repeating: -.infinity)
    }

    @inlinable public init(lower: Vector3, upper: Vector3) {
        self.lower = lower
        self.upper = upper
    }

    @inlinable public var isEmpty: Bool { !(lower.x <= upper.x && lower.y <= upper.y && lower.z <= upper.z) }
    @inlinable public var center: Vector3 { isEmpty ? Vector3() : (lower + upper) * 0.5 }
    @inlinable public var size: Vector3 { isEmpty ? Vector3() : upper - lower }

    /// The length of the box's diagonal; zero while empty.
    @inlinable public var diagonal: Double { size.length }

    /// Grows the box to contain `point`; coordinates that are not finite are ignored, each for its axis.
    @inlinable public mutating func add(_ point: Vector3) {
        for axis in 0..<3 where point[axis].isFinite {
            lower[axis] = Swift.min(lower[axis], point[axis])
            upper[axis] = Swift.max(upper[axis], point[axis])
        }
    }

    /// Grows the box to contain another; an empty one changes nothing.
    @inlinable public mutating func add(_ other: Bounds) {
        for axis in 0..<3 {
            lower[axis] = Swift.min(lower[axis], other.lower[axis])
            upper[axis] = Swift.max(upper[axis], other.upper[axis])
        }
    }

    /// Whether the point lies in the closed box.
    @inlinable public func contains(_ point: Vector3) -> Bool {
        (0..<3).allSatisfy { point[$0] >= lower[$0] && point[$0] <= upper[$0] }
    }

    /// The eight corners, x varying fastest.
    @inlinable public var corners: [Vector3] {
        (0..<8).map { corner in
            Vector3(
                corner & 1 == 0 ? lower.x : upper.x, corner & 2 == 0 ? lower.y : upper.y, corner & 4 == 0 ? lower.z : upper.z)
        }
    }
}
