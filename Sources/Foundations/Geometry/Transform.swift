/// A 4×4 matrix that takes points of one space to another, in Double; columns as in mathematics: `matrix * column vector`.
///
/// Transforms read target-from-source: `viewFromWorld * worldFromObject`.
@frozen public struct Transform: Hashable, Sendable {
    /// The four rows.
    public var rows: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)

    @inlinable public init(rows: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)) { self.rows = rows }

    public static let identity = Transform(rows: (
        SIMD4(1, 0, 0, 0), SIMD4(0, 1, 0, 0), SIMD4(0, 0, 1, 0), SIMD4(0, 0, 0, 1)
    ))

    @inlinable public static func translation(_ offset: Vector3) -> Transform {
        Transform(rows: (
            SIMD4(1, 0, 0, offset.x), SIMD4(0, 1, 0, offset.y), SIMD4(0, 0, 1, offset.z), SIMD4(0, 0, 0, 1)
        ))
    }

    @inlinable public static func scale(_ factors: Vector3) -> Transform {
        Transform(rows: (
            SIMD4(factors.x, 0, 0, 0), SIMD4(0, factors.y, 0, 0), SIMD4(0, 0, factors.z, 0), SIMD4(0, 0, 0, 1)
        ))
    }

    /// The product applied to a homogeneous column vector.
    @inlinable public func apply(_ vector: SIMD4<Double>) -> SIMD4<Double> {
        SIMD4((rows.0 * vector).sum(), (rows.1 * vector).sum(), (rows.2 * vector).sum(), (rows.3 * vector).sum())
    }

    /// The image of a point, after division by the fourth coordinate.
    @inlinable public func apply(point: Vector3) -> Vector3 {
        let image = apply(SIMD4(point, 1))
        return Vector3(image.x, image.y, image.z) / image.w
    }

    /// The image of a direction: no translation.
    @inlinable public func apply(direction: Vector3) -> Vector3 {
        let image = apply(SIMD4(direction, 0))
        return Vector3(image.x, image.y, image.z)
    }

    @inlinable public var transposed: Transform {
        Transform(rows: (
            SIMD4(rows.0.x, rows.1.x, rows.2.x, rows.3.x), SIMD4(rows.0.y, rows.1.y, rows.2.y, rows.3.y),
            SIMD4(rows.0.z, rows.1.z, rows.2.z, rows.3.z), SIMD4(rows.0.w, rows.1.w, rows.2.w, rows.3.w)
        ))
    }

    @inlinable public static func * (target: Transform, source: Transform) -> Transform {
        let columns = source.transposed.rows
        func row(_ left: SIMD4<Double>) -> SIMD4<Double> {
            SIMD4((left * columns.0).sum(), (left * columns.1).sum(), (left * columns.2).sum(), (left * columns.3).sum())
        }
        return Transform(rows: (row(target.rows.0), row(target.rows.1), row(target.rows.2), row(target.rows.3)))
    }

    @inlinable public static func == (a: Transform, b: Transform) -> Bool {
        a.rows.0 == b.rows.0 && a.rows.1 == b.rows.1 && a.rows.2 == b.rows.2 && a.rows.3 == b.rows.3
    }

    @inlinable public func hash(into hasher: inout Hasher) {
        hasher.combine(rows.0)
        hasher.combine(rows.1)
        hasher.combine(rows.2)
        hasher.combine(rows.3)
    }
}
