import Foundation

/// The folder of real files with VTK's answers, where it is there: as `TESSERA_DATA` says, or `shared/data` beside the package or above it.
public enum SharedData {
    /// Without a slash at its end.
    public static let folder: String? = {
        // Tests/Support/SharedTestData/… → the package.
        var package = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { package.deleteLastPathComponent() }
        let candidates: [String?] = [
            ProcessInfo.processInfo.environment["TESSERA_DATA"], package.appendingPathComponent("../shared/data").standardized.path,
            package.appendingPathComponent("../../shared/data").standardized.path,
        ]
        return candidates.compactMap { (path: String?) in path }.first { FileManager.default.fileExists(atPath: $0 + "/oracle.json") }
    }()

    /// Says so once for every test that is left out.
    public static var isAbsent: Bool {
        if folder == nil { print("skipped: no real data (set TESSERA_DATA to a folder with oracle.json)") }
        return folder == nil
    }

    /// - Precondition: the folder is there.
    public static func path(_ file: String) -> String { folder! + "/" + file }

    /// What VTK says of each file, by its name; empty where there is nothing.
    // Unsafe: made once, only read.
    public nonisolated(unsafe) static let files: [String: [String: Any]] = {
        guard let folder, let data = FileManager.default.contents(atPath: folder + "/oracle.json"),
            let top = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return [:] }
        return top["files"] as? [String: [String: Any]] ?? [:]
    }()
}
