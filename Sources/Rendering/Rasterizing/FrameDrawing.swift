import Execution
import Geometry
import Images
import Scenes
import Synchronization

extension Rasterizer.Memory {
    /// Draws one sample of every pixel of a list.
    ///
    /// - Parameter place: of the sample in its pixel, in 1/256.
    func drawSample(
        _ frame: PreparedList, _ place: (Int32, Int32), _ resolver: Resolver, into canvas: Canvas, _ visible: borrowing Mutex<Int>,
        _ statistics: inout FrameStatistics, _ context: ExecutionContext
    ) throws {
        var start = monotonicSeconds()
        let targets = emptyTargets(frame, place)
        try draw(frame, DrawTask.make(frame.items, isTranslucent: false), into: targets, context)
        statistics.rasterSeconds += monotonicSeconds() - start
        if frame.items.contains(where: \.isTranslucent) {
            try drawTranslucent(frame, over: targets, resolver, into: canvas, visible, &statistics, context)
            return
        }
        start = monotonicSeconds()
        try resolver.resolve(targets, [], frame.region, into: canvas, visible, context)
        statistics.resolveSeconds += monotonicSeconds() - start
    }

    /// Draws a list once for each sample place and averages the colours.
    func drawSamples(
        _ frame: PreparedList, _ resolver: Resolver, into canvas: Canvas, _ visible: borrowing Mutex<Int>,
        _ statistics: inout FrameStatistics, _ context: ExecutionContext
    ) throws {
        let region = frame.region
        let (width, height) = (region.width, region.height)
        let sums = Storage(byteCount: width * height * 8)
        let samples = Storage(byteCount: width * height * 4)
        nonisolated(unsafe) let sum = sums.address.bindMemory(to: SIMD4<UInt16>.self, capacity: width * height)
        nonisolated(unsafe) let pixels = samples.address.bindMemory(to: RGBA8.self, capacity: width * height)
        sum.initialize(repeating: SIMD4(), count: width * height)
        let layer = Canvas(pixels: pixels - (region.y * width + region.x), stride: width, keepsBelow: canvas.keepsBelow)
        let below = canvas.pixels + (region.y * canvas.stride + region.x)
        for sample in 0..<frame.list.samples {
            if canvas.keepsBelow {
                for row in 0..<height { (pixels + row * width).update(from: below + row * canvas.stride, count: width) }
            }
            try drawSample(frame, samplePlace(sample, of: frame.list.samples), resolver, into: layer, visible, &statistics, context)
            try context.parallelFor(width * height, grain: 1 << 16) { range in
                for index in range {
                    let pixel = pixels[index]
                    sum[index] &+= SIMD4(UInt16(pixel.red), UInt16(pixel.green), UInt16(pixel.blue), UInt16(pixel.alpha))
                }
            }
        }
        let count = UInt16(frame.list.samples)
        nonisolated(unsafe) let target = below
        try context.parallelFor(height, grain: 32) { rows in
            for row in rows {
                for column in 0..<width {
                    let mean = (sum[row &* width &+ column] &+ SIMD4(repeating: count / 2)) / SIMD4(repeating: count)
                    target[row &* canvas.stride &+ column] = RGBA8(
                        UInt8(truncatingIfNeeded: mean.x), UInt8(truncatingIfNeeded: mean.y), UInt8(truncatingIfNeeded: mean.z),
                        UInt8(truncatingIfNeeded: mean.w))
                }
            }
        }
        withExtendedLifetime((sums, samples)) {}
    }

    /// The workers' targets, which hold nothing.
    func emptyTargets(_ frame: PreparedList, _ place: (Int32, Int32)) -> [RasterTarget] {
        current.targets.prefix(frame.workers).map { memory in
            var target = memory.target(isParallel: frame.list.projection.isParallel)
            target.offsetX = place.0
            target.offsetY = place.1
            target.window = SampleWindow(frame.region)
            return target
        }
    }

    /// Draws primitives into the workers' sinks, which have one window.
    func draw<Sink: SampleSink & Sendable>(
        _ frame: PreparedList, _ tasks: [DrawTask], into sinks: [Sink], _ context: ExecutionContext
    ) throws {
        if tasks.isEmpty { return }
        let (items, projection) = (frame.items, frame.list.projection)
        let next = Atomic<Int>(0)
        let large = Mutex<[LargeTriangle]>([])
        try context.parallelChunks(sinks.count, grain: 1) { worker, _ in
            var painter = Painter(sinks[worker], projection)
            defer { painter.finish() }
            while !context.cancellation.isCancelled {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= tasks.count { break }
                painter.draw(items[tasks[index].item], tasks[index].range)
            }
            if !painter.large.isEmpty { large.withLock { $0 += painter.large } }
        }
        let window = sinks[0].window
        try drawLarge(large.withLock { $0 }, sinks, Int(window.firstRow)..<Int(window.endRow), context)
    }

    /// Draws large triangles band after band, so that a few of them keep all workers busy.
    private func drawLarge<Sink: SampleSink & Sendable>(
        _ triangles: [LargeTriangle], _ sinks: [Sink], _ rows: Range<Int>, _ context: ExecutionContext
    ) throws {
        if triangles.isEmpty { return }
        let bandHeight = 64
        let bands = (rows.count + bandHeight - 1) / bandHeight
        let next = Atomic<Int>(0)
        try context.parallelChunks(sinks.count, grain: 1) { worker, _ in
            while !context.cancellation.isCancelled {
                let band = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if band >= bands { break }
                let first = rows.lowerBound + band * bandHeight
                for triangle in triangles where !context.cancellation.isCancelled {
                    triangle.draw(first..<min(rows.upperBound, first + bandHeight), sinks[worker])
                }
            }
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
