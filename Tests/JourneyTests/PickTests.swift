import Foundation
import Testing

/// What a pixel shows, through filters.
@Suite struct PickTests {
    @Test(.timeLimit(.minutes(1)), arguments: [[], ["--clip", "8,8,8:1,0.2,0.1"], ["--threshold", "RTData=150:160", "--surface"]])
    func originalCellHoldsThePlace(filters: [String]) throws {
        let pick = try Command.json(["pick", "100,75", "wavelet:16", "--contour", "RTData=157"] + filters + ["--color-by", "RTData", "--size", "200x150", "--json"])
        #expect(pick["hit"] as? Bool == true && pick["input"] as? String == "wavelet:16")
        #expect(abs(try #require(pick["value"] as? Double) - 157) < 1e-6)
        let position = try #require(pick["position"] as? [Double])
        let cell = try #require(pick["original_cell"] as? Int)
        for (axis, index) in [cell % 15, cell / 15 % 15, cell / 225].enumerated() {
            #expect(position[axis] >= Double(index) - 1e-3 && position[axis] <= Double(index) + 1.001, "cell \(cell), place \(position)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func nothingAndOutsideAreSaid() throws {
        let miss = try Command.json(["pick", "0,0", "wavelet:16", "--size", "200x150", "--json"])
        #expect(miss["hit"] as? Bool == false)
        #expect(try Command.run(["pick", "200,0", "wavelet:16", "--size", "200x150"]).code == 2)
        #expect(try Command.run(["pick", "x", "wavelet:16"]).code == 2)
    }

    /// A layer is drawn, and picked, over everything else.
    @Test(.timeLimit(.minutes(1))) func layersCoverActors() throws {
        let folder = try Scratch()
        let path = folder.path("scene.json")
        try """
            {"size": [200, 150], "actors": [{"source": "wavelet:8"}],
             "layers": [{"actors": [{"source": "sphere:16x16", "colour": [1, 0, 0]}], "viewport": [0, 0, 0.5, 0.5]}]}
            """.write(toFile: path, atomically: true, encoding: .utf8)
        let over = try Command.json(["pick", "50,112", path, "--json"])
        #expect(over["layer"] as? Int == 1 && over["input"] as? String == "sphere:16x16")
        let under = try Command.json(["pick", "110,60", path, "--json"])
        #expect(under["layer"] == nil && under["input"] as? String == "wavelet:8")
    }
}
