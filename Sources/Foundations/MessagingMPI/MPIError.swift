import CMPI

/// What can go wrong with MPI itself: finding it, opening it, calling it.
public enum MPIError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A launcher started us, and no library was found that could join the others; what was tried, each with the loader's words.
    case notFound(launcher: Launcher?, tried: [String])
    /// The library is not one that the launcher can serve: every process would be a world of its own.
    case wrongLibrary(launcher: Launcher, library: String, path: String)
    /// The launcher started so many ranks, and the library sees another number.
    case wrongWorld(launcher: Launcher, expected: Int, found: Int, library: String, path: String)
    /// MPI can be opened once in a process.
    case openedTwice
    /// A call failed, in the library's words.
    case call(String, message: String)

    public var description: String {
        switch self {
        case .notFound(let launcher, let tried):
            let reason = launcher.map { "this process was started by \($0), but " } ?? ""
            return reason + "no MPI library could be loaded; name one with TESSERA_MPI=/path/to/libmpi.so (or TESSERA_MPI=none to use none)"
                + tried.map { "\n  tried \($0)" }.joined()
        case .wrongLibrary(let launcher, let library, let path):
            return "this process was started by \(launcher), which cannot serve \(library) (\(path)): every process would be a world of its own; "
                + "use the launcher of the same installation, or name its library with TESSERA_MPI"
        case .wrongWorld(let launcher, let expected, let found, let library, let path):
            return "\(launcher) started \(expected) ranks, but \(library) (\(path)) sees a world of \(found); "
                + "use the launcher of the same installation, or name its library with TESSERA_MPI"
        case .openedTwice: return "MPI can be opened only once in a process"
        case .call(let name, let message): return "\(name): \(message)"
        }
    }

    /// Throws what a call returned, unless that is success.
    static func check(_ code: Int32, _ name: String) throws(MPIError) {
        if code != 0 { throw .call(name, message: text(of: code)) }
    }

    static func text(of code: Int32) -> String {
        if code == Int32(CMPI_MISSING) { return "this MPI library cannot do that (a count above 2³¹ needs MPI 4)" }
        if code == Int32(CMPI_PENDING) { return "not done in time" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { words in
            cmpi_error_text(code, words.baseAddress!, words.count)
            return String(cString: words.baseAddress!)
        }
    }
}
