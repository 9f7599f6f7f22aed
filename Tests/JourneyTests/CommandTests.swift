import Foundation
import SharedTestData
import Testing

/// What a user sees of the command: results, messages, exit codes.
@Suite struct CommandTests {
    @Test(.timeLimit(.minutes(1))) func helpHasAnExampleForEveryCommand() throws {
        for command in ["info", "render", "convert", "bench", "demo"] {
            let outcome = try Command.run(["help", command])
            #expect(outcome.code == 0)
            #expect(outcome.output.contains("tessera \(command)"), "\(command): \(outcome.output)")
        }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ["info"], ["info", "wavelet:x"], ["frobnicate"], ["render", "wavelet:8"], ["render", "wavelet:8", "-o", "picture.gif"],
            ["info", "wavelet:8", "--contour", "RTData"], ["info", "wavelet:8", "--slice", "1,2:3,4,5"], ["info", "wavelet:8", "--threads", "0"],
            ["info", "wavelet:8", "--clip", "0,0,0:0,0,0"], ["info", "wavelet:8", "--threshold", "RTData=9:1"],
            ["info", "wavelet:8", "--memory", "much"], ["bench", "nothing"], ["convert", "wavelet:8"],
        ])
    func wrongUsageEndsWithTwoAndSaysWhat(arguments: [String]) throws {
        let outcome = try Command.run(arguments)
        #expect(outcome.code == 2, "\(arguments): \(outcome.code) \(outcome.errors)")
        #expect(!outcome.errors.isEmpty)
        #expect(outcome.output.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func badInputEndsWithOneErrorThatNamesTheFile() throws {
        let folder = try Scratch()
        for (name, text) in [
            ("empty.vtu", ""), ("text.vtp", "hello"), ("cut.vtu", "<VTKFile type=\"UnstructuredGrid\"><UnstructuredGrid><Piece NumberOfPoints=\"8\""),
            ("bad.vtk", "# vtk DataFile Version 3.0\nx\nASCII\nDATASET POLYDATA\nPOINTS 3 float\n0 0 zero"), ("bad.ply", "ply\nformat ascii 1.0\n"),
            ("bad.stl", "solid x\nfacet normal 0 0"), ("unknown.xyz", "1 2 3"),
        ] {
            let path = folder.path(name)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let outcome = try Command.run(["info", path])
            #expect(outcome.code == 1, "\(name): \(outcome.code) \(outcome.errors)")
            #expect(outcome.errors.contains(name) && outcome.errors.contains("expected"), "\(name): \(outcome.errors)")
        }
        let missing = try Command.run(["info", folder.path("missing.vtu")])
        #expect(missing.code == 1 && missing.errors.contains("missing.vtu"))
    }

    @Test(.timeLimit(.minutes(1))) func missingArraysAreNamedWithThoseThereAre() throws {
        let outcome = try Command.run(["info", "wavelet:8", "--contour", "rtdata=1"])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("RTData"))
    }

    @Test(.timeLimit(.minutes(1))) func informationOfASource() throws {
        let information = try Command.json(["info", "wavelet:16", "--json", "--measure"])
        #expect(information["type"] as? String == "ImageData")
        #expect(information["points"] as? Int == 4096)
        #expect(information["cells"] as? Int == 3375)
        #expect((information["measure"] as? [String: Any])?["volume"] as? Double == 3375)
    }

    @Test(.timeLimit(.minutes(1))) func outputAppearsWholeOrNotAtAll() throws {
        let folder = try Scratch()
        let path = folder.path("result.vtp")
        try "mine".write(toFile: path, atomically: true, encoding: .utf8)
        let failed = try Command.run(["convert", "wavelet:16", "--contour", "Nothing=1", path])
        #expect(failed.code == 1)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        let done = try Command.run(["convert", "wavelet:16", "--contour", "RTData=157", path])
        #expect(done.code == 0, "\(done.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["result.vtp"])
    }

    @Test(.timeLimit(.minutes(1))) func statisticsListEveryPiece() throws {
        let folder = try Scratch()
        let path = folder.path("stats.json")
        let outcome = try Command.run(["info", "wavelet:32", "--contour", "RTData=157", "--pieces", "7", "--threads", "2", "--stats", path])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        let statistics = try #require(object as? [String: Any])
        #expect(statistics["threads"] as? Int == 2)
        let pieces = try #require(statistics["pieces"] as? [[String: Any]])
        #expect(pieces.count == 7)
        #expect(pieces.reduce(0) { $0 + ($1["cells"] as? Int ?? 0) } == (try Command.json(["info", "wavelet:32", "--contour", "RTData=157", "--json"])["cells"] as? Int))
    }

    @Test(.timeLimit(.minutes(1))) func interruptionEndsWith130() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Command.program)
        process.arguments = ["bench", "contour-image", "--size", "256", "--repeat", "100000"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: 1.5)
        process.interrupt()
        let killer = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 10, execute: killer)
        process.waitUntilExit()
        killer.cancel()
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    }
}

