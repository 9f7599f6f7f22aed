import Dataflow
import Datasets
import Execution
import Filters
import Images
import Rasterizing
import Scenes
import Testing
import Visibility

@testable import SceneFiles

/// Pictures in which an array says what can be seen through.
@Suite struct OpacityByTests {
    private func picture(_ look: String, of source: String = "wavelet:9", threads: Int = 2) throws -> ColorImage {
        let text = #"{"size": [83, 57], "actors": [{"source": "\#(source)", "colour_by": {"array": "RTData"} \#(look)}]}"#
        let context = ExecutionContext(threads: threads)
        let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
        let builder = SceneBuilder(context: context) { pipeline, time in try executor.result(of: pipeline, time: time) }
        let scene = try builder.scene(try SceneDescription(parsing: Array(text.utf8), file: "s.json"))
        return try Rasterizer().render(try scene.makeDrawList(), in: context).image
    }

    /// One opacity for all values is that of the material, of points and of cells.
    @Test(.timeLimit(.minutes(1)), arguments: ["", #", "steps": [{"op": "point_to_cell"}]"#])
    func constantsAreTheMaterials(steps: String) throws {
        for opacity in [0.25, 0.5] {
            let plain = try picture(steps + #", "opacity": \#(opacity)"#)
            let mapped = try picture(steps + #", "opacity_by": {"array": "RTData", "opacity_points": [[0, \#(opacity)]]}"#)
            #expect(plain == mapped)
            let product = try picture(steps + #", "opacity": 0.5, "opacity_by": {"array": "RTData", "opacity_points": [[0, \#(opacity)]]}"#)
            #expect(try product == picture(steps + #", "opacity": \#(opacity * 0.5)"#))
        }
    }

    /// Opacity by the array that gives the colour, by either way of saying so, is nearly the same: a colour map has steps, this has none.
    @Test(.timeLimit(.minutes(1)))
    func followsTheValues() throws {
        let points = "[[60, 0], [150, 1], [270, 0.25]]"
        let steps = try picture(#", "opacity_by": {"array": "RTData", "opacity_points": \#(points)}"#)
        #expect(try steps == picture(#", "opacity_by": {"array": "point:RTData", "opacity_points": \#(points)}"#, threads: 1))
        let whole = try picture("")
        #expect(steps != whole)
        #expect(try picture(#", "opacity_by": {"array": "RTData", "range": [1000, 2000]}"#).pixels.allSatisfy { $0.red == 0 && $0.green == 0 && $0.blue == 0 })
        #expect(try picture(#", "opacity_by": {"array": "RTData", "range": [-2, -1]}"#) == whole)
    }

    @Test func opacitiesBetweenPoints() {
        let scalars = OpacityScalars(values: Buffer<Float>([0]), isByCell: true, points: [SIMD2(1, 0.5), SIMD2(3, 1), SIMD2(4, 0)])
        #expect([-1, 1, 2, 3, 3.5, 4, 9].map { scalars.opacity(of: $0) } == [0.5, 0.5, 0.75, 1, 0.5, 0, 0])
        #expect(scalars.opacity(of: .nan) == 0)
    }
}
