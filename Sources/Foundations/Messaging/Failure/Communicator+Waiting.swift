import Execution

/// What a long wait remembers between its looks at the world.
struct Patience {
    var start = monotonicSeconds()
    var inquiry: Double?
    var leftSince: Double?
}

/// Describes the call that waits, only when somebody asks.
typealias Describe = () -> CallDescription

extension Communicator {
    /// Seconds after the deadline in which ranks say what they wait for.
    private static let inquirySeconds = 0.25
    /// Seconds in which messages of a rank that has left can still come in.
    private static let graceSeconds = 0.05

    /// Waits for an operation on which this rank depends, minding failures, ranks that left, cancellation and the deadline. An operation that
    /// fails is over.
    ///
    /// - Parameter peer: the rank at the other end; nil for any.
    @inline(__always) func complete(_ operation: inout Operation, peer: Int?, _ describe: Describe) throws -> Envelope {
        do {
            if let envelope = try transport.wait(&operation, seconds: Self.slice) { return envelope }
        } catch {
            transport.cancel(&operation)
            throw located(error, describe)
        }
        return try completeSlowly(&operation, peer: peer, describe)
    }

    @inline(never) func completeSlowly(_ operation: inout Operation, peer: Int?, _ describe: Describe) throws -> Envelope {
        var patience = Patience()
        defer { watch.endWait() }
        while true {
            do {
                if let envelope = try transport.wait(&operation, seconds: Self.slice) { return envelope }
                try attend(&patience, peer: peer, describe)
            } catch {
                transport.cancel(&operation)
                throw located(error, describe)
            }
        }
    }

    /// One look at the world from inside a long wait.
    ///
    /// - Throws: what has failed.
    func attend(_ patience: inout Patience, peer: Int?, _ describe: Describe) throws {
        if watch.ownReport == nil {
            watch.beginWait(WaitReport(rank: jobRanks[rank], awaited: peer.map { jobRanks[$0] }, call: describe()))
        }
        if !isAdopted { try watch.poll() }
        if let failure = watch.failure { throw failure }
        if watch.options.cancellation.isCancelled { throw concerningAll(CancelledError()) }
        let now = monotonicSeconds()
        if let error = awaitedRankHasLeft(peer, &patience, now, describe) { throw concerningAll(error) }
        guard now - patience.start >= deadline else { return }
        guard let inquiry = patience.inquiry else {
            patience.inquiry = now
            if !isAdopted { watch.reportOnce() }
            return
        }
        if isAdopted || size == 1 || now - inquiry >= Self.inquirySeconds {
            throw concerningAll(deadlineError(peer, since: patience.start, describe()))
        }
    }

    private func awaitedRankHasLeft(_ peer: Int?, _ patience: inout Patience, _ now: Double, _ describe: Describe) -> (any Error)? {
        guard !watch.left.isEmpty else { return nil }
        let gone: [Int]
        if let peer {
            gone = watch.left[jobRanks[peer]] == nil ? [] : [jobRanks[peer]]
        } else {
            let others = jobRanks.filter { $0 != jobRanks[rank] }
            gone = others.allSatisfy { watch.left[$0] != nil } ? others : []
        }
        guard !gone.isEmpty else { return nil }
        guard let since = patience.leftSince else {
            patience.leftSince = now
            return nil
        }
        guard now - since >= Self.graceSeconds else { return nil }
        let place = gone.compactMap { watch.lastCalls[$0] }.first.map { " after \($0)" } ?? ""
        return RankFailedError(
            communicator: name, ranks: gone, reason: "has left\(place), and is waited for", rank: jobRanks[rank], call: describe())
    }

    private func deadlineError(_ peer: Int?, since start: Double, _ call: CallDescription) -> DeadlineError {
        let own = WaitReport(rank: jobRanks[rank], awaited: peer.map { jobRanks[$0] }, call: call)
        let reports = [own] + watch.reports.values.filter { $0.time >= start && $0.report.rank != own.rank }.map(\.report).sorted { $0.rank < $1.rank }
        let waiting = Set(reports.map(\.rank))
        let awaited = Set(reports.compactMap(\.awaited))
        var missing = awaited.subtracting(waiting).sorted()
        if missing.isEmpty, peer == nil { missing = jobRanks.filter { !waiting.contains($0) } }
        return DeadlineError(communicator: name, rank: own.rank, call: call, seconds: deadline, waiting: reports, missing: missing)
    }

    /// Makes an error of the whole job out of one that this rank has met: the others are told.
    func concerningAll(_ error: any Error) -> any Error {
        watch.fail(error)
        return watch.failure ?? error
    }

    /// An error of the transport in terms of ranks and calls; others as they are.
    @inline(never) func located(_ error: any Error, _ describe: Describe) -> any Error {
        guard let error = error as? TransportError else { return error }
        switch error {
        case .truncated(let expected, let found):
            return MessagingError(
                communicator: name, rank: jobRanks[rank], call: describe(),
                reason: "the message has \(found) bytes, the place for it \(expected)")
        case .ranksFailed(let ranks):
            return concerningAll(
                RankFailedError(
                    communicator: name, ranks: ranks.map { $0 >= 0 && $0 < size ? jobRanks[$0] : $0 }, reason: "has failed",
                    rank: jobRanks[rank], call: describe()))
        case .revoked:
            // Who revokes has heard of a failure; its notice may still be on its way here.
            let end = monotonicSeconds() + Self.inquirySeconds
            while true {
                try? watch.poll()
                if watch.failure != nil || monotonicSeconds() >= end { break }
                transport.pause(seconds: 0.001)
            }
            return watch.failure
                ?? concerningAll(
                    RankFailedError(
                        communicator: name, ranks: [], reason: "the communicator was revoked", rank: jobRanks[rank], call: describe()))
        case .failed(let reason):
            return MessagingError(communicator: name, rank: jobRanks[rank], call: describe(), reason: reason)
        }
    }
}
