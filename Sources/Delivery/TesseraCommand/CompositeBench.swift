import Compositing
import Execution
import Foundation
import Images
import Messaging
import ParallelRendering

/// Times putting pictures together, and nothing else: every rank has a round picture of made-up depths and colours in a square footprint, as the
/// benchmarks of compositors have it; the pixels end on rank 0.
struct CompositeBench: Sendable {
    var width: Int
    var height: Int
    /// The square footprint's share of the picture's shorter side squared, 0…1.
    var coverage: Double
    var method: CompositingMethod
    var frames: Int

    /// What all ranks found, on rank 0.
    struct Result: Sendable {
        var ranks: Int
        var medianSeconds: Double
        var leastSeconds: Double
        var bytes: [Int]
        var messages: [Int]
        var checksum: UInt64
    }

    /// Every rank calls this.
    func run(_ world: Communicator) throws -> Result? {
        let picture = RoundPicture(width: width, height: height, coverage: coverage, rank: world.rank)
        let compositor = try Compositor(world)
        defer { compositor.close() }
        let schedule = method.schedule(rankCount: world.size, rowCount: height, root: 0)
        var pixels = [UInt32](repeating: 0, count: world.rank == 0 ? width * height : 0)
        var seconds: [Double] = []
        for frame in -3..<frames {
            try world.barrier()
            let start = monotonicSeconds()
            try picture.withLayer { layer in
                let owned = try compositor.nearest(layer, schedule) { _, _ in SampleOrder(key: UInt64(world.rank)) }
                try pixels.withUnsafeMutableBufferPointer { pixels in
                    pixels.update(repeating: 0)
                    try compositor.deliver(owned, to: 0, over: pixels.baseAddress, stride: width)
                }
            }
            try world.barrier()
            if frame >= 0 { seconds.append(monotonicSeconds() - start) }
        }
        let bytes = try world.gather(compositor.statistics.bytesSent, to: 0)
        let messages = try world.gather(compositor.statistics.messagesSent, to: 0)
        guard let bytes, let messages else { return nil }
        seconds.sort()
        return Result(
            ranks: world.size, medianSeconds: seconds[seconds.count / 2], leastSeconds: seconds[0], bytes: bytes, messages: messages,
            checksum: pixels.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
    }
}

extension CompositeBench.Result {
    /// One line.
    func json(_ bench: CompositeBench) -> String {
        let parts = [
            "\"workload\": \"composite\"", "\"compositor\": \"\(bench.method.rawValue)\"", "\"ranks\": \(ranks)", "\"width\": \(bench.width)",
            "\"height\": \(bench.height)", "\"coverage\": \(bench.coverage)", String(format: "\"median_ms\": %.3f", medianSeconds * 1e3),
            String(format: "\"least_ms\": %.3f", leastSeconds * 1e3), "\"bytes_sent\": \(bytes)", "\"bytes_all_ranks\": \(bytes.reduce(0, +))",
            "\"messages\": \(messages)", String(format: "\"checksum\": \"%016llx\"", checksum),
        ]
        return "{" + parts.joined(separator: ", ") + "}"
    }
}

/// A disk in a square at a place of the rank's own.
private struct RoundPicture {
    private let width: Int
    private let height: Int
    private let footprint: SampleLayer.Box
    private var depths: [Int32]
    private var colors: [UInt32]
    /// Farther than all.
    private static let farthest = Int32(bitPattern: Float(1).bitPattern)

    init(width: Int, height: Int, coverage: Double, rank: Int) {
        self.width = width
        self.height = height
        depths = Array(repeating: Self.farthest, count: width * height)
        colors = Array(repeating: 0, count: width * height)
        let side = max(1, min(min(width, height), Int(coverage.squareRoot() * Double(min(width, height)))))
        var state = UInt64(1234 + rank) &* 0x9E37_79B9_7F4A_7C15
        func place(_ room: Int) -> Int {
            state ^= state >> 29
            state &*= 0xBF58_476D_1CE4_E5B9
            return room > 0 ? Int(state >> 33) % (room + 1) : 0
        }
        let (left, top) = (place(width - side), place(height - side))
        footprint = SampleLayer.Box(columns: left..<left + side, rows: top..<top + side)
        for y in footprint.rows {
            for x in footprint.columns {
                let dx = Double(x - left) * 2 / Double(side) - 1
                let dy = Double(y - top) * 2 / Double(side) - 1
                if dx * dx + dy * dy > 1 { continue }
                let depth = 0.2 + 0.6 * Float((x * 7 + y * 13 + rank * 31) % 101) / 101
                depths[y * width + x] = Int32(bitPattern: depth.bitPattern)
                colors[y * width + x] = UInt32(rank * 40 & 255) | UInt32(x & 255) << 8 | UInt32(y & 255) << 16 | 255 << 24
            }
        }
    }

    func withLayer(_ body: (SampleLayer) throws -> Void) throws {
        try depths.withUnsafeBufferPointer { depths in
            try colors.withUnsafeBufferPointer { colors in
                guard let depths = depths.baseAddress, let colors = colors.baseAddress else { return }
                try body(
                    SampleLayer(depths: depths, colors: colors, width: width, height: height, empty: Self.farthest, footprint: footprint))
            }
        }
    }
}
