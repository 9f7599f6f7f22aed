import Foundation

/// What ranks tell each other on the control channel.
enum Notice: Codable, Sendable {
    /// The rank's program has ended well, after so many collective calls.
    case left(rank: Int, collectives: Int, call: CallDescription?)
    /// The rank has heard of every rank's end and found nothing wrong.
    case closed(rank: Int)
    /// The rank's program has ended with an error.
    case failed(rank: Int, reason: String)
    case mismatch(CollectiveMismatchError)
    case deadline(DeadlineError)
    case lost(RankFailedError)
    case refused(MessagingError)
    case cancelled(rank: Int)
    case waiting(WaitReport)

    var bytes: [UInt8] { (try? JSONEncoder().encode(self)).map { Array($0) } ?? [] }

    init?(bytes: [UInt8]) {
        guard let notice = try? JSONDecoder().decode(Notice.self, from: Data(bytes)) else { return nil }
        self = notice
    }

    /// The notice that gives every rank the same error; nil for errors that are a rank's own.
    init?(_ error: any Error) {
        switch error {
        case let error as CollectiveMismatchError: self = .mismatch(error)
        case let error as DeadlineError: self = .deadline(error)
        case let error as RankFailedError: self = .lost(error)
        case let error as MessagingError: self = .refused(error)
        default: return nil
        }
    }
}
