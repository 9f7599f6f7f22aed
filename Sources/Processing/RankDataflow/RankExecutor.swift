import Dataflow
import Datasets
import Execution
import Messaging
import Serialization

/// Runs pipelines on many ranks: every rank makes its pieces, and rank 0 puts them together, or each keeps its own.
///
/// All methods are collective: every rank calls the same ones in the same order, with the same pipeline. The result is the one that a single
/// rank gives, byte for byte, for any number of ranks and pieces.
///
/// - Sources that answer pieces or extents make what each rank needs, ghosts included.
/// - Sources that answer pieces without ghosts are asked for them, and the `GhostProvider` adds ghosts by exchange.
/// - Other sources are read by rank 0 alone, which cuts the pieces and sends them (the sources' *TransmitPieces*).
/// - Stages that need the whole get it on rank 0; their result is cut again.
///
/// Where a rank is lost and the transport can go on without it, the survivors make its pieces anew.
public final class RankExecutor {
    /// What to make of a pipeline.
    public struct Demand: Sendable {
        /// Nil: one for each rank.
        public var pieces: Int?
        public var ghostLevels = 0
        public var arrays = ArrayDemand.all
        /// Nil: the first time.
        public var time: Double?

        public init(pieces: Int? = nil, ghostLevels: Int = 0, time: Double? = nil) {
            self.pieces = pieces
            self.ghostLevels = ghostLevels
            self.time = time
        }
    }

    /// The ranks that work; fewer after a loss.
    public private(set) var communicator: Communicator
    public let context: ExecutionContext
    private let jobSize: Int
    let local: Executor
    let extractor: any PieceExtractor
    let gatherer: any PieceGatherer
    private let makeGhosts: ((Communicator) -> any GhostProvider)?
    private let phases: Phases
    /// Pieces that are ready, kept for the case that a rank is lost.
    private var ready: [ReadyPiece: Dataset] = [:]
    /// Whether somebody around the call at hand goes on after losses.
    private var survives = false
    /// The losses so far, in order.
    public private(set) var losses: [RankLoss] = []

    private struct ReadyPiece: Hashable {
        var pipeline: String
        var request: UpdateRequest
    }
    /// The ranks that the job began with which still live, in the order of their ranks now.
    private var survivors: [Int]

    /// - Parameters:
    ///   - context: of this rank; progress is told by rank 0.
    ///   - ghosts: makes what exchanges ghosts between ranks; nil: pieces are cut from the whole.
    public init(
        communicator: Communicator, context: ExecutionContext, extractor: any PieceExtractor, gatherer: any PieceGatherer,
        ghosts: ((Communicator) -> any GhostProvider)? = nil
    ) {
        self.communicator = communicator
        jobSize = communicator.size
        survivors = Array(0..<communicator.size)
        var context = context
        let phases = Phases(parent: communicator.rank == 0 ? context.progress : nil)
        context.progress = phases.progress
        context.rank = communicator.rank
        self.phases = phases
        self.context = context
        self.extractor = extractor
        self.gatherer = gatherer
        makeGhosts = ghosts
        local = Executor(context: context, extractor: extractor, gatherer: gatherer)
    }

    /// The rank that this one had when the job began.
    var jobRank: Int { survivors[communicator.rank] }
    public var isRoot: Bool { communicator.rank == 0 }

    /// The whole result, on rank 0; nil on the others.
    ///
    /// - Throws: what goes wrong on any rank, on every rank.
    public func result(of pipeline: Pipeline, _ demand: Demand = Demand()) throws -> Dataset? {
        try survivingLosses {
            let pieces = try collect(try makePieces(of: pipeline, demand), demand) ?? []
            return try communicator.together(isRootOnly: true) {
                guard isRoot else { return nil }
                return try context.trace.timing("gather") { try gatherer.gather(pieces, context: context) }
            }
        }
    }

