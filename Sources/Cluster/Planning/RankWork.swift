/// What one rank does in one round.
struct RankWork {
    var rowsSent = 0.0
    var rowsReceived = 0.0
    var samplesSent = 0.0
    var samplesReceived = 0.0
    var samplesKept = 0.0
    var messagesSent = 0.0
    var messagesReceived = 0.0

    /// Longest message.
    private static let messageBytes = 1_048_576.0

    /// Of a header a message, a word a row and a run, two a sample.
    static func bytes(samples: Double, rows: Double, messages: Double, runsPerRow: Double, wordsPerSample: Double = 2) -> Double {
        4 * (wordsPerSample * samples + rows + (samples > 0 ? rows * runsPerRow : 0) + 4 * messages)
    }

    /// Messages that so many bytes need, at least `least`.
    static func messages(_ bytes: Double, atLeast least: Double) -> Double { max(least, (bytes / messageBytes).rounded(.up)) }
}

/// What ranks take for their work.
struct WorkFigures {
    /// Of the slowest rank.
    var seconds = 0.0
    /// Of processors, of all ranks together.
    var workSeconds = 0.0
    var bytes = 0.0
    var messages = 0.0
    /// Of one rank; no less than any has, no more than the worst of each round together.
    var greatestBytes = 0.0
    var greatestMessages = 0.0

    /// Adds ranks that work at the same time, so many groups of them.
    mutating func add(alongside other: WorkFigures, times count: Int = 1) {
        seconds = max(seconds, other.seconds)
        workSeconds += other.workSeconds * Double(count)
        bytes += other.bytes * Double(count)
        messages += other.messages * Double(count)
        greatestBytes = max(greatestBytes, other.greatestBytes)
        greatestMessages = max(greatestMessages, other.greatestMessages)
    }

    /// Adds work that follows.
    mutating func add(after other: WorkFigures) {
        seconds += other.seconds
        workSeconds += other.workSeconds
        bytes += other.bytes
        messages += other.messages
        greatestBytes += other.greatestBytes
        greatestMessages += other.greatestMessages
    }
}

extension WorkFigures {
    /// One rank of `all` in one round.
    init(_ work: RankWork, _ workload: FrameWorkload, _ model: ClusterModel, ranks all: Int) {
        let sent = RankWork.bytes(
            samples: work.samplesSent, rows: work.rowsSent, messages: work.messagesSent, runsPerRow: workload.runsPerRow)
        let received = RankWork.bytes(
            samples: work.samplesReceived, rows: work.rowsReceived, messages: work.messagesReceived, runsPerRow: workload.runsPerRow)
        let count = RankWork.messages(sent, atLeast: work.messagesSent)
        let coming = RankWork.messages(received, atLeast: work.messagesReceived)
        let processor =
            model.secondsPerCodedSample * work.samplesSent + model.secondsPerMergedSample * (work.samplesReceived + work.samplesKept)
            + model.secondsPerPixel * Double(workload.width) * (work.rowsSent + work.rowsReceived) + model.overhead * (count + coming)
        let wire = max(sent, received) / model.bandwidth
        self.init(
            seconds: processor + wire + (count + coming > 0 ? model.latency * model.turns(all) : 0),
            workSeconds: processor + (model.cores == nil ? 0 : wire), bytes: sent, messages: count, greatestBytes: sent, greatestMessages: count)
    }
}

/// What all rounds of a part of the tree take.
struct SubtreeFigures {
    private(set) var roundCount = 0
    private(set) var figures = WorkFigures()

    /// Adds parts that work at the same time.
    mutating func add(_ other: SubtreeFigures, times count: Int) {
        figures.add(alongside: other.figures, times: count)
        roundCount = max(roundCount, other.roundCount)
    }

    func followed(by round: WorkFigures) -> SubtreeFigures {
        var result = self
        result.roundCount += 1
        result.figures.add(after: round)
        return result
    }
}
