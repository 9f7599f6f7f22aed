import Dataflow
import Datasets
import Execution
import Files
import Filters
import Foundation
import SharedTestData
import TestDatasets
import Testing

/// VTK's answers for real files.
private enum Oracle {
    static let folder = SharedData.folder
    static var files: [String: [String: Any]] { SharedData.files }

    /// Files of the formats that Tessera reads.
    static let names = files.keys.filter { name in
        (files[name]?["summary"] as? [String: Any]) != nil
            && ["vtk", "vti", "vtr", "vts", "vtu", "vtp", "pvti", "pvtr", "pvts", "pvtu", "pvtp", "ply", "stl", "obj"].contains((name as NSString).pathExtension)
    }.sorted()

    static func read(_ name: String, _ context: ExecutionContext) throws -> Dataset {
        let path = folder! + "/" + name
        let reader: any DatasetReader =
            switch (name as NSString).pathExtension {
            case "vtk": try LegacyReader(path: path)
            case "ply": try PLYReader(path: path)
            case "stl": try STLReader(path: path)
            case "obj": try OBJReader(path: path)
            default: try XMLReader(path: path)
            }
        return try reader.read(UpdateRequest(), context: context)
    }

    static func number(_ value: Any) -> Double? {
        if let text = value as? String { return text == "nan" ? .nan : text == "inf" ? .infinity : text == "-inf" ? -.infinity : nil }
        return (value as? NSNumber)?.doubleValue
    }

    /// Every way in which `found` differs from `expected`, keys that only `found` has left out.
    static func differences(_ path: String, _ found: JSONValue?, _ expected: Any, scale: Double) -> [String] {
        if let object = expected as? [String: Any] {
            let sums = (object["sum_abs"] as? [Any])?.compactMap(number)
            return object.keys.sorted().flatMap { key -> [String] in
                var scale = scale
                if path.hasSuffix("measure"), key != "inverted_cells" { scale = 1e4 * max(scale, abs(number(object[key]!) ?? 0)) * 1e-3 }
                if let sums, ["sum", "sum_abs"].contains(key) { scale = sums.max() ?? 1 }
                if let sums, key == "mean", let tuples = number(object["tuples"] ?? 1) { scale = (sums.max() ?? 1) / max(1, tuples) }
                return differences(path + "." + key, found?[key], object[key]!, scale: scale)
            }
        }
        if let list = expected as? [Any] {
            guard case .array(let values)? = found, values.count == list.count else { return ["\(path): \(found?.text() ?? "missing"), VTK has \(list.count) entries"] }
            return list.indices.flatMap { differences("\(path)[\($0)]", values[$0], list[$0], scale: scale) }
        }
        if let a = found?.double, let b = number(expected) {
            if a.isNaN && b.isNaN || a == b { return [] }
            let tolerance = path.contains("measure") ? 1e-5 : 1e-6
            return abs(a - b) <= tolerance * max(abs(b), scale) ? [] : ["\(path): \(a), VTK says \(b)"]
        }
        if case .string(let text)? = found, let other = expected as? String {
            let plain = path.hasSuffix(".type") && other.hasPrefix("vtk") ? String(other.dropFirst(3)) : other
            return text == plain ? [] : ["\(path): \(text), VTK says \(plain)"]
        }
        return ["\(path): \(found?.text() ?? "missing"), VTK says \(expected)"]
    }
}

