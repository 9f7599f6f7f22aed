import ArgumentParser
import Datasets
import Execution
import Foundation
import Images
import ParallelRendering
import Planning
import SceneFiles
import Scenes

/// What a frame takes on a cluster that is not there.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Predicts time, bytes and memory of a frame on many ranks, for each way in which their pictures come together.",
        discussion: """
            tessera plan wavelet:256 --contour RTData=157 --size 1920x1080 -o plan.png
            tessera plan --primitives 1e9 --coverage 0.4 --ranks 1024,65536,1048576 --latency 1.2us --bandwidth 25GB
            mpirun -n 2 tessera plan can.vtu --calibrate --ranks 1,2,4,8

            With an input, its picture is drawn on one rank: that gives the primitives, the coverage and the rate of one rank. --calibrate measures
            coding and messages too, between two threads, or the first two of the ranks that a launcher started. What options say wins. Opaque
            pictures, each rank with its part; the network is that of LogGP: a message keeps both sides busy for the overhead, and is there after
            the latency and its bytes ÷ bandwidth.

            \(FilterArguments.help)
            """)

    @Argument(help: "A file or a source to draw.", completion: .file())
    var inputs: [String] = []
    @Option(name: .customLong(FilterArguments.carrier), help: .hidden)
    var steps: [String] = []
    @Option(help: ArgumentHelp("Columns of a table that become coordinates.", valueName: "x,y,z"))
    var points: String?
    @Option(help: ArgumentHelp("Numbers of ranks.", valueName: "N,N,…"))
    var ranks = "1,2,4,8,16,64,256,1024,4096,16384,65536,262144,1048576"
    @Option(help: ArgumentHelp("Size of the picture in pixels.", valueName: "WxH"))
    var size = "1024x1024"
    @Option(help: ArgumentHelp("How the pictures of ranks come together: a list, or all.", valueName: "METHOD,…|all"))
    var compositor = "all"
    @OptionGroup var workload: WorkloadOptions
    @OptionGroup var cluster: ClusterOptions
    @Option(name: .shortAndLong, help: ArgumentHelp("Draw the curves.", valueName: "OUT.png|jpg"), completion: .file(extensions: ["png", "jpg"]))
    var output: String?
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        let counts = try self.counts()
        let methods: [CompositingMethod] = try WayOptions.list(compositor, "compositor", all: CompositingMethod.allCases.filter { $0 != .automatic })
        if let output, PictureFormat(path: output) == nil {
            throw UsageError("-o \(output): the name of a picture ends in one of \(PictureFormat.knownEndings)")
        }
        let (session, ranks) = try sessions()
        let (frame, model) = try measured(session, ranks)
        guard ranks.ranks.isRoot else { return }
        let plans = counts.flatMap { count in
            methods.map { (method: $0, plan: FramePlan(ranks: count, tree: $0.tree(rankCount: count), frame, on: model)) }
        }
        ProgressBar.clear()
        print(json ? PlanReport.json(plans, frame, model).text() : PlanReport.text(plans, frame, model))
        guard let output else { return }
        let curves = methods.map { method in
            PlanChart.Curve(
                name: method.rawValue, points: plans.filter { $0.method == method }.map { ($0.plan.ranks, $0.plan.seconds * 1e3) })
        }
        try PlanChart(title: "A frame of \(frame.width)×\(frame.height) pixels", curves: curves).image(in: session.context).write(to: output, in: session.context)
    }

    private func counts() throws -> [Int] {
        let counts = ranks.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard counts.allSatisfy({ $0 >= 1 && $0 <= 1 << 24 }) else { throw UsageError("--ranks \(ranks): expected numbers such as 1,16,1024") }
        return counts
    }

    /// One that draws alone, and one whose ranks measure messages.
    private func sessions() throws -> (alone: Session, ranks: Session) {
        var options = try ParallelOptions.parse([])
        options.threads = cluster.threads
        let alone = try Session(options)
        if LaunchedRanks.world == nil { options.ranks = 2 }
        options.threads = max(2, options.threads ?? 1)
        return (alone, try Session(options, quiet: true))
    }

    private func measured(_ session: Session, _ ranks: Session) throws -> (FrameWorkload, ClusterModel) {
        let sides = try LookOptions.sides(size)
        var frame = FrameWorkload(width: sides.width, height: sides.height)
        var model = ClusterModel()
        if cluster.calibrate {
            model.cores = LaunchedRanks.world == nil ? ExecutionContext.processorCount : nil
            let base = model
            model = try ranks.onEveryRank { rank in
                var model = base
                try ClusterCalibration.network(rank.communicator, &model)
                if rank.communicator.size > 1 { try ClusterCalibration.compositing(rank.communicator, &model) }
                return model
            }
        }
        if !inputs.isEmpty {
            try ranks.onRoot {
                guard ranks.ranks.isRoot else { return }
                let scene = try scene(session, sides)
                let found = try ClusterCalibration.drawing(scene, &model, in: session.context)
                frame.primitives = Double(found.primitives)
                frame.coverage = found.coverage
                frame.geometryBytes = Double(scene.geometryBytes)
            }
        }
        try workload.apply(to: &frame)
        try cluster.apply(to: &model)
        return (frame, model)
    }

    private func scene(_ session: Session, _ sides: (width: Int, height: Int)) throws -> Scene {
        var options = try InputOptions.parse(inputs)
        options.steps = steps
        options.points = points
        let look = try LookOptions.parse(["--size", "\(sides.width)x\(sides.height)"])
        let (description, folder) = try SceneArguments(input: options, look: look, data: nil).description()
        let builder = SceneBuilder(context: session.context, folder: folder) { try session.executor.result(of: $0, pieces: 1, time: $1) }
        return try builder.scene(description)
    }
}

