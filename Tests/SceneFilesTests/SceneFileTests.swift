import Datasets
import Filters
import Foundation
import Testing

@testable import SceneFiles

/// Reading scene files, and what is said of wrong ones.
@Suite struct SceneFileTests {
    /// Every key of every object.
    static let complete = """
        {"size": [320, 200], "samples": 4, "background": [0.1, 0.2, 0.3],
         "camera": {"position": [1, 2, 3], "focal_point": [0, 0, 0], "view_up": [0, 0, 1], "view_angle": 25, "parallel_scale": 2,
                    "azimuth": 10, "elevation": -5, "orbit": 3},
         "lights": [{"direction": [0, 0, -1], "colour": [1, 0.5, 0.25], "intensity": 0.5}, {},
           {"position": [1, 2, 3], "direction": [0, 0, -1], "cone_angle": 30, "exponent": 2, "attenuation": [1, 0, 0.1]},
           {"direction": [0, 1, 0], "follows_camera": true}],
         "layers": [{"actors": [{"source": "sphere:8x8"}], "camera": {"azimuth": 5}, "lights": [{}], "viewport": [0, 0, 0.5, 0.5], "interactive": true}],
         "actors": [
          {"file": "a.vtu", "files": ["b.vtu"], "source": "wavelet:8", "sources": ["sphere:8x8"], "points": ["x", "y", "z"],
           "raw": "4x4x4:uint8", "solution": "none", "time": 0.5,
           "steps": [{"op": "clip", "origin": [0, 0, 0], "normal": [1, 0, 0], "inside_out": 1}, {"op": "contour", "array": "A", "values": [1, 2.5]}],
           "colour": [1, 1, 0], "colour_by": {"array": "T", "association": "cell", "component": 2, "range": [0, 1],
             "map": [[0, 0, 0, 0], [0.5, 1, 0, 0], [1, 1, 1, 1]], "nan_colour": [0, 0, 1], "below_color": [0, 1, 0], "above_color": [1, 0, 1],
             "scale": "logarithmic", "percentiles": [2, 98], "reverse": true, "colors": 12, "opacity_points": [[0, 0], [1, 0.5]],
             "bar_title": "T [K]", "bar": [0.8, 0.1, 0.1, 0.8]},
           "opacity": 0.5, "opacity_by": {"array": "O", "range": [0, 1], "opacity_points": [[0, 0], [1, 0.5]]}, "normals": "point", "ambient": 0.1, "diffuse": 0.9, "specular": 0.3, "specular_power": 20,
           "specular_color": [1, 1, 0.5], "unlit": true, "representation": "wireframe", "edges": true, "edge_color": [1, 0, 0], "cull": "back", "back_color": [0, 1, 1],
           "line_width": 2, "point_size": 3},
          {"source": "wavelet:8", "color_by": {"array": "V", "component": "magnitude", "map": "viridis", "bar": true}}],
         "annotations": {"title": "A", "texts": [{"text": "B", "at": "bottom", "scale": 2, "bold": true, "color": [1, 0, 0]}, {"text": "C", "at": [0.5, 0.25]}],
           "axes": true, "cube_axes": true, "axis_titles": ["x", "y", "z"], "outline": true, "colour": [0, 0, 1], "text_size": 14}}
        """

    private func scene(_ text: String) throws -> SceneDescription { try SceneDescription(parsing: Array(text.utf8), file: "s.json") }

    private func failure(_ text: String) throws -> SceneFileError {
        try #require(throws: SceneFileError.self) { try scene(text) }
    }

