import Execution
import Foundation
import Images
import Testing

@Suite(.timeLimit(.minutes(1))) struct JPEGTests {
    /// A smooth picture, as JPEG is made for.
    private let image = ColorImage(width: 61, height: 47) { pixels in
        for index in 0..<61 * 47 { pixels[index] = RGBA8(UInt8(4 * (index % 61)), UInt8(5 * (index / 61)), 90) }
    }

    private func path(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("tessera-\(getpid())-\(name)").path
    }

    @Test(arguments: [(100, 3), (90, 8), (60, 30)]) func readsBackNearly(quality: Int, tolerance: Int) throws {
        let path = path("near-\(quality).jpg")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try image.write(to: path, quality: quality, text: [("Software", "Tessera ä")], in: ExecutionContext(threads: 1))
        let read = try ColorImage(readingJPEG: path)
        #expect(read.width == 61 && read.height == 47)
        var worst = 0
        for (a, b) in zip(image.pixels, read.pixels) {
            worst = max(worst, abs(Int(a.red) - Int(b.red)), abs(Int(a.green) - Int(b.green)), abs(Int(a.blue) - Int(b.blue)))
        }
        #expect(worst <= tolerance)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data("Software: Tessera ä".utf8)) != nil)
    }

    @Test func smallerQualityMakesSmallerFiles() throws {
        let sizes = try [30, 60, 90, 100].map { try image.encodedJPEG(quality: $0).count }
        #expect(sizes == sizes.sorted() && Set(sizes).count == 4)
        #expect(try image.encodedJPEG() == image.encodedJPEG())
    }

    @Test func damagedAndImpossibleFilesAreErrors() throws {
        let path = path("damaged.jpg")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let whole = try image.encodedJPEG()
        for length in [0, 2, 20, whole.count / 2] {
            try Data(whole.prefix(length)).write(to: URL(fileURLWithPath: path))
            #expect(throws: JPEGError.self, "\(length) bytes") { try ColorImage(readingJPEG: path) }
        }
        #expect(throws: JPEGError.self) { try ColorImage(readingJPEG: "/nonexistent/a.jpg") }
        #expect(throws: JPEGError.self) { try image.writeJPEG(to: "/nonexistent/a.jpg") }
        #expect(throws: JPEGError.self) { try ColorImage(width: 65536, height: 1, color: RGBA8(0, 0, 0)).encodedJPEG() }
        #expect(throws: PNGError.self) { try image.write(to: "a.gif", in: ExecutionContext(threads: 1)) }
    }

    @Test func pngTextMayBeAnyText() throws {
        let bytes = try image.encodedPNG(text: [("Command", "tessera 日本 ä")], in: ExecutionContext(threads: 1))
        #expect(Data(bytes).range(of: Data("iTXtCommand".utf8)) != nil && Data(bytes).range(of: Data("tessera 日本 ä".utf8)) != nil)
        let latin = try image.encodedPNG(text: [("Command", "ä")], in: ExecutionContext(threads: 1))
        #expect(Data(latin).range(of: Data("tEXtCommand".utf8)) != nil)
    }

    @Test(arguments: ["text.png", "text.jpg"]) func textsReadBack(name: String) throws {
        let path = path(name)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = [(keyword: "Software", text: "Tessera"), (keyword: "Command", text: "tessera: ä 日本")]
        try image.write(to: path, text: text, in: ExecutionContext(threads: 1))
        let found = try PictureText(path: path)
        #expect(found.width == 61 && found.height == 47)
        #expect(found.entries.map(\.keyword) == text.map(\.keyword))
        #expect(found.entries.map(\.text) == text.map(\.text))
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in stride(from: 0, to: min(whole.count, 400), by: 9) {
            try Data(whole.prefix(length)).write(to: URL(fileURLWithPath: path))
            _ = try? PictureText(path: path)
        }
    }
}
