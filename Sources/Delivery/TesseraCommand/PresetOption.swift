import Datasets
import Foundation
import SceneFiles
import Scenes

/// The value of `--preset`: a colour map by name, or one of a file of ParaView's (`FILE`, or `FILE:NAME` where it has several).
struct PresetOption {
    private(set) var map: SceneColoring.Map
    private(set) var isReversed = false
    private var colorCount: Int?
    private var nanColor: SIMD3<Double>?

    /// - Throws: `UsageError` for a name that there is not, `ColorMapFile.Problem` for a file that cannot be used.
    init(_ text: String) throws {
        if let found = ColorPreset.named(text) {
            map = .preset(found.preset)
            isReversed = found.isReversed
            return
        }
        let files = FileManager.default
        if files.fileExists(atPath: text) {
            map = .preset(.coolWarm)
            use(try ColorMapFile(path: text).entries[0])
            return
        }
        if let colon = text.lastIndex(of: ":"), files.fileExists(atPath: String(text[..<colon])) {
            let (path, name) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
            let entries = try ColorMapFile(path: path).entries
            guard let entry = entries.first(where: { $0.name == name }) else {
                let names = entries.map(\.name)
                throw UsageError("--preset \(text): \(path) has \(someOf(names))" + hint(name, names))
            }
            map = .preset(.coolWarm)
            use(entry)
            return
        }
        let names = ColorPreset.allCases.map(\.rawValue)
        throw UsageError("--preset \(text): there are \(names.joined(separator: ", ")), and files of ParaView's (FILE or FILE:NAME)" + hint(text, names))
    }

    /// Scene files mix colours in RGB: other spaces come as a table.
    private mutating func use(_ entry: ColorMapFile.Entry) {
        if !entry.points.isEmpty && entry.space == .rgb {
            map = .points(entry.points)
        } else {
            let table = entry.table(count: entry.points.isEmpty ? entry.indexed.count : 256)
            let last = Double(max(1, table.count - 1))
            map = .points(table.enumerated().map { ColorControlPoint(Double($0) / last, Double($1.x), Double($1.y), Double($1.z)) })
            if entry.points.isEmpty { colorCount = table.count }
        }
        nanColor = entry.nanColor.map { SIMD3(Double($0.x), Double($0.y), Double($0.z)) }
    }

    func apply(to coloring: inout SceneColoring) {
        coloring.map = map
        coloring.isReversed = isReversed
        if let colorCount { coloring.colorCount = colorCount }
        if let nanColor { coloring.nanColor = nanColor }
    }
}

private func hint(_ name: String, _ names: [String]) -> String { nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? "" }

/// The first of many names.
private func someOf(_ names: [String]) -> String {
    names.prefix(20).joined(separator: ", ") + (names.count > 20 ? " and \(names.count - 20) more" : "")
}
