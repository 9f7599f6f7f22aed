import Foundation

extension Transform {
    /// A turn by `degrees` about an axis through the origin, counterclockwise as seen from the axis' tip; exact for quarters of a turn.
    ///
    /// - Parameter axis: of any length but zero; zero gives the identity.
    public static func rotation(degrees: Double, axis: Vector3) -> Transform {
        let unit = axis.normalized
        if unit == Vector3() { return .identity }
        let sine: Double
        let cosine: Double
        switch degrees.truncatingRemainder(dividingBy: 360) {
        case 0: (sine, cosine) = (0, 1)
        case 90, -270: (sine, cosine) = (1, 0)
        case 180, -180: (sine, cosine) = (0, -1)
        case 270, -90: (sine, cosine) = (-1, 0)
        default:
            let angle = degrees * Double.pi / 180
            (sine, cosine) = (sin(angle), cos(angle))
        }
        // Rodrigues' formula, row by row.
        func row(_ axis: Int) -> SIMD4<Double> {
            var base = Vector3()
            base[axis] = 1
            let turned = base * cosine - unit.cross(base) * sine + unit * (unit[axis] * (1 - cosine))
            return SIMD4(turned, 0)
        }
        return Transform(rows: (row(0), row(1), row(2), SIMD4(0, 0, 0, 1)))
    }

    /// Whether parallels stay parallels: the last row is 0 0 0 1.
    public var isAffine: Bool { rows.3 == SIMD4(0, 0, 0, 1) }

    /// Whether all numbers are finite.
    public var isFinite: Bool {
        [rows.0, rows.1, rows.2, rows.3].allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.z.isFinite && $0.w.isFinite }
    }

    /// What the linear part does to normals: the transpose of its inverse, up to a positive factor.
    public var normalTransform: Transform {
        let (x, y, z) = (Vector3(rows.0.x, rows.0.y, rows.0.z), Vector3(rows.1.x, rows.1.y, rows.1.z), Vector3(rows.2.x, rows.2.y, rows.2.z))
        let sign: Double = x.cross(y).dot(z) < 0 ? -1 : 1
        return Transform(rows: (
            SIMD4(y.cross(z) * sign, 0), SIMD4(z.cross(x) * sign, 0), SIMD4(x.cross(y) * sign, 0), SIMD4(0, 0, 0, 1)
        ))
    }
}
