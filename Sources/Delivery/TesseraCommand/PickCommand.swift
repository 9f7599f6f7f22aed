import ArgumentParser
import Datasets
import Execution
import Filters
import Geometry
import Messaging
import ParallelRendering
import RankDataflow
import Rasterizing
import SceneFiles
import Scenes
import Visibility

/// What a picture shows at a pixel.
struct PickCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pick",
        abstract: "Says what a picture shows at a pixel: actor, cell, point, place, values.",
        discussion: """
            tessera pick 512,384 disk.vtu --color-by Temp
            tessera pick 100,80 wavelet:64 --contour RTData=157 --size 200x160 --json
            tessera pick 320,240 scene.json

            Pixels count from the top left corner. Inputs, filters and look are those of `tessera render`.

            \(FilterArguments.help)
            """)

    @Argument(help: ArgumentHelp("The pixel, from the top left corner.", valueName: "X,Y"))
    var pixel: String
    @OptionGroup var input: InputOptions
    @OptionGroup var look: LookOptions
    @Option(help: ArgumentHelp("The folder that the names of files in a scene file are relative to; its own by default.", valueName: "FOLDER"), completion: .directory)
    var data: String?
    @Flag(help: "One JSON object.") var json = false
    @OptionGroup var parallel: ParallelOptions

    func run() throws {
        let session = try Session(parallel)
        let (description, folder) = try SceneArguments(input: input, look: look, data: data).description()
        let place = pixel.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard place.count == 2 else { throw UsageError("\(pixel): expected a pixel X,Y, such as 320,240") }
        guard place[0] >= 0, place[0] < description.width, place[1] >= 0, place[1] < description.height else {
            throw UsageError("\(pixel): the picture has \(description.width)×\(description.height) pixels, counted from 0,0 at the top left")
        }
        let text = session.ranks.count > 1
            ? try pickOnRanks(description, folder, session, (place[0], place[1])) : try pickAlone(description, folder, session, (place[0], place[1]))
        ProgressBar.clear()
        if session.ranks.isRoot { print(text) }
        try session.finish()
    }

    private func pickAlone(_ description: SceneDescription, _ folder: String, _ session: Session, _ place: (x: Int, y: Int)) throws -> String {
        // Numbers of cells are those of the whole.
        var builder = SceneBuilder(context: session.context, folder: folder) { pipeline, time in
            try session.executor.result(of: pipeline, pieces: 1, time: time)
        }
        builder.numbersCells = true
        let built = try builder.build(description)
        let pick = try Rasterizer().pick(try built.scene.makeDrawList(), x: place.x, y: place.y, in: session.context)
        let report = PickReport(pick, x: place.x, y: place.y, description, built)
        return json ? report.json.text() : report.text
    }

    /// Every rank has its part; the one that drew what is seen tells what it is.
    private func pickOnRanks(_ description: SceneDescription, _ folder: String, _ session: Session, _ place: (x: Int, y: Int)) throws -> String {
        let isJSON = json
        return try session.onEveryRank { rank in
            let world = rank.communicator
            let parts = RankParts(rank, placesCopies: true) { try session.demand($0, time: $1) }
            var builder = SceneBuilder(context: rank.context, folder: folder, others: parts) { try parts.pieces(of: $0, time: $1) }
            builder.numbersCells = true
            let built = try builder.build(description)
            let found = try world.pick(built.scene, bounds: try world.union(built.scene.bounds), x: place.x, y: place.y, in: rank.context)
            let numbers = try found.flatMap { try PickedData.wholeNumbers($0, built, description, on: world) }
            let report = PickReport(found?.pick, x: place.x, y: place.y, description, built, numbers)
            let speaks = (found?.rank ?? 0) == world.rank
            return String(decoding: try world.allGather(speaks ? Array((isJSON ? report.json.text() : report.text).utf8) : []).joined(), as: UTF8.self)
        }
    }
}

/// The data behind what was picked on one of many ranks.
private enum PickedData {
    /// Which data: the scene's or a layer's actor, its input (−1: all together), the block's leaf (−1: no blocks).
    struct Slot: BitwiseCopyable, Sendable {
        var layer = -1
        var actor = 0
        var input = -1
        var leaf = -1
    }

    /// The numbers of cell and point in the whole dataset, on every rank; nil for annotations, and for copies, whose rank has the whole.
    static func wholeNumbers(
        _ found: ParallelPick, _ built: BuiltScene, _ description: SceneDescription, on world: Communicator
    ) throws -> (cell: Int?, point: Int)? {
        var slot = Slot()
        var wanted: PieceNumbers?
        if let pick = found.pick, pick.instance == nil, built.data.indices.contains(pick.layer), built.data[pick.layer].indices.contains(pick.actor),
            let data = built.data[pick.layer][pick.actor].first(where: { $0.drawables.contains(pick.drawable) })
        {
            let drawable = built.actors(of: pick.layer)[pick.actor].drawables[pick.drawable]
            slot = Slot(layer: pick.layer, actor: pick.actor, input: data.input ?? -1)
            if case .blocks = data.dataset { slot.leaf = (drawable.order ?? 0) % (1 << 20) / 4 }
            let place = drawnPieces(slot, built).firstIndex { $0.drawables == data.drawables } ?? 0
            let hasCells = (leaf(slot, of: data.dataset)?.cellCount ?? 0) > 0
            wanted = PieceNumbers(piece: place, cell: hasCells ? pick.cell : nil, point: pick.point)
        }
        try world.broadcast(&slot, from: found.rank)
        if slot.layer < 0 { return nil }
        let pieces = drawnPieces(slot, built).map { leaf(slot, of: $0.dataset) ?? .poly(PolyData()) }
        let numbers = try world.wholeNumbers(of: wanted, from: found.rank, in: pieces)
        return (numbers.cell ?? numbers.point, numbers.point)
    }