/// The same bytes for any number of threads and pieces.
@Suite struct SplitTests {
    /// Kinds of dataset, by a source or by a chain that makes them.
    private static let inputs: [[String]] = [
        ["wavelet:24"], ["sphere:24x16"], ["plane:9x7"], ["points:500"], ["hexes:32"], ["tets:24"], ["gyroid:24"],
    ]

    private static let chains: [[String]] = [
        [], ["--surface"], ["--clip", "11.5,12,11:1,0.5,0.25"], ["--slice", "11.5,12,11:1,0.5,0.25"], ["--triangulate"],
        ["--surface", "--normals", "--clip", "5,6,7:1,2,1"], ["--clip", "6,6,6:1,0.2,0.3", "--surface", "--normals"],
        ["--slice", "6,6,6:1,0.2,0.3", "--triangulate", "--normals"],
    ]

    private static let scalarChains: [[String]] = [
        ["--contour", "RTData=120,157"], ["--threshold", "RTData=100:200"], ["--contour", "RTData=157", "--normals", "--clip", "6,6,6:1,0,0.3"],
        ["--threshold", "RTData=100:", "--clip", "6,6,6:1,0.2,0.3", "--surface"], ["--clip", "6,6,6:1,0.2,0.3", "--contour", "RTData=150", "--normals=180"],
        ["--slice", "6,6,6:1,0.2,0.3", "--contour", "RTData=150", "--threshold", "RTData=:151"],
    ]

    private func bytes(_ arguments: [String], _ folder: Scratch, _ ending: String) throws -> Data? {
        let path = folder.path("result.\(ending)")
        try? FileManager.default.removeItem(atPath: path)
        let outcome = try Command.run(arguments + (ending == "png" ? ["-o", path, "--size", "160x120"] : [path]))
        // A chain that does not fit an input must not fit it in pieces either.
        if outcome.code != 0 {
            #expect(outcome.code == 1, "\(arguments): \(outcome.code) \(outcome.errors)")
            return nil
        }
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    private func ending(of arguments: [String]) throws -> String {
        let outcome = try Command.run(["info", "--json"] + arguments)
        guard outcome.code == 0 else { return "vtp" }
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let endings = ["ImageData": "vti", "RectilinearGrid": "vtr", "StructuredGrid": "vts", "UnstructuredGrid": "vtu", "PolyData": "vtp"]
        return endings[object?["type"] as? String ?? ""] ?? "vtp"
    }

    private func check(_ input: [String], _ chain: [String]) throws {
        let folder = try Scratch()
        let ending = try ending(of: input + chain)
        let whole = try bytes(["convert"] + input + chain + ["--threads", "1"], folder, ending)
        for (threads, pieces) in [(2, 1), (3, 2), (2, 3), (1, 7)] {
            let split = try bytes(["convert"] + input + chain + ["--threads", "\(threads)", "--pieces", "\(pieces)"], folder, ending)
            #expect(split == whole, "convert \(input + chain) with \(threads) threads and \(pieces) pieces differs")
        }
        let picture = try bytes(["render"] + input + chain + ["--threads", "1"], folder, "png")
        for (threads, pieces) in [(2, 2), (3, 7)] {
            let split = try bytes(["render"] + input + chain + ["--threads", "\(threads)", "--pieces", "\(pieces)"], folder, "png")
            #expect(split == picture, "render \(input + chain) with \(threads) threads and \(pieces) pieces differs")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: inputs) func sourcesAndGeometricChains(input: [String]) throws {
        for chain in Self.chains { try check(input, chain) }
    }

    @Test(.timeLimit(.minutes(5)), arguments: [["wavelet:24"], ["hexes:32"], ["tets:24"]]) func chainsOnScalars(input: [String]) throws {
        for chain in Self.scalarChains { try check(input, chain) }
    }

    /// Real files: every kind, several formats.
    @Test(
        .disabled(if: SharedData.isAbsent), .timeLimit(.minutes(5)),
        arguments: [
            "unstructured/can.vtu", "unstructured/blow.vtk", "unstructured/VTKCellTypes.vtk", "unstructured/uGridEx.vtk", "structured/combustor.vts",
            "rectilinear/RectGrid2.vtk", "images/uniform.vtk", "polydata/cow.vtp", "polydata/brainImageSmooth.vtk", "polydata/faults.vtk",
            "multipiece/disk_4p_kd/disk_4p_kd.pvtu", "polydata/nut.ply",
        ])
    func realFiles(file: String) throws {
        let path = SharedData.path(file)
        let information = try Command.json(["info", path, "--json"])
        let bounds = try #require((information["bounds"] as? [Any])?.compactMap { ($0 as? NSNumber)?.doubleValue })
        let middle = (0..<3).map { "\((bounds[2 * $0] + bounds[2 * $0 + 1]) / 2)" }.joined(separator: ",")
        for chain in [
            [], ["--surface"], ["--clip", "\(middle):1,0.3,0.2"], ["--slice", "\(middle):1,0.3,0.2"],
            ["--clip", "\(middle):1,0.3,0.2", "--surface", "--normals"], ["--surface", "--triangulate", "--normals"],
        ] { try check([path], chain) }
    }
}
