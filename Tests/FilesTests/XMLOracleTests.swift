import Dataflow
import Datasets
import Execution
import Files
import Foundation
import SharedTestData
import Testing

/// Every VTK XML file of the development data against what VTK 9.7 says of it.
@Suite struct XMLOracleTests {
    static let folder = SharedData.folder ?? ""
    static let hasData = !SharedData.isAbsent

    struct Expectation: Sendable, CustomTestStringConvertible {
        var path: String
        var summary: Data
        var testDescription: String { path }
    }

    static let expectations: [Expectation] = {
        SharedData.files.sorted { $0.key < $1.key }.compactMap { path, entry in
            guard XMLReader.extensions.contains(URL(fileURLWithPath: path).pathExtension), let summary = entry["summary"] as? [String: Any],
                let bytes = try? JSONSerialization.data(withJSONObject: summary)
            else { return nil }
            return Expectation(path: path, summary: bytes)
        }
    }()

    @Test(.enabled(if: hasData, "the development data is not there"), .timeLimit(.minutes(1)), arguments: expectations)
    func equalsOracle(_ expectation: Expectation) throws {
        let path = Self.folder + "/" + expectation.path
        let reader = try XMLReader(path: path)
        let dataset = try reader.read(UpdateRequest(), context: ExecutionContext(threads: 2))
        let summary = try #require(try JSONSerialization.jsonObject(with: expectation.summary) as? [String: Any])
        let isMerged = expectation.path.hasSuffix(".pvtp")
        for problem in differences(dataset, summary, ignoresOrder: isMerged) { Issue.record("\(expectation.path): \(problem)") }
        let described = try reader.describe()
        #expect(described.kind == dataset.kind)
        // Of several pieces it is not known before how many points coincide and how many cells are ghosts.
        if let points = described.pointCount { #expect(described.hasOrderedPoints ? points == dataset.pointCount : points >= dataset.pointCount) }
        if let cells = described.cellCount { #expect(described.hasOrderedPoints ? cells == dataset.cellCount : cells >= dataset.cellCount) }
        #expect(described.wholeExtent == dataset.extent)
        let names = dataset.pointData.names + dataset.cellData.names
        #expect(described.arrays.filter { $0.association != .field }.map(\.name) == names)
    }

    /// What differs between a dataset and an oracle's summary.
    func differences(_ dataset: Dataset, _ summary: [String: Any], ignoresOrder: Bool) -> [String] {
        var found: [String] = []
        func check(_ name: String, _ got: some Equatable, _ expected: some Equatable) {
            if "\(got)" != "\(expected)" { found.append("\(name): \(got), expected \(expected)") }
        }
        func near(_ name: String, _ got: [Double], _ expected: Any?, scale: Double = 1) {
            guard let list = expected as? [Any] else { return }
            let numbers = list.map(number)
            if got.count != numbers.count { found.append("\(name): \(got.count) numbers, expected \(numbers.count)") }
            for (a, b) in zip(got, numbers) where !(abs(a - b) <= 1e-6 * max(abs(b), scale) || (a.isNaN && b.isNaN) || a == b) {
                found.append("\(name): \(got), expected \(numbers)")
                break
            }
        }
        check("type", "vtk" + dataset.kind.rawValue, summary["type"] as? String ?? "")
        check("points", dataset.pointCount, summary["points"] as? Int ?? -1)
        check("cells", dataset.cellCount, summary["cells"] as? Int ?? -1)
        let bounds = dataset.bounds
        let diagonal = summary["diagonal"].map(number) ?? 1
        near("bounds", [bounds.lower.x, bounds.upper.x, bounds.lower.y, bounds.upper.y, bounds.lower.z, bounds.upper.z], summary["bounds"], scale: diagonal)
        if let extent = dataset.extent { check("extent", extent.array, summary["extent"] as? [Int] ?? []) }
        if case .image(let image) = dataset {
            near("spacing", [image.spacing.x, image.spacing.y, image.spacing.z], summary["spacing"])
            near("origin", [image.origin.x, image.origin.y, image.origin.z], summary["origin"])
            near("direction", image.direction, summary["direction"])
        }
        if case .rectilinear(let grid) = dataset {
            let sums = [grid.coordinates.x, grid.coordinates.y, grid.coordinates.z].map { array in
                (0..<array.tupleCount).reduce(0.0) { $0 + array.value($1) }
            }
            near("coordinate_sums", sums, summary["coordinate_sums"])
        }
        var lists: [CellArray] = []
        var types: [String: Int] = [:]
        if case .unstructured(let grid) = dataset {
            lists = [grid.cells]
            for run in grid.runs { types["\(run.type.rawValue)", default: 0] += run.cells.count }
        } else if case .poly(let poly) = dataset {
            lists = poly.cellLists
            for (list, cells) in lists.enumerated() {
                for cell in 0..<cells.count { types["\(PolyData.cellType(list: list, size: cells.size(of: cell)).rawValue)", default: 0] += 1 }
            }
        } else if let extent = dataset.extent, !extent.isEmpty {
            types["\(extent.cellType(structured: dataset.kind == .structured).rawValue)"] = extent.cellCount
        }
        if dataset.kind != .structured && dataset.kind != .rectilinear && dataset.kind != .image {
            check("cell types", types.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" },
                (summary["cell_types"] as? [String: Int] ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" })
        }
        if let connectivity = summary["connectivity"] as? [String: Int] {
            var size = 0
            var sum = 0
            for list in lists {
                for cell in 0..<list.count {
                    for (place, point) in list.points(of: cell).enumerated() { sum += (place + 1) * Int(point) }
                }
                size += list.connectivity.count
            }
            check("connectivity size", size, connectivity["size"] ?? -1)
            if !ignoresOrder { check("connectivity sum", sum, connectivity["weighted_sum"] ?? -1) }
        }
        let collections: [(String, FieldCollection)] = [("point", dataset.pointData), ("cell", dataset.cellData), ("field", dataset.fieldData)]
        let expected = summary["arrays"] as? [[String: Any]] ?? []
        check("number of arrays", collections.reduce(0) { $0 + $1.1.count }, expected.count)
        for entry in expected {
            let name = entry["name"] as? String ?? ""
            guard let collection = collections.first(where: { $0.0 == entry["association"] as? String })?.1, let array = collection[name] else {
                found.append("no array \(name)")
                continue
            }
            check("\(name) type", array.typeName, entry["type"] as? String ?? "")
            check("\(name) components", array.components, entry["components"] as? Int ?? -1)
            check("\(name) tuples", array.tupleCount, entry["tuples"] as? Int ?? -1)
            if let first = entry["first"] as? [String], case .strings(let strings) = array.values {
                check("\(name) first", Array(strings.prefix(first.count)), first)
            }
            guard entry["min"] != nil else { continue }
            var (low, high, sum) = (
                [Double](repeating: .infinity, count: array.components), [Double](repeating: -.infinity, count: array.components),
                [Double](repeating: 0, count: array.components)
            )
            for tuple in 0..<array.tupleCount {
                for component in 0..<array.components {
                    let value = array.value(tuple, component)
                    guard value.isFinite else { continue }
                    low[component] = min(low[component], value)
                    high[component] = max(high[component], value)
                    sum[component] += value
                }
            }
            near("\(name) min", low, entry["min"], scale: 0)
            near("\(name) max", high, entry["max"], scale: 0)
            let sums = (entry["sum_abs"] as? [Any] ?? []).map(number)
            near("\(name) sum", sum, entry["sum"], scale: sums.max() ?? 1)
        }
        return found
    }

    private func number(_ value: Any) -> Double {
        if let text = value as? String { return text == "nan" ? .nan : (text == "inf" ? .infinity : -.infinity) }
        return (value as? NSNumber)?.doubleValue ?? .nan
    }
}
