import Execution
import Images
import Scenes
import Synchronization

extension SampleFragment {
    /// One fragment over what is behind it: an alpha of one leaves nothing of it, not even roundings.
    @inlinable @inline(__always) public static func over(_ fragment: SIMD4<Float>, _ behind: SIMD4<Float>) -> SIMD4<Float> {
        let mixed = behind + (fragment - behind) * SIMD4(repeating: fragment.w)
        return fragment.w >= 1 ? fragment : mixed
    }

    /// The pixel of a colour.
    public static func pixel(_ color: SIMD4<Float>) -> RGBA8 { RGBA8(quantized(color.x), quantized(color.y), quantized(color.z)) }

    /// What is behind fragments where there is a background, or another picture.
    public static func behind(_ background: SIMD3<Float>) -> SIMD4<Float> {
        SIMD4(background, 1).clamped(lowerBound: SIMD4(repeating: 0), upperBound: SIMD4(repeating: 1))
    }

    public static func behind(_ pixel: RGBA8) -> SIMD4<Float> {
        SIMD4(Float(pixel.red), Float(pixel.green), Float(pixel.blue), 255) / 255
    }
}

extension Rasterizer {
    /// Draws one of a list's samples of each pixel as fragments, for pictures with translucent things that are put together of those of many
    /// ranks.
    ///
    /// - Parameter region: the part of the list's picture that is wanted; nil: all.
    /// - Returns: the fragments, pixel after pixel of every block of 64×8, blocks row by row, nearest first.
    /// - Throws: as `draw`; `MemoryExceededError` where the fragments do not fit the memory.
    public func fragments(
        _ list: DrawList, sample: Int, region: PixelRegion? = nil, in context: ExecutionContext
    ) throws -> (fragments: [[SampleFragment]], statistics: FrameStatistics) {
        try memory.lock.withLock { _ in
            try memory.frame { try memory.fragments(list, sample: sample, list.clamped(region), context) }
        }
    }
}

extension Rasterizer.Memory {
    func fragments(
        _ list: DrawList, sample: Int, _ region: PixelRegion, _ context: ExecutionContext
    ) throws -> (fragments: [[SampleFragment]], statistics: FrameStatistics) {
        var statistics = FrameStatistics()
        statistics.culling = list.culling
        if list.items.isEmpty || region.width == 0 || region.height == 0 { return ([], statistics) }
        let frame = try prepare(list, region, &statistics, context)
        defer { withExtendedLifetime(vertices) {} }
        let targets = emptyTargets(frame, list.samples == 1 ? (128, 128) : samplePlace(sample, of: list.samples))
        let start = monotonicSeconds()
        try draw(frame, DrawTask.make(frame.items, isTranslucent: false), into: targets, context)
        try merge(targets, context)
        let bands = RasterTarget.bands(of: 0..<list.projection.height)
        let blocks = targets[0].blocksAcross
        while current.fragments.count < targets.count { current.fragments.append(FragmentMemory(binCount: bands.count * blocks)) }
        let memories = Array(current.fragments.prefix(targets.count))
        let limit = fragmentLimit(context)
        let budget = FragmentBudget(byteCount: limit)
        for memory in memories { memory.start(budget, workers: memories.count) }
        let hasOpaque = frame.items.contains { !$0.isTranslucent }
        let sinks = memories.map { FragmentSink($0, like: targets[0], rows: region.rows, hasOpaque: hasOpaque) }
        try draw(frame, DrawTask.make(frame.items, isTranslucent: true), into: sinks, context)
        if memories.contains(where: \.isFull) {
            throw MemoryExceededError(needed: limit + 1, limit: limit, purpose: "translucent fragments of one rank; use more ranks")
        }
        statistics.rasterSeconds += monotonicSeconds() - start
        let target = UncheckedBox(value: targets[0])
        let held = UncheckedBox(value: memories)
        let resolver = Resolver(frame.items, list)
        let (width, height) = (list.projection.width, list.projection.height)
        let parts = try context.parallelMap(bands.count, grain: 1) { range in
            let blender = FragmentBlender(resolver, held.value)
            var found: [SampleFragment] = []
            for band in range {
                let rows = band * RasterTarget.blockHeight..<min(height, (band + 1) * RasterTarget.blockHeight)
                for block in 0..<blocks where block * RasterTarget.blockWidth < width {
                    let columns = block * RasterTarget.blockWidth..<min(width, (block + 1) * RasterTarget.blockWidth)
                    if !columns.overlaps(region.columns) || !rows.overlaps(region.rows) { continue }
                    let index = band * blocks + block
                    if target.value.flags[index] == 0 && !blender.hasFragments(index) { continue }
                    blender.list(index, columns, rows, target.value, target.value.window, into: &found)
                }
            }
            return found
        }
        targets[0].wipe()
        for memory in memories { memory.start(FragmentBudget(byteCount: 0), workers: memories.count) }
        statistics.fragments = parts.reduce(0) { $0 + $1.count }
        (known, fresh) = (fresh, [])
        return (parts, statistics)
    }
}

/// Hands a value to threads that use it in turns.
private struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
}
