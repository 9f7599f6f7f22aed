#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The program that started this process as one of several ranks, as far as the environment tells.
public struct Launcher: Sendable, Hashable, CustomStringConvertible {
    /// Which libraries can join what was launched.
    public enum Kind: Sendable, Hashable {
        /// `mpirun` of Open MPI.
        case openMPI
        /// Hydra: `mpirun` of MPICH, Intel MPI and their kin.
        case mpich
        /// A process manager that serves several libraries, such as `srun`.
        case any
    }

    public var kind: Kind
    /// How many ranks were started, where the launcher tells.
    public var size: Int?
    /// Which of them this process is, where the launcher tells.
    public var rank: Int?

    public var description: String {
        switch kind {
        case .openMPI: "mpirun of Open MPI"
        case .mpich: "mpirun of MPICH (or its kin)"
        case .any: "a process manager (srun, PMIx)"
        }
    }

    /// Who launched this process; nil: nobody, so no MPI is wanted. `TESSERA_MPI=none` says the same.
    public static let current = detect { name in getenv(name).map { String(cString: $0) } }

    static func detect(_ variable: (String) -> String?) -> Launcher? {
        func number(_ names: String...) -> Int? { names.compactMap { variable($0).flatMap { Int($0) } }.first }
        if variable("TESSERA_MPI") == "none" { return nil }
        if let size = number("OMPI_COMM_WORLD_SIZE") {
            return Launcher(kind: .openMPI, size: size, rank: number("OMPI_COMM_WORLD_RANK", "PMIX_RANK"))
        }
        let tasks = number("SLURM_STEP_NUM_TASKS")
        if let size = number("PMI_SIZE"), variable("PMI_RANK") != nil {
            return Launcher(kind: tasks == nil ? .mpich : .any, size: size, rank: number("PMI_RANK"))
        }
        if variable("PMIX_RANK") != nil {
            return Launcher(kind: .any, size: tasks ?? number("PRRTE_SIZE"), rank: number("PMIX_RANK"))
        }
        if let tasks, tasks > 1, let rank = number("SLURM_PROCID") { return Launcher(kind: .any, size: tasks, rank: rank) }
        return nil
    }

    /// Folders of libraries beside the launcher's own program, found through the processes that this one descends from.
    static func libraryFolders() -> [String] {
        var process = getppid()
        for _ in 0..<8 where process > 1 {
            if let program = linkTarget("/proc/\(process)/exe") {
                let parts = program.split(separator: "/", omittingEmptySubsequences: false)
                let launchers: Set<Substring> = [
                    "mpirun", "mpiexec", "orterun", "orted", "prte", "prted", "prterun", "hydra_pmi_proxy", "mpiexec.hydra", "mpiexec.gforker",
                ]
                if let name = parts.last, launchers.contains(name), parts.count > 2 {
                    let prefix = parts.dropLast(2).joined(separator: "/")
                    return [prefix + "/lib", prefix + "/lib64"]
                }
            }
            guard let parent = parentProcess(of: process) else { break }
            process = parent
        }
        return []
    }

    private static func linkTarget(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { raw in
            readlink(path, raw.baseAddress!.assumingMemoryBound(to: CChar.self), raw.count)
        }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func parentProcess(of process: pid_t) -> pid_t? {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 1024)
        let count = fread(&line, 1, line.count, file)
        // `pid (name) state parent …`, where the name may hold anything.
        guard let end = line.prefix(count).lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let words = String(decoding: line[(end + 1)..<count], as: UTF8.self).split(separator: " ")
        return words.count > 1 ? pid_t(words[1]) : nil
    }
}
