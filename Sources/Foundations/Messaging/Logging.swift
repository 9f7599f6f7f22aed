import Foundation

extension Communicator {
    /// What the rank is doing, shown with each line of its log; shared by all communicators of the rank.
    public var stage: String {
        get { watch.stage }
        set { watch.stage = newValue }
    }

    /// Runs `body` as a stage of that name, then goes back to the one before.
    public func withStage<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        let before = watch.stage
        watch.stage = name
        defer { watch.stage = before }
        return try body()
    }

    /// Hands a line with rank and stage to the log of the options; the text is made only if there is one.
    public func log(_ level: LogEntry.Level = .info, _ message: @autoclosure () -> String) {
        guard let sink = watch.options.log else { return }
        sink(
            LogEntry(
                level: level, rank: jobRanks[rank], size: watch.transport.size, stage: watch.stage, message: message(),
                seconds: monotonicSeconds() - watch.startTime))
    }
}

extension LogEntry {
    /// Writes entries to standard error, one line each, none torn.
    @Sendable public static func toStandardError(_ entry: LogEntry) {
        let seconds = (entry.seconds * 1000).rounded() / 1000
        writeToStandardError("\(seconds) s \(entry)\n")
    }
}