    @Test func everyKeyIsRead() throws {
        let scene = try scene(Self.complete)
        #expect(scene.width == 320 && scene.height == 200 && scene.samples == 4)
        #expect(scene.camera.viewAngle == 25 && scene.camera.parallelScale == 2 && scene.camera.orbit == 3)
        #expect(scene.lights.count == 4 && scene.lights[0].color == SIMD3(1, 0.5, 0.25) && scene.lights[1].direction == nil)
        let actor = scene.actors[0]
        #expect(actor.inputs == [.file("a.vtu"), .file("b.vtu"), .source("wavelet:8"), .source("sphere:8x8")])
        #expect(actor.steps.map(\.operation) == ["clip", "contour"])
        #expect(actor.coloring?.array.association == .cell && actor.coloring?.array.component == .index(2))
        #expect(actor.coloring?.bar == [0.8, 0.1, 0.1, 0.8] && scene.actors[1].coloring?.bar == [])
        #expect(actor.interpolation == .smooth && actor.isUnlit && actor.showsEdges && actor.representation == .wireframe)
        #expect(scene.actors[1].coloring?.array.component == .magnitude)
        #expect(actor.coloring?.scale == .logarithmic && actor.coloring?.colorCount == 12 && actor.coloring?.opacityPoints.count == 2)
        #expect(scene.annotations.annotations.texts.count == 3 && scene.annotations.annotations.cubeAxes?.titles == ["x", "y", "z"])
        // No shape has a key that this scene forgets.
        for shape in [SceneShape.scene, .layer, .camera, .light, .actor, .coloring, .opacity, .annotations, .textAnnotation] {
            for key in shape.keys {
                if case .unsupported = key.kind { continue }
                #expect(Self.complete.contains("\"\(key.name)\"") || Self.complete.contains("\"\(Spelling.british(key.name))\""), "\(key.name)")
            }
        }
    }

    @Test func writingAndReadingKeepsEverything() throws {
        let json = try scene(Self.complete).json(relativeTo: "", dataFolder: "")
        let again = try scene(json.text(isPretty: true)).json(relativeTo: "", dataFolder: "")
        #expect(json == again)
        #expect(json.text().contains("\"specular_power\":20"))
    }

    @Test func errorsNameKeyAndPlace() throws {
        var error = try failure("{\"actors\": [{\"file\": \"a\"},\n  {\"file\": \"b\",\n   \"steps\": [{\"op\": \"contour\", \"array\": \"a\", \"values\": 3}]}]}")
        #expect(error.path == "actors[1].steps[0].values" && error.place == JSONNode.Place(line: 3, column: 56))
        #expect(error.description == "s.json:3:56: actors[1].steps[0].values: expected a list of numbers, found 3")
        error = try failure("{\"actors\": [{\"file\": \"a\", \"opasity\": 1}]}")
        #expect(error.suggestion == "opacity" && error.path == "actors[0].opasity")
        error = try failure("{\"actors\": [{\"file\": \"a\", \"steps\": [{\"op\": \"contuor\"}]}]}")
        #expect(error.suggestion == "contour")
        error = try failure("{\"actors\": [{\"file\": \"a\", \"steps\": [{\"op\": \"contour\", \"array\": \"a\", \"valeus\": [1]}]}]}")
        #expect(error.suggestion == "values")
        error = try failure("{\"actors\": [{\"file\": \"a\", \"color_by\": {\"array\": \"T\", \"map\": \"virdis\"}}]}")
        #expect(error.suggestion == "viridis")
        error = try failure("{\"actors\": [{\"file\": \"a\", \"opacity\": 2}]}")
        #expect(error.expected == "a number from 0 to 1" && error.found == "2")
        error = try failure("{\"actors\": [{\"file\": \"a\", \"color\": [1,1,1], \"colour\": [1,1,1]}]}")
        #expect(error.found.contains("both"))
    }

