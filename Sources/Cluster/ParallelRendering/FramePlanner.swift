import Execution
import Geometry
import Messaging
import Scenes

/// Decides who does what, frame after frame. One a rank; all come to the same decisions, from what they tell each other.
final class FramePlanner {
    private let communicator: Communicator
    private let store: PartStore
    /// What every rank was counted to do in the last frame.
    private var work: [CountedWork] = []
    /// Shares of groups in the picture, of ranks in their groups' parts.
    private var groupShares = BalancedShares(weights: [])
    private var rankShares: [Double] = []
    private var tiles: [PixelRegion] = []
    private var tilesOf: (way: Decomposition, width: Int, height: Int)?
    /// Whether ranks draw parts by weight instead of what they have.
    private var movesParts = false
    private var partRuns: [Range<Int>] = []
    /// Samples by place that this rank's tile showed in the last frame, for the next tiles.
    private var coverage: [Int32] = []
    /// The box of everything.
    private(set) var bounds = Bounds()
    private(set) var explanation = ""
    /// Bytes of others' parts that every rank has room for.
    private var room = 0

    init(_ communicator: Communicator, _ store: PartStore) {
        self.communicator = communicator
        self.store = store
    }

    /// What ranks tell each other before a frame.
    struct Agreement {
        var load: FrameLoad
        var isTranslucent: [Bool]
        var hasChanged: Bool
        var room: Int
    }

    /// Collective.
    func agree(_ scene: Scene, isTranslucent: [Bool], _ options: ParallelRenderOptions, _ context: ExecutionContext) throws -> Agreement {
        let drawables = scene.drawables.joined().joined()
        let picture = [scene.width, scene.height, scene.samples, isTranslucent.count]
        let own =
            picture + [
                store.isTable(of: scene) ? 0 : 1, drawables.reduce(0) { $0 + $1.count }, drawables.reduce(0) { $0 + $1.byteCount },
                context.memory.limit / 4,
            ] + isTranslucent.map { $0 ? 1 : 0 }
        let all = try communicator.allGather(own)
        if let other = all.indices.first(where: { all[$0].prefix(4) != all[0].prefix(4) }) {
            func form(_ rank: Int) -> String { "\(all[rank][0])×\(all[rank][1]) pixels of \(all[rank][2]) samples in \(all[rank][3]) layers" }
            throw AssignmentError("ranks draw different pictures: rank 0 one of \(form(0)), rank \(other) one of \(form(other))")
        }
        let figures = all.map { Array($0.dropFirst(picture.count)) }
        let translucent = isTranslucent.indices.map { list in figures.contains { $0[4 + list] != 0 } }
        let room = figures.map { $0[3] }.min() ?? 0
        let bytes = figures.reduce(0) { $0 + $1[2] }
        return Agreement(
            load: FrameLoad(
                primitives: figures.map { $0[1] }, byteCount: bytes, width: scene.width, height: scene.height, samples: scene.samples,
                isTranslucent: translucent.contains(true), fits: bytes <= room, frames: options.frames),
            isTranslucent: translucent, hasChanged: figures.contains { $0[0] != 0 }, room: room)
    }

    /// Decides for a frame, and brings parts to where they are needed. Collective.
    func assign(
        _ scene: Scene, _ agreement: Agreement, _ options: ParallelRenderOptions, _ context: ExecutionContext
    ) throws -> FrameAssignment {
        let load = agreement.load
        room = agreement.room
        store.start()
        let ranks = communicator.size
        var way = options.decomposition
        if way == .automatic { way = FrameCost().choose(load).way }
        let isWhole = way.groupCount(ranks: ranks) == 1
        if isWhole && !balancesParts(load, options) {
            let assignment = FrameAssignment.sortLast(ranks: ranks, width: scene.width, height: scene.height)
            explain(assignment, load, options)
            return assignment
        }
        if agreement.hasChanged { try cut(scene, load) }
        let assignment = isWhole ? assignParts(scene, load) : try assignTiles(way, scene, load, options)
        explain(assignment, load, options)
        let needs = assignment.isReplicated ? assignment.ranks.map { _ in Array(store.table.indices) } : assignment.ranks.map { $0.parts ?? [] }
        try store.fetch(needs, room: room, context: context)
        return assignment
    }

