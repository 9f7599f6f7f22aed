import Datasets
import Execution
import Geometry
import Images
import Scenes
import Synchronization

/// Draws opaque triangles, lines, points and spheres on the processor: nearest primitive of every sample first, colours once per
/// visible pixel afterwards. Keeps its memory between frames.
///
/// The picture is the same, byte for byte, for any number of threads and any order of drawing. Memory: 8 bytes a pixel for each
/// worker (at most 16 draw at once) and 16 bytes a point.
public struct Rasterizer: Renderer {
    private let memory = Memory()

    public init() {}

    public func render(_ list: DrawList, in context: ExecutionContext) throws -> RenderedFrame {
        try memory.lock.withLock { _ in try memory.render(list, in: context) }
    }

    /// Buffers that live from frame to frame.
    final class Memory: @unchecked Sendable {
        // Unchecked: used under the lock only.
        let lock = Mutex(())
        private var targets: [TargetMemory] = []
        private var vertices: [Storage] = []
        /// The last frame's items as they came and as they were drawn: checked once, not again while their buffers are the same.
        private var known: [(given: DrawList.Item, drawn: DrawList.Item)] = []

        static let greatestWorkerCount = 16
    }
}

/// A drawable ready to be drawn: its points in the picture.
struct PreparedItem: @unchecked Sendable {
    // Unchecked: the vertices are written before anybody reads them and live as long as the frame.
    let item: DrawList.Item
    let transform: VertexTransform
    let vertices: UnsafeMutablePointer<ScreenVertex>?
    let count: Int
    let reader: PointReader
}

extension Rasterizer.Memory {
    func render(_ list: DrawList, in context: ExecutionContext) throws -> RenderedFrame {
        var statistics = FrameStatistics()
        statistics.culling = list.culling
        let (width, height) = (list.projection.width, list.projection.height)
        let items = try represent(list.items)
        let workers = try prepareTargets(items, width, height, context)
        var start = monotonicSeconds()
        let prepared = try transform(items, list.projection, context)
        defer { withExtendedLifetime(vertices) {} }
        statistics.transformSeconds = monotonicSeconds() - start
        statistics.primitives = items.reduce(0) { $0 + $1.drawable.count }
        let resolver = Resolver(prepared, list)
        let visible = Mutex(0)
        var image: ColorImage
        if list.samples == 1 {
            start = monotonicSeconds()
            let targets = try draw(prepared, (128, 128), workers, list.projection, context)
            statistics.rasterSeconds = monotonicSeconds() - start
            start = monotonicSeconds()
            image = try ColorImage(width: width, height: height) { pixels in
                try resolver.resolve(targets, into: pixels, visible, context)
            }
            statistics.resolveSeconds = monotonicSeconds() - start
        } else {
            image = try renderSamples(list, prepared, resolver, workers, visible, &statistics, context)
        }
        statistics.visiblePixels = visible.withLock { $0 }
        if !list.overlay.isEmpty {
            image = try ColorImage(width: width, height: height) { pixels in
                image.withPixels { pixels.initialize(from: $0.baseAddress!, count: width * height) }
                try list.overlay.paint(pixels, width: width, height: height, in: context)
            }
        }
        return RenderedFrame(image: image, statistics: statistics)
    }

