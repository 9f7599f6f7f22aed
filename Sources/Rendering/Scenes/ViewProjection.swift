import Foundation
import Geometry

/// What a camera does to points, for a picture of one size: world → view → pixels. All in Double.
///
/// View space has its origin at the camera, x to the right, y up and `w` (the distance in front of the camera) forward.
/// Pixels count from the top left corner, y down; the centre of the first pixel is (0.5, 0.5).
public struct ViewProjection: Hashable, Sendable {
    public let position: Vector3
    public let right: Vector3
    public let up: Vector3
    public let forward: Vector3
    public let isParallel: Bool
    public let width: Int
    public let height: Int
    /// Perspective: pixels that one unit at distance one spans. Parallel: pixels that one unit spans.
    public let pixelsPerUnit: Double
    /// What lies nearer than this is not drawn.
    public let nearDistance: Double

    public init(_ camera: Camera, width: Int, height: Int) {
        position = camera.position
        forward = -camera.viewPlaneNormal
        var side = forward.cross(camera.viewUp).normalized
        if side == Vector3() {
            side = forward.cross(abs(forward.x) < 0.9 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)).normalized
        }
        right = side
        up = right.cross(forward)
        isParallel = camera.projection == .parallel
        self.width = width
        self.height = height
        let half = Double(height) * 0.5
        pixelsPerUnit = isParallel ? half / camera.parallelScale : half / tan(camera.viewAngle * .pi / 360)
        // A millionth of the distance looked at: close enough for any picture, far enough for exact arithmetic.
        nearDistance = isParallel ? 0 : (camera.distance > 0 ? camera.distance * 1e-6 : 1e-6)
    }

    public var centerX: Double { Double(width) * 0.5 }
    public var centerY: Double { Double(height) * 0.5 }

    /// A world point in view space: (right, up, forward).
    public func view(_ point: Vector3) -> Vector3 {
        let arm = point - position
        return Vector3(right.dot(arm), up.dot(arm), forward.dot(arm))
    }

    /// The columns of the map from a world point p to (x · w, y · w, w, 0) in pixels times `scale`: `x` p.x + `y` p.y + `z` p.z + `t`.
    /// In parallel projection the third is the distance and the first two are not multiplied by it.
    public func columns(scale: Double) -> (x: SIMD4<Double>, y: SIMD4<Double>, z: SIMD4<Double>, t: SIMD4<Double>) {
        let size = pixelsPerUnit * scale
        let across: Vector3
        let down: Vector3
        var offset = SIMD4<Double>(0, 0, 0, 0)
        if isParallel {
            across = right * size
            down = up * -size
            offset.x = centerX * scale
            offset.y = centerY * scale
        } else {
            across = right * size + forward * (centerX * scale)
            down = up * -size + forward * (centerY * scale)
        }
        offset -= SIMD4(across.dot(position), down.dot(position), forward.dot(position), 0)
        return (
            SIMD4(across.x, down.x, forward.x, 0), SIMD4(across.y, down.y, forward.y, 0),
            SIMD4(across.z, down.z, forward.z, 0), offset
        )
    }

    /// The part of space that the picture shows, without a far end.
    public var frustum: Frustum { frustum(of: PixelRegion(x: 0, y: 0, width: width, height: height)) }

    /// The part of space that a part of the picture shows, without a far end.
    ///
    /// - Parameter margin: pixels around it that belong to it.
    public func frustum(of region: PixelRegion, margin: Double = 0) -> Frustum {
        let left = (Double(region.x) - margin - centerX) / pixelsPerUnit
        let right = (Double(region.x + region.width) + margin - centerX) / pixelsPerUnit
        let top = (centerY - Double(region.y) + margin) / pixelsPerUnit
        let bottom = (centerY - Double(region.y + region.height) - margin) / pixelsPerUnit
        var planes = [Plane(origin: position + forward * nearDistance, normal: forward)]
        if isParallel {
            planes.append(Plane(origin: position + self.right * left, normal: self.right))
            planes.append(Plane(origin: position + self.right * right, normal: -self.right))
            planes.append(Plane(origin: position + up * bottom, normal: up))
            planes.append(Plane(origin: position + up * top, normal: -up))
        } else {
            planes.append(Plane(origin: position, normal: self.right - forward * left))
            planes.append(Plane(origin: position, normal: -self.right + forward * right))
            planes.append(Plane(origin: position, normal: up - forward * bottom))
            planes.append(Plane(origin: position, normal: -up + forward * top))
        }
        return Frustum(planes: planes)
    }
}
