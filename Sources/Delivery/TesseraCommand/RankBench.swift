import Compositing
import Execution
import Foundation
import Messaging
import ParallelRendering

/// Frames that many ranks make together, timed: from one barrier to the next, the pixels on rank 0.
struct RankBench: Sendable {
    var workload: String
    var method: CompositingMethod
    var width: Int
    var height: Int
    var frames: Int
    /// Frames before those that count.
    static let warmup = 3

    /// What the last frame took on one rank.
    struct Share: Sendable, BitwiseCopyable {
        var bytes = 0
        var messages = 0
        var render = 0.0
        var encode = 0.0
        var merge = 0.0
        var wait = 0.0
        var deliver = 0.0

        init() {}

        init(_ statistics: CompositingStatistics) {
            bytes = statistics.bytesSent
            messages = statistics.messagesSent
            encode = statistics.encodeSeconds
            merge = statistics.mergeSeconds
            wait = statistics.waitSeconds
            deliver = statistics.deliverSeconds
        }
    }

    /// What all ranks found, on rank 0.
    struct Result: Sendable {
        /// Of all frames, sorted.
        var seconds: [Double]
        var shares: [Share]
        var checksum: UInt64
    }

    /// Every rank calls this.
    ///
    /// - Parameters:
    ///   - frame: makes one; told its number, negative before those that count.
    ///   - share: of the last frame.
    ///   - pixels: lends rank 0's picture.
    func run(
        on world: Communicator, frame: (Int) throws -> Void, share: () -> Share,
        pixels: ((UnsafeRawBufferPointer) -> UInt64) throws -> UInt64
    ) throws -> Result? {
        var seconds: [Double] = []
        for number in -Self.warmup..<frames {
            try world.barrier()
            let start = monotonicSeconds()
            try frame(number)
            try world.barrier()
            if number >= 0 { seconds.append(monotonicSeconds() - start) }
        }
        guard let shares = try world.gather(share(), to: 0) else { return nil }
        return Result(seconds: seconds.sorted(), shares: shares, checksum: try pixels(Self.checksum))
    }

    /// FNV-1a over words of four bytes.
    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.bindMemory(to: UInt32.self).reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }

    /// One line.
    ///
    /// - Parameter facts: more of them, as JSON.
    func json(_ result: Result, _ facts: [(name: String, value: String)]) -> String {
        func list(_ value: (Share) -> Double) -> String {
            "[" + result.shares.map { String(format: "%.3f", value($0) * 1e3) }.joined(separator: ", ") + "]"
        }
        let seconds = result.seconds
        var parts = [
            "\"workload\": \"\(workload)\"", "\"compositor\": \"\(method.rawValue)\"", "\"ranks\": \(result.shares.count)", "\"width\": \(width)",
            "\"height\": \(height)",
        ]
        parts += facts.map { "\"\($0.name)\": \($0.value)" }
        parts += [
            String(format: "\"median_ms\": %.3f", seconds[seconds.count / 2] * 1e3), String(format: "\"least_ms\": %.3f", seconds[0] * 1e3),
            "\"bytes_sent\": \(result.shares.map(\.bytes))", "\"bytes_all_ranks\": \(result.shares.reduce(0) { $0 + $1.bytes })",
            "\"messages\": \(result.shares.map(\.messages))", "\"render_ms\": " + list(\.render), "\"encode_ms\": " + list(\.encode),
            "\"merge_ms\": " + list(\.merge), "\"wait_ms\": " + list(\.wait), "\"deliver_ms\": " + list(\.deliver),
            String(format: "\"checksum\": \"%016llx\"", result.checksum),
        ]
        return "{" + parts.joined(separator: ", ") + "}"
    }
}
