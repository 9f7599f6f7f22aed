import CKernels
import Geometry
import Images
import Scenes

/// VTK's light: ambient + diffuse · Σ max(0, N·L) + specular · Σ max(0, R·V)^power, each channel clamped to 0…1.
struct Lighting: Sendable {
    private let material: Material
    private let sources: [LightSource]
    /// Only headlights: the highlight then is cos(N, line of sight)^power, as in VTK.
    private let onlyHeadlights: Bool
    private let rotation: ViewRotation
    /// The light of the surroundings where it has a colour of its own.
    private let ambient: SIMD3<Float>
    /// How much of the samples' own colours the light of the surroundings shows.
    private let around: Float
    /// Whether places of samples matter.
    let needsPositions: Bool

    /// - Parameter hasOwnColors: whether colours come from data rather than the material.
    init(_ material: Material, _ lights: [Light], _ projection: ViewProjection, hasOwnColors: Bool) {
        self.material = material
        rotation = ViewRotation(projection)
        onlyHeadlights = lights.allSatisfy { $0.kind == .headlight }
        sources = lights.map { LightSource($0, projection) }
        if let color = material.ambientColor, !hasOwnColors {
            ambient = color * material.ambient
            around = 0
        } else {
            ambient = SIMD3()
            around = material.ambient
        }
        needsPositions = material.isLit && sources.contains { $0.hasPlace }
    }

