import Annotating
import Compositing
import Execution
import Geometry
import Images
import Messaging
import RankDataflow
import Rasterizing
import Scenes
import Visibility

/// Draws one picture with many ranks, each of which holds a part of the scene. The picture has the same bytes as one rank with everything would
/// give, however the work is divided (`ParallelRenderOptions`).
///
/// One object per rank; every rank makes the same calls in the same order. A rank that throws makes all throw. Keeps its memory, and geometry of
/// other ranks that it draws, from frame to frame. Pictures come as values: saving one does not draw it again.
public final class ParallelRenderManager {
    private let communicator: Communicator
    private let rasterizer = Rasterizer()
    private let store: PartStore
    private let planner: FramePlanner
    private let delivery: TileDelivery
    /// All ranks as one group.
    private let everybody: GroupPicture
    /// This rank's group of the last hybrid frame, and how many there were.
    private var group: (count: Int, picture: GroupPicture)?
    /// The picture of a rank that leads a group and does not get the whole one.
    private var canvas = Storage(byteCount: 0)
    /// How the ranks work together; the same on all of them.
    public var options: ParallelRenderOptions
    /// Who did what for the last frame.
    public private(set) var assignment: FrameAssignment?
    /// How that was decided, in words.
    public var explanation: String { planner.explanation }

    /// - Parameter communicator: the ranks that draw.
    public init(_ communicator: Communicator, _ options: ParallelRenderOptions = ParallelRenderOptions()) throws {
        self.communicator = communicator
        self.options = options
        everybody = try GroupPicture(communicator, rasterizer)
        delivery = TileDelivery(try communicator.duplicate())
        store = PartStore(communicator)
        planner = FramePlanner(communicator, store)
    }

    public convenience init(_ communicator: Communicator, compositing: CompositingMethod) throws {
        try self.init(communicator, ParallelRenderOptions(compositing: compositing))
    }

    /// Frees what the communicator holds; every rank calls it once.
    public func close() {
        if let group {
            group.picture.close()
            group.picture.communicator.release()
        }
        group = nil
        delivery.close()
        everybody.close()
    }

    public var rank: Int { communicator.rank }

    /// The box of everything that all ranks have.
    public func bounds(of scene: Scene) throws -> Bounds { try communicator.union(scene.bounds) }

    /// Draws one frame.
    ///
    /// - Parameters:
    ///   - scene: this rank's part of the scene: the same actors, layers, lights, camera, annotations and size on all ranks, each actor with the
    ///     drawables of this rank's pieces (with `cellKeys` and `order` as `DatasetMapper` gives them). The overlay is that of rank 0.
    ///   - bounds: the box of the whole scene, where annotations stand around it; see `bounds(of:)`.
    ///   - root: the rank that gets the picture.
    /// - Returns: the picture, nil on other ranks; what it took on this one.
    /// - Throws: what drawing and messaging throw, on all ranks.
    /// - Complexity: that of drawing the rank's part, then O(samples drawn).
    public func render(_ scene: Scene, bounds: Bounds? = nil, root: Int = 0, in context: ExecutionContext) throws -> ParallelFrame {
        var statistics = RankFrameStatistics(rank: rank)
        let start = monotonicSeconds()
        let full = store.ordered(scene)
        var part = reduced(full)
        let isTranslucent = try communicator.together { try translucency(part, context) }
        let agreement = try planner.agree(part, isTranslucent: isTranslucent, options, context)
        let assignment = try planner.assign(part, agreement, options, context)
        self.assignment = assignment
        statistics.bytesSent += store.bytesSent
        statistics.messagesSent += store.messagesSent
        statistics.exchangeSeconds = monotonicSeconds() - start
        let own = assignment.ranks[rank]
        // Annotations are drawn once in each tile.
        let isFirst = rank == assignment.groups[own.group].lowerBound
        let around = bounds ?? (own.parts != nil ? planner.bounds : nil)
        part.overlay = Overlay()
        if isFirst, let around { part.annotations.standAround(around) }
        if !isFirst { part.annotations = Annotations() }
        let list = try communicator.together {
            // Who has a tile alone may draw more than shows in it.
            let isAlone = assignment.groups[own.group].count == 1 && assignment.groups.count > 1
            if let parts = own.parts { part = try store.scene(part, of: isAlone ? store.heldParts : parts) }
            return try part.makeDrawList()
        }
        let drawing = Drawing(list: list, assignment: assignment, isTranslucent: agreement.isTranslucent, root: root)
        var image: ColorImage?
        if rank == root {
            image = try ColorImage(width: part.width, height: part.height) { pixels in
                let words = UnsafeMutableRawPointer(pixels).assumingMemoryBound(to: UInt32.self)
                words.update(repeating: drawing.background, count: part.width * part.height)
                try draw(drawing, over: words, &statistics, context)
                statistics.imbalance = try note(drawing, words, statistics)
            }
        } else {
            let pixels = try draw(drawing, over: nil, &statistics, context)
            statistics.imbalance = try note(drawing, pixels, statistics)
        }
        let overlay = rank == 0 ? try self.overlay(full, around) : Overlay()
        image = try finish(image, overlay, full, root, context)
        statistics.seconds = monotonicSeconds() - start
        return ParallelFrame(image: image, statistics: statistics)
    }

