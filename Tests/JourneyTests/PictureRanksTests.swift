import BuiltPrograms
import Foundation
import Images
import SharedTestData
import Testing

/// Pictures, picks and plans of many ranks, as a user sees them.
@Suite struct PictureRanksTests {
    @Test(.timeLimit(.minutes(1)), arguments: [
        ["wavelet:16", "--contour", "RTData=157", "--color-by", "RTData"], ["wavelet:12", "--clip", "6,6,6:1,0.3,0.2"],
        ["wavelet:12", "--threshold", "RTData=150:", "--surface", "--normals=30", "--edges"], ["points:300"], ["wavelet:8", "--cell-centers"],
        ["wavelet:6", "--glyph", "arrow:1.5"], ["wavelet:8", "--extract-edges", "--cube-axes", "--box"], ["tets:6", "--slice", "3,3,3:1,1,1", "--opacity", "0.5"],
    ])
    func picksDoNotDependOnRanks(arguments: [String]) throws {
        for pixel in ["60,45", "75,40", "52,60", "2,2"] {
            let command = ["pick", pixel] + arguments + ["--size", "120x90", "--azimuth", "20", "--json"]
            let alone = try Command.run(command)
            #expect(alone.code == 0, "\(alone.errors)")
            for ranks in ["2", "3", "5"] {
                let split = try Command.run(command + ["--ranks", ranks])
                #expect(split.output == alone.output, "\(pixel), \(ranks) ranks: \(split.errors)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func picksInFilesInPieces() throws {
        guard let data = SharedData.folder else { return }
        for (name, filters) in [("multipiece/disk_4p_kd/disk_4p_kd.pvtu", ["--color-by", "Temp"]), ("composite/mixed_blocks.vtm", []), ("polydata/cow.vtp", ["--normals=20"])] {
            for pixel in ["60,45", "70,50", "50,42"] {
                let command = ["pick", pixel, data + "/" + name] + filters + ["--size", "120x90", "--json"]
                let alone = try Command.run(command)
                for ranks in ["2", "5"] {
                    let split = try Command.run(command + ["--ranks", ranks])
                    #expect(split.code == alone.code && split.output == alone.output, "\(name) \(pixel), \(ranks) ranks: \(split.errors)")
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func proofsOfPictures() throws {
        let report = try Command.json(
            ["prove", "wavelet:12", "--contour", "RTData=150", "--only", "picture", "--opacity", "0.4", "--ranks", "1,3", "--size", "80x60", "--json"])
        #expect(report["same"] as? Bool == true)
        let results = try #require(report["results"] as? [[String: Any]])
        let checks = try #require(results.first?["checks"] as? [[String: Any]])
        #expect(results.count == 1 && checks.contains { $0["partition"] as? String == "interleaved" && $0["count"] as? Int == 3 })
        #expect(Set(checks.compactMap { $0["compositor"] as? String }).isSuperset(of: ["direct-send", "binary-swap", "radix-k", "2-3-swap"]))
        #expect(try Command.run(["prove", "wavelet:8", "--compositor", "best"]).code == 2)
        #expect(try Command.run(["prove", "wavelet:8", "--decomposition", "sort-middle"]).code == 2)
    }

    @Test(.timeLimit(.minutes(1))) func plansAreTablesValuesAndCurves() throws {
        let folder = try Scratch()
        let plan = try Command.json(
            ["plan", "wavelet:24", "--contour", "RTData=157", "--ranks", "1,8,4096", "--size", "320x240", "--json", "-o", folder.path("plan.png")])
        let entries = try #require(plan["plans"] as? [[String: Any]])
        #expect(entries.count == 12 && entries.allSatisfy { ($0["milliseconds"] as? Double ?? 0) > 0 })
        #expect(entries.filter { $0["ranks"] as? Int == 1 }.allSatisfy { $0["bytes_all_ranks"] as? Double == 0 })
        #expect(FileManager.default.fileExists(atPath: folder.path("plan.png")))
        let table = try Command.run(["plan", "--primitives", "1e9", "--ranks", "16,1048576", "--latency", "1.5us", "--bandwidth", "12.5GB", "--cores", "8"])
        #expect(table.code == 0 && table.output.contains("1048576"))
        for wrong in [["--latency", "fast"], ["--ranks", "0"], ["--coverage", "2"], ["--rate", "-1"], ["--cores", "0"], ["-o", "plan.gif"]] {
            #expect(try Command.run(["plan"] + wrong).code == 2, "\(wrong)")
        }
    }

    /// Every sphere is in the picture, none is cut off at its border, and processes give the bytes that threads give.
    @Test(.timeLimit(.minutes(1))) func exampleOfSpheresOnRanks() throws {
        let folder = try Scratch()
        let program = BuiltProgram.path("spheres-on-ranks")
        func run(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws -> Int32 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
        for ranks in [1, 2, 5, 9] {
            let path = folder.path("\(ranks).png")
            #expect(try run(program, [path, "\(ranks)"]) == 0)
            let image = try ColorImage(readingPNG: path)
            let background = image[0, image.height - 1]
            let middle = (0..<image.width).map { image[$0, image.height / 2] }
            #expect(middle.first == background && middle.last == background, "\(ranks) spheres are in view")
            let begins = (1..<image.width).count { middle[$0 - 1] == background && middle[$0] != background }
            #expect(begins == ranks, "\(ranks) spheres, apart")
        }
        if let mpirun = RanksTests.launcher {
            let asked = [
                "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
                "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
            ]
            #expect(try run(mpirun, ["-n", "5", program, folder.path("mpi.png")], asked) == 0)
            #expect(FileManager.default.contents(atPath: folder.path("mpi.png")) == FileManager.default.contents(atPath: folder.path("5.png")))
        }
    }
}
