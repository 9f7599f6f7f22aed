import Foundation
import SharedTestData
import Testing

/// VTK's answers for real files: what is in them, and what the filters make of them.
@Suite struct OracleTests {
    private static let endings: Set<String> = ["vti", "vtr", "vts", "vtu", "vtp", "vtk", "ply", "stl", "obj", "pvtu", "pvtp", "pvti", "pvtr", "pvts", "mha", "nhdr"]

    /// Files of this build's formats, with linear cells only or with any.
    static func entries(linearOnly: Bool = true) throws -> [(file: String, entry: [String: Any])] {
        SharedData.files.sorted { $0.key < $1.key }.compactMap { file, entry in
            guard endings.contains((file as NSString).pathExtension),
                ["dataset", "multipiece"].contains(entry["kind"] as? String ?? ""), let summary = entry["summary"] as? [String: Any],
                let types = summary["cell_types"] as? [String: Any], !linearOnly || types.keys.allSatisfy({ (Int($0) ?? 99) <= 16 })
            else { return nil }
            return (file, entry)
        }
    }

    static func number(_ value: Any?) -> Double? {
        if let number = value as? Double { return number }
        if let number = value as? Int { return Double(number) }
        switch value as? String {
        case "nan": return .nan
        case "inf": return .infinity
        case "-inf": return -.infinity
        default: return nil
        }
    }

    /// What of `got` is farther from `expected` than it may be.
    static func differs(_ got: Any?, _ expected: Any?, _ tolerance: Double, scale: Double = 0) -> Bool {
        guard let b = number(expected) else { return false }
        guard let a = number(got) else { return true }
        if a.isNaN && b.isNaN || a == b { return false }
        return !(abs(a - b) <= tolerance * max(abs(b), scale))
    }