@Suite(.enabled(if: Oracle.folder != nil, "the reference data is not there"))
struct OracleTests {
    @Test(.timeLimit(.minutes(1)))
    func summariesAndMeasuresAreThoseOfVTK() throws {
        let context = context()
        #expect(Oracle.names.count > 100)
        for name in Oracle.names {
            let dataset: Dataset
            do { dataset = try Oracle.read(name, context) } catch {
                Issue.record("\(name): \(error)")
                continue
            }
            let expected = Oracle.files[name]!["summary"] as! [String: Any]
            let summary = try DatasetSummary(of: dataset, isMeasured: true, context: context)
            var found = Oracle.differences("", summary.json, expected, scale: 1e-3 * summary.bounds.diagonal)
            // Pieces of Double points under a parallel header that says Float keep their type; VTK narrows them.
            if name.hasPrefix("multipiece") { found.removeAll { $0 == ".points_type: float64, VTK says float32" } }
            // Curved cells have no one linearisation: VTK's triquadratic one is another.
            if name.contains("TriQuadratic") { found.removeAll { $0.hasPrefix(".measure") } }
            #expect(found.isEmpty, "\(name): \(found.prefix(4))")
            let issues = dataset.validate().filter { $0.severity == .error }
            #expect(issues.isEmpty, "\(name): \(issues.prefix(3))")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func piecesHaveTheCountsOfVTK() throws {
        let context = context()
        var compared = 0
        for name in Oracle.names {
            guard let parallel = Oracle.files[name]!["parallel"] as? [String: Any], let count = parallel["number_of_pieces"] as? Int,
                let dataset = try? Oracle.read(name, context)
            else { continue }
            if let extents = parallel["extents_ghost0"] as? [Any], let whole = dataset.extent {
                for levels in [0, 1] {
                    let expected = levels == 0 ? extents : parallel["extents_ghost1"] as? [Any] ?? []
                    for number in 0..<count {
                        let extent = whole.piece(number, of: count, ghostLevels: levels)
                        #expect(extent.isEmpty ? expected[number] is NSNull : extent.array == expected[number] as? [Int], "\(name) \(number)")
                    }
                }
                for (number, extent) in (parallel["extents_16_pieces"] as? [Any] ?? []).enumerated() where extent is [Int] {
                    #expect(whole.piece(number, of: 16).array == extent as? [Int], "\(name) \(number) of 16")
                }
                compared += 1
            }
            for levels in [0, 1, 2] {
                guard let pieces = parallel["pieces_ghost\(levels)"] as? [Any] else { continue }
                for (number, piece) in pieces.enumerated() {
                    guard let piece = piece as? [String: Any] else { continue }
                    let part = try ExtractPiece().extract(
                        UpdateRequest(piece: number, of: count, ghostLevels: levels), from: dataset, wholeExtent: dataset.extent, context: context)
                    #expect(part.cellCount == piece["cells"] as? Int, "\(name), piece \(number), \(levels) levels")
                    // VTK's pieces may hold points that none of their cells uses. (Of files with several pieces the reference has
                    // another order of cells.)
                    if levels == 0 && !name.hasPrefix("multipiece") {
                        #expect(part.pointCount <= piece["points"] as? Int ?? 0, "\(name), points of piece \(number)")
                    }
                    compared += 1
                }
            }
        }
        #expect(compared > 100)
    }

    /// Without ghost cells each piece of a grid closes itself with faces that the whole does not have; one level takes them all away.
    @Test(.timeLimit(.minutes(1)))
    func facesBetweenPiecesAreThoseOfVTK() throws {
        let context = context()
        let surface = Surface()
        var compared = 0
        var falseFaces = 0
        for name in Oracle.names {
            // Curved faces become triangles in another number than VTK's.
            guard let parallel = Oracle.files[name]!["parallel"] as? [String: Any], let count = parallel["number_of_pieces"] as? Int,
                let expected = parallel["total_surface_polys_ghost0"] as? Int, let dataset = try? Oracle.read(name, context),
                !Surface.makesSeveralCellsOfFaces(dataset)
            else { continue }
            func faces(levels: Int, _ number: Int, of count: Int) throws -> Int {
                let piece = UpdateRequest(piece: number, of: count, ghostLevels: levels)
                let part = try ExtractPiece().extract(piece, from: dataset, wholeExtent: dataset.extent, context: context)
                guard case .poly(let poly) = try surface.apply(to: part, request: UpdateRequest(piece: number, of: count), context: context) else { return 0 }
                return poly.polygons.count
            }
            let whole = try faces(levels: 0, 0, of: 1)
            for levels in 0...2 {
                let found = try (0..<count).reduce(0) { try $0 + faces(levels: levels, $1, of: count) }
                if levels > 0 { #expect(found == whole, "\(name), \(levels) levels") }
                // Files with several pieces have another order of cells in the reference.
                if levels == 0 && !name.hasPrefix("multipiece") {
                    #expect(found == expected, "\(name)")
                    falseFaces += found - whole
                } else if levels > 0, let others = parallel["total_surface_polys_ghost\(levels)"] as? Int {
                    #expect(found == others, "\(name), \(levels) levels")
                }
            }
            compared += 1
        }
        #expect(compared > 10)
        #expect(falseFaces > 1000)
    }
}