    /// Draws the picture once for each sample place and averages the colours.
    private func renderSamples(
        _ list: DrawList, _ prepared: [PreparedItem], _ resolver: Resolver, _ workers: Int, _ visible: borrowing Mutex<Int>,
        _ statistics: inout FrameStatistics, _ context: ExecutionContext
    ) throws -> ColorImage {
        let (width, height) = (list.projection.width, list.projection.height)
        let pixelCount = width * height
        let sums = Storage(byteCount: pixelCount * 8)
        nonisolated(unsafe) let sum = sums.address.bindMemory(to: SIMD4<UInt16>.self, capacity: pixelCount)
        sum.initialize(repeating: SIMD4(), count: pixelCount)
        for sample in 0..<list.samples {
            var start = monotonicSeconds()
            let place = samplePlace(sample, of: list.samples)
            let targets = try draw(prepared, place, workers, list.projection, context)
            statistics.rasterSeconds += monotonicSeconds() - start
            start = monotonicSeconds()
            let layer = try ColorImage(width: width, height: height) { try resolver.resolve(targets, into: $0, visible, context) }
            try layer.withPixels { pixels in
                nonisolated(unsafe) let pixels = pixels
                try context.parallelFor(pixelCount, grain: 1 << 16) { range in
                    for index in range {
                        let pixel = pixels[index]
                        sum[index] &+= SIMD4(UInt16(pixel.red), UInt16(pixel.green), UInt16(pixel.blue), UInt16(pixel.alpha))
                    }
                }
            }
            statistics.resolveSeconds += monotonicSeconds() - start
        }
        let count = UInt16(list.samples)
        let image = try ColorImage(width: width, height: height) { pixels in
            nonisolated(unsafe) let pixels = pixels
            try context.parallelFor(pixelCount, grain: 1 << 16) { range in
                for index in range {
                    let mean = (sum[index] &+ SIMD4(repeating: count / 2)) / SIMD4(repeating: count)
                    pixels[index] = RGBA8(
                        UInt8(truncatingIfNeeded: mean.x), UInt8(truncatingIfNeeded: mean.y), UInt8(truncatingIfNeeded: mean.z),
                        UInt8(truncatingIfNeeded: mean.w))
                }
            }
        }
        withExtendedLifetime(sums) {}
        return image
    }

    /// The items as they are drawn, checked unless they were drawn before.
    private func represent(_ items: [DrawList.Item]) throws -> [DrawList.Item] {
        let earlier = known
        known = []
        known = try items.enumerated().map { index, item in
            if index < earlier.count, earlier[index].given.hasSameParts(as: item) {
                var drawn = item
                drawn.drawable = earlier[index].drawn.drawable
                drawn.drawable.colors = item.drawable.colors
                drawn.drawable.normals = item.drawable.normals
                drawn.drawable.origin = item.drawable.origin
                try drawn.drawable.validateAttributes()
                return (item, drawn)
            }
            return (item, try item.represented())
        }
        return known.map(\.drawn)
    }

    /// How many workers draw; makes their memory.
    private func prepareTargets(
        _ items: [DrawList.Item], _ width: Int, _ height: Int, _ context: ExecutionContext
    ) throws -> Int {
        let primitives = items.reduce(0) { $0 + $1.drawable.count }
        let points = items.reduce(0) { $0 + $1.drawable.points.count }
        let each = TargetMemory.byteCount(width: width, height: height)
        let fixed = points * 16 + width * height * 4
        let needed = fixed + each
        if needed > context.memory.limit {
            throw MemoryExceededError(needed: needed, limit: context.memory.limit, purpose: "drawing \(width)×\(height) pixels")
        }
        // Fewer primitives than a few chunks do not pay for another target.
        let wanted = min(context.threads, Self.greatestWorkerCount, 1 + primitives / 4096 + (primitives > 1 ? 1 : 0))
        let workers = max(1, min(wanted, (context.memory.limit - fixed) / each))
        if targets.first.map({ $0.width != width || $0.height != height }) ?? false { targets = [] }
        let missing = workers - targets.count
        if missing > 0 {
            let made = try context.parallelMap(missing, grain: 1) { _ in UncheckedBox(TargetMemory(width: width, height: height)) }
            targets += made.map(\.value)
        }
        return workers
    }

