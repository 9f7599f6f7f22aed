import Datasets
import Execution
import Geometry
import Messaging
import RankDataflow
import Scenes
import Serialization

/// The parts of a scene: what this rank has from the beginning, what other ranks sent it, and who holds what. One a rank; all ranks make the same
/// calls.
///
/// Everybody knows the table of parts and who holds which, so nobody has to ask.
final class PartStore {
    private let communicator: Communicator
    /// All parts of all ranks, rank after rank.
    private(set) var table: [ScenePart] = []
    /// The drawables of the scene that the table was made of, by list and actor.
    private var given: [[[Drawable]]] = []
    private var own: [Drawable] = []
    private var firstOwn = 0
    private var received: [Int: Drawable] = [:]
    /// Parts of others that each rank holds.
    private var held: [Set<Int>] = []
    private var assembled: (parts: [Int], lists: [[[Drawable]]])?
    private var ordered: (given: [[[Drawable]]], lists: [[[Drawable]]])?
    private(set) var bytesSent = 0
    private(set) var messagesSent = 0

    init(_ communicator: Communicator) { self.communicator = communicator }

    /// Forgets what was counted.
    func start() { (bytesSent, messagesSent) = (0, 0) }

    /// Whether the table is that of a scene's drawables.
    func isTable(of scene: Scene) -> Bool { !held.isEmpty && Self.areSame(given, scene.drawables) }

    private static func areSame(_ a: [[[Drawable]]], _ b: [[[Drawable]]]) -> Bool {
        a.count == b.count
            && zip(a, b).allSatisfy { lists in
                lists.0.count == lists.1.count
                    && zip(lists.0, lists.1).allSatisfy { actors in
                        actors.0.count == actors.1.count && zip(actors.0, actors.1).allSatisfy { $0.isIdentical(to: $1) }
                    }
            }
    }

    /// Makes the table. Collective.
    ///
    /// - Parameter size: primitives of a part, at least.
    func cut(_ scene: Scene, size: Int) throws {
        given = scene.drawables
        own = []
        var infos: [ScenePart] = []
        for (list, actors) in given.enumerated() {
            for (actor, drawables) in actors.enumerated() {
                for (place, drawable) in drawables.enumerated() {
                    for range in drawable.cuts(size) {
                        var part = drawable.part(range, place: place)
                        // The box of spheres takes all radii: those of the part only.
                        if case .spheres(_, _, .some) = part.primitives, range.count < drawable.count { part = part.packed() }
                        let bytes = drawable.byteCount * range.count / max(1, drawable.count)
                        infos.append(
                            ScenePart(
                                owner: communicator.rank, number: own.count, list: list, actor: actor, primitives: range.count,
                                byteCount: bytes, bounds: part.bounds))
                        own.append(part)
                    }
                }
            }
        }
        let all = try communicator.allGather(infos)
        table = all.flatMap { $0 }
        firstOwn = all[..<communicator.rank].reduce(0) { $0 + $1.count }
        received = [:]
        held = Array(repeating: [], count: communicator.size)
        assembled = nil
    }

    /// Brings parts to the ranks that need them. Collective.
    ///
    /// - Parameters:
    ///   - needs: of each rank.
    ///   - room: bytes of others' parts that a rank may keep beyond what it needs.
    func fetch(_ needs: [[Int]], room: Int, context: ExecutionContext) throws {
        let missing = needs.enumerated().map { rank, parts in parts.filter { Int(table[$0].owner) != rank && !held[rank].contains($0) } }
        for (rank, parts) in missing.enumerated() {
            held[rank].formUnion(parts)
            if held[rank].reduce(0, { $0 + table[$1].byteCount }) > room { held[rank] = held[rank].intersection(needs[rank]) }
        }
        if missing.allSatisfy(\.isEmpty) { return }
        let rank = communicator.rank
        let messages = missing.enumerated().map { receiver, parts -> Storage in
            let wanted = parts.filter { Int(table[$0].owner) == rank }
            if wanted.isEmpty || receiver == rank { return Storage(byteCount: 0) }
            var writer = ByteWriter()
            writer.write(wanted.count)
            for part in wanted { PackedPart(number: part, drawable: own[part - firstOwn].packed()).serialize(into: &writer) }
            return writer.finish().joined()
        }
        for message in messages where message.byteCount > 0 {
            bytesSent += message.byteCount
            messagesSent += 1
        }
        let came = try communicator.allToAllBytes(
            messages.map { UnsafeRawBufferPointer(start: $0.byteCount > 0 ? $0.address : nil, count: $0.byteCount) })
        withExtendedLifetime(messages) {}
        try communicator.together { try take(came) }
        try context.checkCancellation()
    }

