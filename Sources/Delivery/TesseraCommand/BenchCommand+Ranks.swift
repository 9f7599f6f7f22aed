import Dataflow
import Execution
import Geometry
import Messaging
import ParallelRendering
import SceneFiles
import Scenes

extension BenchCommand {
    /// Whether ranks share the work.
    var spreads: Bool { workloads.first == "composite" || workloads.first == "frame" }

    /// Runs what many ranks do together; the first prints one line.
    func runOnRanks() throws {
        let picture = try pictureSize()
        guard coverage > 0, coverage <= 1 else { throw UsageError("--coverage \(coverage): expected more than 0, at most 1") }
        let frames = max(repetitions, 5)
        var options = try ParallelOptions.parse([])
        options.ranks = ranks
        options.threads = threads
        let session = try Session(options, quiet: true)
        let line: String?
        if workloads[0] == "composite" {
            guard workloads.count == 1 else { throw UsageError("bench composite takes no input: it makes its own pictures") }
            let bench = CompositeBench(width: picture.width, height: picture.height, coverage: coverage, method: compositor, frames: frames)
            line = try session.onEveryRank { try bench.run($0.communicator) }
        } else {
            guard workloads.count == 2 else { throw UsageError("bench frame takes one input: tessera bench frame wavelet:256 --contour RTData=157") }
            let bench = FrameBench(
                input: workloads[1], steps: steps, width: picture.width, height: picture.height,
                options: ParallelRenderOptions(decomposition: decomposition, compositing: compositor), frames: frames)
            line = try session.onEveryRank { try bench.run($0, session) }
        }
        if session.ranks.isRoot, let line { print(line) }
    }

    private func pictureSize() throws -> (width: Int, height: Int) {
        let text = size ?? "1024x1024"
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ $0 >= 1 && $0 <= 1 << 15 }) else {
            throw UsageError("--size \(text): expected a width and a height, such as 1024x1024")
        }
        return (sides[0], sides[1])
    }
}
