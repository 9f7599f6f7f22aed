/// What the processors and the network of a cluster can do: the parameters of LogGP, and the rates of one rank.
///
/// A message of k bytes keeps its sender and its receiver busy for `overhead` each, and is there `latency` + k ÷ `bandwidth` after it was sent
/// (Alexandrov, Ionescu, Schauser, Scheiman: LogGP: Incorporating long messages into the LogP model, SPAA 1995; the gap between short messages is
/// taken for the overhead). Times are in seconds, those of one rank that has its cores to itself.
public struct ClusterModel: Sendable, Hashable {
    /// L.
    public var latency = 2e-6
    /// o.
    public var overhead = 0.5e-6
    /// 1 ÷ G: bytes a second that one rank can send while it gets as many.
    public var bandwidth = 10e9
    /// To transform and rasterize one primitive.
    public var secondsPerPrimitive = 1 / 40e6
    /// To shade one sample that is seen.
    public var secondsPerSample = 1 / 100e6
    /// To bring one sample into the form in which it travels.
    public var secondsPerCodedSample = 1.5e-9
    /// To merge one sample that came, or that a rank keeps.
    public var secondsPerMergedSample = 1.5e-9
    /// To look at one pixel of the picture where nothing may be.
    public var secondsPerPixel = 0.1e-9
    /// Cores that all ranks share, whose memory then is the network; nil: each has its own.
    public var cores: Int?

    public init() {}

    /// How much longer everything takes where ranks have to take turns.
    func turns(_ ranks: Int) -> Double { cores.map { max(1, Double(ranks) / Double(max(1, $0))) } ?? 1 }

    /// Seconds that ranks need for work that they do at the same time.
    ///
    /// - Parameters:
    ///   - greatest: of the rank that has most, where nobody is in its way.
    ///   - total: of all ranks together.
    func seconds(greatest: Double, total: Double) -> Double {
        guard let cores else { return greatest }
        return max(greatest, total / Double(max(1, cores)))
    }
}

/// A picture to be made, as far as it decides how long that takes.
public struct FrameWorkload: Sendable, Hashable {
    public var width: Int
    public var height: Int
    /// Triangles, lines, points and spheres of all ranks together.
    public var primitives = 1e6
    /// The share of the pixels that show something in the end, 0…1.
    public var coverage = 0.5
    /// The share of the pixels that one rank's part covers; nil: as of a compact part of a body, coverage ÷ ranks^⅔.
    public var partCoverage: Double?
    /// The most that a rank has to draw, as a multiple of the mean.
    public var imbalance = 1.0
    /// Of points, indices and values of all ranks together.
    public var geometryBytes = 0.0
    /// Stretches of samples in a row that shows something.
    public var runsPerRow = 2.0

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    var pixels: Double { Double(width) * Double(height) }

    /// The share of the pixels that the parts of `count` of `ranks` ranks cover together: a power law between one part and all.
    func coverage(of count: Int, ranks: Int) -> Double {
        let whole = min(max(coverage, 0), 1)
        if ranks <= 1 { return whole }
        let part = min(partCoverage ?? whole * power(Double(ranks), -2 / 3.0), whole)
        if part <= 0 || whole <= 0 { return 0 }
        return min(whole, part * power(Double(count), logarithm(whole / part) / logarithm(Double(ranks))))
    }
}
