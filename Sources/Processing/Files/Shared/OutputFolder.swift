import Execution
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder of files that appears whole or not at all, beside an index that names them.
///
/// Files are written into a folder beside its place, which `commit` renames; it is removed if that is never called. A folder of that name
/// that is there already is replaced only where it holds nothing but such files.
public final class OutputFolder: Sendable {
    public let path: String
    /// Where files go before the folder has its name.
    public let partialPath: String
    private let isDone = Mutex(false)

    private static let serial = Atomic<Int>(0)

    /// - Parameter isOwn: whether a file of that name is one that may be replaced.
    /// - Throws: `FileError` where the folder cannot be made, or one is there that holds other files.
    public init(path: String, replacing isOwn: (String) -> Bool) throws {
        self.path = path
        if let stranger = try OutputFolder.files(of: path)?.first(where: { !isOwn($0) }) {
            throw FileError(
                file: path, expected: "no folder of that name, or one with pieces only", found: "“\(stranger)” in it (choose another name)")
        }
        let number = OutputFolder.serial.wrappingAdd(1, ordering: .relaxed).oldValue
        partialPath = "\(path).\(getpid())-\(number).partial"
        UnfinishedFiles.add(partialPath)
        guard mkdir(partialPath, 0o777) == 0 else {
            UnfinishedFiles.remove(partialPath)
            throw FileError(file: path, expected: "a place for a folder", found: systemMessage(errno))
        }
    }

    deinit {
        if !isDone.withLock({ $0 }) { OutputFolder.remove(partialPath) }
        UnfinishedFiles.remove(partialPath)
    }

    /// Gives the folder its name, then `index` its own; the folder that had the name goes.
    ///
    /// - Throws: `FileError`; then what was there before is there again.
    public func commit(with index: OutputFile) throws {
        let old = partialPath + ".old"
        let hadOld = rename(path, old) == 0
        guard hadOld || errno == ENOENT else { throw FileError(file: path, expected: "a folder that can be replaced", found: systemMessage(errno)) }
        guard rename(partialPath, path) == 0 else {
            let number = errno
            if hadOld { rename(old, path) }
            throw FileError(file: path, expected: "a place for a folder", found: systemMessage(number))
        }
        do {
            try index.commit()
        } catch {
            rename(path, partialPath)
            if hadOld { rename(old, path) }
            throw error
        }
        isDone.withLock { $0 = true }
        if hadOld { OutputFolder.remove(old) }
    }

    /// Names of the files in a folder; nil where there is none.
    private static func files(of path: String) throws -> [String]? {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return nil }
            throw FileError(file: path, expected: "no file of that name, or a folder", found: systemMessage(errno))
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a folder of files.
    private static func remove(_ path: String) {
        for name in (try? files(of: path)) ?? [] { unlink(path + "/" + name) }
        rmdir(path)
    }
}

extension OutputFolder {
    /// The folder beside an index `…/NAME.ending` for files `NAME_….ending`; one that is there already is replaced with its index only.
    convenience init(beside index: String) throws {
        let name = OutputFolder.name(of: index)
        let folder = index.lastIndex(of: ".").map { String(index[..<$0]) } ?? index + "_files"
        guard access(index, F_OK) == 0 || access(folder, F_OK) != 0 else {
            throw FileError(
                file: index, expected: "no folder “\(folder)”, as there is no such index to replace", found: "one (remove it, or choose another name)")
        }
        try self.init(path: folder) {
            $0.hasPrefix(name + "_") && $0.dropFirst(name.count + 1).first?.isNumber == true && $0.contains(".vt")
        }
    }

    /// The name of an index without folder and ending.
    static func name(of index: String) -> String {
        let file = index.split(separator: "/").last.map(String.init) ?? index
        return file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    }
}
