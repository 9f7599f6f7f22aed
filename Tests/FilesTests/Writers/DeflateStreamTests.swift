import Datasets
import Execution
@testable import Files
import Foundation
import Testing

@Suite struct DeflateStreamTests {
    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 4, 1 << 20, (3 << 20) + 12]) func zlibStreamsInflate(_ count: Int) throws {
        let folder = try XMLSamples.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Runs, then noise, which does not compress.
        var state: UInt64 = 1
        let bytes = (0..<count).map { index -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return index & 1 << 18 == 0 ? UInt8(truncatingIfNeeded: index >> 10) : UInt8(state >> 56)
        }
        var files: [Data] = []
        for threads in [1, 3] {
            let output = try OutputFile(path: "\(folder)/\(threads)")
            let size = try bytes.withUnsafeBytes {
                try DeflateStream.write($0, width: 1, order: .littleEndian, as: .zlib, to: output, ExecutionContext(threads: threads))
            }
            try output.commit()
            files.append(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(threads)")))
            #expect(size == files.last?.count)
        }
        #expect(files[0] == files[1])
        var inflated = [UInt8](repeating: 0xAA, count: count)
        try inflated.withUnsafeMutableBytes { target in
            try files[0].withUnsafeBytes { try Decompressor(.zlib).decompress($0, into: target) }
        }
        #expect(inflated == bytes)
    }

    @Test func sumsOfPartsAreTheSumOfTheWhole() {
        // Adler-32 of "Wikipedia" is 11E60398; of "Wiki" and "pedia":
        #expect(DeflateStream.combinedAdler(0x03DA_0195, 0x0628_0204, secondCount: 5) == 0x11E6_0398)
    }
}
