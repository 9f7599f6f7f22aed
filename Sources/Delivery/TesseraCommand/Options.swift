import ArgumentParser
import Datasets
import Files
import ParallelRendering
import SceneFiles

/// Files, sources and filters.
struct InputOptions: ParsableArguments {
    @Argument(help: "A file, or a source: wavelet:256, gyroid:256, sphere:64x32, plane:10x10, points:1000.", completion: .file())
    var inputs: [String]

    @Option(help: ArgumentHelp("Columns of a table that become coordinates.", valueName: "x,y,z"))
    var points: String?

    @Option(
        help: ArgumentHelp(
            "Read the input as bare numbers: 256x256x128:uint16[:big][:skip=BYTES|end][:components=N][:spacing=X,Y,Z][:origin=X,Y,Z][:name=NAME].",
            valueName: "LAYOUT"))
    var raw: String?

    @Option(help: ArgumentHelp("The solution of a PLOT3D grid; the file beside it by default, none for none.", valueName: "FILE"), completion: .file())
    var solution: String?

    @Option(help: ArgumentHelp("The time to show: the file's step that is nearest to it; the first by default.", valueName: "T"))
    var time: Double?

    @Option(name: .customLong(FilterArguments.carrier), help: .hidden)
    var steps: [String] = []

    /// The filters in the order given.
    func filters() throws -> [SceneStep] { try steps.map(FilterArguments.parse) }

    /// What the options say of files that say too little themselves.
    func fileOptions() throws -> FileOptions {
        do {
            return FileOptions(rawLayout: try raw.map { try RawVolumeLayout(parsing: $0) }, solution: solution)
        } catch let error as DatasetError {
            throw UsageError("--raw \(raw ?? ""): \(error.message)")
        }
    }

    /// The columns that become coordinates.
    func columns() throws -> [String]? {
        guard let points else { return nil }
        let names = points.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard names.count == 3 else { throw UsageError("--points \(points): expected three column names, such as --points x,y,z") }
        return names
    }
}

/// How the work is spread.
struct ParallelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Worker threads; all processors by default.", valueName: "N"))
    var threads: Int?

    @Option(help: ArgumentHelp("Ranks that share the work, as threads of this process; under mpirun and srun there are as many as were started.", valueName: "N"))
    var ranks: Int?

    @Option(help: ArgumentHelp("How the pictures of ranks come together: \(CompositingMethod.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "METHOD"))
    var compositor: CompositingMethod = .automatic

    @Option(help: ArgumentHelp("How a picture's work is divided among ranks: \(Decomposition.names.joined(separator: ", ")).", valueName: "METHOD"))
    var decomposition: Decomposition = .sortLast

    @Option(help: ArgumentHelp("What evens the ranks' work out from picture to picture: \(ParallelRenderOptions.Balance.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "HOW"))
    var balance: ParallelRenderOptions.Balance = .dynamic

    @Option(help: ArgumentHelp("Draw at 1/F of the width and height, and enlarge.", valueName: "F"))
    var reduction = 1

    @Option(help: ArgumentHelp("Seconds after which a rank that waits for another gives up.", valueName: "S"))
    var deadline = 3600.0

    @Option(help: ArgumentHelp("Pieces that the data is worked on in, one after the other on each rank; what memory needs by default.", valueName: "N"))
    var pieces: Int?

    @Option(help: ArgumentHelp("Ghost levels around each piece, besides those that filters ask for.", valueName: "K"))
    var ghostLevels = 0

    @Option(help: ArgumentHelp("Memory that the process may use, such as 2GB.", valueName: "SIZE"))
    var memory: String?

    @Flag(help: "Say on standard error what will be done, before it is.")
    var explain = false

    @Option(help: ArgumentHelp("Write what happened to this JSON file.", valueName: "FILE"), completion: .file(extensions: ["json"]))
    var stats: String?
}

extension ParallelOptions {
    /// How ranks draw together.
    var rendering: ParallelRenderOptions { ParallelRenderOptions(decomposition: decomposition, compositing: compositor, balance: balance, reduction: reduction) }
}

extension CompositingMethod: ExpressibleByArgument {}
extension ParallelRenderOptions.Balance: ExpressibleByArgument {}
extension Decomposition: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
