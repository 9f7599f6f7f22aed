import CKernels
import Foundation
import Geometry
import Scenes

/// A light as shading sees it: in view space (right, up, towards the viewer), relative to the camera.
struct LightSource: Sendable {
    /// Towards the light; the axis of a spot, away from it.
    var direction: SIMD3<Float>
    var color: SIMD3<Float>
    /// Whether the light has a place, so that its direction differs from sample to sample.
    var hasPlace = false
    private var position = SIMD3<Float>()
    private var attenuation = SIMD3<Float>(1, 0, 0)
    /// The least cosine between the axis and the ray to a sample that a spot lights; below −1 for lights in all directions.
    private var leastCosine: Float = -2
    private var exponent: Float = 0

    init(_ light: Light, _ projection: ViewProjection) {
        func view(_ vector: Vector3) -> SIMD3<Float> {
            SIMD3<Float>(SIMD3(projection.right.dot(vector), projection.up.dot(vector), -projection.forward.dot(vector)))
        }
        color = light.color * light.intensity
        switch light.kind {
        case .headlight: direction = SIMD3(0, 0, 1)
        case .directional(let travel): direction = view(-travel.normalized)
        case .camera(let travel): direction = SIMD3<Float>(-travel.normalized)
        case .positional(let place):
            direction = SIMD3(0, 0, 1)
            hasPlace = true
            position = view(place - projection.position)
            attenuation = light.attenuation
        case .spot(let place, let travel, let coneAngle, let exponent):
            direction = view(travel.normalized)
            hasPlace = true
            position = view(place - projection.position)
            attenuation = light.attenuation
            leastCosine = coneAngle < 90 ? Float(cos(coneAngle * .pi / 180)) : -2
            self.exponent = coneAngle < 90 ? exponent : 0
        }
    }

    /// The direction from eight samples to the light, and how much of it arrives.
    @inline(__always) func reach(_ batch: Batch, _ first: Int) -> (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>, SIMD8<Float>) {
        @inline(__always) func load(_ source: UnsafeMutablePointer<Float>) -> SIMD8<Float> {
            UnsafeRawPointer(source + first).loadUnaligned(as: SIMD8<Float>.self)
        }
        let zero = SIMD8<Float>(repeating: 0)
        var x = SIMD8(repeating: position.x) - load(batch.positionX)
        var y = SIMD8(repeating: position.y) - load(batch.positionY)
        var z = SIMD8(repeating: position.z) - load(batch.positionZ)
        let square = x * x + y * y + z * z
        let length = square.squareRoot()
        // A sample at the light's own place is lit from the viewer's side.
        let inverse = SIMD8<Float>(repeating: 1) / ck_max_8f(length, SIMD8(repeating: .leastNormalMagnitude))
        x *= inverse
        y *= inverse
        z *= inverse
        let fade =
            SIMD8(repeating: attenuation.x) + length * SIMD8(repeating: attenuation.y) + square * SIMD8(repeating: attenuation.z)
        var strength = SIMD8<Float>(repeating: 1) / ck_max_8f(fade, SIMD8(repeating: 1e-30))
        if leastCosine > -2 {
            let cosine = zero - (x * SIMD8(repeating: direction.x) + y * SIMD8(repeating: direction.y) + z * SIMD8(repeating: direction.z))
            let isInside = ~unsafeBitCast(cosine - SIMD8(repeating: leastCosine), to: SIMD8<Int32>.self)
            let faded = strength * power(ck_max_8f(cosine, zero), exponent)
            strength = unsafeBitCast(unsafeBitCast(faded, to: SIMD8<Int32>.self) & negativeMask(isInside), to: SIMD8<Float>.self)
        }
        return (x, y, z, strength)
    }
}
