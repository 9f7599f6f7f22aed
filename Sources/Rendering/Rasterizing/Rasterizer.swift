import Datasets
import Execution
import Geometry
import Images
import Scenes
import Synchronization

/// Draws triangles, lines, points and spheres on the processor: the nearest opaque primitive of every sample and all translucent
/// ones before it, colours once per visible sample afterwards. Keeps its memory between frames.
///
/// The picture is the same, byte for byte, for any number of threads, any order of drawing and any bound of memory. Memory: 8 bytes
/// a pixel for each worker (at most 16 draw at once), 16 bytes a point, and 10 bytes a translucent fragment, of which as many are
/// held at a time as half of the memory that is left allows.
public struct Rasterizer: Renderer {
    let memory = Memory()

    public init() {}

    public func render(_ list: DrawList, in context: ExecutionContext) throws -> RenderedFrame {
        try memory.lock.withLock { _ in try memory.frame { try memory.render(list, in: context) } }
    }

    /// Buffers that live from frame to frame.
    final class Memory: @unchecked Sendable {
        // Unchecked: used under the lock only.
        let lock = Mutex(())
        /// One for each size of list that the last frame had.
        var sets: [TargetSet] = []
        /// That of the list that is being drawn.
        var current = TargetSet(width: 0, height: 0)
        var vertices: [Storage] = []
        /// The last frame's items as they came and as they were drawn: checked once, not again while their buffers are the same.
        var known: [KnownItem] = []
        /// Their places by the memory that says what is drawn.
        var knownPlaces: [UnsafeRawPointer: [Int]] = [:]
        /// This frame's.
        var fresh: [KnownItem] = []

        static let greatestWorkerCount = 16
    }
}

/// The workers' memory for lists of one size. Used under the renderer's lock only.
final class TargetSet {
    let width: Int
    let height: Int
    var targets: [TargetMemory] = []
    var fragments: [FragmentMemory] = []
    /// Whether this frame used it.
    var isUsed = false

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// An item of an earlier frame.
struct KnownItem {
    let given: DrawList.Item
    let drawn: DrawList.Item
    let hasTranslucentColors: Bool
    /// Where runs of primitives lie, once a part of a picture was drawn.
    var runs: PrimitiveRuns?
}

/// A drawable ready to be drawn: its points in the picture.
struct PreparedItem: @unchecked Sendable {
    // Unchecked: the vertices are written before anybody reads them and live as long as the frame.
    var item: DrawList.Item
    let transform: VertexTransform
    /// Nil for spheres and for copies.
    var vertices: UnsafeMutablePointer<ScreenVertex>?
    let count: Int
    var reader: PointReader
    let colors: ColorTable
    /// What is drawn in copies; nil where the primitives are drawn once.
    var shape: InstanceShape?
    /// Primitives that may show in the part of the picture that is drawn; nil: all.
    var shown: [Range<Int>]?

    var isTranslucent: Bool { colors.isTranslucent }
}

/// What drawing one list needs.
struct PreparedList {
    let list: DrawList
    let items: [PreparedItem]
    let workers: Int
    /// The part of the list's picture that is drawn.
    let region: PixelRegion

    var isWhole: Bool { region.width == list.projection.width && region.height == list.projection.height }
}

extension Rasterizer.Memory {
    /// Does one frame's work; what a failed or cancelled one leaves behind is thrown away.
    func frame<Result>(_ body: () throws -> Result) throws -> Result {
        fresh = []
        knownPlaces = [:]
        do {
            let result = try body()
            sets.removeAll { !$0.isUsed }
            for set in sets { set.isUsed = false }
            return result
        } catch {
            sets = []
            known = []
            throw error
        }
    }

    func render(_ list: DrawList, in context: ExecutionContext) throws -> RenderedFrame {
        let (width, height) = (list.projection.width, list.projection.height)
        var statistics = FrameStatistics()
        let image = try ColorImage(width: width, height: height) { pixels in
            for (number, part) in ([list] + list.layers).enumerated() {
                statistics.culling.add(part.culling)
                let canvas = Canvas(
                    pixels: pixels + (part.region.y * width + part.region.x), stride: width, keepsBelow: number > 0)
                try draw(part, part.ownRegion, into: canvas, &statistics, context)
            }
            let start = monotonicSeconds()
            try list.overlay.paint(pixels, width: width, height: height, in: context)
            statistics.resolveSeconds += monotonicSeconds() - start
        }
        (known, fresh) = (fresh, [])
        return RenderedFrame(image: image, statistics: statistics)
    }

    /// Draws a part of one list into its part of the picture.
    func draw(
        _ list: DrawList, _ region: PixelRegion, into canvas: Canvas, _ statistics: inout FrameStatistics, _ context: ExecutionContext
    ) throws {
        let frame = try prepare(list, region, &statistics, context)
        defer { withExtendedLifetime(vertices) {} }
        let resolver = Resolver(frame.items, list)
        let visible = Mutex(0)
        if list.samples == 1 {
            try drawSample(frame, (128, 128), resolver, into: canvas, visible, &statistics, context)
        } else {
            try drawSamples(frame, resolver, into: canvas, visible, &statistics, context)
        }
        statistics.visiblePixels += visible.withLock { $0 }
    }

    /// Checks a list's items, makes room and finds the places of points in the picture.
    func prepare(
        _ list: DrawList, _ region: PixelRegion, _ statistics: inout FrameStatistics, _ context: ExecutionContext
    ) throws -> PreparedList {
        let start = monotonicSeconds()
        let items = try represent(list.items, context)
        let shown = region == list.ownRegion ? nil : try shown(items.count, in: region, of: list.projection, context)
        let drawn = items.map(\.drawn)
        let workers = try prepareTargets(drawn, list.projection.width, list.projection.height, context)
        let prepared = try transform(items, shown, list.projection, context)
        statistics.transformSeconds += monotonicSeconds() - start
        statistics.primitives += prepared.reduce(0) { $0 + ($1.shown?.reduce(0) { $0 + $1.count } ?? $1.count) }
        return PreparedList(list: list, items: prepared, workers: workers, region: region)
    }
}

extension DrawList {
    /// All of the list's own picture.
    var ownRegion: PixelRegion { PixelRegion(x: 0, y: 0, width: projection.width, height: projection.height) }
}
