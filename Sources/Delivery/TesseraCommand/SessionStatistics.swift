import Execution
import Files
import Foundation
import ParallelRendering
import RankDataflow
import Synchronization

/// What ranks did, run by run.
final class RankLog: Sendable {
    private let runs = Mutex<[[RankStatistics]]>([])
    private let drawn = Mutex<[[RankFrameStatistics]]>([])

    /// Notes what a frame took on each rank.
    func add(frame: [RankFrameStatistics]) { drawn.withLock { $0.append(frame) } }

    /// Of each frame that ranks drew together, by rank.
    var frames: [[RankFrameStatistics]] { drawn.withLock { $0 } }

    /// Notes what the ranks of a run did.
    func add(_ statistics: [RankStatistics]) { runs.withLock { $0.append(statistics) } }

    /// The ranks' figures of all runs together, nothing where there was one rank.
    var ranks: [RankStatistics] {
        runs.withLock { runs in
            var all: [Int: RankStatistics] = [:]
            for statistics in runs.joined() {
                guard var known = all[statistics.rank] else {
                    all[statistics.rank] = statistics
                    continue
                }
                known.bytesSent += statistics.bytesSent
                known.messagesSent += statistics.messagesSent
                known.peakBytes = max(known.peakBytes, statistics.peakBytes)
                known.heldBytes = max(known.heldBytes, statistics.heldBytes)
                known.pieces += statistics.pieces
                all[statistics.rank] = known
            }
            return all.values.sorted { $0.rank < $1.rank }
        }
    }
}

extension Session {
    /// Notes what ranks did: their pieces and warnings, and the longest time that a rank took for each stage.
    func note(_ statistics: [RankStatistics]) {
        log.add(statistics)
        for piece in statistics.flatMap(\.pieces).sorted(by: { $0.piece < $1.piece }) { context.trace.record(piece: piece) }
        for warning in statistics.flatMap(\.warnings) { context.trace.record(warning: warning) }
        var names: [String] = []
        var seconds: [String: Double] = [:]
        for stage in statistics.flatMap(\.stages) {
            if seconds[stage.name] == nil { names.append(stage.name) }
            seconds[stage.name] = max(seconds[stage.name] ?? 0, stage.seconds)
        }
        for name in names { context.trace.record(stage: name, seconds: seconds[name]!) }
    }

    /// Writes what happened, where `--stats` asks for it.
    func finish() throws {
        ProgressBar.clear()
        if ranks.isRoot { tellWarnings() }
        guard let statisticsPath, ranks.isRoot else { return }
        let trace = context.trace
        let known = log.ranks
        let statistics = Statistics(
            threads: context.threads, ranks: ranks.count, peak_bytes: max(peakResidentBytes(), known.map(\.peakBytes).max() ?? 0),
            pieces: trace.pieces.map {
                .init(rank: $0.rank, piece: $0.piece, cells: $0.cells, ghost_cells: $0.ghostCells, primitives: $0.primitives, seconds: $0.seconds)
            }, bytes_sent: known.map(\.bytesSent), messages: known.map(\.messagesSent),
            memory: known.map { .init(rank: $0.rank, peak_bytes: $0.peakBytes, data_bytes: $0.heldBytes, threads: $0.threads) },
            stages: trace.stages.map { .init(name: $0.name, seconds: $0.seconds) },
            frames: log.frames.isEmpty ? nil : log.frames.map { frame in
                .init(imbalance: CountedWork.imbalance(frame.map(\.work)), ranks: frame)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try encoder.encode(statistics).write(to: URL(fileURLWithPath: statisticsPath), options: .atomic)
        } catch {
            throw FileError(file: statisticsPath, expected: "a file that can be written", found: error.localizedDescription)
        }
    }

    /// The form of the file that `--stats` writes.
    private struct Statistics: Encodable {
        struct Piece: Encodable {
            var rank, piece, cells, ghost_cells, primitives: Int
            var seconds: Double
        }
        /// Resident memory of the rank's process at its peak, and the most data that one stage of the rank had in hand.
        struct Memory: Encodable {
            var rank, peak_bytes, data_bytes, threads: Int
        }
        struct StageTime: Encodable {
            var name: String
            var seconds: Double
        }
        /// A picture that ranks drew together: the greatest counted work over the mean, and each rank's figures.
        struct Frame: Encodable {
            var imbalance: Double
            var ranks: [RankFrameStatistics]
        }
        var threads, ranks, peak_bytes: Int
        var pieces: [Piece]
        var bytes_sent, messages: [Int]
        var memory: [Memory]
        var stages: [StageTime]
        var frames: [Frame]?
    }
}
