import Execution
import Foundation
import Images
import SeededNumbers
import Testing

@Suite(.timeLimit(.minutes(1))) struct ImagesTests {
    private func noise(_ width: Int, _ height: Int, seed: UInt64) -> ColorImage {
        var random = SplitMix64(seed: seed)
        return ColorImage(width: width, height: height) { pixels in
            for index in 0..<width * height {
                let bits = random.next()
                // Half noise, half flat, as pictures are.
                let flat = bits >> 60 < 8
                pixels[index] = flat ? RGBA8(30, 60, 90) : RGBA8(UInt8(bits & 255), UInt8(bits >> 8 & 255), UInt8(bits >> 16 & 255))
            }
        }
    }

    @Test(arguments: [(1, 1), (3, 2), (64, 7), (333, 517), (1, 300)]) func pngRoundTrip(size: (Int, Int)) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tessera-\(size.0)-\(size.1)-\(getpid()).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let image = noise(size.0, size.1, seed: UInt64(size.0))
        try image.writePNG(to: path, text: [("Software", "Tessera")], in: ExecutionContext(threads: 2))
        #expect(try ColorImage(readingPNG: path) == image)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(bytes.split(separator: 0).contains { $0.elementsEqual("Tessera".utf8) || String(decoding: $0, as: UTF8.self).contains("Tessera") })
    }

    @Test func pngIsTheSameOnAnyThreads() throws {
        let image = noise(400, 300, seed: 5)
        let one = try image.encodedPNG(in: ExecutionContext(threads: 1))
        for threads in [2, 3] { #expect(try image.encodedPNG(in: ExecutionContext(threads: threads)) == one) }
    }

    @Test func damagedAndMissingFilesAreErrors() throws {
        #expect(throws: PNGError.self) { try ColorImage(readingPNG: "/nonexistent/a.png") }
        #expect(throws: PNGError.self) { try noise(2, 2, seed: 1).writePNG(to: "/nonexistent/a.png", in: ExecutionContext(threads: 1)) }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tessera-damaged-\(getpid()).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let whole = try noise(40, 30, seed: 2).encodedPNG(in: ExecutionContext(threads: 1))
        for length in [0, 7, 20, 60, whole.count / 2] {
            try Data(whole.prefix(length)).write(to: URL(fileURLWithPath: path))
            #expect(throws: PNGError.self, "\(length) bytes") { try ColorImage(readingPNG: path) }
        }
    }

    @Test func comparisonOfEqualAndShiftedImages() {
        let a = ColorImage(width: 80, height: 60) { pixels in
            for index in 0..<4800 { pixels[index] = index % 80 < 40 ? RGBA8(255, 255, 255) : RGBA8(0, 0, 0) }
        }
        let b = ColorImage(width: 80, height: 60) { pixels in
            for index in 0..<4800 { pixels[index] = index % 80 < 30 ? RGBA8(255, 255, 255) : RGBA8(0, 0, 0) }
        }
        let same = ImageComparison(a, a, background: (0, 0, 0))
        #expect(same.isAccepted(fraction: 0) && same.greatestDifference == 0)
        let shifted = ImageComparison(a, b, background: (0, 0, 0))
        #expect(shifted.silhouetteOverlap == 0.75)
        #expect(abs(shifted.rootMeanSquareError - 255 * (0.125).squareRoot()) < 1e-9)
        #expect(abs(shifted.blockLuminanceError - 255 * (0.125).squareRoot()) < 1e-9)
        #expect(!shifted.isAccepted())
        let ignored = ImageComparison(a, b, background: (0, 0, 0), ignoring: [.init(x: 30, y: 0, width: 10, height: 60)])
        #expect(ignored.isAccepted(fraction: 0))
    }
}
