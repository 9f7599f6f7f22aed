import Foundation
import SharedTestData
import Testing

/// VTK's answers for real files: means over neighbours, joined points, edges and regions.
@Suite struct TopologyOracleTests {
    /// Operations of the oracle with one of the names: the file, its entry and the operation's result and tolerances.
    private static func operations(
        _ names: Set<String>
    ) throws -> [(file: String, summary: [String: Any], id: String, result: [String: Any], tolerance: [String: Any])] {
        try OracleTests.entries().flatMap { file, entry in
            (entry["ops"] as? [[String: Any]] ?? []).compactMap { operation in
                guard let id = operation["id"] as? String, names.contains(id), let result = operation["result"] as? [String: Any],
                    result["error"] == nil
                else { return nil }
                return (file, entry["summary"] as? [String: Any] ?? [:], id, result, operation["tol"] as? [String: Any] ?? [:])
            }
        }
    }

    private static func run(_ file: String, _ arguments: [String]) throws -> [String: Any] {
        try Command.json(["info", SharedData.path(file), "--measure", "--json"] + arguments)
    }

    @Test(.disabled(if: SharedData.isAbsent), .timeLimit(.minutes(5)))
    func meansOverNeighbours() throws {
        for (file, _, id, result, _) in try Self.operations(["point_to_cell", "cell_to_point"]) {
            let got = try Self.run(file, ["--" + id.replacingOccurrences(of: "_", with: "-")])
            let place = id == "point_to_cell" ? "cell" : "point"
            for (name, value) in result {
                guard let expected = value as? [String: Any] else { continue }
                let array = (got["arrays"] as? [[String: Any]] ?? []).first {
                    $0["name"] as? String == name && $0["association"] as? String == place
                }
                let found = try #require(array, "\(file) \(id): no array \(name)")
                let ends = ["min", "max"].flatMap { expected[$0] as? [Any] ?? [] }.compactMap { OracleTests.number($0).map(abs) }
                for key in ["min", "max", "mean"] {
                    let (a, b) = (found[key] as? [Any] ?? [], expected[key] as? [Any] ?? [])
                    #expect(
                        a.count == b.count && !zip(a, b).contains { OracleTests.differs($0, $1, 1e-5, scale: ends.max() ?? 0) },
                        "\(file) \(id) \(name) \(key): \(a), expected \(b)")
                }
            }
        }
    }

    @Test(.disabled(if: SharedData.isAbsent), .timeLimit(.minutes(5)))
    func joinedPointsAndRegions() throws {
        for (file, _, id, result, _) in try Self.operations(["clean", "largest_region"]) {
            if id == "clean" {
                let got = try Self.run(file, ["--clean"])
                for key in ["points", "cells", "verts", "lines", "polys", "strips"] {
                    #expect(got[key] as? Int == result[key] as? Int, "\(file) clean \(key)")
                }
                continue
            }
            let labelled = try Self.run(file, ["--clean", "--connectivity"])
            let regions = (labelled["arrays"] as? [[String: Any]] ?? []).first {
                $0["name"] as? String == "RegionId" && $0["association"] as? String == "cell"
            }
            let last = try #require(OracleTests.number((regions?["max"] as? [Any])?.first), "\(file): no regions")
            #expect(Int(last) + 1 == result["regions"] as? Int, "\(file) regions")
            let largest = try Self.run(file, ["--clean", "--connectivity=largest"])
            #expect(largest["cells"] as? Int == result["cells_in_largest"] as? Int, "\(file) cells in the largest region")
        }
    }

    @Test(.disabled(if: SharedData.isAbsent), .timeLimit(.minutes(5)))
    func edges() throws {
        for (file, _, _, result, tolerance) in try Self.operations(["feature_edges"]) {
            for kind in ["boundary", "nonmanifold", "feature", "manifold"] {
                guard let expected = result[kind] as? [String: Any] else { continue }
                let got = try Self.run(file, ["--triangulate", "--clean", "--feature-edges=\(kind):30"])
                let allowed = OracleTests.number(tolerance[kind]) ?? 0
                #expect(!OracleTests.differs(got["cells"], expected["count"], allowed), "\(file) \(kind): \(got["cells"] ?? ""), expected \(expected)")
                if got["cells"] as? Int == expected["count"] as? Int {
                    let length = (got["measure"] as? [String: Any])?["length"] ?? 0.0
                    #expect(!OracleTests.differs(length, expected["length"], 1e-5), "\(file) \(kind): length \(length), expected \(expected)")
                }
            }
        }
    }
}
