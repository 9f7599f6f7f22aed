import Foundation

/// What decides how long a frame takes, of all ranks.
public struct FrameLoad: Sendable, Hashable {
    /// Primitives of each rank's own part of the scene.
    public var primitives: [Int]
    /// Bytes of all geometry.
    public var byteCount: Int
    public var width: Int
    public var height: Int
    /// Samples a pixel.
    public var samples: Int
    /// Whether fragments travel unblended where pictures are put together.
    public var isTranslucent: Bool
    /// Whether everything fits every rank.
    public var fits: Bool
    /// Frames that geometry, once sent, is used for.
    public var frames: Int

    public init(
        primitives: [Int], byteCount: Int, width: Int, height: Int, samples: Int = 1, isTranslucent: Bool = false, fits: Bool = true,
        frames: Int = 1
    ) {
        self.primitives = primitives
        self.byteCount = byteCount
        self.width = width
        self.height = height
        self.samples = samples
        self.isTranslucent = isTranslucent
        self.fits = fits
        self.frames = frames
    }
}

/// Predicts the time of a frame from rates: coarse, enough to choose by.
public struct FrameCost: Sendable, Hashable {
    /// Seconds for a primitive, for a sample, for a byte sent, for a message.
    public var primitive = 20e-9
    public var sample = 10e-9
    public var byte = 1e-9
    public var message = 20e-6
    /// The part of the picture that shows something.
    public var coverage = 0.4
    /// Layers of translucent things on top of each other.
    public var depth = 3.0

    public init() {}

    /// Seconds of one frame.
    public func seconds(_ way: Decomposition, _ load: FrameLoad) -> Double {
        let ranks = load.primitives.count
        let groups = way.groupCount(ranks: ranks)
        let members = Double(ranks) / Double(groups)
        let all = Double(load.primitives.reduce(0, +))
        let covered = Double(load.width * load.height * load.samples) * coverage
        let tile = covered / Double(groups)
        // Tiles and parts are balanced; what ranks have from the beginning is not.
        let most = groups == 1 ? Double(load.primitives.max() ?? 0) : all / Double(ranks) * (1 + 0.05 * Double(groups))
        var seconds = most * primitive + tile * sample * (members > 1 ? 0.7 : 1)
        if members > 1 {
            let each = load.isTranslucent ? 48 * depth : 8
            seconds += tile / members * (members - 1) * each * byte + tile * (members - 1) / members * 1e-9 + message * members
        }
        // Finished pixels come to one rank.
        seconds += covered / Double(load.samples) * 4 * byte * Double(ranks - 1) / Double(ranks) + message
        if groups > 1 {
            // Geometry travels once, to each group; where it does not fit, again and again.
            let travels = Double(load.byteCount) * (load.fits ? Double(groups - 1) / Double(ranks) : 1) * byte
            seconds += load.fits ? travels / Double(max(1, load.frames)) : travels * 0.2
        }
        return seconds
    }

    /// The fastest way, and what each would take.
    public func choose(_ load: FrameLoad) -> (way: Decomposition, table: [(way: Decomposition, seconds: Double)]) {
        let ranks = load.primitives.count
        var ways: [Decomposition] = [.sortLast]
        if ranks > 1 { ways.append(.sortFirst) }
        if ranks > 3 { ways.append(.hybrid(groups: nil)) }
        let table = ways.map { (way: $0, seconds: seconds($0, load)) }
        let best = table.min { $0.seconds < $1.seconds }
        return (best?.way ?? .sortLast, table)
    }

    /// How `choose` came to its choice, in a line.
    public func explanation(_ load: FrameLoad) -> String {
        let (way, table) = choose(load)
        let costs = table.map { "\($0.way) \(String(format: "%.1f", $0.seconds * 1e3)) ms" }.joined(separator: ", ")
        let sizes = "\(load.primitives.reduce(0, +)) primitives, \(load.width)×\(load.height) pixels of \(load.samples) samples, \(load.primitives.count) ranks"
        return "decomposition: \(way), expected for \(sizes): \(costs)"
    }
}
