import Foundation
import SharedTestData
import Testing

/// Work shared among ranks, as a user sees it.
@Suite struct RanksTests {
    private static func files(_ folder: String) throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) { found[name] = FileManager.default.contents(atPath: folder + "/" + name) }
        return found
    }

    @Test(.timeLimit(.minutes(1))) func ranksCannotBeSeenInResults() throws {
        let folder = try Scratch()
        for filters in [["--contour", "RTData=157", "--normals"], ["--threshold", "RTData=150:", "--surface", "--connectivity"]] {
            let alone = try Command.run(["info", "wavelet:20", "--measure"] + filters)
            for count in ["2", "3", "16"] {
                let split = try Command.run(["info", "wavelet:20", "--measure", "--ranks", count] + filters)
                #expect(split.code == 0 && split.output == alone.output, "\(count): \(split.errors)")
            }
            for (name, ranks) in [("a", "1"), ("b", "5")] {
                #expect(try Command.run(["convert", "wavelet:20"] + filters + ["--ranks", ranks, folder.path(name + ".vtp")]).code == 0)
            }
            #expect(FileManager.default.contents(atPath: folder.path("a.vtp")) == FileManager.default.contents(atPath: folder.path("b.vtp")))
            for (name, ranks) in [("a", "1"), ("b", "3")] {
                #expect(try Command.run(["render", "wavelet:20"] + filters + ["--ranks", ranks, "--size", "64x64", "-o", folder.path(name + ".png")]).code == 0)
            }
            #expect(FileManager.default.contents(atPath: folder.path("a.png")) == FileManager.default.contents(atPath: folder.path("b.png")))
        }
    }

    @Test(.timeLimit(.minutes(1))) func everyRankWritesItsPiece() throws {
        let folder = try Scratch()
        for (name, options) in [("pieces", ["--pieces", "3"]), ("ranks", ["--ranks", "3"])] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
            let outcome = try Command.run(["convert", "wavelet:16", "--ghost-levels", "1"] + options + [folder.path(name + "/w.pvti")])
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        #expect(try Self.files(folder.path("pieces/w")) == Self.files(folder.path("ranks/w")))
        #expect(FileManager.default.contents(atPath: folder.path("pieces/w.pvti")) == FileManager.default.contents(atPath: folder.path("ranks/w.pvti")))
        let few = try Command.run(["convert", "wavelet:2", "--ranks", "5", folder.path("few.pvti")])
        #expect(few.code == 0, "\(few.errors)")
        #expect(try Command.json(["info", folder.path("few.pvti"), "--json"])["cells"] as? Int == 1)
    }

    @Test(.timeLimit(.minutes(1))) func statisticsNameEveryRank() throws {
        let folder = try Scratch()
        let outcome = try Command.run(["info", "wavelet:24", "--contour", "RTData=157", "--ranks", "3", "--stats", folder.path("s.json")])
        #expect(outcome.code == 0)
        let data = try #require(FileManager.default.contents(atPath: folder.path("s.json")))
        let statistics = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(statistics["ranks"] as? Int == 3)
        #expect((statistics["bytes_sent"] as? [Int])?.count == 3 && (statistics["messages"] as? [Int])?.allSatisfy { $0 > 0 } == true)
        let pieces = try #require(statistics["pieces"] as? [[String: Any]])
        #expect(pieces.compactMap { $0["rank"] as? Int } == [0, 1, 2])
        #expect((statistics["memory"] as? [[String: Any]])?.count == 3)
    }

    /// A rank holds its piece of a source that splits, and no more.
    @Test(.timeLimit(.minutes(1))) func memoryOfARankIsThatOfItsPiece() throws {
        let folder = try Scratch()
        func bytes(_ ranks: Int) throws -> [Int] {
            let outcome = try Command.run(["convert", "wavelet:64", "--ranks", "\(ranks)", "--stats", folder.path("s.json"), folder.path("w.pvti")])
            #expect(outcome.code == 0, "\(outcome.errors)")
            let object = try JSONSerialization.jsonObject(with: try #require(FileManager.default.contents(atPath: folder.path("s.json"))))
            return ((object as? [String: Any])?["memory"] as? [[String: Any]])?.compactMap { $0["data_bytes"] as? Int } ?? []
        }
        let whole = 64 * 64 * 64 * 4
        for count in [2, 4, 8] {
            for held in try bytes(count) { #expect(abs(Double(held) * Double(count) / Double(whole) - 1) < 0.2, "\(count) ranks: \(held) of \(whole)") }
        }
    }

    @Test(.timeLimit(.minutes(1))) func errorsAreToldOnce() throws {
        for arguments in [["info", "nothing.vtu"], ["info", "wavelet:8", "--contour", "missing=1"]] {
            let alone = try Command.run(arguments)
            let split = try Command.run(arguments + ["--ranks", "3"])
            #expect(split.code == 1 && split.errors == alone.errors)
        }
        #expect(try Command.run(["info", "wavelet:8", "--ranks", "0"]).code == 2)
        #expect(try Command.run(["prove", "wavelet:8", "--ranks", "x"]).code == 2)
    }

    @Test(.timeLimit(.minutes(1))) func proofsSayWhatWasCompared() throws {
        let outcome = try Command.run(["prove", "wavelet:10", "--contour", "RTData=150", "--ranks", "2,3"])
        #expect(outcome.code == 0 && outcome.output.contains("3 ranks") && outcome.output.contains("same bytes") && outcome.output.contains("as on the whole"))
        let report = try Command.json(["prove", "wavelet:10", "--surface", "--ranks", "2", "--ghost-levels", "2", "--json"])
        #expect(report["same"] as? Bool == true)
    }

    /// Lines that cannot be proved do not end the list.
    private static let proofs = """
        ["nothing.vtu"]
        ["wavelet:12","--surface","--ranks","1,2"]
        ["wavelet:8","--only","everything"]
        surface

        ["proofs.jsonl"]
        ["wavelet:8","--only","picture","--size","40x30","--ranks","2","--compositor","direct-send"]
        """

    private func expectAnswers(_ output: String, place: SourceLocation = #_sourceLocation) throws {
        let answers = try output.split(separator: "\n").map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], sourceLocation: place) }
        #expect(answers.map { $0["same"] as? Bool } == [nil, true, nil, nil, nil, true], "\(output)", sourceLocation: place)
        #expect(answers.map { $0["error"] is String } == [true, false, true, true, true, false], sourceLocation: place)
    }

    @Test(.timeLimit(.minutes(1))) func proofsInOneProcess() throws {
        let folder = try Scratch()
        let list = folder.path("proofs.jsonl")
        try Data(Self.proofs.utf8).write(to: URL(fileURLWithPath: list))
        let outcome = try Command.run(["prove", list])
        #expect(outcome.code == 0)
        try expectAnswers(outcome.output)
        #expect(try Command.run(["prove", folder.path("none.jsonl")]).code == 1)
    }

    @Test(.timeLimit(.minutes(1))) func filesInPiecesOnRanks() throws {
        guard let data = SharedData.folder else { return }
        for name in ["multipiece/disk_4p_kd/disk_4p_kd.pvtu", "multipiece/cow_4p_g1/cow_4p_g1.pvtp", "unstructured/can.vtu", "unstructured/blow.vtk"] {
            let outcome = try Command.run(["prove", data + "/" + name, "--surface", "--ranks", "2,3,5"])
            #expect(outcome.code == 0, "\(name): \(outcome.output)\(outcome.errors)")
        }
    }

    static let launcher: String? = ["/usr/bin/mpirun.openmpi", "/usr/bin/mpirun"].first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(.enabled(if: launcher != nil, "no MPI is installed"), .timeLimit(.minutes(1))) func theSameUnderALauncher() throws {
        let mpirun = try #require(Self.launcher)
        // As root in a container, and with fewer processors than ranks, Open MPI wants to be asked; others do not look at these.
        let asked = [
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
            "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
        ]
        func launched(_ arguments: [String]) throws -> (code: Int32, output: String) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: mpirun)
            process.arguments = ["-n", "3", Command.program] + arguments
            process.environment = ProcessInfo.processInfo.environment.merging(asked) { $1 }
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: output, as: UTF8.self))
        }
        let arguments = ["info", "wavelet:20", "--contour", "RTData=157", "--json"]
        let split = try launched(arguments)
        let alone = try Command.run(arguments)
        #expect(split.code == 0 && split.output == alone.output)
        let proof = try launched(["prove", "wavelet:12", "--surface"])
        #expect(proof.code == 0)
        let folder = try Scratch()
        try Data(Self.proofs.replacing(",\"--ranks\",\"2\"", with: "").replacing(",\"--ranks\",\"1,2\"", with: "").utf8).write(to: URL(fileURLWithPath: folder.path("proofs.jsonl")))
        let list = try launched(["prove", folder.path("proofs.jsonl")])
        #expect(list.code == 0)
        try expectAnswers(list.output)
        let missing = try launched(["info", "nothing.vtu"])
        #expect(missing.code == 1)
        let wrong = try launched(["info", "wavelet:8", "--ranks", "2"])
        #expect(wrong.code == 2)
    }
}