    private func cut(_ scene: Scene, _ load: FrameLoad) throws {
        try store.cut(scene, size: max(32, load.primitives.reduce(0, +) / (64 * communicator.size)))
        bounds = try communicator.union(scene.bounds)
        (tilesOf, partRuns) = (nil, [])
        rankShares = []
    }

    private func explain(_ assignment: FrameAssignment, _ load: FrameLoad, _ options: ParallelRenderOptions) {
        explanation = options.decomposition == .automatic ? FrameCost().explanation(load) + "\n" + assignment.description : assignment.description
    }

    // MARK: Parts

    /// Whether ranks draw other parts than those that they have.
    private func balancesParts(_ load: FrameLoad, _ options: ParallelRenderOptions) -> Bool {
        let ranks = communicator.size
        if options.balance == .none || ranks == 1 || load.primitives.reduce(0, +) == 0 {
            movesParts = false
        } else if options.balance == .fixed {
            movesParts = CountedWork.imbalance(load.primitives.map { CountedWork(primitives: $0) }) > 1.1
        } else if !movesParts && work.count == ranks {
            // Moving costs something: small differences are left alone.
            movesParts = CountedWork.imbalance(work) > 1.1 && CountedWork.imbalance(load.primitives.map { CountedWork(primitives: $0) }) > 1.05
        }
        return movesParts
    }

    private func assignParts(_ scene: Scene, _ load: FrameLoad) -> FrameAssignment {
        let ranks = communicator.size
        let isFirst = partRuns.isEmpty
        if isFirst { rankShares = BalancedShares(weights: Array(repeating: 1, count: ranks)).shares }
        if isFirst || CountedWork.imbalance(work) > BalancedShares.tolerance {
            if !isFirst && work.count == ranks {
                var shares = BalancedShares(weights: rankShares)
                shares.correct(work.map(\.total))
                rankShares = shares.shares
            }
            partRuns = BalancedShares.runs(store.table.map { Double($0.primitives) }, shares: rankShares)
        }
        var assignment = FrameAssignment.sortLast(ranks: ranks, width: scene.width, height: scene.height)
        for rank in 0..<ranks { assignment.ranks[rank].parts = Array(partRuns[rank]) }
        return assignment
    }

    // MARK: Tiles

    private func assignTiles(
        _ way: Decomposition, _ scene: Scene, _ load: FrameLoad, _ options: ParallelRenderOptions
    ) throws -> FrameAssignment {
        let groups = FrameAssignment.groups(way.groupCount(ranks: communicator.size), ranks: communicator.size)
        let sizes = groups.map { Double($0.count) }
        let isFirst = tilesOf.map { $0.way != way || $0.width != scene.width || $0.height != scene.height } ?? true
        if isFirst {
            groupShares = BalancedShares(weights: sizes)
            rankShares = Array(repeating: 1, count: communicator.size)
            tiles = []
        }
        let isUneven = options.balance == .dynamic && !isFirst && CountedWork.imbalance(work) > BalancedShares.tolerance
        if isUneven {
            groupShares.correct(groups.enumerated().map { index, members in work[members].reduce(0) { $0 + $1.total } / sizes[index] })
            for members in groups where members.count > 1 {
                var shares = BalancedShares(weights: Array(rankShares[members]))
                shares.correct(work[members].map(\.total))
                for (place, rank) in members.enumerated() { rankShares[rank] = shares.shares[place] * Double(members.count) }
            }
        }
        if tiles.isEmpty || isUneven {
            var grid = WorkGrid(width: scene.width, height: scene.height)
            if options.balance != .none { try estimate(scene, &grid) }
            tiles = ScreenDivision.tiles(grid, shares: groupShares.shares)
            tilesOf = (way, scene.width, scene.height)
        }
        let view = TileView(scene)
        var assignment = FrameAssignment.tiled(way, groups: groups, tiles: tiles, parts: store.table, shares: rankShares) { view.shows($0, in: $1) }
        switch options.geometry {
        case .replicated: assignment.isReplicated = way == .sortFirst
        case .delivered: assignment.isReplicated = false
        case .automatic: assignment.isReplicated = way == .sortFirst && load.fits
        }
        return assignment
    }

