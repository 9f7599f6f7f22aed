import Dataflow
import Datasets
import Execution
import Files
import Filters
import Foundation
import Geometry
import Testing

/// Pieces that readers make without reading the rest, put together, are the file as read at once.
@Suite struct OwnedPieceTests {
    private static let folder: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let candidates: [String?] = [
            ProcessInfo.processInfo.environment["TESSERA_DATA"], package.appendingPathComponent("../shared/data").path,
            package.appendingPathComponent("../../shared/data").path,
        ]
        return candidates.compactMap { (path: String?) in path }.first { FileManager.default.fileExists(atPath: $0 + "/oracle.json") }
    }()

    private static let files: [String] = {
        guard let folder, let all = FileManager.default.enumerator(atPath: folder) else { return [] }
        return all.compactMap { $0 as? String }.filter { ["vtu", "vtp", "pvtu", "pvtp", "vtk", "vtm", "vtpc", "vtmb"].contains(($0 as NSString).pathExtension) }.sorted()
    }()

    private static let context = ExecutionContext(threads: 2)

    /// Checks pieces against the whole; returns what is wrong.
    static func problems(_ source: FileSource, counts: [Int]) throws -> [String] {
        let description = try source.describe()
        guard description.splitting == .ownedPieces || description.splitting == .wholeBlocks else { return [] }
        let whole = try source.produce(UpdateRequest(), context: context)
        let gathered = try GatherPieces().gather([whole], context: context)
        var problems: [String] = []
        for count in counts {
            let pieces = try (0..<count).map { try source.produce(UpdateRequest(piece: $0, of: count), context: context) }
            if description.splitting == .ownedPieces {
                for (index, piece) in pieces.enumerated() { problems += order(piece).map { "piece \(index) of \(count): \($0)" } }
                // Of several pieces names count what merging leaves out too.
                if description.hasOrderedPoints { problems += differencesFromExtracted(pieces, whole, count) }
            }
            if let found = try GatherPieces().gather(pieces, context: context).difference(to: gathered) { problems.append("\(count) pieces: \(found)") }
        }
        return problems
    }

    /// What is wrong with keys and identities of a piece: both rise, one for each.
    private static func order(_ piece: Dataset) -> [String] {
        guard let keys = piece.piece?.cellKeys, let identities = piece.piece?.pointIdentities else { return ["no names"] }
        var problems: [String] = []
        if keys.count != piece.cellCount || identities.count != piece.pointCount { problems.append("names of other counts") }
        if zip(keys.elements, keys.elements.dropFirst()).contains(where: { $0 >= $1 }) { problems.append("keys that do not rise") }
        if zip(identities.elements, identities.elements.dropFirst()).contains(where: { $0.low >= $1.low }) { problems.append("identities that do not rise") }
        return problems
    }

    /// Pieces of a file of one piece are those that are cut from the whole, but for owners of points.
    private static func differencesFromExtracted(_ pieces: [Dataset], _ whole: Dataset, _ count: Int) -> [String] {
        pieces.enumerated().compactMap { index, piece in
            let request = UpdateRequest(piece: index, of: count)
            guard count > 1, let cut = try? ExtractPiece().extract(request, from: whole, wholeExtent: nil, context: context) else { return nil }
            if let found = piece.difference(to: cut) { return "piece \(index) of \(count) is not the extracted one: \(found)" }
            let isNamed = piece.piece?.cellKeys == cut.piece?.cellKeys && piece.piece?.pointIdentities == cut.piece?.pointIdentities
            return isNamed ? nil : "piece \(index) of \(count) has other names"
        }
    }

    @Test(.enabled(if: folder != nil, "the development data is not there"), .timeLimit(.minutes(1)))
    func piecesOfFilesAreTheWhole() throws {
        var split = 0
        for (index, name) in Self.files.enumerated() {
            guard let source = try? FileSource(path: Self.folder! + "/" + name), let description = try? source.describe() else { continue }
            if description.splitting == .ownedPieces || description.splitting == .wholeBlocks { split += 1 }
            for problem in try Self.problems(source, counts: [[2, 7], [3, 16]][index % 2]) { Issue.record("\(name): \(problem)") }
        }
        #expect(split > 40)
    }

    private static func folderOfItsOwn() throws -> String {
        let folder = NSTemporaryDirectory() + "/tessera-pieces-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Cells of many types over scattered points, some used by nothing.
    private static func grid(cells count: Int) -> UnstructuredGrid {
        var cells: [(CellType, [Int])] = []
        let points = count + 40
        var seed: UInt64 = 7
        func next(_ limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % limit
        }
        for cell in 0..<count {
            let type = [CellType.tetrahedron, .hexahedron, .polygon, .vertex][next(4)]
            let size = type == .tetrahedron ? 4 : type == .hexahedron ? 8 : type == .polygon ? 3 + next(4) : 1
            cells.append((type, (0..<size).map { _ in min(points - 9, max(0, cell + next(30) - 10)) }))
        }
        let places = (0..<points).map { Vector3(Double($0 % 17) * 0.3, Double($0 / 17), Double($0) * 0.01) }
        var attributes = DatasetAttributes()
        attributes.pointData.set(FieldArray(name: "vector", components: 3, Buffer((0..<3 * points).map { Double($0) * 0.1 })))
        attributes.pointData.set(FieldArray(name: "names", strings: (0..<points).map { "p\($0)" }))
        attributes.pointData.set(FieldArray(name: "small", Buffer((0..<points).map { UInt8(truncatingIfNeeded: $0) })))
        attributes.cellData.set(FieldArray(name: "number", Buffer((0..<count).map { Int32($0) })))
        attributes.cellData.set(
            FieldArray(name: "flags", values: .bits(Buffer((0..<(count + 7) / 8).map { UInt8(truncatingIfNeeded: $0 &* 37) }), count: count)))
        return UnstructuredGrid(points: Points(places), cells: cells, attributes: attributes)
    }

    private static func poly(_ grid: UnstructuredGrid) -> PolyData {
        var lists = [[[Int]]](repeating: [], count: 4)
        for cell in 0..<grid.cellCount { lists[cell * 4 / max(grid.cellCount, 1)].append(grid.cells.points(of: cell).map { Int($0) }) }
        return PolyData(
            points: grid.points, vertices: CellArray(lists[0]), lines: CellArray(lists[1]), polygons: CellArray(lists[2]),
            strips: CellArray(lists[3]), attributes: grid.attributes)
    }

    static let encodings: [XMLWriterOptions] = XMLWriterOptions.Encoding.allCases.flatMap { encoding in
        [Codec.none, .zlib, .lz4, .lzma].filter { encoding != .ascii || $0 == .none }.flatMap { codec in
            [ByteOrder.littleEndian, .bigEndian].map { order in
                var options = XMLWriterOptions(encoding: encoding, compression: codec)
                // Blocks that cut tuples of three apart.
                (options.blockSize, options.byteOrder, options.headerWidth) = (1 << 10, order, codec == .zlib ? 4 : 8)
                return options
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: encodings.indices)
    func piecesOfEveryEncodingAreTheWhole(_ index: Int) throws {
        let options = Self.encodings[index]
        let folder = try Self.folderOfItsOwn()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let grid = Self.grid(cells: 1500)
        for (name, dataset) in [("a.vtu", Dataset.unstructured(grid)), ("a.vtp", .poly(Self.poly(grid)))] {
            try XMLWriter(options: options).write(dataset, to: "\(folder)/\(name)", context: Self.context)
            let source = try FileSource(path: "\(folder)/\(name)")
            #expect(try source.describe().splitting == (options.encoding == .ascii ? .none : .ownedPieces))
            for problem in try Self.problems(source, counts: [2, 3, 7, 16]) { Issue.record("\(name), \(options): \(problem)") }
        }
        // The same in pieces of files, with the points on their borders in both and ghosts around.
        for (name, dataset) in [("b.pvtu", Dataset.unstructured(grid)), ("c.pvtp", .poly(Self.poly(grid)))] {
            for levels in [0, 1] {
                let path = "\(folder)/\(levels)\(name)"
                let writer = try ParallelXMLWriter(path: path, options: WriterOptions(xml: options), ghostLevels: levels, context: Self.context)
                for piece in 0..<4 {
                    let request = UpdateRequest(piece: piece, of: 4, ghostLevels: levels)
                    try writer.append(try ExtractPiece().extract(request, from: dataset, wholeExtent: nil, context: Self.context))
                }
                try writer.finish()
                for problem in try Self.problems(try FileSource(path: path), counts: [2, 3, 4, 7, 16]) {
                    Issue.record("\(name), ghosts \(levels), \(options): \(problem)")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func fewCellsAndMorePieces() throws {
        let folder = try Self.folderOfItsOwn()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for count in [0, 1, 2] {
            let grid = Self.grid(cells: count)
            for (name, dataset) in [("few.vtu", Dataset.unstructured(grid)), ("few.vtp", .poly(Self.poly(grid)))] {
                try XMLWriter().write(dataset, to: "\(folder)/\(name)", context: Self.context)
                for problem in try Self.problems(try FileSource(path: "\(folder)/\(name)"), counts: [2, 3, 7]) { Issue.record("\(count) cells: \(problem)") }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func namesThePieceThatCannotBeRead() throws {
        let folder = try Self.folderOfItsOwn()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/c.pvtu"
        let writer = try ParallelXMLWriter(path: path, context: Self.context)
        for piece in 0..<3 {
            try writer.append(
                try ExtractPiece().extract(UpdateRequest(piece: piece, of: 3), from: .unstructured(Self.grid(cells: 60)), wholeExtent: nil, context: Self.context))
        }
        try writer.finish()
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: "\(folder)/c/c_2.vtu"))
        let error = #expect(throws: FileError.self) { _ = try FileSource(path: path).describe() }
        #expect(error?.file.hasSuffix("c_2.vtu") == true)
    }
}
