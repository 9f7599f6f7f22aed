import Exercising
import Foundation
import Tessera

/// libFuzzer's loop; from the toolchain's library.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer, _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Lets libFuzzer look for inputs that reach new code: `tessera-fuzz-guided CORPUS [libFuzzer's options]`.
///
/// The environment says what the bytes are: `TESSERA_FUZZ_FORMAT` is the ending of the file, `vtu` if absent. A crash, an inconsistent
/// dataset, an input that takes too long or too much memory ends the run and is kept by libFuzzer.
@main struct Guided {
    /// Where each input lies in turn; in memory where the system has such a folder.
    private static let path: String = {
        let ending = ProcessInfo.processInfo.environment["TESSERA_FUZZ_FORMAT"] ?? "vtu"
        let folder = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : FileManager.default.temporaryDirectory.path
        return "\(folder)/tessera-fuzz-\(getpid()).\(ending)"
    }()

    static func main() {
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        let status = runFuzzer(&count, &arguments) { bytes, size in
            Guided.run(UnsafeRawBufferPointer(start: bytes, count: size))
            return 0
        }
        try? FileManager.default.removeItem(atPath: path)
        exit(status)
    }

    private static func run(_ bytes: UnsafeRawBufferPointer) {
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return }
        if case .wrong(let what) = Exercise.run(path, number: bytes.count) {
            FileHandle.standardError.write(Data("wrong: \(what)\n".utf8))
            abort()
        }
    }
}
