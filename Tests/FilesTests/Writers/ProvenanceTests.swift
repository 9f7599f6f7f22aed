import Dataflow
import Datasets
import Execution
@testable import Files
import Foundation
import Testing

@Suite struct ProvenanceTests {
    @Test(.timeLimit(.minutes(1))) func sumsOfPartsAreTheSumOfTheWhole() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/digits"
        try "123456789".write(toFile: path, atomically: true, encoding: .utf8)
        // The check value of CRC-32.
        let digits = try fileChecksum(path: path, context: ExecutionContext())
        #expect(digits.crc32 == 0xCBF4_3926)
        #expect(digits.byteCount == 9)
        try Data(count: (40 << 20) + 5).write(to: URL(fileURLWithPath: path))
        let one = try fileChecksum(path: path, context: ExecutionContext(threads: 1))
        let three = try fileChecksum(path: path, context: ExecutionContext(threads: 3))
        #expect(one.crc32 == three.crc32)
        #expect(one.byteCount == (40 << 20) + 5)
        // Zeros by arithmetic: what one zero does, that many times.
        #expect(CRC32.combined(CRC32.combined(0, 0xD202_EF8D, secondCount: 1), 0xD202_EF8D, secondCount: 1) == 0x41D9_12FF)
    }

    @Test(.timeLimit(.minutes(1))) func missingFilesAreErrors() {
        #expect(throws: FileError.self) { try fileChecksum(path: "/nonexistent/a", context: ExecutionContext()) }
        #expect(throws: FileError.self) { try fileChecksum(path: "/", context: ExecutionContext()) }
    }

    @Test func commandsCanBeTypedAgain() {
        #expect(ProvenanceRecord.commandLine(["tessera", "--slice", "0,0,0:1,0,0", "a b", "it's", ""]) == "tessera --slice 0,0,0:1,0,0 'a b' 'it'\\''s' ''")
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["vtu", "vtk", "csv", "pvtu", "vtm"]) func filesKeepTheirData(_ ending: String) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let record = ProvenanceRecord(
            program: "tessera 1.2", command: "tessera convert --clip '<a> ?> \"b\" & ü'\n-- x", inputs: [.init(name: "in.vtu", byteCount: 5, checksum: 0xAB)])
        let path = "\(folder)/a.\(ending)"
        let dataset = XMLSamples.all[3].dataset
        try FileFormat.write(dataset, to: path, options: WriterOptions(provenance: record), context: ExecutionContext())
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)).prefix(600), as: UTF8.self)
        #expect(text.contains("in.vtu, 5 bytes, CRC-32 000000ab") == (ending != "csv"))
        if ending == "vtm" { return }
        let read = try FileSource(path: path).produce(UpdateRequest(), context: ExecutionContext())
        #expect(ending == "csv" || read.cellCount == dataset.cellCount)
    }
}
