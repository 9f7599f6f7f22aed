import Dataflow
import Datasets
import Execution
import Images
import ParallelRendering
import Rasterizing
import RankDataflow
import SceneFiles
import Scenes
import Visibility

/// Draws a scene on one rank, then in all ways that many ranks can, and compares the pictures.
struct PictureProof {
    let options: ParallelOptions
    /// Numbers of ranks; under a launcher there is one only.
    let counts: [Int]
    let ways: [PictureWay]

    init(options: ParallelOptions, counts: [Int], ways: [PictureWay]) {
        self.options = options
        self.counts = LaunchedRanks.world.map { [$0.communicator.size] } ?? counts
        self.ways = ways
    }

    /// What was found, on the first rank; nil on the others.
    ///
    /// - Throws: what drawing on one rank throws.
    func prove(_ description: SceneDescription, folder: String, name: String) throws -> ProofReport? {
        let plain = try session(threads: 1)
        var reference: [ColorImage]?
        try plain.onRoot {
            if plain.ranks.isRoot { reference = try Self.draw(description, folder, plain, drawsCopies: true) }
        }
        var report = ProofReport(name: name, pictures: reference)
        func add(_ what: String, _ kind: ProofReport.Check.Kind, _ count: Int, _ body: () throws -> [ColorImage]) throws {
            let start = monotonicSeconds()
            let difference = try Self.problem { Self.difference(try body(), reference) }
            report.checks.append(.init(what: what, kind: kind, count: count, difference: difference, seconds: monotonicSeconds() - start))
        }
        if LaunchedRanks.world == nil {
            let threads = max(2, ExecutionContext.processorCount)
            try add("\(threads) threads", .threads, threads) { try Self.draw(description, folder, try session(threads: threads), drawsCopies: false) }
            try add("3 pieces", .pieces, 3) { try Self.draw(description, folder, try session(threads: 1, pieces: 3), drawsCopies: true) }
        }
        // Every process draws parts of the whole where it is to; ranks that are threads share one.
        let whole = try ways.contains { $0.partition == .interleaved } ? Self.build(description, folder, plain, drawsCopies: false) : nil
        for count in counts {
            report.checks += try checks(count, description, folder, whole, reference)
        }
        return plain.ranks.isRoot ? report : nil
    }

    /// Draws on so many ranks, in every way.
    private func checks(
        _ count: Int, _ description: SceneDescription, _ folder: String, _ whole: Scene?, _ reference: [ColorImage]?
    ) throws -> [ProofReport.Check] {
        let start = monotonicSeconds()
        let session = try session(ranks: count)
        let ways = ways
        var checks: [ProofReport.Check] = []
        let problem = try Self.problem {
            let found = try session.onEveryRank { rank in
                try Self.checks(rank, session, ways, description, folder, whole, reference)
            }
            checks = found
            return nil
        }
        if let problem {
            checks.append(.init(what: ranksText(count), kind: .picture, count: count, difference: problem, seconds: monotonicSeconds() - start))
        }
        return checks
    }

    /// What one rank does; only the first finds anything.
    private static func checks(
        _ rank: RankExecutor, _ session: Session, _ ways: [PictureWay], _ description: SceneDescription, _ folder: String, _ whole: Scene?,
        _ reference: [ColorImage]?
    ) throws -> [ProofReport.Check] {
        let size = rank.communicator.size
        let parts = RankParts(rank) { try session.demand($0, time: $1) }
        let builder = SceneBuilder(context: rank.context, folder: folder, others: parts) { try parts.pieces(of: $0, time: $1) }
        let pieces = try builder.scene(description)
        let manager = try ParallelRenderManager(rank.communicator)
        defer { manager.close() }
        let bounds = try manager.bounds(of: pieces)
        let cameras = builder.cameras(description, in: pieces)
        let interleaved = whole.map { whole in
            var part = whole.interleaved(rank.communicator.rank, of: size)
            // As the ranks found them together.
            part.annotations = pieces.annotations
            return part
        }
        var checks: [ProofReport.Check] = []
        for way in ways {
            let start = monotonicSeconds()
            guard var scene = way.partition == .interleaved ? interleaved : pieces else { continue }
            manager.options = way.rendering
            let pictures = try cameras.compactMap { camera in
                scene.camera = camera
                return try manager.render(scene, bounds: bounds, in: rank.context).image
            }
            guard rank.isRoot else { continue }
            checks.append(
                .init(
                    what: ranksText(size) + ", " + way.text, kind: .picture, count: size, way: way, difference: difference(pictures, reference),
                    seconds: monotonicSeconds() - start))
        }
        return checks
    }

    /// On one rank.
    private static func draw(
        _ description: SceneDescription, _ folder: String, _ session: Session, drawsCopies: Bool
    ) throws -> [ColorImage] {
        var scene = try build(description, folder, session, drawsCopies: drawsCopies)
        let builder = SceneBuilder(context: session.context, folder: folder) { _, _ in throw DatasetError("the scene is made") }
        return try builder.cameras(description, in: scene).map { camera in
            scene.camera = camera
            return try Rasterizer().render(try scene.makeDrawList(), in: session.context).image
        }
    }

    private static func build(
        _ description: SceneDescription, _ folder: String, _ session: Session, drawsCopies: Bool
    ) throws -> Scene {
        var builder = SceneBuilder(context: session.context, folder: folder) { pipeline, time in
            try session.executor.result(of: pipeline, pieces: session.pieces ?? 1, time: time)
        }
        builder.drawsCopies = drawsCopies
        return try builder.scene(description)
    }

    /// What is wrong with pictures; nil where they are those expected, or nobody here knows.
    private static func difference(_ found: [ColorImage], _ expected: [ColorImage]?) -> String? {
        guard let expected else { return nil }
        guard found.count == expected.count else { return "\(found.count) pictures, not \(expected.count)" }
        for (number, (picture, reference)) in zip(found, expected).enumerated() {
            guard picture.width == reference.width, picture.height == reference.height else { return "\(picture.width)×\(picture.height) pixels" }
            if let difference = PictureDifference(picture, from: reference) {
                return (expected.count > 1 ? "view \(number + 1): " : "") + "\(difference)"
            }
        }
        return nil
    }

    /// What `body` says or throws, other than that the user stopped it.
    private static func problem(_ body: () throws -> String?) throws -> String? {
        do {
            return try body()
        } catch let error as CancelledError {
            throw error
        } catch {
            return "\(error)"
        }
    }

    private func session(threads: Int? = nil, pieces: Int? = nil, ranks: Int? = nil) throws -> Session {
        var options = options
        options.threads = threads ?? options.threads
        options.pieces = pieces
        options.ranks = ranks
        return try Session(options, quiet: true)
    }
}

private func ranksText(_ count: Int) -> String { count == 1 ? "1 rank" : "\(count) ranks" }
