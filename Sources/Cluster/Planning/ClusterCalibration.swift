import Compositing
import Execution
import Images
import Messaging
import Rasterizing
import Scenes
import Visibility

/// Measures what a `ClusterModel` says, on the ranks that are there. Every rank makes the same calls.
public enum ClusterCalibration {
    /// Latency, overhead and bandwidth between the first two ranks: half of the time of messages there and back, short ones and long ones.
    ///
    /// A short message takes L + 2 o; a quarter of it is counted as the overhead of each side.
    public static func network(_ world: Communicator, _ model: inout ClusterModel) throws {
        guard world.size > 1 else { return }
        let short = try halfTrip(world, bytes: 8, times: 200)
        let long = try halfTrip(world, bytes: 1 << 20, times: 24)
        var found = [short / 2, short / 4, Double(1 << 20) / max(long - short, 1e-9)]
        try world.broadcast(&found, from: 0)
        (model.latency, model.overhead, model.bandwidth) = (found[0], found[1], found[2])
    }

    /// Median seconds of one way.
    private static func halfTrip(_ world: Communicator, bytes: Int, times: Int) throws -> Double {
        var data = [UInt8](repeating: 1, count: bytes)
        var seconds: [Double] = []
        for _ in 0..<times + 5 {
            if world.rank > 1 { break }
            let start = monotonicSeconds()
            if world.rank == 0 {
                try world.send(data, to: 1, tag: 1)
                data = try world.receive(UInt8.self, from: 1, tag: 2)
            } else {
                data = try world.receive(UInt8.self, from: 0, tag: 1)
                try world.send(data, to: 0, tag: 2)
            }
            seconds.append((monotonicSeconds() - start) / 2)
        }
        try world.barrier()
        return median(Array(seconds.dropFirst(5)))
    }

    /// What coding and merging samples takes: pictures of all ranks put together with much and with little in them.
    public static func compositing(_ world: Communicator, _ model: inout ClusterModel, side: Int = 1024) throws {
        let compositor = try Compositor(world)
        defer { compositor.close() }
        let full = try times(world, compositor, side: side, share: 0.9)
        let little = try times(world, compositor, side: side, share: 0.05)
        let pixels = Double(side) * Double(side)
        // What every rank finds goes to all: the slowest counts.
        var found = [
            max(full.coded - little.coded, 0) / (pixels * 0.85 * 0.5), max(full.merged - little.merged, 0) / (pixels * 0.85), little.seconds / pixels,
        ]
        found = try world.allReduce(found, .maximum)
        model.secondsPerCodedSample = max(found[0], 1e-11)
        model.secondsPerMergedSample = max(found[1], 1e-11)
        // A row is looked at by its sender and by its receiver.
        model.secondsPerPixel = max(found[2] / 2 - 0.05 * (found[0] / 2 + found[1]), 1e-12)
    }

    private static func times(
        _ world: Communicator, _ compositor: Compositor, side: Int, share: Double
    ) throws -> (coded: Double, merged: Double, seconds: Double) {
        let count = side * side
        var depths = [Int32](repeating: .max, count: count)
        let colors = [UInt32](repeating: 0x7F7F_7FFF, count: count)
        let rows = Int(Double(side) * share)
        for place in 0..<rows * side { depths[place] = Int32((place &* 7919) & 0xFFFF) * 2 + Int32(world.rank) }
        let schedule = CompositingSchedule.directSend(rankCount: world.size, rowCount: side)
        var lists: [[Double]] = [[], [], []]
        for frame in 0..<9 {
            try depths.withUnsafeBufferPointer { depths in
                try colors.withUnsafeBufferPointer { colors in
                    guard let depths = depths.baseAddress, let colors = colors.baseAddress else { return }
                    let layer = SampleLayer(depths: depths, colors: colors, width: side, height: side)
                    _ = try compositor.nearest(layer, schedule) { _, _ in SampleOrder(actor: UInt32(world.rank)) }
                }
            }
            if frame < 2 { continue }
            let statistics = compositor.statistics
            lists[0].append(statistics.encodeSeconds)
            lists[1].append(statistics.mergeSeconds)
            lists[2].append(statistics.encodeSeconds + statistics.mergeSeconds)
        }
        // Half of the rows are sent where there are two ranks.
        let sent = 2 * Double(world.size - 1) / Double(world.size)
        return (median(lists[0]) / max(sent, 0.5), median(lists[1]), median(lists[2]))
    }

    /// What drawing takes on one rank, from a scene drawn large and small; and what the scene is.
    ///
    /// - Returns: its primitives and the share of the pixels that they cover.
    public static func drawing(
        _ scene: Scene, _ model: inout ClusterModel, in context: ExecutionContext
    ) throws -> (primitives: Int, coverage: Double) {
        var small = scene
        small.width = max(1, scene.width / 8)
        small.height = max(1, scene.height / 8)
        let (large, little) = (try draw(scene, context), try draw(small, context))
        let samples = Double(max(1, large.samples - little.samples))
        model.secondsPerSample = max(large.seconds - little.seconds, 0) / samples
        model.secondsPerPrimitive = max(little.seconds - model.secondsPerSample * Double(little.samples), 0) / Double(max(1, large.primitives))
        return (large.primitives, Double(large.samples) / (Double(scene.width) * Double(scene.height)))
    }

    private static func draw(_ scene: Scene, _ context: ExecutionContext) throws -> (seconds: Double, samples: Int, primitives: Int) {
        let list = try scene.makeDrawList()
        let (rasterizer, samples) = (Rasterizer(), DrawnSamples())
        var seconds: [Double] = []
        var statistics = FrameStatistics()
        for frame in 0..<8 {
            let start = monotonicSeconds()
            statistics = try rasterizer.draw(list, sample: 0, into: samples, in: context)
            if frame > 1 { seconds.append(monotonicSeconds() - start) }
        }
        return (median(seconds), statistics.visiblePixels, list.items.reduce(0) { $0 + $1.drawable.count })
    }

    private static func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
}