    private static func drawnPieces(_ slot: Slot, _ built: BuiltScene) -> [DrawnDataset] {
        built.data[slot.layer][slot.actor].filter { ($0.input ?? -1) == slot.input }
    }

    private static func leaf(_ slot: Slot, of dataset: Dataset) -> Dataset? {
        guard case .blocks(let blocks) = dataset else { return dataset }
        let leaves = blocks.leaves.map(\.dataset).filter { $0.kind != .table }
        return leaves.indices.contains(slot.leaf) ? leaves[slot.leaf] : nil
    }
}

extension BuiltScene {
    fileprivate func actors(of layer: Int) -> [Actor] { layer == 0 ? scene.actors : scene.layers[layer - 1].actors }
}

/// A pick in words and values.
struct PickReport {
    /// In order.
    private var facts: [(key: String, value: JSONValue)] = []
    private var pointValues: [(key: String, value: JSONValue)] = []
    private var cellValues: [(key: String, value: JSONValue)] = []
    private let x: Int
    private let y: Int
    private let isHit: Bool

    /// - Parameter numbers: of cell and point, where they are others than in the dataset that is there.
    init(
        _ pick: Pick?, x: Int, y: Int, _ description: SceneDescription, _ built: BuiltScene, _ numbers: (cell: Int?, point: Int)? = nil
    ) {
        (self.x, self.y) = (x, y)
        isHit = pick != nil
        guard let pick else { return }
        let actors = pick.layer == 0 ? description.actors : description.layers[pick.layer - 1].actors
        if pick.layer > 0 { facts.append(("layer", .integer(pick.layer))) }
        // Lines of annotations stand behind the actors and belong to no data.
        guard pick.actor < actors.count, let data = built.data[pick.layer][pick.actor].first(where: { $0.drawables.contains(pick.drawable) }) else {
            facts.append(("actor", .string("annotation")))
            facts.append(("position", JSONValue(pick.position)))
            return
        }
        facts.append(("actor", .integer(pick.actor)))
        if let input = data.input, input < actors[pick.actor].inputs.count {
            switch actors[pick.actor].inputs[input] {
            case .file(let name), .source(let name): facts.append(("input", .string(name)))
            }
        }
        if let instance = pick.instance { facts.append(("instance", .integer(instance))) } else { facts.append(("cell", .integer(numbers?.cell ?? pick.cell))) }
        if let original = pick.originalCell { facts.append(("original_cell", .integer(Int(original)))) }
        facts.append(("point", .integer(numbers?.point ?? pick.point)))
        facts.append(("position", JSONValue(pick.position)))
        facts.append(("distance", .number(pick.distance)))
        if let value = pick.value {
            if let array = actors[pick.actor].coloring?.array { facts.append(("array", .string("\(array)"))) }
            facts.append(("value", .number(value)))
        }
        guard case .blocks = data.dataset else {
            pointValues = PickReport.values(data.dataset.attributes.pointData, pick.instance ?? pick.point)
            if pick.instance != nil { return }
            cellValues = PickReport.values(data.dataset.attributes.cellData, pick.cell)
            return
        }
    }

    private static func values(_ collection: FieldCollection, _ tuple: Int) -> [(key: String, value: JSONValue)] {
        collection.arrays.compactMap { array in
            guard array.name != OriginalCellIds.arrayName, tuple >= 0, tuple < array.tupleCount else { return nil }
            if case .strings(let strings) = array.values { return (array.name, .string(strings[tuple])) }
            guard let numbers = [Int32(tuple)].withUnsafeBufferPointer({ array.gathered($0) }).doubles() else { return nil }
            let values = numbers.elements.map { JSONValue.number($0) }
            return (array.name, values.count == 1 ? values[0] : .array(values))
        }
    }

    /// `{"pixel": [x, y], "hit": …, …}`
    var json: JSONValue {
        var members: [(key: String, value: JSONValue)] = [("pixel", .array([.integer(x), .integer(y)])), ("hit", .bool(isHit))]
        members += facts
        if !pointValues.isEmpty { members.append(("point_data", .object(pointValues))) }
        if !cellValues.isEmpty { members.append(("cell_data", .object(cellValues))) }
        return .object(members)
    }

    var text: String {
        guard isHit else { return "pixel \(x),\(y): nothing" }
        var lines = ["pixel \(x),\(y):"]
        func add(_ title: String, _ members: [(key: String, value: JSONValue)]) {
            if members.isEmpty { return }
            if !title.isEmpty { lines.append("  " + title) }
            let width = (members.map { $0.key.count }.max() ?? 0) + 2
            for member in members {
                var value = member.value.text()
                if case .string(let text) = member.value { value = text }
                lines.append((title.isEmpty ? "  " : "    ") + member.key.replacing("_", with: " ").padding(to: width) + value)
            }
        }
        add("", facts)
        add("point data", pointValues)
        add("cell data", cellValues)
        return lines.joined(separator: "\n")
    }
}