    /// Keeps what others sent.
    private func take(_ messages: [Storage]) throws {
        let rank = communicator.rank
        for (sender, storage) in messages.enumerated() where sender != rank && storage.byteCount > 0 {
            var reader = ByteReader(storage)
            for _ in 0..<(try reader.readCount(leastByteCount: 64)) {
                let part = try PackedPart(from: &reader, version: PackedPart.formVersion)
                guard held[rank].contains(part.number) else { throw AssignmentError("rank \(sender) sends part \(part.number), which is not due") }
                received[part.number] = part.drawable
            }
            try reader.finish()
        }
        received = received.filter { held[rank].contains($0.key) }
    }

    /// Everything that this rank has, of others too.
    var heldParts: [Int] { (Array(firstOwn..<firstOwn + own.count) + received.keys).sorted() }

    /// A scene with nothing but some of the parts that this rank holds, in the order in which one rank with everything would draw.
    func scene(_ scene: Scene, of parts: [Int]) throws -> Scene {
        if assembled?.parts != parts {
            var lists = given.map { $0.map { _ in [Drawable]() } }
            for number in parts {
                let info = table[number]
                let place = number - firstOwn
                guard let drawable = own.indices.contains(place) ? own[place] : received[number] else {
                    throw AssignmentError("rank \(communicator.rank) draws part \(number), which it does not have")
                }
                guard lists.indices.contains(Int(info.list)), lists[Int(info.list)].indices.contains(Int(info.actor)) else {
                    throw AssignmentError("rank \(info.owner) has an actor that rank \(communicator.rank) does not have")
                }
                lists[Int(info.list)][Int(info.actor)].append(drawable)
            }
            assembled = (parts, lists.map { $0.map(DrawableMerging.ordered) })
        }
        return scene.replacing(assembled?.lists ?? [])
    }

    /// A scene with drawables in the order in which one rank with everything would draw, where an actor has several pieces of the same data.
    func ordered(_ scene: Scene) -> Scene {
        let drawables = scene.drawables
        let isMixed = drawables.joined().contains { actor in
            let places = actor.enumerated().map { $1.order ?? $0 }
            return zip(places, places.dropFirst()).contains { $0 >= $1 }
        }
        if !isMixed { return scene }
        if ordered.map({ Self.areSame($0.given, drawables) }) != true {
            let lists = drawables.map { $0.map { actor in DrawableMerging.ordered(actor.enumerated().map { $1.part(0..<$1.count, place: $0) }) } }
            ordered = (drawables, lists)
        }
        return scene.replacing(ordered?.lists ?? drawables)
    }
}

extension Scene {
    /// By list (the scene's own, then those of layers) and actor.
    var drawables: [[[Drawable]]] { [actors.map(\.drawables)] + layers.map { $0.actors.map(\.drawables) } }

    func replacing(_ lists: [[[Drawable]]]) -> Scene {
        var scene = self
        for (actor, drawables) in (lists.first ?? []).enumerated() { scene.actors[actor].drawables = drawables }
        for (layer, actors) in lists.dropFirst().enumerated() {
            for (actor, drawables) in actors.enumerated() { scene.layers[layer].actors[actor].drawables = drawables }
        }
        return scene
    }
}
