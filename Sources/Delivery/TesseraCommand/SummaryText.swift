import Datasets
import Execution
import Geometry

/// A dataset for people: aligned, one fact a line, a histogram for each array.
struct SummaryText {
    let summary: DatasetSummary
    let dataset: Dataset
    let context: ExecutionContext

    /// Parts of a histogram.
    private static let partCount = 24

    /// - Parameters:
    ///   - title: the dataset's name.
    ///   - indent: in front of every line but the first.
    func text(title: String, indent: String = "") throws -> String {
        var lines = ["\(title): \(summary.typeName)"]
        lines += facts.map { indent + "  " + $0.label.padding(to: 10) + $0.value }
        lines += try arrayLines().map { indent + "  " + $0 }
        lines += try tree(indent)
        return lines.joined(separator: "\n")
    }

    private var facts: [(label: String, value: String)] {
        var facts: [(label: String, value: String)] = []
        func add(_ label: String, _ value: String) { facts.append((label, value)) }
        if let first = summary.timeSteps.first, let last = summary.timeSteps.last {
            let count = summary.timeSteps.count
            let range = count == 1 ? shortened(first) : "\(count): \(shortened(first)) … \(shortened(last))"
            add("times", range + (summary.time.map { count > 1 ? ", this is \(shortened($0))" : "" } ?? ""))
        }
        if let rows = summary.rows {
            add("rows", "\(rows)")
        } else {
            add("points", "\(summary.points)" + (summary.pointsType.map { " (\($0.name))" } ?? ""))
            let kinds = summary.cellTypes.map { "\($0.count) \(CellType(rawValue: $0.type))" }
            add("cells", kinds.count == 1 ? kinds[0] : "\(summary.cells)" + (kinds.isEmpty ? "" : ": " + kinds.joined(separator: ", ")))
            if summary.hiddenCells > 0 { add("hidden", "\(summary.hiddenCells) of these cells") }
        }
        if let extent = summary.extent { add("extent", extent.description) }
        if !summary.bounds.isEmpty {
            let bounds = summary.bounds
            let lowers = (0..<3).map { shortened(bounds.lower[$0]) }
            let width = lowers.map(\.count).max() ?? 0
            for (axis, name) in ["x", "y", "z"].enumerated() { add(name, lowers[axis].leading(to: width) + " … " + shortened(bounds.upper[axis])) }
        }
        if let spacing = summary.spacing { add("spacing", (0..<3).map { shortened(spacing[$0]) }.joined(separator: " ")) }
        if let measures = summary.measures {
            if measures.length != 0 { add("length", shortened(measures.length)) }
            if measures.area != 0 { add("area", shortened(measures.area)) }
            if measures.volume != 0 || measures.absoluteVolume != 0 {
                add("volume", shortened(measures.volume) + (measures.invertedCells > 0 ? " (\(measures.invertedCells) cells inverted)" : ""))
            }
        }
        add("memory", SummaryText.size(dataset.byteCount))
        return facts
    }

    /// A line for each array: where, name, type, range, histogram, in columns.
    private func arrayLines() throws -> [String] {
        if summary.arrays.isEmpty { return [] }
        var rows: [[String]] = []
        for entry in summary.arrays {
            let shape = entry.typeName + (entry.components > 1 ? "×\(entry.components)" : "")
            rows.append([entry.association.rawValue, entry.name, shape, entry.content, try histogram(entry) ?? ""])
        }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return ["arrays"] + rows.map { row in
            let columns = row.enumerated().map { $0.offset < 4 ? $0.element.padding(to: widths[$0.offset] + 2) : $0.element }
            return "  " + columns.joined().trimmingTrailingSpaces
        }
    }

    private func histogram(_ entry: DatasetSummary.Array) throws -> String? {
        guard entry.association != .field, let statistics = entry.statistics else { return nil }
        let component = statistics.components[0]
        let range: ClosedRange<Double>?
        if entry.components > 1 { range = statistics.magnitudes } else { range = component.finiteCount > 0 ? component.minimum...component.maximum : nil }
        guard let range, range.lowerBound < range.upperBound, let array = array(entry),
            let counts = try array.histogram(in: range, count: SummaryText.partCount, context: context), let most = counts.max(), most > 0
        else { return nil }
        let blocks = Array("▁▂▃▄▅▆▇█")
        return String(counts.map { $0 == 0 ? " " : blocks[min(7, $0 * 8 / most)] })
    }

    private func array(_ entry: DatasetSummary.Array) -> FieldArray? {
        switch entry.association {
        case .point: dataset.attributes.pointData[entry.name]
        case .cell: dataset.attributes.cellData[entry.name]
        case .row: if case .table(let table) = dataset { table.columns[entry.name] } else { nil }
        case .field: nil
        }
    }

    /// The datasets of blocks, as branches.
    private func tree(_ indent: String) throws -> [String] {
        guard case .blocks(let blocks) = dataset else { return [] }
        let leaves = blocks.leaves
        return try zip(summary.leaves, leaves).enumerated().map { index, pair in
            let isLast = index == leaves.count - 1
            let text = SummaryText(summary: pair.0.summary, dataset: pair.1.dataset, context: context)
            return indent + (isLast ? "  └─ " : "  ├─ ")
                + (try text.text(title: pair.0.path, indent: indent + (isLast ? "     " : "  │  ")))
        }
    }

    private static func size(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000 && unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : shortened((value * 10).rounded() / 10) + " " + units[unit]
    }
}

extension DatasetSummary.Array {
    fileprivate var content: String {
        if let texts {
            let first = texts.first.map { "\"\($0.count > 24 ? $0.prefix(24) + "…" : $0)\"" }.joined(separator: ", ")
            return "\(texts.unique) different: " + first.replacing("\n", with: "⏎")
        }
        guard let statistics else { return "" }
        var text: String
        if components == 1 {
            let part = statistics.components[0]
            text = part.finiteCount == 0 ? "nothing finite" : "\(shortened(part.minimum)) … \(shortened(part.maximum))"
        } else if let range = statistics.magnitudes {
            text = "length \(shortened(range.lowerBound)) … \(shortened(range.upperBound))"
        } else {
            text = "nothing finite"
        }
        if statistics.nanCount > 0 { text += ", \(statistics.nanCount) NaN" }
        return text
    }
}

extension String {
    fileprivate func leading(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    fileprivate var trimmingTrailingSpaces: String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}

/// A number with at most seven digits that matter.
private func shortened(_ value: Double) -> String {
    let rounded = Float(value)
    let text = "\(rounded)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
