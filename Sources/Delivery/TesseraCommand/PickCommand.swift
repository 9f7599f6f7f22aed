import ArgumentParser
import Datasets
import Execution
import Filters
import Geometry
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
        // Numbers of cells are those of the whole.
        var builder = SceneBuilder(context: session.context, folder: folder) { pipeline, time in
            try session.executor.result(of: pipeline, pieces: 1, time: time)
        }
        builder.numbersCells = true
        let built = try builder.build(description)
        let pick = try Rasterizer().pick(try built.scene.makeDrawList(), x: place[0], y: place[1], in: session.context)
        let report = PickReport(pick, x: place[0], y: place[1], description, built)
        ProgressBar.clear()
        print(json ? report.json.text() : report.text)
        try session.finish()
    }
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

    init(_ pick: Pick?, x: Int, y: Int, _ description: SceneDescription, _ built: BuiltScene) {
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
        if let instance = pick.instance { facts.append(("instance", .integer(instance))) } else { facts.append(("cell", .integer(pick.cell))) }
        if let original = pick.originalCell { facts.append(("original_cell", .integer(Int(original)))) }
        facts.append(("point", .integer(pick.point)))
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
