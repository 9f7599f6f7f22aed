/// Two ranks took part in the same step of a communicator with different calls.
public struct CollectiveMismatchError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The communicator's name.
    public var communicator: String
    /// The rank that noticed, and its call.
    public var rank: Int
    public var call: CallDescription
    /// The rank whose call was a different one; nil call if it left without calling.
    public var otherRank: Int
    public var otherCall: CallDescription?

    public var description: String {
        "\(communicator): rank \(rank) calls \(call), but rank \(otherRank) "
            + (otherCall.map { "calls \($0)" } ?? "has left without that call")
    }
}

/// What a rank waits for.
public struct WaitReport: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Ranks are those of the communicator that the ranks started with.
    public var rank: Int
    /// nil for any rank.
    public var awaited: Int?
    public var call: CallDescription

    public var description: String { "rank \(rank) waits for \(awaited.map { "rank \($0)" } ?? "any rank") in \(call)" }
}

/// Something did not come in time.
public struct DeadlineError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public var communicator: String
    /// The rank that gave up first, and its call.
    public var rank: Int
    public var call: CallDescription
    public var seconds: Double
    /// Who waited for whom, and where, at that time.
    public var waiting: [WaitReport]
    /// Ranks that were awaited and waited for nothing themselves: asleep, busy, or gone.
    public var missing: [Int]

    public var description: String {
        var text = "\(communicator): rank \(rank) waited for more than \(seconds) s in \(call)"
        if !missing.isEmpty { text += "; missing: rank \(missing.map(String.init).joined(separator: ", "))" }
        for report in waiting { text += "; \(report)" }
        return text
    }
}

/// A rank is gone: it threw an error, left early, or its process ended.
public struct RankFailedError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public var communicator: String
    /// Ranks of the communicator that the ranks started with.
    public var ranks: [Int]
    public var reason: String
    /// The rank that says so, and what it was calling.
    public var rank: Int
    public var call: CallDescription?

    public var description: String {
        "\(communicator): " + (ranks.isEmpty ? "" : "rank \(ranks.map(String.init).joined(separator: ", ")) ") + "\(reason); noticed by rank \(rank)"
            + (call.map { " in \($0)" } ?? "")
    }
}

/// A call with arguments that cannot work, or a message that does not fit; concerns the calling rank only.
public struct MessagingError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public var communicator: String
    public var rank: Int
    public var call: CallDescription
    public var reason: String

    public var description: String { "\(communicator): rank \(rank) calls \(call): \(reason)" }
}