    /// This rank's pieces, rising by number, ghosts included.
    public func pieces(of pipeline: Pipeline, _ demand: Demand = Demand()) throws -> [(number: Int, dataset: Dataset)] {
        try survivingLosses { try makePieces(of: pipeline, demand) }
    }

    // MARK: Losses

    /// Runs `body`, and again on the survivors where a rank is lost meanwhile and the transport can go on without it (threads; ULFM).
    ///
    /// Whatever `body` does with `communicator` it does anew, with the smaller one; pieces that this rank has made already stay, those of lost
    /// ranks are made from their source. Calls of `body` that survive losses themselves leave them to this one, so that all ranks go on from the
    /// same place. A rank lost while some have left `body` already is an error on those.
    ///
    /// - Parameter body: makes the same collective calls on all ranks; ends with one that waits for all where everything depends on it.
    /// - Throws: what `body` throws; `RankFailedError` where nobody can go on.
    public func survivingLosses<Result>(_ body: () throws -> Result) throws -> Result {
        if survives { return try body() }
        survives = true
        defer {
            survives = false
            ready = [:]
        }
        while true {
            do {
                return try body()
            } catch let loss as RankFailedError where communicator.transport.survivesFailures && communicator.size > 1 {
                try goOn(after: loss)
            }
        }
    }

    private func goOn(after loss: RankFailedError) throws {
        let start = monotonicSeconds()
        communicator = try communicator.recover()
        if communicator.lostRanks.isEmpty { throw loss }
        let lost = communicator.lostRanks.map { survivors[$0] }
        survivors = survivors.filter { !lost.contains($0) }
        losses.append(RankLoss(ranks: lost, noticed: start, seconds: monotonicSeconds() - start))
        let all = (0..<jobSize).filter { !survivors.contains($0) }
        context.trace.record(
            warning: "rank \(all.map(String.init).joined(separator: ", ")) was lost; \(communicator.size) of \(jobSize) ranks made its pieces")
    }

    // MARK: Pieces

    private func makePieces(of pipeline: Pipeline, _ demand: Demand) throws -> [(number: Int, dataset: Dataset)] {
        let count = max(1, demand.pieces ?? jobSize)
        let requests = (0..<count).map { piece in
            var request = UpdateRequest(piece: piece, of: count, ghostLevels: count > 1 ? demand.ghostLevels : 0)
            request.arrays = demand.arrays
            request.time = demand.time
            return request
        }
        let assignment = PieceAssignment(pieces: count, jobSize: jobSize, survivors: survivors)
        try checkSameData(pipeline)
        phases.begin(count: try pipeline.wholeStageCount + 1)
        let preparation = Preparation(
            communicator: communicator, context: context, local: local, extractor: extractor, gatherer: gatherer,
            ghosts: makeGhosts.map { $0(communicator) }, assignment: assignment, phases: phases)
        let prepared = try preparation.prepare(pipeline, requests)
        phases.next()
        return try communicator.together {
            try assignment.pieces(of: communicator.rank).map { piece in
                let name = ReadyPiece(pipeline: pipeline.signature, request: requests[piece])
                if let kept = ready[name] { return (piece, kept) }
                let start = monotonicSeconds()
                let dataset = try local.update(prepared, requests[piece])
                record(dataset, piece: piece, seconds: monotonicSeconds() - start)
                if communicator.transport.survivesFailures { ready[name] = dataset }
                return (piece, dataset)
            }
        }
    }

    private func record(_ dataset: Dataset, piece: Int, seconds: Double) {
        var entry = Trace.PieceEntry()
        entry.rank = jobRank
        entry.piece = piece
        entry.ghostCells = dataset.ghostCellCount
        entry.cells = dataset.cellCount - entry.ghostCells
        entry.primitives = entry.cells
        entry.seconds = seconds
        context.trace.record(piece: entry)
    }

