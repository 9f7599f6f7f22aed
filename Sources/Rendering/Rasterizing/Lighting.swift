import CKernels
import Geometry
import Images
import Scenes

/// VTK's light: ambient + diffuse · Σ max(0, N·L) + specular · Σ max(0, R·V)^power, each channel clamped to 0…1.
struct Lighting: Sendable {
    private struct Source {
        /// Towards the light, in view space.
        var direction: SIMD3<Float>
        var color: SIMD3<Float>
    }

    private let material: Material
    private let sources: [Source]
    /// Only headlights: the highlight then is cos(N, line of sight)^power, as in VTK.
    private let onlyHeadlights: Bool
    private let rotation: ViewRotation

    init(_ material: Material, _ lights: [Light], _ projection: ViewProjection) {
        self.material = material
        rotation = ViewRotation(projection)
        onlyHeadlights = lights.allSatisfy { $0.kind == .headlight }
        sources = lights.map { light in
            switch light.kind {
            case .headlight: return Source(direction: SIMD3(0, 0, 1), color: light.color * light.intensity)
            case .directional(let travel):
                let towards = -travel.normalized
                let view = SIMD3(projection.right.dot(towards), projection.up.dot(towards), -projection.forward.dot(towards))
                return Source(direction: SIMD3<Float>(view), color: light.color * light.intensity)
            case .camera(let travel):
                return Source(direction: SIMD3<Float>(-travel.normalized), color: light.color * light.intensity)
            case .positional(let place), .spot(let place, _, _, _):
                let towards = (place - projection.position).normalized
                let view = SIMD3(projection.right.dot(towards), projection.up.dot(towards), -projection.forward.dot(towards))
                return Source(direction: SIMD3<Float>(view), color: light.color * light.intensity)
            }
        }
    }

    /// Turns the batch's normals and colours into pixels.
    func shade(_ batch: Batch) {
        let groups = (batch.count + 7) / 8
        for group in 0..<groups {
            let first = group &* 8
            @inline(__always) func load(_ source: UnsafeMutablePointer<Float>) -> SIMD8<Float> {
                UnsafeRawPointer(source + first).loadUnaligned(as: SIMD8<Float>.self)
            }
            var red = load(batch.red)
            var green = load(batch.green)
            var blue = load(batch.blue)
            if material.isLit {
                let (light, shine) = light(load(batch.normalX), load(batch.normalY), load(batch.normalZ), batch, first)
                @inline(__always) func mix(_ base: SIMD8<Float>, _ light: SIMD8<Float>, _ shine: SIMD8<Float>, _ specular: Float) -> SIMD8<Float> {
                    base * (SIMD8(repeating: material.ambient) + light * SIMD8(repeating: material.diffuse))
                        + shine * SIMD8(repeating: specular * material.specular)
                }
                red = mix(red, light.0, shine.0, material.specularColor.x)
                green = mix(green, light.1, shine.1, material.specularColor.y)
                blue = mix(blue, light.2, shine.2, material.specularColor.z)
            }
            store(quantize(red), quantize(green), quantize(blue), batch, first)
        }
    }

    private typealias Channels = (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)

    /// The sums of diffuse and of specular light, by channel.
    @inline(__always) private func light(
        _ nx: SIMD8<Float>, _ ny: SIMD8<Float>, _ nz: SIMD8<Float>, _ batch: Batch, _ first: Int
    ) -> (Channels, Channels) {
        let zero = SIMD8<Float>(repeating: 0)
        var light: Channels = (zero, zero, zero)
        var shine: Channels = (zero, zero, zero)
        for source in sources {
            let direction = source.direction
            let cosine =
                nx * SIMD8(repeating: direction.x) + ny * SIMD8(repeating: direction.y) + nz * SIMD8(repeating: direction.z)
            let diffuse = ck_max_8f(cosine, zero)
            light.0 += diffuse * SIMD8(repeating: source.color.x)
            light.1 += diffuse * SIMD8(repeating: source.color.y)
            light.2 += diffuse * SIMD8(repeating: source.color.z)
            if material.specular > 0 {
                var towards = cosine
                if !onlyHeadlights {
                    // The reflected ray R = 2 (N·L) N − L, against the direction to the viewer.
                    let twice = cosine + cosine
                    let ray = rotation.ray(batch, first)
                    let length = (ray.x * ray.x + ray.y * ray.y + SIMD8(repeating: 1)).squareRoot()
                    let rx = twice * nx - SIMD8(repeating: direction.x)
                    let ry = twice * ny - SIMD8(repeating: direction.y)
                    let rz = twice * nz - SIMD8(repeating: direction.z)
                    towards = (rz - rx * ray.x - ry * ray.y) / length
                    towards = ck_max_8f(towards, SIMD8(repeating: 1e-5))
                }
                let lit = unsafeBitCast(
                    unsafeBitCast(power(ck_max_8f(towards, zero), material.specularPower), to: SIMD8<Int32>.self)
                        & negativeMask(SIMD8<Int32>(repeating: 0) &- unsafeBitCast(diffuse, to: SIMD8<Int32>.self)),
                    to: SIMD8<Float>.self)
                shine.0 += lit * SIMD8(repeating: source.color.x)
                shine.1 += lit * SIMD8(repeating: source.color.y)
                shine.2 += lit * SIMD8(repeating: source.color.z)
            }
        }
        return (light, shine)
    }

    @inline(__always) private func quantize(_ value: SIMD8<Float>) -> SIMD8<Int32> {
        let bounded = ck_min_8f(ck_max_8f(value, SIMD8(repeating: 0)), SIMD8(repeating: 1))
        return ck_truncate_8f(bounded * SIMD8(repeating: 255) + SIMD8(repeating: 0.5))
    }

    @inline(__always) private func store(
        _ red: SIMD8<Int32>, _ green: SIMD8<Int32>, _ blue: SIMD8<Int32>, _ batch: Batch, _ first: Int
    ) {
        let packed = red | (green &<< 8) | (blue &<< 16) | SIMD8(repeating: Int32(bitPattern: 0xFF00_0000))
        let count = min(8, batch.count &- first)
        let colors = UnsafeMutableRawPointer(batch.pixels).assumingMemoryBound(to: Int32.self)
        for lane in 0..<count { colors[batch.place[first &+ lane]] = packed[lane] }
        if !material.showsEdges { return }
        let edge = RGBA8(quantized(material.edgeColor.x), quantized(material.edgeColor.y), quantized(material.edgeColor.z))
        for lane in 0..<count where batch.onEdge[first &+ lane] != 0 {
            batch.pixels[batch.place[first &+ lane]] = edge
            batch.onEdge[first &+ lane] = 0
        }
    }
}

/// x to a power for x in 0…1 and powers of at least 0, the same on every machine: whole powers by squaring, the fraction by square roots
/// (to 1/256).
@inline(__always) func power(_ base: SIMD8<Float>, _ exponent: Float) -> SIMD8<Float> {
    let scaled = Int32(min(max(exponent, 0), 32768) * 256 + 0.5)
    var result = SIMD8<Float>(repeating: 1)
    var square = base
    var whole = scaled &>> 8
    while whole != 0 {
        if whole & 1 != 0 { result *= square }
        square *= square
        whole &>>= 1
    }
    var part = scaled & 255
    var root = base
    while part != 0 {
        root = root.squareRoot()
        if part & 128 != 0 { result *= root }
        part = (part &<< 1) & 255
    }
    return result
}
