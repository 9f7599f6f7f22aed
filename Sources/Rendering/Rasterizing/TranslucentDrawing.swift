import Execution
import Images
import Scenes
import Synchronization

extension Rasterizer.Memory {
    /// Draws translucent items over opaque ones: collects all fragments in front, then sorts and blends them pixel by pixel.
    ///
    /// Where the fragments do not fit the memory, they are counted instead, and the frame is made in bands of rows that do.
    ///
    /// - Parameter targets: hold what is opaque, in any split; empty afterwards.
    func drawTranslucent(
        _ frame: PreparedList, over targets: [RasterTarget], _ resolver: Resolver, into canvas: Canvas, _ visible: borrowing Mutex<Int>,
        _ statistics: inout FrameStatistics, _ context: ExecutionContext
    ) throws {
        var start = monotonicSeconds()
        let hasOpaque = frame.items.contains { !$0.isTranslucent }
        if hasOpaque { try merge(targets, context) }
        let tasks = DrawTask.make(frame.items, isTranslucent: true)
        let rows = frame.region.rows
        let bins = RasterTarget.bands(of: 0..<frame.list.projection.height).count * targets[0].blocksAcross
        while current.fragments.count < targets.count { current.fragments.append(FragmentMemory(binCount: bins)) }
        let memories = Array(current.fragments.prefix(targets.count))
        let limit = fragmentLimit(context)

        func collect(_ rows: Range<Int>, limit: Int) throws -> Bool {
            let budget = FragmentBudget(byteCount: limit)
            for memory in memories { memory.start(budget, workers: memories.count) }
            let sinks = memories.map { FragmentSink($0, like: targets[0], rows: rows, hasOpaque: hasOpaque) }
            try draw(frame, tasks, into: sinks, context)
            return !memories.contains(where: \.isFull)
        }
        func finish(_ rows: Range<Int>) throws {
            statistics.rasterSeconds += monotonicSeconds() - start
            start = monotonicSeconds()
            let part = PixelRegion(x: frame.region.x, y: rows.lowerBound, width: frame.region.width, height: rows.count)
            try resolver.resolve(Array(targets.prefix(1)), memories, part, into: canvas, visible, context)
            statistics.resolveSeconds += monotonicSeconds() - start
            start = monotonicSeconds()
        }

        if try collect(rows, limit: limit) {
            for bin in 0..<bins { statistics.fragments += memories.reduce(0) { $0 + $1.count(bin) } }
            try finish(rows)
        } else {
            // The memory that each row of blocks needs, chunks that are not full included.
            let blocks = targets[0].blocksAcross
            let needs = RasterTarget.bands(of: rows).map { band in
                (band * blocks..<(band + 1) * blocks).reduce(0) { sum, bin in
                    sum + memories.reduce(0) { $0 + ($1.count(bin) / FragmentMemory.capacity + 2) * FragmentMemory.chunkBytes }
                }
            }
            for bin in 0..<bins { statistics.fragments += memories.reduce(0) { $0 + $1.count(bin) } }
            // Tasks may go to other workers the next time, each of which may leave a slab unfinished.
            let slack = memories.count * (blocks * FragmentMemory.chunkBytes + FragmentMemory.slabBytes)
            let firstBand = RasterTarget.bands(of: rows).lowerBound
            var first = 0
            while first < needs.count {
                var end = first
                var sum = slack
                while end < needs.count && (end == first || sum + needs[end] <= limit) {
                    sum += needs[end] + memories.count * blocks * FragmentMemory.chunkBytes
                    end += 1
                }
                let band = ((firstBand + first) * RasterTarget.blockHeight..<(firstBand + end) * RasterTarget.blockHeight).clamped(to: rows)
                guard try collect(band, limit: max(limit, sum)) else {
                    throw MemoryExceededError(needed: sum, limit: limit, purpose: "drawing translucent primitives")
                }
                try finish(band)
                statistics.bands += 1
                first = end
            }
        }
        for memory in memories { memory.start(FragmentBudget(byteCount: 0), workers: memories.count) }
    }

    /// Bytes that fragments may take: half of what is left.
    func fragmentLimit(_ context: ExecutionContext) -> Int {
        let held = current.fragments.reduce(0) { $0 + $1.heldBytes }
        let left = context.memory.limit - (residentBytes() - held)
        return max(left / 2, current.fragments.count * FragmentMemory.slabBytes)
    }

    /// Brings the nearest samples of all targets into the first and empties the others.
    func merge(_ targets: [RasterTarget], _ context: ExecutionContext) throws {
        let first = targets[0]
        let bands = RasterTarget.bands(of: 0..<Int(first.height))
        try context.parallelFor(bands.count, grain: 2) { range in
            for band in range {
                for target in targets.dropFirst() {
                    for block in 0..<first.blocksAcross where target.flags[band * first.blocksAcross + block] != 0 {
                        first.flags[band * first.blocksAcross + block] = 1
                        target.flags[band * first.blocksAcross + block] = 0
                        for row in 0..<RasterTarget.blockHeight {
                            let offset = (band * RasterTarget.blockHeight + row) * first.stride + block * RasterTarget.blockWidth
                            let (held, new) = (first.keys + offset, target.keys + offset)
                            for x in 0..<RasterTarget.blockWidth {
                                held[x] = new[x] < held[x] ? new[x] : held[x]
                                new[x] = RasterTarget.empty
                            }
                        }
                    }
                }
            }
        }
    }
}