    /// Estimates the work by place: primitives from some of each rank's, samples from what the last frame showed. Collective.
    private func estimate(_ scene: Scene, _ grid: inout WorkGrid) throws {
        let cells = grid.work.count
        var own = [Int32](repeating: 0, count: 2 * cells)
        let projection = ViewProjection(scene.camera, width: scene.width, height: scene.height)
        let actors = scene.actors.map(\.drawables).joined()
        let step = max(1, actors.reduce(0) { $0 + $1.count } / 8192)
        for drawable in actors where drawable.instances == nil {
            let (corners, each) = (drawable.corners, drawable.cornerCount)
            for primitive in stride(from: 0, to: drawable.count, by: step) {
                let point = drawable.points[corners.map { Int($0[primitive * each]) } ?? primitive] + drawable.origin
                guard let (x, y) = projection.pixel(point) else { continue }
                own[y / grid.cell * grid.columns + x / grid.cell] += Int32(step)
            }
        }
        if coverage.count == cells { for cell in 0..<cells { own[cells + cell] = coverage[cell] } }
        let all = try communicator.allReduce(own, .sum)
        for cell in 0..<cells { grid.work[cell] = Double(all[cell]) + Double(all[cells + cell]) }
    }

    /// Notes what ranks were counted to do. Collective.
    ///
    /// - Parameter pixels: of the picture, where this rank has its tile.
    /// - Returns: the greatest over the mean.
    func note(
        _ own: CountedWork, _ assignment: FrameAssignment, pixels: UnsafePointer<UInt32>?, background: UInt32, width: Int, height: Int
    ) throws -> Double {
        work = try communicator.allGather(own)
        let imbalance = CountedWork.imbalance(work)
        guard assignment.groups.count > 1, imbalance > BalancedShares.tolerance else { return imbalance }
        let grid = WorkGrid(width: width, height: height)
        coverage = [Int32](repeating: 0, count: grid.work.count)
        guard let pixels else { return imbalance }
        let mine = assignment.ranks[communicator.rank]
        let tile = mine.tile
        var covered = 0
        for y in tile.y..<tile.y + tile.height {
            for x in tile.x..<tile.x + tile.width where pixels[y * width + x] != background {
                coverage[y / grid.cell * grid.columns + x / grid.cell] += 1
                covered += 1
            }
        }
        // As many as there were samples, several to a pixel and on top of each other included.
        let samples = work[assignment.groups[mine.group]].reduce(0) { $0 + $1.samples }
        if covered > 0 { for cell in coverage.indices { coverage[cell] = Int32(Int(coverage[cell]) * samples / covered) } }
        return imbalance
    }
}

/// Which parts of a scene may show in a tile.
final class TileView {
    private var views: [(projection: ViewProjection, region: PixelRegion)?] = []
    private let margin: Double
    private var known: [PixelRegion: [Frustum?]] = [:]

    init(_ scene: Scene) {
        let whole = PixelRegion(x: 0, y: 0, width: scene.width, height: scene.height)
        views = [(ViewProjection(scene.camera, width: scene.width, height: scene.height), whole)]
        views += scene.layers.map { layer in
            layer.viewport.region(width: scene.width, height: scene.height).map {
                (ViewProjection(layer.camera, width: $0.width, height: $0.height), $0)
            }
        }
        let materials = (scene.actors + scene.layers.flatMap(\.actors)).map(\.material)
        margin = Double(min(4096, materials.reduce(1) { max($0, $1.lineWidth, $1.pointSize) })) * 0.5 + 1
    }

    func shows(_ part: ScenePart, in tile: PixelRegion) -> Bool {
        let frusta: [Frustum?]
        if let found = known[tile] {
            frusta = found
        } else {
            frusta = views.map { view in
                guard let view else { return nil }
                let region = tile.within(view.region)
                return region.width > 0 && region.height > 0 ? view.projection.frustum(of: region, margin: margin) : nil
            }
            known[tile] = frusta
        }
        guard frusta.indices.contains(Int(part.list)), let frustum = frusta[Int(part.list)] else { return false }
        return frustum.mayIntersect(part.bounds)
    }
}

extension ViewProjection {
    /// The pixel that shows a point; nil outside of the picture.
    func pixel(_ point: Vector3) -> (x: Int, y: Int)? {
        let place = view(point)
        guard place.z > nearDistance else { return nil }
        let scale = isParallel ? pixelsPerUnit : pixelsPerUnit / place.z
        let (x, y) = (centerX + place.x * scale, centerY - place.y * scale)
        guard x >= 0, y >= 0, x < Double(width), y < Double(height) else { return nil }
        return (Int(x), Int(y))
    }
}
