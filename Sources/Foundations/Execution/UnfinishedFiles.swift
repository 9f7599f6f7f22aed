import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files and folders that are written beside their places and have no names yet: what a program that ends without unwinding has to remove.
public enum UnfinishedFiles {
    private static let state = Mutex((paths: Set<String>(), isClosed: false))

    /// To be called before the file is there. Once `deleteAll` was called this does not return, as the process is about to end.
    public static func add(_ path: String) {
        while state.withLock({ state in
            if !state.isClosed { state.paths.insert(path) }
            return state.isClosed
        }) { sleep(1) }
    }

    /// The file has its name, or is gone.
    public static func remove(_ path: String) { state.withLock { _ = $0.paths.remove(path) } }

    /// Deletes all of them, folders with the files in them, and lets no more be made: for the end of a process in which other threads still
    /// write.
    public static func deleteAll() {
        state.withLock { state in
            for path in state.paths where unlink(path) != 0 { deleteFolder(path) }
            state = ([], true)
        }
    }

    private static func deleteFolder(_ path: String) {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { unlink(path + "/" + name) }
        }
        closedir(folder)
        rmdir(path)
    }
}
