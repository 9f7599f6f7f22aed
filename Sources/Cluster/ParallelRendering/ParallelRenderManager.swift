import Annotating
import Compositing
import Execution
import Geometry
import Images
import Messaging
import Rasterizing
import Scenes
import Visibility

/// Draws one picture with many ranks, each of which holds a part of the scene: *sort-last*. Every rank draws what it has, whole pictures come
/// together sample by sample, and the picture has the same bytes as one rank with everything would give.
///
/// One object per rank; every rank makes the same calls in the same order. A rank that throws makes all throw. Keeps its memory from frame to
/// frame.
public final class ParallelRenderManager {
    private let communicator: Communicator
    private let compositor: Compositor
    private let rasterizer = Rasterizer()
    private let samples = DrawnSamples()
    private let average = SampleAverage()
    /// How the ranks work together; the same on all of them.
    public var options: ParallelRenderOptions
    private var compositing: CompositingMethod { options.compositing }

    /// - Parameter communicator: the ranks that draw.
    public init(_ communicator: Communicator, _ options: ParallelRenderOptions = ParallelRenderOptions()) throws {
        self.communicator = communicator
        self.options = options
        compositor = try Compositor(communicator)
    }

    public convenience init(_ communicator: Communicator, compositing: CompositingMethod) throws {
        try self.init(communicator, ParallelRenderOptions(compositing: compositing))
    }

    /// Frees what the communicator holds; every rank calls it once.
    public func close() { compositor.close() }

    public var rank: Int { communicator.rank }

    /// Draws one frame.
    ///
    /// - Parameters:
    ///   - scene: this rank's part of the scene: the same actors, layers, lights, camera and size on all ranks, each actor with the drawables of
    ///     this rank's pieces (with `cellKeys` and `order` as `DatasetMapper` gives them). Annotations are drawn once, as rank 0 has them.
    ///   - bounds: the box of the whole scene, where annotations stand around it; see `bounds(of:)`.
    ///   - root: the rank that gets the picture.
    /// - Returns: the picture, nil on other ranks; what it took on this one.
    /// - Throws: what drawing and messaging throw, on all ranks.
    /// - Complexity: that of drawing the rank's part, then O(samples drawn).
    public func render(_ scene: Scene, bounds: Bounds? = nil, root: Int = 0, in context: ExecutionContext) throws -> ParallelFrame {
        var scene = scene
        if rank != 0 {
            scene.annotations = Annotations()
            scene.overlay = Overlay()
        } else if let bounds {
            scene.annotations.standAround(bounds)
        }
        let list = try scene.makeDrawList()
        var statistics = RankFrameStatistics(rank: rank)
        let whole = monotonicSeconds()
        var image: ColorImage?
        if rank == root {
            image = try ColorImage(width: scene.width, height: scene.height) { pixels in
                try draw(list, over: pixels, root, &statistics, context)
                if root == 0 { try Rasterizer.paint(list.overlay, over: pixels, width: scene.width, height: scene.height, in: context) }
            }
        } else {
            try draw(list, over: nil, root, &statistics, context)
        }
        if root != 0 { image = try paintElsewhere(list.overlay, image, root, scene, context) }
        statistics.seconds = monotonicSeconds() - whole
        return ParallelFrame(image: image, statistics: statistics)
    }

    /// The box of everything that all ranks have.
    public func bounds(of scene: Scene) throws -> Bounds { try communicator.union(scene.bounds) }

    // MARK: Lists

    private func draw(
        _ list: DrawList, over pixels: UnsafeMutablePointer<RGBA8>?, _ root: Int, _ statistics: inout RankFrameStatistics,
        _ context: ExecutionContext
    ) throws {
        // Whether any rank has something translucent decides for all, list by list.
        let lists = [list] + list.layers
        let own = try lists.map { try Rasterizer.hasTranslucency($0, in: context) ? UInt8(1) : 0 }
        let translucent = try communicator.allReduce(own, .maximum)
        guard translucent.count == lists.count else {
            throw ScheduleError("ranks have scenes with different numbers of layers")
        }
        for (number, part) in lists.enumerated() {
            let width = list.projection.width
            let canvas = pixels.map { UnsafeMutableRawPointer($0 + (part.region.y * width + part.region.x)).assumingMemoryBound(to: UInt32.self) }
            let height = part.projection.height
            // What is behind a layer is on the root only, so the root owns all of its rows.
            let schedule =
                number == 0
                ? compositing.schedule(rankCount: communicator.size, rowCount: height, root: root)
                : .toRoot(rankCount: communicator.size, rowCount: height, root: root)
            if number == 0, let canvas { fill(canvas, part, stride: width) }
            let below = Below(canvas: number == 0 ? nil : canvas, stride: width, background: part)
            let picture = PartialList(list: part, schedule: schedule, below: below, isTranslucent: translucent[number] != 0)
            try draw(picture, over: canvas, stride: width, root, &statistics, context)
        }
    }