    /// Says who will do what for a scene, before it is drawn. Collective.
    public func plan(_ scene: Scene, in context: ExecutionContext) throws -> String {
        let part = reduced(store.ordered(scene))
        let isTranslucent = try communicator.together { try translucency(part, context) }
        _ = try planner.assign(part, try planner.agree(part, isTranslucent: isTranslucent, options, context), options, context)
        return planner.explanation
    }

    /// The scene at the size that is drawn.
    private func reduced(_ scene: Scene) -> Scene {
        var scene = scene
        scene.width = (scene.width + options.reduction - 1) / options.reduction
        scene.height = (scene.height + options.reduction - 1) / options.reduction
        return scene
    }

    private func translucency(_ scene: Scene, _ context: ExecutionContext) throws -> [Bool] {
        var bare = scene
        bare.annotations = Annotations()
        bare.overlay = Overlay()
        let list = try bare.makeDrawList()
        return try ([list] + list.layers).map { try Rasterizer.hasTranslucency($0, in: context) }
    }

    // MARK: Drawing

    /// A frame on its way.
    private struct Drawing {
        var list: DrawList
        var assignment: FrameAssignment
        var isTranslucent: [Bool]
        var root: Int
        var width: Int { list.projection.width }
        var background: UInt32 { Rasterizer.backgroundPixel(of: list).bits }

        /// The rank that gets the pixels of a group.
        func leader(_ group: Int) -> Int { assignment.groups[group].contains(root) ? root : assignment.groups[group].lowerBound }
    }

    /// - Parameter pixels: on the root: the whole picture, background everywhere.
    /// - Returns: where this rank has its tile; nil where another one of its group has it.
    @discardableResult
    private func draw(
        _ drawing: Drawing, over pixels: UnsafeMutablePointer<UInt32>?, _ statistics: inout RankFrameStatistics, _ context: ExecutionContext
    ) throws -> UnsafeMutablePointer<UInt32>? {
        let assignment = drawing.assignment
        let own = assignment.ranks[rank]
        if assignment.groups.count == 1 {
            let task = GroupPicture.Task(
                list: drawing.list, isTranslucent: drawing.isTranslucent, tile: own.tile, compositing: options.compositing, root: drawing.root)
            try everybody.draw(task, over: pixels, &statistics, context)
            return pixels
        }
        let members = assignment.groups[own.group]
        let leader = drawing.leader(own.group)
        let target = pixels ?? (rank == leader ? ownCanvas(drawing) : nil)
        let picture = members.count > 1 || assignment.groups.contains { $0.count > 1 } ? try ownGroup(assignment, own.group) : nil
        let hasTile = own.tile.width > 0 && own.tile.height > 0
        // Groups fail together, too.
        var drawn = statistics
        try communicator.together {
            if !hasTile { return }
            if let target, members.count == 1 {
                let mark = monotonicSeconds()
                let first = UnsafeMutableRawPointer(target + (own.tile.y * drawing.width + own.tile.x)).assumingMemoryBound(to: RGBA8.self)
                let found = try rasterizer.render(drawing.list, region: own.tile, into: first, stride: drawing.width, in: context)
                drawn.add(found, seconds: monotonicSeconds() - mark)
            } else if let picture {
                let task = GroupPicture.Task(
                    list: drawing.list, isTranslucent: drawing.isTranslucent, tile: own.tile, compositing: options.compositing,
                    root: leader - members.lowerBound)
                do {
                    try picture.draw(task, over: target, &drawn, context)
                } catch var error as RankError {
                    error.ranks = error.ranks.map { $0 + members.lowerBound }
                    error.message = error.description
                    error.isCommon = true
                    throw error
                }
            }
        }
        statistics = drawn
        try gather(drawing, target, &statistics)
        return target
    }

