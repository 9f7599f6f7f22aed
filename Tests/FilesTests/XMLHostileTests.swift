import Dataflow
import Datasets
import Execution
import Files
import Foundation
import SeededNumbers
import Testing

/// Damaged files end in one clear error or in a dataset, never in a crash.
@Suite struct XMLHostileTests {
    private static func variants() -> [(String, XMLWriterOptions)] {
        var variants: [(String, XMLWriterOptions)] = []
        for encoding in XMLWriterOptions.Encoding.allCases {
            for compression in [Codec.none, .zlib, .lz4, .lzma] where encoding != .ascii || compression == .none {
                var options = XMLWriterOptions(encoding: encoding, compression: compression)
                options.headerWidth = compression == .zlib ? 4 : 8
                options.blockSize = 256
                variants.append(("\(encoding) \(compression)", options))
            }
        }
        return variants
    }

    /// Reads and touches everything; any error that says something is fine.
    private func probe(_ path: String, _ note: String) {
        do {
            let reader = try XMLReader(path: path)
            _ = try reader.describe()
            _ = XMLSamples.fingerprint(try reader.read(UpdateRequest(), context: ExecutionContext(threads: 2, memory: MemoryBudget(limit: 1 << 28))))
        } catch let error as FileError {
            #expect(!error.expected.isEmpty && !error.found.isEmpty && error.file.hasPrefix(path), "\(note): \(error)")
        } catch is MemoryExceededError {
        } catch {
            Issue.record("\(note): \(error) names neither file nor place")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: XMLSamples.all.indices)
    func survivesTruncation(_ kind: Int) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sample = XMLSamples.all[kind]
        let path = "\(folder)/t.\(sample.name)"
        for (name, options) in Self.variants() {
            try XMLWriter(options: options).write(sample.dataset, to: path, context: ExecutionContext(threads: 1))
            let whole = try #require(FileManager.default.contents(atPath: path))
            for length in stride(from: 0, to: whole.count, by: 64) {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                probe(path, "\(name), \(length) bytes")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: XMLSamples.all.indices)
    func survivesFlippedBytes(_ kind: Int) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sample = XMLSamples.all[kind]
        let path = "\(folder)/f.\(sample.name)"
        for (name, options) in Self.variants() {
            try XMLWriter(options: options).write(sample.dataset, to: path, context: ExecutionContext(threads: 1))
            let whole = try #require(FileManager.default.contents(atPath: path))
            for seed in 0..<250 {
                var random = SplitMix64(seed: UInt64(seed))
                var damaged = whole
                for _ in 0..<(1 + seed % 4) {
                    damaged[Int(random.next() % UInt64(whole.count))] = seed % 3 == 0 ? UInt8(ascii: "9") : UInt8(truncatingIfNeeded: random.next())
                }
                try damaged.write(to: URL(fileURLWithPath: path))
                probe(path, "\(name), seed \(seed)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func refusesHugeCounts() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let huge = ["2147483647", "9223372036854775807", "-1", "99999999999999999999", "nan", ""]
        for (name, dataset) in XMLSamples.all {
            let path = "\(folder)/h.\(name)"
            var options = XMLWriterOptions(encoding: .ascii)
            options.headerWidth = 8
            try XMLWriter(options: options).write(dataset, to: path, context: ExecutionContext())
            let text = try String(contentsOfFile: path, encoding: .utf8)
            for attribute in ["NumberOfPoints", "NumberOfCells", "NumberOfVerts", "NumberOfPolys", "NumberOfComponents", "NumberOfTuples"] {
                for value in huge {
                    guard let range = text.range(of: "\(attribute)=\"[0-9]+\"", options: .regularExpression) else { continue }
                    try text.replacingCharacters(in: range, with: "\(attribute)=\"\(value)\"").write(toFile: path, atomically: true, encoding: .utf8)
                    #expect(throws: FileError.self, "\(attribute) \(value) in \(name)") {
                        try XMLReader(path: path).read(UpdateRequest(), context: ExecutionContext())
                    }
                }
            }
            for extent in ["0 2147483648 0 2147483648 0 2147483648", "-9223372036854775808 0 0 0 0 0", "0 1000000 0 1000000 0 1000", "0 1", "a b c d e f"] {
                let changed = text.replacingOccurrences(of: "Extent=\"-1 3 2 5 0 2\"", with: "Extent=\"\(extent)\"")
                if changed == text { continue }
                try changed.write(toFile: path, atomically: true, encoding: .utf8)
                #expect(throws: FileError.self, "\(extent) in \(name)") { try XMLReader(path: path).read(UpdateRequest(), context: ExecutionContext()) }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func saysWhatIsWrong() throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func message(_ text: String) throws -> String {
            let path = folder + "/e.vtu"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            do {
                _ = try XMLReader(path: path).read(UpdateRequest(), context: ExecutionContext())
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(try message("").contains("an empty file"))
        #expect(try message("hello").contains("found text"))
        #expect(try message("<VTKFile type='Cheese'/>").contains("\"Cheese\""))
        let open = String(repeating: "<a>", count: 100)
        #expect(try message(open).contains("nested"))
        let cells = "<Cells><DataArray type='Int64' Name='connectivity'>0 7</DataArray><DataArray type='Int64' Name='offsets'>2</DataArray><DataArray type='UInt8' Name='types'>3</DataArray></Cells>"
        let grid = "<VTKFile type='UnstructuredGrid'><UnstructuredGrid><Piece NumberOfPoints='2' NumberOfCells='1'><Points><DataArray type='Float32' NumberOfComponents='3'>0 0 0 1 1 x</DataArray></Points>\(cells)</Piece></UnstructuredGrid></VTKFile>"
        #expect(try message(grid).contains("\"x\""))
        #expect(try message(grid.replacingOccurrences(of: "1 x", with: "1 1")).contains("found 7"))
        let few = grid.replacingOccurrences(of: "1 x", with: "1 1").replacingOccurrences(of: "0 7", with: "0 1").replacingOccurrences(of: ">3<", with: ">5<")
        #expect(try message(few).contains("3 points for cell 0, a triangle"))
        #expect(throws: FileError.self) { try XMLReader(path: folder) }
        #expect(throws: FileError.self) { try XMLReader(path: folder + "/none.vtu") }
        let missing = "<VTKFile type='PUnstructuredGrid'><PUnstructuredGrid><Piece Source='none.vtu'/></PUnstructuredGrid></VTKFile>"
        #expect(try message(missing).contains("none.vtu"))
    }
}
