import Datasets
import Execution
import Images
import Scenes
import Synchronization

/// One sample of every pixel of a list as one rank drew it: colours, depths and ids. Keeps its memory from picture to picture.
///
/// Planes have `stride` samples a row, rows from the top down. Blocks of 64×8 samples in which nothing was drawn are marked and not written.
public final class DrawnSamples {
    public private(set) var width = 0
    public private(set) var height = 0
    public private(set) var stride = 0
    /// Blocks in a row of them.
    public private(set) var blocksAcross = 0
    private var storage = Storage(byteCount: 0)
    /// What was drawn, to find the cells of ids.
    var items: [DrawList.Item] = []

    /// The depth where there is nothing; less is nearer.
    public static let empty = Int32.max
    public static let blockWidth = RasterTarget.blockWidth
    public static let blockHeight = RasterTarget.blockHeight

    public init() {}

    /// Makes room for a picture.
    func reserve(width: Int, height: Int) {
        self.width = width
        self.height = height
        stride = (width + 63) & ~63
        blocksAcross = (width + 8 + 63) / RasterTarget.blockWidth
        let samples = stride * height
        let bytes = samples * 12 + blocksAcross * (height / RasterTarget.blockHeight + 1)
        if storage.byteCount < bytes { storage = Storage(byteCount: bytes) }
        blocks.update(repeating: 0, count: bytes - samples * 12)
    }

    public var colors: UnsafeMutablePointer<UInt32> { storage.address.assumingMemoryBound(to: UInt32.self) }
    public var depths: UnsafeMutablePointer<Int32> { (storage.address + 4 * stride * height).assumingMemoryBound(to: Int32.self) }
    public var ids: UnsafeMutablePointer<UInt32> { (storage.address + 8 * stride * height).assumingMemoryBound(to: UInt32.self) }
    /// Not zero where a block was drawn in.
    public var blocks: UnsafeMutablePointer<UInt8> { (storage.address + 12 * stride * height).assumingMemoryBound(to: UInt8.self) }

    var planes: SamplePlanes { SamplePlanes(depths: depths, ids: ids, blocks: blocks) }

    /// The order of what is at a sample; nil where nothing is.
    public func order(x: Int, y: Int) -> SampleOrder? {
        guard x >= 0, x < width, y >= 0, y < height else { return nil }
        let block = y / RasterTarget.blockHeight * blocksAcross + x / RasterTarget.blockWidth
        guard blocks[block] != 0, depths[y * stride + x] != Self.empty else { return nil }
        return order(ids[y * stride + x])
    }

    private func order(_ id: UInt32) -> SampleOrder? {
        var (low, high) = (0, items.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if items[middle].base <= id { low = middle } else { high = middle }
        }
        guard low < items.count, id >= items[low].base else { return nil }
        return SampleOrder(items[low], Int(id - items[low].base))
    }
}

extension SampleOrder {
    /// The order of a drawable's primitive.
    init(_ item: DrawList.Item, _ primitive: Int) {
        let drawable = item.drawable
        let cell = drawable.cells.map { Int($0[primitive]) } ?? primitive
        var first = primitive
        if let cells = drawable.cells {
            while first > 0 && Int(cells[first - 1]) == cell { first -= 1 }
        }
        self.init(
            actor: UInt32(truncatingIfNeeded: item.actor), part: UInt32(truncatingIfNeeded: drawable.order ?? item.part),
            rank: drawable.cellRanks.map { $0[cell] } ?? 0, key: drawable.cellKeys.map { $0[cell] } ?? UInt64(truncatingIfNeeded: cell),
            number: UInt32(truncatingIfNeeded: primitive - first))
    }
}

extension Rasterizer {
    /// Draws one of a list's samples of each pixel, of what is opaque, for pictures that are put together of those of many ranks.
    ///
    /// - Parameters:
    ///   - sample: its number, less than `list.samples`.
    ///   - region: the part of the list's picture that is wanted; samples elsewhere have no meaning afterwards. Nil: all.
    ///   - samples: gets colours, depths and ids.
    /// - Throws: `DatasetError` for what cannot be drawn; `CancelledError`; `MemoryExceededError`.
    public func draw(
        _ list: DrawList, sample: Int, region: PixelRegion? = nil, into samples: DrawnSamples, in context: ExecutionContext
    ) throws -> FrameStatistics {
        try memory.lock.withLock { _ in
            try memory.frame { try memory.draw(list, sample: sample, list.clamped(region), into: samples, context) }
        }
    }
}

extension Rasterizer {
    /// Whether something in a list lets through what is behind it.
    public static func hasTranslucency(_ list: DrawList, in context: ExecutionContext) throws -> Bool {
        try list.items.contains { item in
            ColorTable(item, hasTranslucentColors: try item.drawable.hasTranslucentColors(in: context)).isTranslucent
        }
    }

    /// What a list shows where nothing is.
    public static func backgroundPixel(of list: DrawList) -> RGBA8 {
        RGBA8(quantized(list.background.x), quantized(list.background.y), quantized(list.background.z))
    }

    /// Draws an overlay over a picture.
    ///
    /// - Parameter pixels: `width` × `height`, row after row from the top.
    public static func paint(
        _ overlay: Overlay, over pixels: UnsafeMutablePointer<RGBA8>, width: Int, height: Int, in context: ExecutionContext
    ) throws {
        try overlay.paint(pixels, width: width, height: height, in: context)
    }
}

extension Rasterizer.Memory {
    func draw(
        _ list: DrawList, sample: Int, _ region: PixelRegion, into samples: DrawnSamples, _ context: ExecutionContext
    ) throws -> FrameStatistics {
        var statistics = FrameStatistics()
        statistics.culling = list.culling
        samples.reserve(width: list.projection.width, height: list.projection.height)
        if list.items.isEmpty || region.width == 0 || region.height == 0 {
            samples.items = []
            return statistics
        }
        let frame = try prepare(list, region, &statistics, context)
        defer { withExtendedLifetime(vertices) {} }
        samples.items = frame.items.map(\.item)
        let pixels = UnsafeMutableRawPointer(samples.colors).assumingMemoryBound(to: RGBA8.self)
        let canvas = Canvas(pixels: pixels, stride: samples.stride, keepsBelow: true, planes: samples.planes)
        let visible = Mutex(0)
        let place: (Int32, Int32) = list.samples == 1 ? (128, 128) : samplePlace(sample, of: list.samples)
        try drawSample(frame, place, Resolver(frame.items, list), into: canvas, visible, &statistics, context)
        statistics.visiblePixels = visible.withLock { $0 }
        (known, fresh) = (fresh, [])
        return statistics
    }
}
