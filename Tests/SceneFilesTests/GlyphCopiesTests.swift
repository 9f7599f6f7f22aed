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

/// Glyphs drawn as copies of a shape: the pictures and picks of their geometry.
@Suite struct GlyphCopiesTests {
    /// Actors that end in glyphs: every shape, turned, sized, seen through, with edges, as lines, coloured and not.
    private static let actors = [
        #"{"source": "points:300", "steps": [{"op": "glyph", "kind": "arrow", "scale": 0.2}]}"#,
        #"{"source": "points:300", "steps": [{"op": "glyph", "kind": "arrow", "scale": 0.2}], "colour_by": {"array": "id"}}"#,
        #"{"source": "wavelet:7", "steps": [{"op": "cell_to_point"}, {"op": "glyph", "kind": "cone", "scale": 0.004, "sizes": "RTData"}], "colour_by": {"array": "RTData"}, "opacity": 0.5}"#,
        #"{"source": "wavelet:7", "steps": [{"op": "glyph", "kind": "cube", "scale": 0.8}], "edges": true, "colour": [1, 0.5, 0]}"#,
        #"{"source": "wavelet:7", "steps": [{"op": "glyph", "kind": "cube", "scale": 0.8}], "opacity_by": {"array": "RTData", "range": [80, 260]}, "colour_by": {"array": "RTData"}}"#,
        #"{"source": "wavelet:7", "steps": [{"op": "glyph", "kind": "line", "scale": 0.8}], "line_width": 3, "colour_by": {"array": "RTData"}}"#,
        #"{"source": "wavelet:7", "steps": [{"op": "glyph", "kind": "cylinder", "scale": 0.8}], "representation": "wireframe"}"#,
        #"{"source": "wavelet:7", "steps": [{"op": "glyph", "kind": "disk", "scale": 0.8}], "representation": "points", "point_size": 2}"#,
        #"{"source": "sphere:9x9", "steps": [{"op": "glyph", "kind": "arrow", "scale": 0.1, "vectors": "Normals"}], "normals": "point"}"#,
        #"{"source": "sphere:9x9", "steps": [{"op": "glyph_sphere", "radius": 0.05, "theta": 6, "phi": 7}], "normals": "point", "colour_by": {"array": "Normals", "component": 1}}"#,
        #"{"source": "sphere:9x9", "steps": [{"op": "glyph", "kind": "cube", "scale": 0.1}], "normals": "point", "cull": "front"}"#,
        #"{"source": "sphere:9x9", "steps": [{"op": "every_nth_point", "n": 3}, {"op": "glyph", "kind": "cube", "scale": 0.1}, {"op": "surface"}]}"#,
    ]

    private func built(_ actor: String, samples: Int, asCopies: Bool, pieces: Int = 1, threads: Int = 2) throws -> BuiltScene {
        let text = #"{"size": [97, 61], "samples": \#(samples), "camera": {"azimuth": 25, "elevation": 10}, "actors": [\#(actor)]}"#
        let context = ExecutionContext(threads: threads)
        let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
        var builder = SceneBuilder(context: context) { pipeline, time in try executor.result(of: pipeline, pieces: pieces, time: time) }
        builder.drawsCopies = asCopies
        return try builder.build(try SceneDescription(parsing: Array(text.utf8), file: "s.json"))
    }

    private func picture(_ built: BuiltScene, threads: Int = 2) throws -> ColorImage {
        try Rasterizer().render(try built.scene.makeDrawList(), in: ExecutionContext(threads: threads)).image
    }

    @Test(.timeLimit(.minutes(1)), arguments: actors.indices)
    func picturesAreThoseOfGeometry(_ index: Int) throws {
        let actor = Self.actors[index]
        for samples in [1, 4] {
            let expected = try picture(try built(actor, samples: samples, asCopies: false))
            #expect(Set(expected.pixels.map { [$0.red, $0.green, $0.blue] }).count > 1, "\(actor) shows nothing")
            for (pieces, threads) in [(1, 1), (1, 2), (3, 2)] {
                let found = try picture(try built(actor, samples: samples, asCopies: true, pieces: pieces, threads: threads), threads: threads)
                #expect(found == expected, "\(actor), \(samples) samples, \(pieces) pieces")
            }
        }
    }

    /// A pick of a copy gives the point that it stands for, at the place where geometry is picked.
    @Test(.timeLimit(.minutes(1)))
    func picksGiveThePointsThatCopiesStandFor() throws {
        let actor = #"{"source": "points:200", "steps": [{"op": "every_nth_point", "n": 3}, {"op": "glyph", "kind": "arrow", "scale": 0.3}], "colour_by": {"array": "id"}}"#
        let copies = try built(actor, samples: 1, asCopies: true)
        let geometry = try built(actor, samples: 1, asCopies: false)
        #expect(copies.scene.bounds == geometry.scene.bounds)
        let perGlyph = Shape.arrow().surface.points.count
        let ids = try #require(copies.data[0][0][0].dataset.pointData["id"]?.doubles())
        let context = ExecutionContext(threads: 2)
        var hits = 0
        for y in stride(from: 3, to: 61, by: 6) {
            for x in stride(from: 3, to: 97, by: 6) {
                let found = try Rasterizer().pick(try copies.scene.makeDrawList(), x: x, y: y, in: context)
                let expected = try Rasterizer().pick(try geometry.scene.makeDrawList(), x: x, y: y, in: context)
                #expect((found == nil) == (expected == nil))
                guard let found, let expected else { continue }
                hits += 1
                #expect(found.position == expected.position && found.distance == expected.distance)
                // Geometry interpolates between equal numbers.
                #expect(abs(try #require(found.value) - (try #require(expected.value))) < 1e-9)
                #expect(found.point == expected.point / perGlyph && found.instance == found.point)
                #expect(found.value == ids[found.point])
            }
        }
        #expect(hits > 5)
    }

    @Test func wrongCopiesAreRefused() throws {
        let triangle = Points.float32(Buffer<Float>([0, 0, 0, 1, 0, 0, 0, 1, 0]))
        var drawable = Drawable(points: triangle, primitives: .triangles(Buffer<Int32>([0, 1, 2])))
        drawable.instances = Instances(frames: Buffer(repeating: .init(), count: 3))
        #expect(drawable.count == 3)
        try drawable.validate()
        drawable.colors = .cellScalars(Buffer<Float>([1, 2]))
        #expect(throws: DatasetError.self) { try drawable.validate() }
        drawable.colors = .pointScalars(Buffer<Float>([1, 2, 3]))
        #expect(throws: DatasetError.self) { try drawable.validate() }
        drawable.colors = .material
        drawable.instances?.sources = Buffer<Int32>([1])
        #expect(throws: DatasetError.self) { try drawable.validate() }
        drawable.instances?.sources = nil
        drawable.primitives = .spheres(nil, radius: 1, radii: nil)
        #expect(throws: DatasetError.self) { try drawable.validate() }
    }
}