    /// - Throws: where a rank sees other data under the same names.
    private func checkSameData(_ pipeline: Pipeline) throws {
        let own = try communicator.together { try pipeline.outline() }
        let all = try communicator.allGather(Array(own.utf8))
        guard let other = all.indices.first(where: { all[$0] != all[0] }) else { return }
        throw communicator.common(RankError(
            ranks: [other],
            message: "sees other data than rank 0: \(String(decoding: all[other], as: UTF8.self)), not \(String(decoding: all[0], as: UTF8.self))",
            isCommon: false))
    }

    /// Every piece on rank 0, in order; nil on the others.
    ///
    /// - Parameter own: what `pieces` made of the same demand.
    public func collect(_ own: [(number: Int, dataset: Dataset)], _ demand: Demand) throws -> [Dataset]? {
        let assignment = PieceAssignment(pieces: max(1, demand.pieces ?? jobSize), jobSize: jobSize, survivors: survivors)
        let pieces = try context.trace.timing("send") { try communicator.collect(own, assignment) }
        return isRoot ? pieces : nil
    }
}

/// Ranks that a job went on without.
public struct RankLoss: Sendable, Hashable {
    /// In the numbering that the job began with.
    public var ranks: [Int]
    /// When this rank noticed (`monotonicSeconds`), and what it took to make a communicator without them.
    public var noticed: Double
    public var seconds: Double
}

extension Communicator {
    /// The tag of pieces on their way.
    private static var pieceTag: Int { 21_001 }

    /// Sends every piece to rank 0, which gets them in order.
    func collect(_ own: [(number: Int, dataset: Dataset)], _ assignment: PieceAssignment) throws -> [Dataset] {
        if rank > 0 {
            for piece in own { try send(piece.dataset.serialized(), to: 0, tag: Communicator.pieceTag) }
            return []
        }
        var mine = own.makeIterator()
        return try assignment.ranks.map { owner in
            if owner == 0, let piece = mine.next() { return piece.dataset }
            return try Dataset(serialized: receiveSerialized(from: owner, tag: Communicator.pieceTag))
        }
    }

    /// Hands each rank its pieces, which rank 0 makes one after the other.
    ///
    /// - Parameter make: called on rank 0 only.
    func distribute(_ assignment: PieceAssignment, _ make: (_ piece: Int) throws -> Dataset) throws -> [(number: Int, dataset: Dataset)] {
        if rank > 0 {
            return try assignment.pieces(of: rank).map {
                ($0, try Dataset(serialized: receiveSerialized(from: 0, tag: Communicator.pieceTag)))
            }
        }
        var own: [(number: Int, dataset: Dataset)] = []
        for (piece, owner) in assignment.ranks.enumerated() {
            let dataset = try make(piece)
            if owner == 0 { own.append((piece, dataset)) } else { try send(dataset.serialized(), to: owner, tag: Communicator.pieceTag) }
        }
        return own
    }
}

extension Dataset {
    /// Cells that another piece owns.
    var ghostCellCount: Int {
        if case .blocks(let collection) = self { return collection.leaves.reduce(0) { $0 + $1.dataset.ghostCellCount } }
        return piece?.cellGhostLevels.map { $0.elements.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } } ?? 0
    }
}

extension Pipeline {
    /// What its sources are, in words that are the same wherever the data are.
    func outline() throws -> String {
        if !inputs.isEmpty { return try inputs.map { try $0.outline() }.joined(separator: "; ") }
        let description = try describe()
        var facts = [description.kind.rawValue]
        if let extent = description.wholeExtent { facts.append("extent \(extent)") }
        if let points = description.pointCount { facts.append("\(points) points") }
        if let cells = description.cellCount { facts.append("\(cells) cells") }
        facts.append("arrays " + description.arrays.map { "\($0.name) (\($0.type?.name ?? "other")×\($0.components))" }.joined(separator: ", "))
        if !description.timeSteps.isEmpty { facts.append("times \(description.timeSteps)") }
        return "\(stage.name): " + facts.joined(separator: ", ")
    }

    /// How many of its stages need the whole.
    var wholeStageCount: Int {
        get throws { try inputs.reduce(stage.needsWhole ? 1 : 0) { $0 + (try $1.wholeStageCount) } }
    }
}
