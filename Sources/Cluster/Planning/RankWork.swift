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

/// What one round takes, over the ranks of a node.
struct RoundFigures {
    private(set) var ranks = 0
    /// Of the slowest rank.
    private(set) var seconds = 0.0
    /// Of processors, of all ranks together.
    private(set) var workSeconds = 0.0
    private(set) var bytes = 0.0
    private(set) var messages = 0.0
    private(set) var greatestBytes = 0.0
    private(set) var greatestMessages = 0.0

    mutating func add(_ work: RankWork, _ workload: FrameWorkload, _ model: ClusterModel, ranks all: Int) {
        ranks += 1
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
        seconds = max(seconds, processor + wire + (count + coming > 0 ? model.latency * model.turns(all) : 0))
        workSeconds += processor + (model.cores == nil ? 0 : wire)
        bytes += sent
        messages += count
        greatestBytes = max(greatestBytes, sent)
        greatestMessages = max(greatestMessages, count)
    }
}

/// What all rounds of a part of the tree take.
struct SubtreeFigures {
    private(set) var rounds: [RoundFigures] = []
    private(set) var seconds = 0.0
    private(set) var workSeconds = 0.0
    private(set) var bytes = 0.0
    private(set) var messages = 0.0
    /// Of one rank; no less than any has, no more than the worst of each round together.
    private(set) var greatestBytes = 0.0
    private(set) var greatestMessages = 0.0

    /// Adds parts that work at the same time.
    mutating func add(_ other: SubtreeFigures, times count: Int) {
        seconds = max(seconds, other.seconds)
        workSeconds += other.workSeconds * Double(count)
        bytes += other.bytes * Double(count)
        messages += other.messages * Double(count)
        greatestBytes = max(greatestBytes, other.greatestBytes)
        greatestMessages = max(greatestMessages, other.greatestMessages)
        if other.rounds.count > rounds.count { rounds = other.rounds }
    }

    func followed(by round: RoundFigures) -> SubtreeFigures {
        var result = self
        result.rounds.append(round)
        result.seconds += round.seconds
        result.workSeconds += round.workSeconds
        result.bytes += round.bytes
        result.messages += round.messages
        result.greatestBytes += round.greatestBytes
        result.greatestMessages += round.greatestMessages
        return result
    }
}