    @Test(.disabled(if: SharedData.isAbsent), .timeLimit(.minutes(5)))
    func informationEqualsVTKs() throws {
        for (file, entry) in try Self.entries() {
            let expected = entry["summary"] as! [String: Any]
            let got = try Command.json(["info", SharedData.path(file), "--json", "--measure"])
            #expect(got["type"] as? String == (expected["type"] as? String)?.replacingOccurrences(of: "vtk", with: ""), "\(file)")
            for key in ["points", "cells"] { #expect(got[key] as? Int == expected[key] as? Int, "\(file) \(key)") }
            #expect(got["cell_types"] as? [String: Int] == expected["cell_types"] as? [String: Int], "\(file) cell types")
            let diagonal = Self.number(expected["diagonal"]) ?? 0
            for key in ["bounds", "origin", "spacing", "direction"] {
                guard let b = expected[key] as? [Any] else { continue }
                let a = got[key] as? [Any] ?? []
                #expect(a.count == b.count && !zip(a, b).contains { Self.differs($0, $1, 1e-6, scale: diagonal) }, "\(file) \(key)")
            }
            let a = got["arrays"] as? [[String: Any]] ?? []
            let b = expected["arrays"] as? [[String: Any]] ?? []
            #expect(a.map { $0["name"] as? String } == b.map { $0["name"] as? String }, "\(file) arrays")
            for (x, y) in zip(a, b) {
                for key in ["type", "association"] { #expect(x[key] as? String == y[key] as? String, "\(file) \(y["name"] ?? "") \(key)") }
                for key in ["min", "max", "magnitude_range"] {
                    guard let ends = y[key] as? [Any] else { continue }
                    let found = x[key] as? [Any] ?? []
                    #expect(
                        found.count == ends.count && !zip(found, ends).contains { Self.differs($0, $1, 1e-6) },
                        "\(file) \(y["name"] ?? "") \(key)")
                }
            }
            for (key, value) in expected["measure"] as? [String: Any] ?? [:] where ["length", "area", "volume", "volume_abs"].contains(key) {
                let measure = got["measure"] as? [String: Any]
                #expect(!Self.differs(measure?[key], value, 1e-5), "\(file) \(key): \(measure?[key] ?? "nothing"), expected \(value)")
            }
        }
    }

    @Test(.disabled(if: SharedData.isAbsent), .timeLimit(.minutes(10)))
    func filtersAgreeWithVTK() throws {
        for (file, entry) in try Self.entries(linearOnly: false) {
            let summary = entry["summary"] as? [String: Any] ?? [:]
            let isLinear = (summary["cell_types"] as? [String: Any] ?? [:]).keys.allSatisfy { (Int($0) ?? 99) <= 16 }
            let diagonal = Self.number(summary["diagonal"]) ?? 1
            for operation in entry["ops"] as? [[String: Any]] ?? [] {
                guard let id = operation["id"] as? String, let parameters = operation["params"] as? [String: Any],
                    let result = operation["result"] as? [String: Any], result["error"] == nil
                else { continue }
                if id.hasPrefix("clip."), Self.losesLength(result, of: summary) { continue }
                if id == "clip.scalar" ? Self.takesWholePrismsApart.contains(file) : !isLinear { continue }
                let tolerance = operation["tol"] as? [String: Any] ?? [:]
                for (arguments, expected, allowed) in Self.commands(id, parameters, result, tolerance) {
                    let got = try Command.json(["info", SharedData.path(file), "--measure", "--json"] + arguments)
                    let measure = got["measure"] as? [String: Any] ?? [:]
                    for (key, value) in expected {
                        let exponent = ["length": 1.0, "area": 2, "volume": 3][key]
                        var found: Any? = exponent == nil ? got[key] : (measure[key] ?? 0.0)
                        if let ends = value as? [Any] {
                            let list = found as? [Any] ?? []
                            #expect(
                                list.count == ends.count && !zip(list, ends).contains { Self.differs($0, $1, allowed[key] ?? 0, scale: diagonal) },
                                "\(file) \(id): \(key) \(list), expected \(ends)")
                            continue
                        }
                        if key == "volume" { found = measure["volume_abs"] ?? Self.number(measure["volume"]).map(abs) ?? 0.0 }
                        let floor = exponent.map { 1e-9 * pow(diagonal, $0) / max(allowed[key] ?? 1e-5, 1e-12) } ?? 0
                        #expect(
                            !Self.differs(found, value, allowed[key] ?? 0, scale: floor),
                            "\(file) \(id) \(arguments.joined(separator: " ")): \(key) \(found ?? "nothing"), expected \(value)")
                    }
                }
            }
        }
    }

    /// Files whose hexagonal prisms are not parallelepipeds: a clip of VTK makes tetrahedra of prisms, kept whole or cut, and measures these
    /// (0.048116 for cell 180) otherwise than the prism itself (0.047779). We keep whole prisms whole.
    private static let takesWholePrismsApart: Set = ["unstructured/PentaHexa.vtk"]

    /// Whether VTK's two sides of a clip of lines do not add up to the whole: it gets some poly-lines wrong, and there is nothing to compare.
    private static func losesLength(_ result: [String: Any], of summary: [String: Any]) -> Bool {
        guard let whole = number((summary["measure"] as? [String: Any])?["length"]) else { return false }
        let sides = ["positive", "negative"].map { number(((result[$0] as? [String: Any])?["measure"] as? [String: Any])?["length"]) ?? 0 }
        return sides != [0, 0] && abs(sides[0] + sides[1] - whole) > 1e-5 * whole
    }

    /// The command lines that mean an operation of the oracle, the figures that they must give and the relative tolerances.
    private static func commands(
        _ id: String, _ parameters: [String: Any], _ result: [String: Any], _ tolerance: [String: Any]
    ) -> [(arguments: [String], expected: [String: Any], allowed: [String: Double])] {
        func plane(_ sign: Double) -> String {
            let origin = (parameters["origin"] as? [Any] ?? []).compactMap(number)
            let normal = (parameters["normal"] as? [Any] ?? []).compactMap(number).map { $0 * sign }
            return origin.map { "\($0)" }.joined(separator: ",") + ":" + normal.map { "\($0)" }.joined(separator: ",")
        }
        func measures(_ source: [String: Any]) -> [String: Any] {
            var found = source.filter { ["length", "area", "volume"].contains($0.key) }
            for (key, value) in source["measure"] as? [String: Any] ?? [:] where ["length", "area"].contains(key) { found[key] = value }
            if let value = (source["measure"] as? [String: Any])?["volume_abs"] ?? (source["measure"] as? [String: Any])?["volume"] {
                found["volume"] = number(value).map(abs)
            }
            return found
        }
        func allowed(_ measures: [String: Any], _ standard: Double, prefix: String = "") -> [String: Double] {
            measures.reduce(into: [:]) { $0[$1.key] = number(tolerance[prefix + $1.key]) ?? number(tolerance["measure"]) ?? standard }
        }
        if id.hasPrefix("contour."), let array = parameters["array"] as? String, let value = number(parameters["value"]) {
            let expected = measures(result)
            return [(["--contour", "point:\(array)=\(value)"], expected, allowed(expected, 1e-2))]
        }
        if id.hasPrefix("slice.") {
            let expected = measures(result)
            return [(["--slice", plane(1)], expected, allowed(expected, 1e-5))]
        }
        if id == "clip.x" || id == "clip.oblique" {
            return [("positive", 1.0), ("negative", -1.0)].compactMap { side, sign in
                guard let part = result[side] as? [String: Any] else { return nil }
                let expected = measures(part)
                return (["--clip", plane(sign)], expected, allowed(expected, 1e-5, prefix: side + "."))
            }
        }
        if id == "clip.scalar", let array = parameters["array"] as? String, let value = number(parameters["value"]) {
            let expected = measures(result)
            return [(["--clip", "point:\(array)=\(value)"], expected, allowed(expected, 1e-4))]
        }
        if id.hasPrefix("threshold."), !id.hasSuffix(".any"), let array = parameters["array"] as? String,
            let lower = number(parameters["lower"]), let upper = number(parameters["upper"])
        {
            let place = parameters["association"] as? String == "cell" ? "cell" : "point"
            let component = (parameters["component"] as? Int).map { ":\($0)" } ?? ""
            var expected = measures(result)
            expected["cells"] = result["cells"]
            expected["points"] = result["points"]
            return [(["--threshold", "\(place):\(array)\(component)=\(lower):\(upper)"], expected, ["length": 1e-5, "area": 1e-5, "volume": 1e-5])]
        }
        if id == "extract_voi", let box = parameters["voi"] as? [Int], let rate = parameters["sample_rate"] as? [Int] {
            func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }
            let expected = result.filter { ["points", "cells", "dimensions", "bounds"].contains($0.key) }
            return [(["--extract", list(box) + ":" + list(rate)], expected, ["bounds": 1e-6])]
        }
        if id == "surface" {
            var expected = measures(result)
            expected["polys"] = result["polys"]
            return [(["--surface"], expected, ["length": 1e-6, "area": 1e-6])]
        }
        return []
    }
}