    /// A list to be drawn, and how.
    private struct PartialList {
        var list: DrawList
        var schedule: CompositingSchedule
        var below: Below
        var isTranslucent: Bool
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
            let mark = monotonicSeconds()
            let found =
                picture.isTranslucent
                ? try fragments(picture, sample, mark, &statistics, context) : try opaque(picture, sample, mark, &statistics, context)
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
        let layer = try draw(picture.list, 0, monotonicSeconds(), &statistics, context)
        try compositor.gather(layer, picture.schedule, to: root, over: canvas, stride: stride) { samples.order(x: $0, y: $1) }
        statistics.add(compositor.statistics)
        statistics.deliverSeconds += compositor.statistics.deliverSeconds
    }

    private func opaque(
        _ picture: PartialList, _ sample: Int, _ start: Double, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws -> OwnedSamples {
        let layer = try draw(picture.list, sample, start, &statistics, context)
        return try compositor.nearest(layer, picture.schedule) { samples.order(x: $0, y: $1) }
    }

    private func draw(
        _ list: DrawList, _ sample: Int, _ start: Double, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws -> SampleLayer {
        let drawn = try rasterizer.draw(list, sample: sample, into: samples, in: context)
        statistics.add(drawn, seconds: monotonicSeconds() - start)
        return SampleLayer(
            depths: samples.depths, colors: samples.colors, width: samples.width, height: samples.height, stride: samples.stride,
            empty: DrawnSamples.empty, blocks: SampleLayer.Blocks(marks: samples.blocks, across: samples.blocksAcross))
    }

    private func fragments(
        _ picture: PartialList, _ sample: Int, _ start: Double, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws -> OwnedSamples {
        let (parts, drawn) = try rasterizer.fragments(picture.list, sample: sample, in: context)
        statistics.add(drawn, seconds: monotonicSeconds() - start)
        let below = picture.below
        return try compositor.blended(parts, width: picture.list.projection.width, picture.schedule) { fragments, row, column in
            var color = below.color(row, column)
            for fragment in fragments.reversed() { color = SampleFragment.over(fragment.color, color) }
            return SampleFragment.pixel(color).bits
        }
    }

    private func fill(_ canvas: UnsafeMutablePointer<UInt32>, _ list: DrawList, stride: Int) {
        let background = Rasterizer.backgroundPixel(of: list).bits
        for row in 0..<list.projection.height { (canvas + row * stride).update(repeating: background, count: list.projection.width) }
    }

    /// The overlay is laid out by rank 0 and painted by the rank that has the picture.
    private func paintElsewhere(
        _ overlay: Overlay, _ image: ColorImage?, _ root: Int, _ scene: Scene, _ context: ExecutionContext
    ) throws -> ColorImage? {
        let count = scene.width * scene.height
        if rank == root, let image {
            try image.withPixels { try communicator.send($0, to: 0, tag: 1) }
            let pixels = try communicator.receive(RGBA8.self, from: 0, tag: 2)
            return ColorImage(width: scene.width, height: scene.height) { $0.initialize(from: pixels, count: count) }
        }
        if rank == 0 {
            var pixels = try communicator.receive(RGBA8.self, from: root, tag: 1)
            try pixels.withUnsafeMutableBufferPointer {
                guard let base = $0.baseAddress else { return }
                try Rasterizer.paint(overlay, over: base, width: scene.width, height: scene.height, in: context)
            }
            try communicator.send(pixels, to: root, tag: 2)
        }
        return nil
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
