import Datasets
import Execution
import Geometry

extension DatasetSummary {
    /// The summary for people: aligned, one fact a line.
    func text(title: String) -> String {
        var lines = ["\(title): \(typeName)"]
        func add(_ label: String, _ value: String) { lines.append("  " + label.padding(to: 12) + value) }
        if let first = timeSteps.first, let last = timeSteps.last {
            let range = timeSteps.count == 1 ? shortened(first) : "\(timeSteps.count): \(shortened(first)) … \(shortened(last))"
            add("times", range + (time.map { timeSteps.count > 1 ? ", this is \(shortened($0))" : "" } ?? ""))
        }
        if let rows {
            add("rows", "\(rows)")
        } else {
            add("points", "\(points)" + (pointsType.map { " (\($0.name))" } ?? ""))
            let kinds = cellTypes.map { "\($0.count) \(CellType(rawValue: $0.type))" }
            add("cells", kinds.count == 1 ? kinds[0] : "\(cells)" + (kinds.isEmpty ? "" : ": " + kinds.joined(separator: ", ")))
        }
        if let extent { add("extent", extent.description) }
        if !bounds.isEmpty {
            for (axis, name) in ["x", "y", "z"].enumerated() {
                add(name, "\(shortened(bounds.lower[axis])) … \(shortened(bounds.upper[axis]))")
            }
        }
        if let spacing { add("spacing", (0..<3).map { shortened(spacing[$0]) }.joined(separator: " ")) }
        if let measures {
            if measures.length != 0 { add("length", shortened(measures.length)) }
            if measures.area != 0 { add("area", shortened(measures.area)) }
            if measures.volume != 0 || measures.absoluteVolume != 0 {
                add("volume", shortened(measures.volume) + (measures.invertedCells > 0 ? " (\(measures.invertedCells) cells inverted)" : ""))
            }
        }
        if !arrays.isEmpty {
            let width = (arrays.map { $0.name.count }.max() ?? 0) + 2
            lines.append("  arrays")
            for array in arrays {
                let shape = array.typeName + (array.components > 1 ? "×\(array.components)" : "")
                lines.append("    " + array.association.rawValue.padding(to: 7) + array.name.padding(to: width) + shape.padding(to: 12) + array.content)
            }
        }
        for leaf in leaves { lines.append(leaf.summary.text(title: "  " + leaf.path)) }
        return lines.joined(separator: "\n")
    }
}

extension DatasetSummary.Array {
    fileprivate var content: String {
        if let texts { return "\(texts.unique) different: " + texts.first.map { "\"\($0)\"" }.joined(separator: ", ") }
        guard let statistics else { return "" }
        var text: String
        if components == 1 {
            let part = statistics.components[0]
            text = "\(shortened(part.minimum)) … \(shortened(part.maximum))"
        } else if let range = statistics.magnitudes {
            text = "magnitude \(shortened(range.lowerBound)) … \(shortened(range.upperBound))"
        } else {
            text = "nothing finite"
        }
        if statistics.nanCount > 0 { text += ", \(statistics.nanCount) NaN" }
        return text
    }
}

/// A number with at most seven digits that matter.
private func shortened(_ value: Double) -> String {
    let rounded = Float(value)
    let text = "\(rounded)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
