import Damaging
import Files
import Foundation
import SharedTestData
import Testing

/// Damaged copies of files through the command: one clear error or a result, never a crash, a hang or an empty message.
///
/// `make fuzz` tries many more, in fewer processes.
@Suite struct DamagedFileTests {
    static let readable = Set(FileFormat.readable.flatMap(\.extensions))

    /// Real files where they are there; else files of every format that we write.
    static let files: [URL] = {
        guard let folder = SharedData.folder else { return generated }
        let found = FileManager.default.enumerator(at: URL(fileURLWithPath: folder), includingPropertiesForKeys: [.fileSizeKey])
        return (found?.compactMap { $0 as? URL } ?? [])
            .filter { readable.contains($0.pathExtension.lowercased()) }
            .sorted { $0.path < $1.path }
    }()

    private static let scratch = try? Scratch()

    private static var generated: [URL] {
        guard let scratch else { return [] }
        let made = [
            "wavelet:9": ["vti", "vtk"], "hexes:5": ["vtu", "vtk"], "sphere:8x8": ["vtp", "vtk", "stl", "ply", "obj"],
            "points:20": ["vtp", "csv"],
        ]
        for (source, endings) in made.sorted(by: { $0.key < $1.key }) {
            for ending in endings {
                let path = scratch.path("\(source.prefix(4))-\(ending).\(ending)")
                _ = try? Command.run(["convert", source, path])
            }
        }
        let found = (try? FileManager.default.contentsOfDirectory(at: scratch.url, includingPropertiesForKeys: nil)) ?? []
        return found.sorted { $0.path < $1.path }
    }

    @Test(.timeLimit(.minutes(8))) func everyCopyEndsInAnErrorOrAResult() throws {
        let files = DamagedFileTests.files
        #expect(files.count >= 8)
        let lock = NSLock()
        nonisolated(unsafe) var problems: [String] = []
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            do {
                let found = try problemsOf(files[index])
                lock.withLock { problems += found }
            } catch {
                lock.withLock { problems.append("\(files[index].lastPathComponent): \(error)") }
            }
        }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    private func problemsOf(_ file: URL) throws -> [String] {
        let bytes = [UInt8](try Data(contentsOf: file))
        let bench = try DamageBench(for: file)
        defer { bench.remove() }
        var problems: [String] = []
        for number in 0..<10 {
            try bench.write(Damage.copy(of: bytes, number: number))
            let outcome = try Command.run(["info", bench.path, "--measure", "--json", "--threads", "1"], seconds: 20)
            let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("tessera: ") && $0.count > 12 }
            switch outcome.code {
            case 0: continue
            case 1: if lines.count == 1 { continue }
            default: break
            }
            problems.append("\(file.lastPathComponent) copy \(number): exit \(outcome.code), \"\(outcome.errors.prefix(300))\"")
        }
        return problems
    }
}
