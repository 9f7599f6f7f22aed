import Foundation
import SharedTestData
import Testing

/// The help tells the truth: its examples run, and completion knows the filters.
@Suite struct HelpTests {
    /// Names of files in the examples, and the real files that stand for them.
    private static let files = ["disk.vtu": "unstructured/disk_out_ref.vtu", "can.vtu": "unstructured/can.vtu", "bunny.ply": "polydata/bunny.ply"]

    /// The lines of a command's help that begin with its name.
    private static func examples(_ command: String) throws -> [[String]] {
        let help = try Command.run(["help", command], environment: ["COLUMNS": "500"]).output
        return help.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("tessera \(command) ") }
            .map { words($0) }
    }

    /// Splits as a shell does, as far as examples need it.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == " " && !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return words + (word.isEmpty ? [] : [word])
    }

    @Test(.disabled(if: SharedData.isAbsent), .timeLimit(.minutes(2)), arguments: ["info", "render", "convert", "demo", "schema"])
    func examplesRun(command: String) throws {
        let folder = try Scratch()
        for (name, file) in Self.files {
            try FileManager.default.copyItem(atPath: SharedData.path(file), toPath: folder.path(name))
        }
        let examples = try Self.examples(command)
        #expect(!examples.isEmpty || command == "schema")
        for example in examples where !example.contains(">") {
            let outcome = try Command.run(Array(example.dropFirst()), folder: folder.url)
            #expect(outcome.code == 0, "\(example.joined(separator: " ")): \(outcome.errors)")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["bash", "zsh", "fish"]) func completionKnowsFilters(shell: String) throws {
        let outcome = try Command.run(["--generate-completion-script", shell])
        #expect(outcome.code == 0, "\(outcome.errors)")
        for word in ["render", "preset", "contour", "normals", "viridis"] { #expect(outcome.output.contains(word), "\(shell): \(word)") }
    }

    @Test(.timeLimit(.minutes(1))) func completionScriptIsOneThatBashReads() throws {
        guard FileManager.default.isExecutableFile(atPath: "/bin/bash") else { return }
        let folder = try Scratch()
        let path = folder.path("tessera.bash")
        try Command.run(["--generate-completion-script", "bash"]).output.write(toFile: path, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-n", path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(.timeLimit(.minutes(1))) func mistakesAreMet() throws {
        let folder = try Scratch()
        try "1".write(toFile: folder.path("disk.vtu"), atomically: true, encoding: .utf8)
        for (arguments, hint) in [
            (["info", "wavelet:8", "--contuor", "RTData=1"], "--contour"), (["info", "wavelet:8", "--contour", "RTDta=1"], "RTData"),
            (["render", "wavelet:8", "--preset", "virdis", "-o", folder.path("a.png")], "viridis"), (["info", folder.path("dsik.vtu")], "disk.vtu"),
            (["info", "wavelet:8", "--mesure"], "--measure"),
        ] {
            let outcome = try Command.run(arguments)
            #expect(outcome.code != 0 && outcome.errors.lowercased().contains("did you mean") && outcome.errors.contains(hint), "\(arguments): \(outcome.errors)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func informationForPeopleHasHistograms() throws {
        let outcome = try Command.run(["info", "wavelet:16"])
        #expect(outcome.code == 0 && outcome.output.contains("█") && outcome.output.contains("memory"), "\(outcome.output)")
    }

    /// Colour maps that ParaView exports are taken as they are.
    @Test(.timeLimit(.minutes(1))) func presetsOfFiles() throws {
        let folder = try Scratch()
        let maps = """
            [{"Name": "grey", "ColorSpace": "RGB", "RGBPoints": [5, 0, 0, 0, 9, 1, 1, 1], "NanColor": [1, 0, 0]},
             {"Name": "three", "IndexedColors": [1, 0, 0, 0, 1, 0, 0, 0, 1]}]
            """
        try maps.write(toFile: folder.path("maps.json"), atomically: true, encoding: .utf8)
        func coloring(_ preset: String) throws -> [String: Any] {
            let scene = folder.path("scene.json")
            let outcome = try Command.run([
                "render", "wavelet:8", "--color-by", "RTData", "--preset", preset, "--size", "20x20", "-o", folder.path("a.png"), "--save-scene", scene,
            ])
            try #require(outcome.code == 0, "\(outcome.errors)")
            let root = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: scene))) as? [String: Any]
            let actor = try #require((root?["actors"] as? [[String: Any]])?.first)
            return try #require(actor["colour_by"] as? [String: Any] ?? actor["color_by"] as? [String: Any])
        }
        let grey = try coloring(folder.path("maps.json"))
        #expect(grey["map"] as? [[Double]] == [[0, 0, 0, 0], [1, 1, 1, 1]] && grey["nan_color"] as? [Double] == [1, 0, 0])
        let three = try coloring(folder.path("maps.json") + ":three")
        #expect(three["map"] as? [[Double]] == [[0, 1, 0, 0], [0.5, 0, 1, 0], [1, 0, 0, 1]] && three["colors"] as? Int == 3)
        let wrong = try Command.run(["render", "wavelet:8", "--preset", folder.path("maps.json") + ":gray", "-o", folder.path("a.png")])
        #expect(wrong.code == 2 && wrong.errors.contains("did you mean grey?"), "\(wrong.errors)")
    }
}
