import Datasets

/// Numbers that say how opaque each part of a drawable is, interpolated between points, then mapped.
public struct OpacityScalars: Sendable {
    /// One a point, or one a cell.
    public var values: Buffer<Float>
    public var isByCell: Bool
    /// Values, rising, and opacities 0…1: linear between them, constant outside. At least one.
    public var points: [SIMD2<Float>]

    public init(values: Buffer<Float>, isByCell: Bool, points: [SIMD2<Float>]) {
        self.values = values
        self.isByCell = isByCell
        self.points = points
    }

    /// The opacity of a value; what is not a number is not seen.
    @inlinable public func opacity(of value: Float) -> Float {
        guard value == value, var low = points.first else { return 0 }
        if value <= low.x { return low.y }
        for high in points.dropFirst() {
            if value <= high.x { return low.y + (high.y - low.y) * ((value - low.x) / (high.x - low.x)) }
            low = high
        }
        return low.y
    }
}