/// What is drawn, where it is not measured.
struct WorkloadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Triangles, lines, points and spheres of all ranks.", valueName: "N"))
    var primitives: Double?
    @Option(help: ArgumentHelp("Share of the pixels that show something.", valueName: "C"))
    var coverage: Double?
    @Option(help: ArgumentHelp("Share of the pixels that one rank's part covers; of a compact part by default.", valueName: "C"))
    var partCoverage: Double?
    @Option(help: ArgumentHelp("What the rank with most has to draw, as a multiple of the mean.", valueName: "X"))
    var imbalance = 1.0

    func apply(to frame: inout FrameWorkload) throws {
        if let primitives {
            guard primitives >= 0, primitives < 1e18 else { throw UsageError("--primitives \(primitives): expected a number of primitives") }
            frame.primitives = primitives
            frame.geometryBytes = primitives * 24
        }
        for (name, value) in [("coverage", coverage), ("part-coverage", partCoverage)] {
            if let value, !(0...1).contains(value) { throw UsageError("--\(name) \(value): expected 0 to 1") }
        }
        if let coverage { frame.coverage = coverage }
        frame.partCoverage = partCoverage
        guard imbalance >= 1, imbalance <= 1e6 else { throw UsageError("--imbalance \(imbalance): expected 1 or more") }
        frame.imbalance = imbalance
    }
}

/// The cluster, where it is not measured.
struct ClusterOptions: ParsableArguments {
    @Flag(help: "Measure latency, bandwidth and the rates of coding and merging.")
    var calibrate = false
    @Option(help: ArgumentHelp("From a message's end of sending to its arrival, such as 1.5us.", valueName: "TIME"))
    var latency: String?
    @Option(help: ArgumentHelp("What a message keeps each side busy, such as 0.5us.", valueName: "TIME"))
    var overhead: String?
    @Option(help: ArgumentHelp("Bytes a second between two ranks, such as 12.5GB.", valueName: "SIZE"))
    var bandwidth: String?
    @Option(help: ArgumentHelp("Primitives that one rank draws in a second.", valueName: "N"))
    var rate: Double?
    @Option(help: ArgumentHelp("Samples that one rank shades in a second.", valueName: "N"))
    var fill: Double?
    @Option(help: ArgumentHelp("Cores that all ranks share; each has its own by default, and this machine's after --calibrate without a launcher.", valueName: "N"))
    var cores: Int?
    @Option(help: ArgumentHelp("Threads that a rank draws with, where that is measured.", valueName: "N"))
    var threads = 1

    func apply(to model: inout ClusterModel) throws {
        if let latency { model.latency = try Self.seconds(latency, "latency") }
        if let overhead { model.overhead = try Self.seconds(overhead, "overhead") }
        if let bandwidth { model.bandwidth = Double(try Session.byteCount(bandwidth, option: "bandwidth")) }
        for (name, value) in [("rate", rate), ("fill", fill)] {
            if let value, !(value > 0 && value < 1e18) { throw UsageError("--\(name) \(value): expected a number above zero") }
        }
        if let rate { model.secondsPerPrimitive = 1 / rate }
        if let fill { model.secondsPerSample = 1 / fill }
        if let cores {
            guard cores >= 1 else { throw UsageError("--cores \(cores): expected 1 or more") }
            model.cores = cores
        }
    }

    /// `1.5us`, `2ms`, `1e-6s`, or seconds.
    private static func seconds(_ text: String, _ option: String) throws -> Double {
        let units: [(String, Double)] = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1)]
        let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
        guard let value = Double(text.dropLast(unit.0.count)), value >= 0, value * unit.1 < 1e6 else {
            throw UsageError("--\(option) \(text): expected a time such as 1.5us")
        }
        return value * unit.1
    }
}
