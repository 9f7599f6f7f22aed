import Dataflow
import Datasets
import Execution
import Files
import Foundation
import Geometry
import Testing

/// Files of pieces and of blocks appear with all their parts or not at all.
@Suite struct PiecesWriterTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func files(_ folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 2]) func lattices(_ kind: Int) throws {
        let sample = XMLSamples.all[kind]
        let whole = try #require(sample.dataset.extent)
        let context = ExecutionContext(threads: 2)
        try inFolder { folder in
            // Parts as the reader cuts them out of a file.
            let single = "\(folder)/single.\(sample.name)"
            try XMLWriter().write(sample.dataset, to: single, context: context)
            let path = "\(folder)/all.p\(sample.name)"
            for round in 0..<2 {
                let writer = try ParallelXMLWriter(path: path, context: context)
                for number in 0..<3 {
                    var request = UpdateRequest()
                    request.extent = whole.piece(number, of: 3)
                    var piece = try XMLReader(path: single).read(request, context: context)
                    piece.attributes.piece = PieceInfo(piece: number, pieceCount: 3, wholeExtent: whole)
                    try writer.append(piece)
                    if round == 0 { #expect(try !files(folder).contains("all.p\(sample.name)")) }
                }
                try writer.finish()
            }
            #expect(try files(folder) == ["all", "all.p\(sample.name)", "single.\(sample.name)"])
            #expect(try files(folder + "/all") == (0..<3).map { "all_\($0).\(sample.name)" })
            let read = try XMLReader(path: path).read(UpdateRequest(), context: context)
            #expect(XMLSamples.fingerprint(read) == XMLSamples.fingerprint(sample.dataset))
        }
    }

    private static func quad(_ x: Double, ghosts: Bool) -> Dataset {
        var grid = UnstructuredGrid(
            points: Points([Vector3(x, 0, 0), Vector3(x + 1, 0, 0), Vector3(x + 1, 1, 0), Vector3(x, 1, 0), Vector3(x + 2, 0, 0), Vector3(x + 2, 1, 0)]),
            cells: [(.quad, [0, 1, 2, 3]), (.quad, [1, 4, 5, 2])])
        grid.attributes.cellData.set(FieldArray(name: "x", Buffer([x, x + 1])))
        grid.attributes.piece = PieceInfo(piece: Int(x), pieceCount: 2, ghostLevels: ghosts ? 1 : 0)
        if ghosts { grid.attributes.piece?.cellGhostLevels = Buffer([0, 1]) }
        return .unstructured(grid)
    }

    @Test(.timeLimit(.minutes(1))) func ghostsAreMarkedAndDroppedByReaders() throws {
        let context = ExecutionContext(threads: 2)
        try inFolder { folder in
            let writer = try ParallelXMLWriter(path: folder + "/g.pvtu", ghostLevels: 1, context: context)
            try writer.append(Self.quad(0, ghosts: true))
            try writer.append(.poly(PolyData()))  // an empty piece, of any kind
            try writer.append(Self.quad(1, ghosts: true))
            try writer.finish()
            #expect(try files(folder + "/g") == ["g_0.vtu", "g_2.vtu"])
            let read = try XMLReader(path: folder + "/g.pvtu").read(UpdateRequest(), context: context)
            #expect(read.cellCount == 2 && read.cellData["x"]?.doubles()?.array == [0, 1])
        }
    }

    @Test(.timeLimit(.minutes(1))) func nothingIsLeftOfWhatDidNotFinish() throws {
        let context = ExecutionContext(threads: 2)
        try inFolder { folder in
            do {
                let writer = try ParallelXMLWriter(path: folder + "/a.pvtu", context: context)
                try writer.append(Self.quad(0, ghosts: false))
                #expect(throws: FileError.self) { try writer.append(XMLSamples.all[4].dataset) }
            }
            #expect(try files(folder) == [])
            // A folder with something else in it is nobody's to replace.
            try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: true)
            try "mine".write(toFile: folder + "/a/notes.txt", atomically: true, encoding: .utf8)
            #expect(throws: FileError.self) { try ParallelXMLWriter(path: folder + "/a.pvtu", context: context) }
            try "an index".write(toFile: folder + "/a.pvtu", atomically: true, encoding: .utf8)
            let error = #expect(throws: FileError.self) { try ParallelXMLWriter(path: folder + "/a.pvtu", context: context) }
            #expect(error?.found.contains("notes.txt") == true)
            #expect(throws: FileError.self) {
                try BlocksWriter().write(XMLSamples.all[3].dataset, to: folder + "/a.vtm", context: context)
            }
            #expect(try files(folder) == ["a", "a.pvtu"])
            #expect(try files(folder + "/a") == ["notes.txt"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func blocksGetAFileEach() throws {
        let inner = BlockCollection(blocks: [.init(name: "poly", dataset: XMLSamples.all[4].dataset), .init(name: "none", dataset: nil)])
        let blocks = BlockCollection(blocks: [
            .init(name: "grid", dataset: XMLSamples.all[3].dataset), .init(name: "inner <1>", dataset: .blocks(inner)),
        ])
        try inFolder { folder in
            try BlocksWriter().write(.blocks(blocks), to: folder + "/b.vtm", context: ExecutionContext())
            #expect(try files(folder + "/b") == ["b_0.vtu", "b_1.vtp"])
            let read = try XMLReader(path: folder + "/b/b_1.vtp").read(UpdateRequest(), context: ExecutionContext())
            #expect(XMLSamples.fingerprint(read) == XMLSamples.fingerprint(XMLSamples.all[4].dataset))
            let text = try String(contentsOfFile: folder + "/b.vtm", encoding: .utf8)
            #expect(text.contains("name=\"inner &lt;1&gt;\"") && text.contains("file=\"b/b_0.vtu\""))
            for name in ["b.vtm", "c.vtpc"] {
                if name == "c.vtpc" { try BlocksWriter().write(.blocks(blocks), to: folder + "/" + name, context: ExecutionContext()) }
                let all = try FileSource(path: folder + "/" + name).produce(UpdateRequest(), context: ExecutionContext())
                guard case .blocks(let collection) = all else { throw DatasetError("not blocks") }
                #expect(collection.blocks.map(\.name) == ["grid", "inner <1>"])
                #expect(collection.leaves.map { XMLSamples.fingerprint($0.dataset) } == blocks.leaves.map { XMLSamples.fingerprint($0.dataset) })
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func timesGetAFileEach() throws {
        let context = ExecutionContext(threads: 2)
        try inFolder { folder in
            let writer = try TimeSeriesWriter(path: folder + "/t.pvd", context: context)
            for (time, x) in [(0.5, 0.0), (1e-9, 1), (2, 3)] { try writer.append(Self.quad(x, ghosts: false), time: time) }
            #expect(try !files(folder).contains("t.pvd"))
            try writer.finish()
            let source = try FileSource(path: folder + "/t.pvd")
            #expect(try source.describe().timeSteps == [1e-9, 0.5, 2])
            var request = UpdateRequest()
            request.time = 2
            let read = try source.produce(request, context: context)
            #expect(read.bounds.upper.x == 5)
        }
    }
}
