import Datasets
import Execution
import Geometry
import Images
import Scenes

extension Rasterizer {
    /// Finds what the picture of a list shows at the centre of a pixel: in the topmost layer that shows anything there, the nearest
    /// primitive, translucent ones included.
    ///
    /// - Returns: nil where nothing is drawn.
    /// - Complexity: that of drawing, without colours.
    public func pick(_ list: DrawList, x: Int, y: Int, in context: ExecutionContext) throws -> Pick? {
        try memory.lock.withLock { _ in
            try memory.frame {
                for (layer, part) in ([list] + list.layers).enumerated().reversed() where part.region.contains(x, y) {
                    if let pick = try memory.pick(part, layer, x - part.region.x, y - part.region.y, context) { return pick }
                }
                return nil
            }
        }
    }

    /// Finds what is nearest at the centres of all pixels; layers hide what is under them.
    public func frameBuffer(_ list: DrawList, in context: ExecutionContext) throws -> FrameBuffer {
        let (width, height) = (list.projection.width, list.projection.height)
        return try memory.lock.withLock { _ in
            try memory.frame {
                try FrameBuffer(width: width, height: height) { distances, ids in
                    distances.initialize(repeating: .infinity, count: width * height)
                    ids.initialize(repeating: FrameBuffer.nothing, count: width * height)
                    for part in [list] + list.layers {
                        let first = part.region.y * width + part.region.x
                        try memory.identify(part, distances + first, ids + first, stride: width, context)
                    }
                }
            }
        }
    }
}

extension Rasterizer.Memory {
    /// Writes the distances and ids of what a list shows.
    func identify(
        _ list: DrawList, _ distances: UnsafeMutablePointer<Float>, _ ids: UnsafeMutablePointer<UInt32>, stride: Int,
        _ context: ExecutionContext
    ) throws {
        var statistics = FrameStatistics()
        let frame = try prepare(list, list.ownRegion, &statistics, context)
        defer { withExtendedLifetime(vertices) {} }
        let targets = emptyTargets(frame, (128, 128))
        try draw(frame, frame.allTasks, into: targets, context)
        try merge(targets, context)
        let target = targets[0]
        nonisolated(unsafe) let (distances, ids) = (distances, ids)
        let isParallel = list.projection.isParallel
        let (width, height) = (list.projection.width, list.projection.height)
        try context.parallelFor(RasterTarget.bands(of: 0..<height).count, grain: 4) { bands in
            for row in bands.lowerBound * RasterTarget.blockHeight..<min(height, bands.upperBound * RasterTarget.blockHeight) {
                let keys = target.keys + row * target.stride
                for column in 0..<width where keys[column] != RasterTarget.empty {
                    let depth = target.depth(of: keys[column])
                    distances[row * stride + column] = isParallel ? depth : 1 / depth
                    ids[row * stride + column] = UInt32(truncatingIfNeeded: keys[column])
                }
                keys.update(repeating: RasterTarget.empty, count: target.stride)
            }
            for band in bands { (target.flags + band * target.blocksAcross).update(repeating: 0, count: target.blocksAcross) }
        }
    }

    func pick(_ list: DrawList, _ layer: Int, _ x: Int, _ y: Int, _ context: ExecutionContext) throws -> Pick? {
        var statistics = FrameStatistics()
        let frame = try prepare(list, list.ownRegion, &statistics, context)
        defer { withExtendedLifetime(vertices) {} }
        let nearest = UnsafeMutablePointer<Int64>.allocate(capacity: frame.workers)
        defer { nearest.deallocate() }
        nearest.initialize(repeating: RasterTarget.empty, count: frame.workers)
        let target = emptyTargets(frame, (128, 128))[0]
        let sinks = (0..<frame.workers).map { PixelSink(nearest + $0, x, y, like: target) }
        try draw(frame, frame.allTasks, into: sinks, context)
        let key = (0..<frame.workers).reduce(RasterTarget.empty) { min($0, nearest[$1]) }
        if key == RasterTarget.empty { return nil }
        let resolver = Resolver(frame.items, list)
        let index = resolver.find(UInt32(truncatingIfNeeded: key))
        let item = frame.items[index]
        let primitive = Int(UInt32(truncatingIfNeeded: key) - item.item.base)
        let depth = Int32(truncatingIfNeeded: key >> 32)
        guard let shape = item.shape else { return PrimitivePick(resolver, item, primitive, x, y).pick(layer, depth: depth) }
        let copies = CopiedPrimitives(item, shape, primitive: primitive)
        var pick = PrimitivePick(resolver, copies.item, 0, x, y).pick(layer, depth: depth)
        pick.order = nil
        withExtendedLifetime(copies) {}
        let (instance, part) = primitive.quotientAndRemainder(dividingBy: shape.primitiveCount)
        pick.instance = instance
        pick.cell = item.item.drawable.firstCell + (item.item.drawable.cells.map { Int($0[part]) } ?? part)
        pick.point = shape.instances.sources.map { Int($0[instance]) } ?? instance
        return pick
    }
}

extension PreparedList {
    /// Tasks for all items, translucent or not.
    fileprivate var allTasks: [DrawTask] { DrawTask.make(items, isTranslucent: false) + DrawTask.make(items, isTranslucent: true) }
}

extension RasterTarget {
    /// The depth that a key was made of.
    func depth(of key: Int64) -> Float { Float(bitPattern: UInt32(bitPattern: Int32(truncatingIfNeeded: key >> 32) ^ depthMask)) }
}

/// Takes the nearest sample of one pixel.
private struct PixelSink: SampleSink, @unchecked Sendable {
    // Unchecked: one worker uses it at a time.
    let nearest: UnsafeMutablePointer<Int64>
    let place: Int
    let width: Int32
    let height: Int32
    let offsetX: Int32
    let offsetY: Int32
    let depthMask: Int32
    let window: SampleWindow

    var stride: Int { @inline(__always) get { 1 << 16 } }

    init(_ nearest: UnsafeMutablePointer<Int64>, _ x: Int, _ y: Int, like target: RasterTarget) {
        self.nearest = nearest
        place = y << 16 | x
        width = target.width
        height = target.height
        offsetX = target.offsetX
        offsetY = target.offsetY
        depthMask = target.depthMask
        window = SampleWindow(PixelRegion(x: x, y: y, width: 1, height: 1))
    }

    @inline(__always) func flag(_ x0: Int32, _ y0: Int32, _ x1: Int32, _ y1: Int32) {}
    @inline(__always) func flag(_ x: Int32, _ y: Int32) {}
    @inline(__always) func prefetch(_ place: Int) {}

    @inline(__always) func keep(_ x: Int32, _ y: Int32, _ depth: Float, _ id: UInt32) {
        if Int(y) &<< 16 | Int(x) == place { keep(Int32(bitPattern: depth.bitPattern) ^ depthMask, id) }
    }

    @inline(__always) func keep(_ first: Int, _ second: Int, _ depths: SIMD8<Int32>, _ id: UInt32, _ skipped: SIMD8<Int32>) {
        for lane in 0..<4 where first &+ lane == place && skipped[lane] == 0 { keep(depths[lane], id) }
        for lane in 0..<4 where second &+ lane == place && skipped[lane &+ 4] == 0 { keep(depths[lane &+ 4], id) }
    }

    @inline(__always) private func keep(_ depth: Int32, _ id: UInt32) {
        let key = Int64(depth) &<< 32 | Int64(id)
        if key < nearest.pointee { nearest.pointee = key }
    }
}
