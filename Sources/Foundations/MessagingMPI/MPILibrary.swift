import CMPI
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The MPI library that this process has loaded: one at most.
public struct MPILibrary: Sendable, Hashable, CustomStringConvertible {
    /// Binary interfaces; each has a table of constants of its own.
    public enum Family: Sendable, Hashable, CaseIterable {
        /// That of MPI 5.
        case standard
        case openMPI
        case mpich
    }

    public var family: Family
    /// The file.
    public var path: String
    /// What the library says of itself.
    public var version: String
    /// Name and version: `Open MPI 4.1.4`, `MPICH 5.0.2`.
    public var name: String
    /// Whether it was in the process before us.
    public var wasLoaded: Bool

    public var description: String { "\(name) (\(path))" }

    /// Whether the library belongs to Open MPI, whatever its binary interface.
    public var isOpenMPI: Bool { version.hasPrefix("Open MPI") }

    private static let loaded = Mutex<MPILibrary?>(nil)

    /// The library, loaded at the first call: the one that is in the process already; the one that `TESSERA_MPI` names; the one beside the
    /// launcher; the one that the system's loader finds.
    ///
    /// Throws `MPIError.notFound`, and `MPIError.wrongLibrary` where the launcher cannot serve it.
    public static func load(launcher: Launcher? = .current) throws(MPIError) -> MPILibrary {
        let result = loaded.withLock { loaded -> Result<MPILibrary, MPIError> in
            if let loaded { return .success(loaded) }
            var tried: [String] = []
            for (path, onlyIfLoaded) in candidates(launcher: launcher) {
                var words = [CChar](repeating: 0, count: 1024)
                guard cmpi_load(path, onlyIfLoaded, &words, words.count) else {
                    if !onlyIfLoaded { tried.append(words.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }) }
                    continue
                }
                let library = describeLoaded(wasLoaded: onlyIfLoaded)
                if let launcher, launcher.kind != .any, library.isOpenMPI != (launcher.kind == .openMPI) {
                    return .failure(.wrongLibrary(launcher: launcher, library: library.name, path: library.path))
                }
                loaded = library
                return .success(library)
            }
            return .failure(.notFound(launcher: launcher, tried: tried))
        }
        return try result.get()
    }

    static func candidates(launcher: Launcher?) -> [(path: String, onlyIfLoaded: Bool)] {
        let openMPI = ["libmpi.so.40", "libmpi.so.80"], mpich = ["libmpi.so.12", "libmpich.so.12"], standard = ["libmpi_abi.so.1"]
        var list = (openMPI + mpich + standard).map { (path: $0, onlyIfLoaded: true) }
        if let named = getenv("TESSERA_MPI"), named.pointee != 0 { return list + [(String(cString: named), false)] }
        let wanted: [String]
        switch launcher?.kind {
        case .openMPI: wanted = openMPI + standard
        case .mpich: wanted = mpich + standard
        case .any, nil: wanted = standard + openMPI + mpich
        }
        for folder in Launcher.libraryFolders() {
            for name in wanted where access("\(folder)/\(name)", R_OK) == 0 { list.append(("\(folder)/\(name)", false)) }
        }
        // Debian's MPICH has a name of its own, so that it never is somebody else's libmpi.
        let named = launcher?.kind == .mpich ? ["libmpich.so.12", "libmpi.so.12"] + standard : wanted
        return list + named.map { ($0, false) }
    }

    private static func describeLoaded(wasLoaded: Bool) -> MPILibrary {
        let version = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16384) { words in
            cmpi_version_text(words.baseAddress!, words.count)
            return String(cString: words.baseAddress!)
        }
        let family: Family
        switch cmpi_family() {
        case CMPIFamilyStandard: family = .standard
        case CMPIFamilyOpenMPI: family = .openMPI
        default: family = .mpich
        }
        return MPILibrary(
            family: family, path: String(cString: cmpi_path()), version: version, name: shortName(of: version), wasLoaded: wasLoaded)
    }

    /// `Open MPI v4.1.4, package: …` into `Open MPI 4.1.4`; `MPICH Version:      4.0.2 …` into `MPICH 4.0.2`; else the first line.
    static func shortName(of version: String) -> String {
        let line = version.split(whereSeparator: \.isNewline).first.map(String.init) ?? "MPI"
        if line.hasPrefix("Open MPI v") { return "Open MPI " + line.dropFirst(10).prefix { $0 != "," && $0 != " " } }
        if line.hasPrefix("MPICH") {
            let number = line.split { $0 == " " || $0 == "\t" || $0 == ":" }.first { $0.first?.isNumber == true }
            return "MPICH" + (number.map { " " + $0 } ?? "")
        }
        return line
    }
}
