import Datasets
import Foundation
import SharedTestData

/// VTK's answers for the files of the data folder.
enum LegacyOracle {
    static let folder = SharedData.folder
    static var files: [String: [String: Any]] { SharedData.files }

    /// Names of files with one of the extensions, relative to the folder.
    static func names(_ extensions: String...) -> [String] {
        files.keys.filter { name in extensions.contains { name.hasSuffix("." + $0) } }.sorted()
    }

    static func number(_ value: Any?) -> Double {
        if let number = value as? Double { return number }
        if let number = value as? Int { return Double(number) }
        return .nan
    }

    static func numbers(_ value: Any?) -> [Double] { (value as? [Any] ?? []).map { number($0) } }

    /// Every way in which a dataset differs from what VTK read.
    static func differences(_ dataset: Dataset, _ file: String) -> [String] {
        guard let summary = files[file]?["summary"] as? [String: Any] else { return ["\(file): no summary"] }
        var found: [String] = []
        func expect<Value: Equatable>(_ what: String, _ value: Value, _ oracle: Value) {
            if value != oracle { found.append("\(file): \(what) is \(value), VTK says \(oracle)") }
        }
        func close(_ what: String, _ value: Double, _ oracle: Double, _ scale: Double = 0) {
            if value.isNaN && oracle.isNaN { return }
            if !(abs(value - oracle) <= 1e-9 * max(abs(oracle), scale, 1e-300)) { found.append("\(file): \(what) is \(value), VTK says \(oracle)") }
        }
        expect("kind", "vtk" + dataset.kind.rawValue, summary["type"] as? String ?? "")
        expect("points", dataset.pointCount, summary["points"] as? Int ?? -1)
        expect("cells", dataset.cellCount, summary["cells"] as? Int ?? -1)
        if dataset.pointCount > 0 {
            let bounds = dataset.bounds
            let ends = [bounds.lower.x, bounds.upper.x, bounds.lower.y, bounds.upper.y, bounds.lower.z, bounds.upper.z]
            for (end, oracle) in zip(ends, numbers(summary["bounds"])) { close("an end of the bounds", end, oracle, bounds.diagonal) }
        }
        if let extent = summary["extent"] as? [Int] { expect("extent", dataset.extent?.array ?? [], extent) }
        if case .image(let image) = dataset {
            for axis in 0..<3 {
                close("origin", image.origin[axis], numbers(summary["origin"])[axis])
                close("spacing", image.spacing[axis], numbers(summary["spacing"])[axis])
            }
        }
        if let points = points(of: dataset), points.count > 0 {
            expect("type of points", points.scalarType.name, summary["points_type"] as? String ?? "")
            let (sums, magnitudes) = sums(points.array)
            for (axis, oracle) in numbers(summary["points_sum"]).enumerated() { close("sum of points", sums[axis], oracle, magnitudes[axis]) }
        }
        expect("cell types", cellTypes(dataset), (summary["cell_types"] as? [String: Int]) ?? [:])
        if let connectivity = summary["connectivity"] as? [String: Int] {
            let (size, weighted) = connectivitySums(dataset)
            expect("size of the connectivity", size, connectivity["size"] ?? -1)
            expect("weighted sum of the connectivity", weighted, connectivity["weighted_sum"] ?? -1)
        }
        compareArrays(dataset, summary["arrays"] as? [[String: Any]] ?? [], &found, file)
        return found
    }

    private static func compareArrays(_ dataset: Dataset, _ oracle: [[String: Any]], _ found: inout [String], _ file: String) {
        let attributes = dataset.attributes
        let arrays = [(attributes.pointData, "point"), (attributes.cellData, "cell"), (attributes.fieldData, "field")]
            .flatMap { collection, association in collection.arrays.map { ($0, association) } }
        let names = arrays.map { "\($1):\($0.name):\($0.typeName):\($0.components):\($0.tupleCount)" }
        let expected = oracle.map {
            "\($0["association"] ?? ""):\($0["name"] ?? ""):\($0["type"] ?? ""):\($0["components"] ?? ""):\($0["tuples"] ?? "")"
        }
        if names != expected {
            found.append("\(file): arrays are \(names), VTK says \(expected)")
            return
        }
        for ((array, _), entry) in zip(arrays, oracle) {
            guard entry["sum"] != nil, array.doubles() != nil else { continue }
            let (sums, magnitudes) = sums(array)
            for (component, oracle) in numbers(entry["sum"]).enumerated() where !within(sums[component], oracle, magnitudes[component]) {
                found.append("\(file): sum of \(array.name) is \(sums[component]), VTK says \(oracle)")
            }
            for component in 0..<array.components {
                let range = range(array, component)
                let (low, high) = (numbers(entry["min"])[component], numbers(entry["max"])[component])
                if !within(range.low, low, abs(low)) || !within(range.high, high, abs(high)) {
                    found.append("\(file): range of \(array.name) is \(range), VTK says \(low) to \(high)")
                }
            }
        }
    }

    private static func within(_ value: Double, _ oracle: Double, _ scale: Double) -> Bool {
        abs(value - oracle) <= 1e-9 * max(scale, abs(oracle))
    }

    static func points(of dataset: Dataset) -> Points? {
        switch dataset {
        case .structured(let grid): grid.points
        case .unstructured(let grid): grid.points
        case .poly(let data): data.points
        default: nil
        }
    }

    /// Sums of values and of magnitudes, one a component.
    static func sums(_ array: FieldArray) -> ([Double], [Double]) {
        let values = array.doubles() ?? Buffer<Double>()
        var sums = [Double](repeating: 0, count: array.components)
        var magnitudes = sums
        for (index, value) in values.array.enumerated() where value.isFinite {
            sums[index % array.components] += value
            magnitudes[index % array.components] += abs(value)
        }
        return (sums, magnitudes)
    }

    static func range(_ array: FieldArray, _ component: Int) -> (low: Double, high: Double) {
        let values = array.doubles() ?? Buffer<Double>()
        var (low, high) = (Double.infinity, -Double.infinity)
        for index in stride(from: component, to: values.count, by: array.components) where values[index].isFinite {
            low = min(low, values[index])
            high = max(high, values[index])
        }
        return (low, high)
    }

    static func cellTypes(_ dataset: Dataset) -> [String: Int] {
        var counts: [String: Int] = [:]
        switch dataset {
        case .image(let image): counts[String(image.extent.cellType(structured: false).rawValue)] = image.extent.cellCount
        case .rectilinear(let grid): counts[String(grid.extent.cellType(structured: false).rawValue)] = grid.extent.cellCount
        case .structured(let grid): counts[String(grid.extent.cellType(structured: true).rawValue)] = grid.extent.cellCount
        case .unstructured(let grid): for type in grid.explicitTypes().array { counts[String(type), default: 0] += 1 }
        case .poly(let data):
            for (list, cells) in data.cellLists.enumerated() {
                for cell in 0..<cells.count { counts[String(PolyData.cellType(list: list, size: cells.size(of: cell)).rawValue), default: 0] += 1 }
            }
        default: break
        }
        return counts.filter { $0.value > 0 }
    }

    static func connectivitySums(_ dataset: Dataset) -> (Int, Int) {
        let lists: [CellArray]
        switch dataset {
        case .unstructured(let grid): lists = [grid.cells]
        case .poly(let data): lists = data.cellLists
        default: lists = []
        }
        var (size, sum) = (0, 0)
        for cells in lists {
            for cell in 0..<cells.count {
                for (index, point) in cells.points(of: cell).enumerated() {
                    size += 1
                    sum += (index + 1) * Int(point)
                }
            }
        }
        return (size, sum)
    }
}