    private func transform(_ items: [DrawList.Item], _ projection: ViewProjection, _ context: ExecutionContext) throws -> [PreparedItem] {
        var prepared: [PreparedItem] = []
        var used: [Storage] = []
        for item in items {
            let drawable = item.drawable
            let transform = VertexTransform(projection, origin: drawable.origin)
            var vertices: UnsafeMutablePointer<ScreenVertex>?
            if case .spheres = drawable.primitives {
            } else if let last = prepared.last, let shared = last.vertices, last.item.drawable.points.isIdentical(to: drawable.points),
                last.item.drawable.origin == drawable.origin
            {
                vertices = shared
            } else {
                let bytes = drawable.points.count * MemoryLayout<ScreenVertex>.stride
                let storage = takeVertices(bytes)
                used.append(storage)
                let target = storage.address.bindMemory(to: ScreenVertex.self, capacity: drawable.points.count)
                try transform.transform(drawable.points, into: target, in: context)
                vertices = target
            }
            prepared.append(
                PreparedItem(
                    item: item, transform: transform, vertices: vertices, count: drawable.count, reader: PointReader(drawable.points)))
        }
        vertices = used
        return prepared
    }

    /// Memory of an earlier frame that is large enough, or fresh memory.
    private func takeVertices(_ byteCount: Int) -> Storage {
        if let index = vertices.firstIndex(where: { $0.byteCount >= byteCount && $0.byteCount / 2 <= byteCount }) {
            return vertices.remove(at: index)
        }
        return Storage(byteCount: byteCount)
    }

    /// Draws every primitive into the workers' targets.
    private func draw(
        _ items: [PreparedItem], _ place: (Int32, Int32), _ workers: Int, _ projection: ViewProjection, _ context: ExecutionContext
    ) throws -> [RasterTarget] {
        let result = targets.prefix(workers).map { memory in
            var target = memory.target(isParallel: projection.isParallel)
            target.offsetX = place.0
            target.offsetY = place.1
            return target
        }
        let tasks = DrawTask.make(items)
        let next = Atomic<Int>(0)
        let large = Mutex<[LargeTriangle]>([])
        try context.parallelChunks(workers, grain: 1) { worker, _ in
            var painter = Painter(result[worker], projection)
            defer { painter.finish() }
            while !context.cancellation.isCancelled {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= tasks.count { break }
                painter.draw(items[tasks[index].item], tasks[index].range)
            }
            if !painter.large.isEmpty { large.withLock { $0 += painter.large } }
        }
        try drawLarge(large.withLock { $0 }, result, context)
        return result
    }

    /// Draws large triangles band after band, so that a few of them keep all workers busy.
    private func drawLarge(_ triangles: [LargeTriangle], _ targets: [RasterTarget], _ context: ExecutionContext) throws {
        if triangles.isEmpty { return }
        let bandHeight = 64
        let height = Int(targets[0].height)
        let bands = (height + bandHeight - 1) / bandHeight
        let next = Atomic<Int>(0)
        try context.parallelChunks(targets.count, grain: 1) { worker, _ in
            while !context.cancellation.isCancelled {
                let band = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if band >= bands { break }
                let rows = band * bandHeight..<min(height, (band + 1) * bandHeight)
                for triangle in triangles { triangle.draw(rows, targets[worker]) }
            }
        }
    }
}

/// Hands a value that only one thread at a time uses from one to another.
private struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

extension Points {
    /// Whether both are the same memory.
    func isIdentical(to other: Points) -> Bool {
        switch (self, other) {
        case (.float32(let a), .float32(let b)): a.isIdentical(to: b)
        case (.float64(let a), .float64(let b)): a.isIdentical(to: b)
        default: false
        }
    }
}

/// The place of a sample in its pixel, in 1/256: columns evenly, rows by the van der Corput sequence.
func samplePlace(_ sample: Int, of count: Int) -> (Int32, Int32) {
    var reversed = 0
    for bit in 0..<8 where sample >> bit & 1 == 1 { reversed |= 1 << (7 - bit) }
    let shift = count.nonzeroBitCount == 1 ? 128 / count : 2
    return (Int32((2 * sample + 1) * 128 / count), Int32(min(255, reversed + shift)))
}
