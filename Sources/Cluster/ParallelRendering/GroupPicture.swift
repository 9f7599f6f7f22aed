import Compositing
import Execution
import Images
import Messaging
import RankDataflow
import Rasterizing
import Scenes

/// Draws a tile of a picture with a group of ranks, each of which has a part of what shows there: *sort-last*. Every rank draws its part, samples
/// come together and end on one of them. Keeps its memory.
final class GroupPicture {
    let communicator: Communicator
    private let compositor: Compositor
    private let rasterizer: Rasterizer
    private let samples = DrawnSamples()
    private let average = SampleAverage()

    init(_ communicator: Communicator, _ rasterizer: Rasterizer) throws {
        self.communicator = communicator
        self.rasterizer = rasterizer
        compositor = try Compositor(communicator)
    }

    func close() { compositor.close() }

    /// What is drawn, and how.
    struct Task {
        var list: DrawList
        /// Whether any rank has something translucent, list by list.
        var isTranslucent: [Bool]
        /// In the whole picture.
        var tile: PixelRegion
        var compositing: CompositingMethod
        /// The rank of the group that gets the pixels.
        var root: Int
    }

    /// - Parameter pixels: on the root: the whole picture, background in the tile.
    func draw(
        _ task: Task, over pixels: UnsafeMutablePointer<UInt32>?, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws {
        let stride = task.list.projection.width
        for (number, part) in ([task.list] + task.list.layers).enumerated() {
            let region = task.tile.within(part.region)
            if region.width == 0 || region.height == 0 { continue }
            let canvas = pixels.map { $0 + (part.region.y * stride + part.region.x) }
            let height = part.projection.height
            // What is behind a layer is on the root only, so the root owns all of its rows.
            let schedule =
                number == 0
                ? task.compositing.schedule(rankCount: communicator.size, rowCount: height, root: task.root)
                : .toRoot(rankCount: communicator.size, rowCount: height, root: task.root)
            let below = Below(canvas: number == 0 ? nil : canvas, stride: stride, background: part)
            let picture = PartialList(
                list: part, region: region, schedule: schedule, below: below, isTranslucent: task.isTranslucent[number])
            try draw(picture, over: canvas, stride: stride, task.root, &statistics, context)
        }
    }

    /// A list to be drawn.
    private struct PartialList {
        var list: DrawList
        /// What of its own picture is wanted.
        var region: PixelRegion
        var schedule: CompositingSchedule
        var below: Below
        var isTranslucent: Bool

        var footprint: SampleLayer.Box {
            SampleLayer.Box(columns: region.x..<region.x + region.width, rows: region.y..<region.y + region.height)
        }
    }

    private func draw(
        _ picture: PartialList, over canvas: UnsafeMutablePointer<UInt32>?, stride: Int, _ root: Int, _ statistics: inout RankFrameStatistics,
        _ context: ExecutionContext
    ) throws {
        let count = picture.list.samples
        if count == 1 && !picture.isTranslucent { return try gather(picture, over: canvas, stride: stride, root, &statistics, context) }
        average.start()
        var owned: OwnedSamples?
        for sample in 0..<count {
            let found =
                picture.isTranslucent
                ? try fragments(picture, sample, &statistics, context) : try opaque(picture, sample, &statistics, context)
            statistics.add(compositor.statistics)
            if count > 1 { average.add(found) { picture.below.row($0) } }
            owned = found
        }
        guard var owned else { return }
        if count > 1 { owned = average.finish(owned, samples: count) }
        try compositor.deliver(owned, to: root, over: canvas, stride: stride)
        statistics.addDelivery(compositor.statistics)
    }

    /// Draws the only sample of each pixel, all opaque, and brings it to the root.
    private func gather(
        _ picture: PartialList, over canvas: UnsafeMutablePointer<UInt32>?, stride: Int, _ root: Int, _ statistics: inout RankFrameStatistics,
        _ context: ExecutionContext
    ) throws {
        let layer = try draw(picture, 0, &statistics, context)
        try compositor.gather(layer, picture.schedule, to: root, over: canvas, stride: stride) { samples.order(x: $0, y: $1) }
        statistics.add(compositor.statistics)
        statistics.deliverSeconds += compositor.statistics.deliverSeconds
    }

    private func opaque(
        _ picture: PartialList, _ sample: Int, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws -> OwnedSamples {
        let layer = try draw(picture, sample, &statistics, context)
        return try compositor.nearest(layer, picture.schedule) { samples.order(x: $0, y: $1) }
    }

    private func draw(
        _ picture: PartialList, _ sample: Int, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws -> SampleLayer {
        _ = try drawn(&statistics, \.self) {
            try rasterizer.draw(picture.list, sample: sample, region: picture.region, into: samples, in: context)
        }
        return SampleLayer(
            depths: samples.depths, colors: samples.colors, width: samples.width, height: samples.height, stride: samples.stride,
            empty: DrawnSamples.empty, footprint: picture.footprint,
            blocks: SampleLayer.Blocks(marks: samples.blocks, across: samples.blocksAcross))
    }

    /// What `draw` gives, and its figures noted. A rank that cannot draw ends the frame on all.
    private func drawn<Result>(
        _ statistics: inout RankFrameStatistics, _ figures: KeyPath<Result, FrameStatistics>, _ draw: () throws -> Result
    ) throws -> Result {
        let start = monotonicSeconds()
        var end = start
        let result = try communicator.together {
            defer { end = monotonicSeconds() }
            return try draw()
        }
        statistics.add(result[keyPath: figures], seconds: end - start, waited: monotonicSeconds() - end)
        return result
    }

    private func fragments(
        _ picture: PartialList, _ sample: Int, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws -> OwnedSamples {
        let found = try drawn(&statistics, \.statistics) {
            try rasterizer.fragments(picture.list, sample: sample, region: picture.region, in: context)
        }
        let below = picture.below
        return try compositor.blended(found.fragments, width: picture.list.projection.width, picture.schedule) { fragments, row, column in
            var color = below.color(row, column)
            for fragment in fragments.reversed() { color = SampleFragment.over(fragment.color, color) }
            return SampleFragment.pixel(color).bits
        }
    }
}

/// What shows where a list draws nothing.
private final class Below {
    /// The picture so far; nil: the background.
    private let canvas: UnsafeMutablePointer<UInt32>?
    private let stride: Int
    /// A row of background.
    private let background: UnsafeMutablePointer<UInt32>
    private let behind: SIMD4<Float>

    init(canvas: UnsafeMutablePointer<UInt32>?, stride: Int, background list: DrawList) {
        self.canvas = canvas
        self.stride = stride
        let width = max(1, list.projection.width)
        background = .allocate(capacity: width)
        background.initialize(repeating: Rasterizer.backgroundPixel(of: list).bits, count: width)
        behind = SampleFragment.behind(list.background)
    }

    deinit { background.deallocate() }

    func row(_ row: Int) -> UnsafePointer<UInt32> { UnsafePointer(canvas.map { $0 + row * stride } ?? background) }

    func color(_ row: Int, _ column: Int) -> SIMD4<Float> {
        guard let canvas else { return behind }
        return SampleFragment.behind(RGBA8(bits: canvas[row * stride + column]))
    }
}

extension RGBA8 {
    /// As one number, red lowest.
    var bits: UInt32 { UInt32(red) | UInt32(green) << 8 | UInt32(blue) << 16 | UInt32(alpha) << 24 }

    init(bits: UInt32) {
        self.init(
            UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits >> 16),
            UInt8(truncatingIfNeeded: bits >> 24))
    }
}
