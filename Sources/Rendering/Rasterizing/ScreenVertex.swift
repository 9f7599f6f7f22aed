import CKernels
import Datasets
import Execution
import Geometry
import Scenes

/// A point of a drawable in the picture: 16 bytes, as the kernels load them.
@frozen @usableFromInline struct ScreenVertex: BitwiseCopyable, Sendable {
    /// Pixels from the left and from the top in 1/256, rounded.
    var x: Int32
    var y: Int32
    /// 1/w, or the distance in parallel projection.
    var depth: Float
    /// `nearFlag`, `wideFlag`.
    var flags: Int32

    /// Not in front of the near plane, or no number.
    static let nearFlag: Int32 = 1
    /// So far off screen that x and y say nothing.
    static let wideFlag: Int32 = 2
    /// Coordinates stay under this many 1/256 pixels, so that differences fit 32 bits and products of them 64.
    static let limit: Int32 = 1 << 28
}

/// Sub-pixel units in a pixel.
let subpixels: Int32 = 256

/// Turns points into screen vertices, in Double up to the rounding to 1/256 pixel.
struct VertexTransform: Sendable {
    var x: SIMD4<Double>
    var y: SIMD4<Double>
    var z: SIMD4<Double>
    var t: SIMD4<Double>
    var near: Double
    var isParallel: Bool

    init(_ projection: ViewProjection, origin: Vector3) {
        (x, y, z, t) = projection.columns(scale: Double(subpixels))
        t += x * origin.x + y * origin.y + z * origin.z
        near = projection.nearDistance
        isParallel = projection.isParallel
    }

    /// (x · w, y · w, w) in 1/256 pixels; in parallel projection x and y as they are.
    @inline(__always) func clip(_ px: Double, _ py: Double, _ pz: Double) -> SIMD4<Double> { x * px + y * py + z * pz + t }

    /// The place of clip coordinates in the picture.
    @inline(__always) func screen(_ clip: SIMD4<Double>) -> ScreenVertex {
        let w = clip.z
        let scale = isParallel ? 1 : 1 / w
        let snapped = ck_round_4d(clip * scale)
        var flags: Int32 = w > near ? 0 : ScreenVertex.nearFlag
        let limit = UInt32(ScreenVertex.limit)
        let isWide =
            UInt32(bitPattern: snapped.x &+ ScreenVertex.limit) >= 2 &* limit || UInt32(bitPattern: snapped.y &+ ScreenVertex.limit) >= 2 &* limit
        flags |= isWide ? ScreenVertex.wideFlag : 0
        return ScreenVertex(x: snapped.x, y: snapped.y, depth: Float(isParallel ? w : scale), flags: flags)
    }

    /// Transforms all points of a drawable.
    func transform(_ points: Points, into target: UnsafeMutablePointer<ScreenVertex>, in context: ExecutionContext) throws {
        nonisolated(unsafe) let target = target
        switch points {
        case .float32(let buffer):
            nonisolated(unsafe) let source = buffer.pointer
            try context.parallelFor(points.count, grain: 1 << 14) { transform(source, into: target, $0) }
            withExtendedLifetime(buffer) {}
        case .float64(let buffer):
            nonisolated(unsafe) let source = buffer.pointer
            try context.parallelFor(points.count, grain: 1 << 14) { run(source, target, $0) }
            withExtendedLifetime(buffer) {}
        }
    }

    /// Transforms some of the points of a drawable.
    ///
    /// - Parameter ranges: apart from each other.
    func transform(
        _ points: Points, _ ranges: [Range<Int>], into target: UnsafeMutablePointer<ScreenVertex>, in context: ExecutionContext
    ) throws {
        nonisolated(unsafe) let target = target
        try context.parallelFor(ranges.count, grain: 16) { chunk in
            for range in ranges[chunk] {
                switch points {
                case .float32(let buffer): transform(buffer.pointer, into: target, range)
                case .float64(let buffer): run(buffer.pointer, target, range)
                }
            }
        }
    }

    /// Transforms a range of points.
    func transform(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<ScreenVertex>, _ range: Range<Int>) {
        for index in range {
            let p = source + 3 &* index
            target[index] = screen(clip(Double(p[0]), Double(p[1]), Double(p[2])))
        }
    }

    private func run(_ source: UnsafePointer<Double>, _ target: UnsafeMutablePointer<ScreenVertex>, _ range: Range<Int>) {
        for index in range {
            let p = source + 3 &* index
            target[index] = screen(clip(p[0], p[1], p[2]))
        }
    }
}

/// The coordinates of points, whatever their type.
struct PointReader: @unchecked Sendable {
    // Unchecked: reads memory that somebody else, the draw list mostly, keeps alive.
    let floats: UnsafePointer<Float>?
    let doubles: UnsafePointer<Double>?

    init(_ floats: UnsafePointer<Float>) {
        self.floats = floats
        doubles = nil
    }

    init(_ points: Points) {
        switch points {
        case .float32(let buffer):
            floats = buffer.pointer
            doubles = nil
        case .float64(let buffer):
            floats = nil
            doubles = buffer.pointer
        }
    }

    @inline(__always) subscript(index: Int32) -> Vector3 {
        let place = 3 &* Int(index)
        if let floats { return Vector3(Double(floats[place]), Double(floats[place &+ 1]), Double(floats[place &+ 2])) }
        let p = doubles! + place
        return Vector3(p[0], p[1], p[2])
    }
}