    @Test(
        arguments: [
            "", "{", "[]", "3", "{}", "{\"actors\": 3}", "{\"actors\": [3]}", "{\"actors\": [{}]}", "{\"actors\": [{\"file\": 3}]}",
            "{\"actors\": [], \"size\": [0, 5]}", "{\"actors\": [], \"size\": [1e99, 5]}", "{\"actors\": [], \"size\": [1.5, 5]}",
            "{\"actors\": [], \"camera\": {\"position\": [0, 0, 0]}}", "{\"actors\": [], \"camera\": {\"view_up\": [0, 0, 1]}}",
            "{\"actors\": [], \"lights\": [{\"direction\": [0, 0, 0]}]}", "{\"actors\": [], \"actors\": []}", "{\"actors\": []} x",
            "{\"actors\": [{\"file\": \"a\", \"volume\": {}}]}", "{\"actors\": [{\"file\": \"a\", \"steps\": [{\"op\": \"warp\"}]}]}",
            "{\"actors\": [], \"samples\": 1e400}", "{\"actors\": [], \"samples\": 01}", "{\"actors\": [], \"samples\": -}", "{\"actors\": [\"\\ud800\"]}",
            "{\"actors\": [\"\u{1}\"]}", "{\"a\": \"\\x\"}", "nul", "{\"actors\" []}", "{\"actors\": [,]}",
        ])
    func wrongScenesAreRefused(text: String) throws { _ = try failure(text) }

    @Test(.timeLimit(.minutes(1))) func deepAndLongTextsEndSoon() throws {
        _ = try failure(String(repeating: "[", count: 1_000_000))
        _ = try failure(String(repeating: "{\"a\":", count: 100_000))
        // A long line.
        _ = try failure("{\"actors\": [" + String(repeating: "1,", count: 300_000) + "1]}")
    }

    @Test func damagedScenesNeverCrash() {
        let bytes = Array(Self.complete.utf8)
        var state: UInt64 = 0x9E37_79B9
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        for round in 0..<600 {
            var copy = bytes
            switch round % 3 {
            case 0: copy.removeLast(random(copy.count))
            case 1: for _ in 0..<3 { copy[random(copy.count)] = UInt8(random(256)) }
            default: copy.removeSubrange(random(copy.count / 2)..<copy.count / 2 + random(copy.count / 2))
            }
            do {
                _ = try SceneDescription(parsing: copy, file: "s.json")
            } catch {
                #expect(error is SceneFileError, "\(error)")
            }
        }
    }

    @Test func placesCountCharacters() throws {
        let error = try failure("{\"actors\": [], \"größe\": 1, \"x\": 1}")
        #expect(error.place == JSONNode.Place(line: 1, column: 16))
        let node = try JSONParser.parse(Array("[\"é𝄞\\u00e9\\ud834\\udd1e\", 5]".utf8))
        guard case .array(let nodes) = node.value else { throw error }
        #expect(nodes[0].text == "é𝄞é𝄞" && nodes[1].place.column == 26)
    }

    @Test func fileNamesAreSeenFromTheSceneFile() {
        #expect(RelativePath.from("/a/b", to: "c/d.vtu", in: "/a") == "../c/d.vtu")
        #expect(RelativePath.from("/a/b", to: "/x/d.vtu", in: "/a") == "/x/d.vtu")
        #expect(RelativePath.from("", to: "d.vtu", in: "") == "d.vtu")
        #expect(RelativePath.from("out", to: "d.vtu", in: "") == "../d.vtu")
    }

    @Test func schemaIsThatOfTheDocumentation() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Documentation/scene.schema.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text == SceneSchema.json.text(isPretty: true) + "\n", "run `make schema`: keys or operations have changed")
    }
}

@Suite struct NearestTests {
    @Test func nearestWordIsFound() {
        #expect(nearest(to: "temp", among: ["Pres", "Temp"]) == "Temp")
        #expect(nearest(to: "contuor", among: ["clip", "contour"]) == "contour")
        #expect(nearest(to: "xyz", among: ["clip", "contour"]) == nil)
        #expect(nearest(to: "", among: ["clip"]) == nil)
        #expect(nearest(to: "RTDta", among: ["RTData", "RTDate"]) == "RTData")
    }
}
