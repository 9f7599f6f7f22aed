import Execution
import Messaging
import Serialization

/// What went wrong on some rank, as every rank learns it.
public struct RankError: Error, Hashable, CustomStringConvertible {
    /// The ranks on which it went wrong, rising.
    public var ranks: [Int]
    /// The error of the lowest of them, in words.
    public var message: String
    /// Whether it says of itself where it happened.
    public var isCommon: Bool

    public init(ranks: [Int], message: String, isCommon: Bool) {
        self.ranks = ranks
        self.message = message
        self.isCommon = isCommon
    }

    public var description: String { isCommon ? message : "rank \(ranks.map(String.init).joined(separator: ", ")): \(message)" }
}

/// An error that ends its rank as though its process had died: the other ranks are not told its reason. For tests of what survivors do.
public protocol RankEndingError: Error {}

extension Communicator {
    /// Runs `body` on every rank and waits for all: where it throws on any, every rank throws one and the same error.
    ///
    /// Errors of messaging are not waited for: every rank has them already.
    ///
    /// - Parameter isRootOnly: whether only rank 0 does anything in `body`; then its error needs no rank's name.
    /// - Throws: `RankError`; `CancelledError` where any rank was cancelled.
    public func together<Result>(
        isRootOnly: Bool = false, file: StaticString = #fileID, line: UInt32 = #line, _ body: () throws -> Result
    ) throws -> Result {
        var outcome = Swift.Result<Result, any Error>.failure(CancelledError())
        do {
            outcome = .success(try body())
        } catch {
            if Communicator.endsRank(error) { throw error }
            outcome = .failure(error)
        }
        var own: [UInt8] = []
        if case .failure(let error) = outcome {
            own = error is CancelledError ? [1] : [2] + Array("\(error)".utf8)
            // What all ranks know already comes once only.
            if let known = error as? RankError { own = [known.isCommon ? 3 : 2] + Array(known.message.utf8) }
        }
        let all = try allGather(own, file: file, line: line)
        let failed = all.indices.filter { !all[$0].isEmpty }
        guard let lowest = failed.first else { return try outcome.get() }
        // Nobody leaves before all know why; who is here knows, whatever happens to this barrier.
        try? barrier(file: file, line: line)
        if all.contains([1]) { throw CancelledError() }
        let message = all[lowest]
        let alike = failed.filter { all[$0] == message }
        throw common(
            RankError(
                ranks: alike, message: String(decoding: message.dropFirst(), as: UTF8.self),
                isCommon: isRootOnly || message[0] == 3 || alike.count == size))
    }

    /// An error that every rank comes to by itself: nobody leaves with it before all have, or a slower rank would take the others for lost.
    public func common(_ error: RankError) -> RankError {
        // Whether waiting fails does not matter any more: the error is known here.
        _ = try? barrier()
        return error
    }

    private static func endsRank(_ error: any Error) -> Bool {
        error is RankFailedError || error is DeadlineError || error is CollectiveMismatchError || error is MessagingError
            || error is TransportError || error is any RankEndingError
    }
}
