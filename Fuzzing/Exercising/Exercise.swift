import Foundation
import Tessera

/// What every input goes through: reading, checking, measuring, and the way to a picture.
public enum Exercise {
    public enum Outcome: Equatable, Sendable {
        /// Read, consistent, measured and mapped.
        case read
        /// Refused with an error.
        case refused(String)
        /// Something that must not happen.
        case wrong(String)
    }

    public static let context = ExecutionContext(threads: 2, memory: MemoryBudget(limit: 1 << 30))

    /// Reads the file at `path` and uses what it holds; a `.json` is a scene file.
    ///
    /// - Parameter number: varies how it is used.
    public static func run(_ path: String, number: Int) -> Outcome {
        do {
            if path.hasSuffix(".json") { return try scene(path) }
            let source = try FileSource(path: path)
            let executor = Executor(context: context, extractor: ExtractPiece(), gatherer: GatherPieces())
            let dataset = try executor.result(of: Pipeline(source))
            let errors = dataset.validate().filter { $0.severity == .error }
            if let first = errors.first { return .wrong("read without an error, but is inconsistent: \(first)") }
            _ = try DatasetSummary(of: dataset, isMeasured: true, context: context)
            if let found = try wrongPiece(of: source, number: number) { return .wrong(found) }
            return try draw(Pipeline(source), dataset, in: executor, pieces: number % 3 == 0 ? 3 : 1)
        } catch {
            let text = "\(error)"
            return text.isEmpty ? .wrong("an error without a text: \(type(of: error))") : .refused(text)
        }
    }

    /// Reads a scene, writes it, and reads that: the same scene.
    private static func scene(_ path: String) throws -> Outcome {
        let json = try SceneDescription(readingFile: path).json(relativeTo: "", dataFolder: "")
        do {
            let again = try SceneDescription(parsing: Array(json.text(isPretty: true).utf8), file: "written").json(relativeTo: "", dataFolder: "")
            return json == again ? .read : .wrong("what was written is read as another scene: \(again.text().prefix(400))")
        } catch {
            return .wrong("what was written is refused: \(error)")
        }
    }

    /// What is inconsistent in a piece that the file's reader makes on its own; nil where nothing is, or it makes none.
    private static func wrongPiece(of source: FileSource, number: Int) throws -> String? {
        guard try source.describe().splitting == .ownedPieces else { return nil }
        let piece = try source.produce(UpdateRequest(piece: number % 3, of: 3), context: context)
        return piece.validate().first { $0.severity == .error }.map { "a piece is inconsistent: \($0)" }
    }

    private static func draw(_ pipeline: Pipeline, _ dataset: Dataset, in executor: Executor, pieces: Int) throws -> Outcome {
        var drawn = dataset
        if dataset.kind != .table {
            drawn = try executor.result(of: pipeline.appending(Surface()), pieces: pieces)
            let center = dataset.bounds.isEmpty ? Vector3() : dataset.bounds.center
            if center.length.isFinite {
                _ = try executor.result(of: pipeline.appending(Slice(plane: Plane(origin: center, normal: Vector3(0.36, 0.48, 0.8)))), pieces: pieces)
            }
        }
        var scene = Scene(actors: [Actor(try DatasetMapper().drawables(of: drawn, context: context))], width: 64, height: 48)
        scene.resetCamera()
        _ = try Rasterizer().render(try scene.makeDrawList(), in: context)
        return .read
    }
}
