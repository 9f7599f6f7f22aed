import Foundation
import Testing

@Suite(.serialized) struct MPITests {
    @Test(.timeLimit(.minutes(1)), arguments: Engine.all) func tablesAreThoseOfTheHeader(_ engine: Engine) throws {
        guard Engine.find(engine.compiler) != nil else { return print("skipped: no \(engine.compiler)") }
        let sources = Job.packageRoot.appendingPathComponent("Sources/Foundations/CMPI")
        let program = FileManager.default.temporaryDirectory.appendingPathComponent("tessera-constants-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: program) }
        let files = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".c") }
        let build = try Job(
            [engine.compiler, "-I\(sources.path)/include", Job.packageRoot.appendingPathComponent("Tests/MPI/constants.c").path]
                + files.map { "\(sources.path)/\($0)" } + ["-o", program], seconds: 40)
        try #require(build.code == 0, "\(build.errors)")
        let run = try Job([program, engine.library], seconds: 20)
        #expect(run.code == 0, "\(run.output.joined(separator: "\n"))")
    }

    @Test(.timeLimit(.minutes(1)), arguments: Engine.all) func transportCarriesBytes(_ engine: Engine) throws {
        for ranks in [1, 3] {
            let job = try engine.run(ranks, ["transport"])
            #expect(job.code == 0 && job.lines("ok").count == ranks, "\(ranks) ranks: \(job.errors)")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: Engine.all, [1, 2, 3, 5, 8]) func conformance(_ engine: Engine, _ ranks: Int) throws {
        let job = try engine.run(ranks, ["conformance"])
        #expect(job.code == 0 && job.lines("ok").count == ranks, "\(job.errors)")
    }

    /// Where ranks have no memory in common the library carries everything; where threads may meet, they hold what they share.
    @Test(.timeLimit(.minutes(1)), arguments: Engine.all, ["", "multiple"]) func conformanceOtherwise(_ engine: Engine, _ level: String) throws {
        let environment = level.isEmpty ? ["TESSERA_SHARED_MEMORY": "0"] : [:]
        for arguments in [["conformance", level], ["transport", level]] {
            let job = try engine.run(3, arguments, environment: environment)
            #expect(job.code == 0 && job.lines("ok").count == 3, "\(arguments): \(job.errors)")
        }
    }

    /// One rank that is told to do without shared memory decides for all.
    @Test(.timeLimit(.minutes(1)), arguments: Engine.all) func oneRankWithoutSharedMemory(_ engine: Engine) throws {
        let rest = ["-n", "2", Job.program, "conformance"]
        let job = try Job(
            engine.launcher + ["-n", "1", "env", "TESSERA_SHARED_MEMORY=0", Job.program, "conformance", ":"] + rest, seconds: 40)
        #expect(job.code == 0 && job.lines("ok").count == 3, "\(job.errors)")
    }

    /// Mistakes on the last of three ranks: each rank says what it saw, with rank and place, and the job ends in time.
    @Test(
        .timeLimit(.minutes(1)), arguments: Engine.all,
        ["a collective that one rank skips", "wrong order", "wrong length", "early return", "throw", "sleep"])
    func faultsReachEveryRank(_ engine: Engine, _ fault: String) throws {
        let job = try engine.run(3, ["fault", fault], seconds: 20)
        #expect(job.code != 0)
        #expect(job.seconds < engine.patience, "\(job.seconds) s")
        #expect(!job.errors.contains("wrong:"), "\(job.errors)")
        let live = fault == "sleep" ? 2 : 3
        #expect(job.lines("ok").count >= live, "\(job.output) \(job.errors)")
    }

    /// Without ULFM a lost process ends the job.
    @Test(.timeLimit(.minutes(1)), arguments: Engine.all, ["exit", "kill"]) func lostRanksEndTheJob(_ engine: Engine, _ how: String) throws {
        let job = try engine.run(3, [how], seconds: 20)
        #expect(job.code != 0 && job.code != 124, "code \(job.code)")
        #expect(job.seconds < engine.patience, "\(job.seconds) s")
        #expect(!job.output.contains("ended without an error"))
    }

    @Test(.timeLimit(.minutes(1))) func noLauncherMeansNoMPI() throws {
        let job = try Job([Job.program, "info"], seconds: 20)
        #expect(job.code == 0 && job.output == ["ok no launcher"])
    }

    @Test(.timeLimit(.minutes(1)), .enabled(if: Engine.all.count == 2)) func wrongLibrariesAreRefused() throws {
        let refused = try Engine.openMPI.run(2, ["info"], environment: ["TESSERA_MPI": Engine.mpich.library])
        #expect(refused.code != 0 && refused.output.isEmpty)
        #expect(refused.errors.contains("started by mpirun of Open MPI, which cannot serve MPICH"), "\(refused.errors)")
        let other = try Engine.mpich.run(2, ["info"], environment: ["TESSERA_MPI": Engine.openMPI.library])
        #expect(other.code != 0 && other.errors.contains("which cannot serve Open MPI"), "\(other.errors)")
        let absent = try Engine.mpich.run(2, ["info"], environment: ["TESSERA_MPI": "/nowhere/libmpi.so"])
        #expect(absent.code != 0 && absent.errors.contains("/nowhere/libmpi.so"), "\(absent.errors)")
        // The launcher's variables say three ranks, the library a world of one.
        let alone = try Job(
            [Job.program, "info"], seconds: 20, environment: ["OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "0"])
        #expect(alone.code != 0 && alone.errors.contains("started 3 ranks, but Open MPI"), "\(alone.errors)")
        let none = try Job(
            [Job.program, "info"], seconds: 20,
            environment: ["OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "0", "TESSERA_MPI": "none"])
        #expect(none.code == 0 && none.output == ["ok no launcher"])
    }

    @Test(.timeLimit(.minutes(1))) func ranksWithOneProcessorUseOneThread() throws {
        guard Engine.all.contains(where: { $0.name == "Open MPI" }) else { return }
        let job = try Job(
            ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "8", Job.program, "info"], seconds: 30)
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let threads = job.output.compactMap { line in line.split(separator: " ").last.flatMap { Int($0) } }
        #expect(threads.count == 8, "\(job.errors)")
        #expect(threads.reduce(0, +) <= max(8, processors), "\(threads) on \(processors) processors")
    }
}