    /// Brings all tiles to the root.
    private func gather(
        _ drawing: Drawing, _ target: UnsafeMutablePointer<UInt32>?, _ statistics: inout RankFrameStatistics
    ) throws {
        let mark = monotonicSeconds()
        delivery.start()
        let assignment = drawing.assignment
        if rank == drawing.root, let target {
            for group in assignment.groups.indices where !assignment.groups[group].contains(rank) {
                let leader = drawing.leader(group)
                try delivery.receive(assignment.ranks[leader].tile, from: leader, into: target, stride: drawing.width)
            }
        } else if let target, !assignment.groups[assignment.ranks[rank].group].contains(drawing.root) {
            let tile = assignment.ranks[rank].tile
            if tile.width > 0 && tile.height > 0 {
                try delivery.send(tile, of: target, stride: drawing.width, background: drawing.background, to: drawing.root)
            }
        }
        statistics.bytesSent += delivery.bytesSent
        statistics.messagesSent += delivery.messagesSent
        statistics.deliverSeconds += monotonicSeconds() - mark
    }

    /// Memory for a whole picture, background where this rank's tile is.
    private func ownCanvas(_ drawing: Drawing) -> UnsafeMutablePointer<UInt32> {
        let count = drawing.width * drawing.list.projection.height
        if canvas.byteCount < count * 4 { canvas = Storage(byteCount: count * 4) }
        let pixels = canvas.address.bindMemory(to: UInt32.self, capacity: count)
        let tile = drawing.assignment.ranks[rank].tile
        for row in 0..<tile.height {
            (pixels + ((tile.y + row) * drawing.width + tile.x)).update(repeating: drawing.background, count: tile.width)
        }
        return pixels
    }

    /// The group that this rank belongs to. Collective.
    private func ownGroup(_ assignment: FrameAssignment, _ number: Int) throws -> GroupPicture? {
        if let group, group.count == assignment.groups.count { return group.picture }
        if let group {
            group.picture.close()
            group.picture.communicator.release()
        }
        guard let members = try communicator.split(colour: number, key: rank) else { return nil }
        let picture = try GroupPicture(members, rasterizer)
        group = (assignment.groups.count, picture)
        return picture
    }

    private func note(_ drawing: Drawing, _ pixels: UnsafeMutablePointer<UInt32>?, _ statistics: RankFrameStatistics) throws -> Double {
        if options.balance != .dynamic || communicator.size == 1 { return 0 }
        return try planner.note(
            statistics.work, drawing.assignment, pixels: pixels.map { UnsafePointer($0) }, background: drawing.background, width: drawing.width,
            height: drawing.list.projection.height)
    }

    // MARK: Overlay

    private func overlay(_ scene: Scene, _ bounds: Bounds?) throws -> Overlay {
        var scene = scene
        if let bounds { scene.annotations.standAround(bounds) }
        return try scene.makeDrawList().overlay
    }

    /// Enlarges the picture where it was reduced, and paints the overlay, which is laid out by rank 0.
    private func finish(
        _ image: ColorImage?, _ overlay: Overlay, _ scene: Scene, _ root: Int, _ context: ExecutionContext
    ) throws -> ColorImage? {
        let (width, height) = (scene.width, scene.height)
        let whole = image.map { $0.enlarged(by: options.reduction, width: width, height: height) }
        func painted(_ image: ColorImage) throws -> ColorImage {
            try ColorImage(width: width, height: height) { pixels in
                image.withPixels { if let base = $0.baseAddress { pixels.update(from: base, count: width * height) } }
                try Rasterizer.paint(overlay, over: pixels, width: width, height: height, in: context)
            }
        }
        if root == 0 { return try whole.map { overlay.isEmpty ? $0 : try painted($0) } }
        var hasOverlay = overlay.isEmpty ? 0 : 1
        try communicator.broadcast(&hasOverlay, from: 0)
        if hasOverlay == 0 { return whole }
        if rank == root, let whole {
            try whole.withPixels { try communicator.send($0, to: 0, tag: 1) }
            let pixels = try communicator.receive(RGBA8.self, from: 0, tag: 2)
            return ColorImage(width: width, height: height) { $0.initialize(from: pixels, count: width * height) }
        }
        if rank == 0 {
            let pixels = try communicator.receive(RGBA8.self, from: root, tag: 1)
            let made = try painted(ColorImage(width: width, height: height) { $0.initialize(from: pixels, count: width * height) })
            try made.withPixels { try communicator.send($0, to: root, tag: 2) }
        }
        return nil
    }
}

extension ColorImage {
    /// Every pixel `factor` times, across and down, cut to a size.
    func enlarged(by factor: Int, width: Int, height: Int) -> ColorImage {
        if factor <= 1 { return self }
        return withPixels { source in
            ColorImage(width: width, height: height) { pixels in
                for y in 0..<height { for x in 0..<width { pixels[y * width + x] = source[y / factor * self.width + x / factor] } }
            }
        }
    }
}
