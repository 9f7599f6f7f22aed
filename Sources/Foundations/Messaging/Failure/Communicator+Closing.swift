import Execution

extension Communicator {
    /// Ends this rank's part in the job after all went well: waits, without a deadline, until every other rank has ended too.
    ///
    /// - Throws: what failed meanwhile; `CollectiveMismatchError` if ranks made different numbers of collective calls.
    func close() throws {
        guard !watch.isClosed else { return }
        if let successor = watch.successor {
            watch.isClosed = true
            defer { closeTransports() }
            return try successor.close()
        }
        if let failure = watch.failure { throw failure }
        if !isAdopted, size > 1 { try waitForOthersToLeave() }
        watch.isClosed = true
        watch.flushNotices(seconds: 2)
        closeTransports()
    }

    /// Ends this rank's part in the job with an error, which the others are told. Waits for nobody.
    func close(becauseOf error: any Error) {
        guard !watch.isClosed else { return }
        watch.isClosed = true
        if let successor = watch.successor {
            successor.close(becauseOf: error)
        } else if !isAdopted {
            watch.tell(.failed(rank: watch.rank, reason: "\(error)"))
            watch.flushNotices(seconds: 0.25)
        }
        closeTransports()
    }

    private func closeTransports() {
        watch.releaseOwedSends(cancelling: true)
        for transport in watch.transports.reversed() { transport.close() }
        watch.transports = []
    }

    private func waitForOthersToLeave() throws {
        let describe: Describe = { self.describe(.close, "after \(self.sequence) collective calls", CallSite("the end of the program", 0)) }
        watch.tell(.left(rank: rank, collectives: Int(sequence), call: lastCall?.description))
        try listen { watch.left.count == size - 1 }
        for other in 0..<size where other != rank {
            guard let collectives = watch.left[other] ?? nil, collectives != Int(sequence) else { continue }
            throw concerningAll(
                CollectiveMismatchError(
                    communicator: name, rank: rank, call: lastCall?.description ?? describe(), otherRank: other,
                    otherCall: watch.lastCalls[other]))
        }
        try checkNothingIsLeft()
        watch.tell(.closed(rank: rank))
        try listen { watch.closed.count == size - 1 }
    }

    private func listen(until isDone: () -> Bool) throws {
        while true {
            try watch.poll()
            if let failure = watch.failure { throw failure }
            if watch.options.cancellation.isCancelled { throw concerningAll(CancelledError()) }
            if isDone() { return }
            transport.pause(seconds: 0.05)
        }
    }

    /// A message of a collective that nobody took is one that its receiver thought of differently.
    private func checkNothingIsLeft() throws {
        guard let envelope = try transport.probe(from: nil, tag: nil, in: .collective), envelope.byteCount >= CollectiveHeader.byteCount,
            envelope.byteCount <= incoming.count
        else { return }
        var operation = try transport.startReceive(into: incoming, from: envelope.rank, tag: envelope.tag, in: .collective)
        guard try transport.wait(&operation, seconds: 1) != nil else { return transport.cancel(&operation) }
        let header = incoming.load(as: CollectiveHeader.self)
        throw concerningAll(
            CollectiveMismatchError(
                communicator: name, rank: rank, call: lastCall?.description ?? describe(.close, "", CallSite("the end of the program", 0)),
                otherRank: envelope.rank, otherCall: header.description))
    }
}
