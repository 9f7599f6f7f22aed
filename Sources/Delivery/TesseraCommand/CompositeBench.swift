import Compositing
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

    /// Every rank calls this.
    ///
    /// - Returns: one line of JSON, on rank 0.
    func run(_ world: Communicator) throws -> String? {
        let picture = RoundPicture(width: width, height: height, coverage: coverage, rank: world.rank)
        let compositor = try Compositor(world)
        defer { compositor.close() }
        let schedule = method.schedule(rankCount: world.size, rowCount: height, root: 0)
        var pixels = [UInt32](repeating: 0, count: world.rank == 0 ? width * height : 0)
        let bench = RankBench(workload: "composite", method: method, width: width, height: height, frames: frames)
        let result = try bench.run(on: world) { _ in
            try picture.withLayer { layer in
                try pixels.withUnsafeMutableBufferPointer { pixels in
                    pixels.update(repeating: 0)
                    try compositor.gather(layer, schedule, to: 0, over: pixels.baseAddress, stride: width) { _, _ in
                        SampleOrder(key: UInt64(world.rank))
                    }
                }
            }
        } share: {
            RankBench.Share(compositor.statistics)
        } pixels: { body in
            pixels.withUnsafeBytes(body)
        }
        return result.map { bench.json($0, [("coverage", "\(coverage)")]) }
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
        // The places that the benchmark of IceT has on a GNU system: those of rand_r.
        var state = UInt32(truncatingIfNeeded: 1234 + rank)
        func bits(_ count: UInt32) -> Int {
            state = state &* 1_103_515_245 &+ 12345
            return Int((state >> 16) % (1 << count))
        }
        func place(_ room: Int) -> Int {
            if room <= 0 { return 0 }
            let number = bits(11) << 20 ^ bits(10) << 10 ^ bits(10)
            return number % (room + 1)
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
