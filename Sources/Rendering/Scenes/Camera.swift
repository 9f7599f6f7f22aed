import Foundation
import Geometry

/// Where a picture is seen from, in the terms and with the defaults of VTK.
public struct Camera: Hashable, Sendable, BitwiseCopyable {
    public enum Projection: Hashable, Sendable, BitwiseCopyable {
        case perspective
        case parallel
    }

    public var position: Vector3
    public var focalPoint: Vector3
    /// Need not be at right angles to the line of sight; must not be parallel to it.
    public var viewUp: Vector3
    /// The vertical angle of view of a perspective picture, in degrees.
    public var viewAngle: Double
    /// Half of the picture's height in world units, for parallel projection.
    public var parallelScale: Double
    public var projection: Projection

    public init(
        position: Vector3 = Vector3(0, 0, 1), focalPoint: Vector3 = Vector3(0, 0, 0), viewUp: Vector3 = Vector3(0, 1, 0),
        viewAngle: Double = 30, parallelScale: Double = 1, projection: Projection = .perspective
    ) {
        self.position = position
        self.focalPoint = focalPoint
        self.viewUp = viewUp
        self.viewAngle = viewAngle
        self.parallelScale = parallelScale
        self.projection = projection
    }

    /// From the focal point to the camera, of length one; +z where the two coincide.
    public var viewPlaneNormal: Vector3 {
        let normal = (position - focalPoint).normalized
        return normal == Vector3() ? Vector3(0, 0, 1) : normal
    }

    /// From the camera to the focal point.
    public var distance: Double { (position - focalPoint).length }

    /// Moves along the line of sight until all of `bounds` is in view, and looks at its centre: VTK's `ResetCamera`.
    ///
    /// - Parameter aspect: width ÷ height of the picture.
    public mutating func reset(to bounds: Bounds, aspect: Double) {
        if bounds.isEmpty { return }
        let normal = viewPlaneNormal
        var radius = bounds.size.dot(bounds.size)
        radius = radius == 0 ? 0.5 : radius.squareRoot() * 0.5
        var angle = viewAngle * .pi / 180
        parallelScale = radius
        if aspect < 1 {
            angle = 2 * atan(tan(angle * 0.5) * aspect)
            parallelScale = radius / aspect
        }
        if abs(viewUp.normalized.dot(normal)) > 0.999 { viewUp = Vector3(-viewUp.z, viewUp.x, viewUp.y) }
        focalPoint = bounds.center
        position = focalPoint + normal * (radius / sin(angle * 0.5))
    }

    /// Turns the camera about the view-up vector through the focal point, counterclockwise seen from above, in degrees.
    public mutating func turn(azimuth degrees: Double) { turn(by: degrees, about: viewUp) }

    /// Raises the camera over the focal point, in degrees. The view-up vector stays; it must not become parallel to the line of sight.
    public mutating func raise(elevation degrees: Double) {
        turn(by: degrees, about: viewPlaneNormal.cross(viewUp.normalized).normalized)
    }

    private mutating func turn(by degrees: Double, about axis: Vector3) {
        let unit = axis.normalized
        let arm = position - focalPoint
        let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
        position = focalPoint + arm * cosine + unit.cross(arm) * sine + unit * (unit.dot(arm) * (1 - cosine))
    }
}