    /// Turns the batch's normals and colours into pixels or fragments' colours.
    ///
    /// - Parameter hasLight: whether the light was found before, at the points.
    func shade(_ batch: Batch, hasLight: Bool) {
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
                var light: Channels
                var shine: Channels
                if hasLight {
                    light = (load(batch.light(0)), load(batch.light(1)), load(batch.light(2)))
                    shine = (load(batch.light(3)), load(batch.light(4)), load(batch.light(5)))
                } else {
                    (light, shine) = findLight(load(batch.normalX), load(batch.normalY), load(batch.normalZ), batch, first)
                }
                @inline(__always) func mix(
                    _ base: SIMD8<Float>, _ light: SIMD8<Float>, _ shine: SIMD8<Float>, _ specular: Float, _ ambient: Float
                ) -> SIMD8<Float> {
                    base * (SIMD8(repeating: around) + light * SIMD8(repeating: material.diffuse))
                        + shine * SIMD8(repeating: specular * material.specular) + SIMD8(repeating: ambient)
                }
                red = mix(red, light.0, shine.0, material.specularColor.x, ambient.x)
                green = mix(green, light.1, shine.1, material.specularColor.y, ambient.y)
                blue = mix(blue, light.2, shine.2, material.specularColor.z, ambient.z)
            }
            switch batch.destination {
            case .pixels(let pixels): store(quantize(red), quantize(green), quantize(blue), batch, first, pixels)
            case .colors(let colors): store(bounded(red), bounded(green), bounded(blue), load(batch.alpha), batch, first, colors)
            }
        }
    }

    /// Adds the light at one of the points of each sample's triangle, where the batch's normals and places now are, by its weight.
    func addLight(_ batch: Batch, corner: Int) {
        let groups = (batch.count + 7) / 8
        for group in 0..<groups {
            let first = group &* 8
            @inline(__always) func load(_ source: UnsafeMutablePointer<Float>) -> SIMD8<Float> {
                UnsafeRawPointer(source + first).loadUnaligned(as: SIMD8<Float>.self)
            }
            let (w1, w2) = (load(batch.weight1), load(batch.weight2))
            let weight = corner == 0 ? SIMD8(repeating: 1) - w1 - w2 : corner == 1 ? w1 : w2
            let (light, shine) = findLight(load(batch.normalX), load(batch.normalY), load(batch.normalZ), batch, first)
            func add(_ channel: SIMD8<Float>, _ index: Int) {
                let sum = batch.light(index)
                let before = corner == 0 ? SIMD8(repeating: 0) : load(sum)
                UnsafeMutableRawPointer(sum + first).storeBytes(of: before + channel * weight, as: SIMD8<Float>.self)
            }
            add(light.0, 0)
            add(light.1, 1)
            add(light.2, 2)
            add(shine.0, 3)
            add(shine.1, 4)
            add(shine.2, 5)
        }
    }

    private typealias Channels = (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)

    /// The sums of diffuse and of specular light, by channel.
    @inline(__always) private func findLight(
        _ nx: SIMD8<Float>, _ ny: SIMD8<Float>, _ nz: SIMD8<Float>, _ batch: Batch, _ first: Int
    ) -> (Channels, Channels) {
        let zero = SIMD8<Float>(repeating: 0)
        var light: Channels = (zero, zero, zero)
        var shine: Channels = (zero, zero, zero)
        for source in sources {
            var (lx, ly, lz) = (
                SIMD8<Float>(repeating: source.direction.x), SIMD8<Float>(repeating: source.direction.y),
                SIMD8<Float>(repeating: source.direction.z)
            )
            var strength = SIMD8<Float>(repeating: 1)
            if source.hasPlace { (lx, ly, lz, strength) = source.reach(batch, first) }
            let cosine = nx * lx + ny * ly + nz * lz
            var diffuse = ck_max_8f(cosine, zero)
            if source.hasPlace { diffuse *= strength }
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
                    let rx = twice * nx - lx
                    let ry = twice * ny - ly
                    let rz = twice * nz - lz
                    towards = (rz - rx * ray.x - ry * ray.y) / length
                    towards = ck_max_8f(towards, SIMD8(repeating: 1e-5))
                }
                var lit = unsafeBitCast(
                    unsafeBitCast(power(ck_max_8f(towards, zero), material.specularPower), to: SIMD8<Int32>.self)
                        & negativeMask(SIMD8<Int32>(repeating: 0) &- unsafeBitCast(diffuse, to: SIMD8<Int32>.self)),
                    to: SIMD8<Float>.self)
                if source.hasPlace { lit *= strength }
                shine.0 += lit * SIMD8(repeating: source.color.x)
                shine.1 += lit * SIMD8(repeating: source.color.y)
                shine.2 += lit * SIMD8(repeating: source.color.z)
            }
        }
        return (light, shine)
    }

    @inline(__always) private func bounded(_ value: SIMD8<Float>) -> SIMD8<Float> {
        ck_min_8f(ck_max_8f(value, SIMD8(repeating: 0)), SIMD8(repeating: 1))
    }

    @inline(__always) private func quantize(_ value: SIMD8<Float>) -> SIMD8<Int32> {
        ck_truncate_8f(bounded(value) * SIMD8(repeating: 255) + SIMD8(repeating: 0.5))
    }

    @inline(__always) private func store(
        _ red: SIMD8<Int32>, _ green: SIMD8<Int32>, _ blue: SIMD8<Int32>, _ batch: Batch, _ first: Int,
        _ pixels: UnsafeMutablePointer<RGBA8>
    ) {
        let packed = red | (green &<< 8) | (blue &<< 16) | SIMD8(repeating: Int32(bitPattern: 0xFF00_0000))
        let count = min(8, batch.count &- first)
        let colors = UnsafeMutableRawPointer(pixels).assumingMemoryBound(to: Int32.self)
        for lane in 0..<count { colors[batch.place[first &+ lane]] = packed[lane] }
        if !material.showsEdges { return }
        let edge = RGBA8(quantized(material.edgeColor.x), quantized(material.edgeColor.y), quantized(material.edgeColor.z))
        for lane in 0..<count where batch.onEdge[first &+ lane] != 0 {
            pixels[batch.place[first &+ lane]] = edge
            batch.onEdge[first &+ lane] = 0
        }
    }

    @inline(__always) private func store(
        _ red: SIMD8<Float>, _ green: SIMD8<Float>, _ blue: SIMD8<Float>, _ alpha: SIMD8<Float>, _ batch: Batch, _ first: Int,
        _ colors: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let count = min(8, batch.count &- first)
        for lane in 0..<count { colors[batch.place[first &+ lane]] = SIMD4(red[lane], green[lane], blue[lane], alpha[lane]) }
        if !material.showsEdges { return }
        // Edges are as translucent as the surface that they are on.
        let edge = material.edgeColor.clamped(lowerBound: SIMD3(0, 0, 0), upperBound: SIMD3(1, 1, 1))
        for lane in 0..<count where batch.onEdge[first &+ lane] != 0 {
            colors[batch.place[first &+ lane]] = SIMD4(edge, alpha[lane])
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
