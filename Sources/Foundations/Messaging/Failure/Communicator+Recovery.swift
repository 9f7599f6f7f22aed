import Execution

extension Communicator {
    /// What goes on in place of the communicator that the ranks started with: itself, or the last that `recover` made of it.
    public var living: Communicator { watch.successor?.living ?? self }

    /// Makes a communicator of the ranks that still live, after an error that concerned all; every one of them calls this.
    ///
    /// Interrupts what the others still wait for, so that they come here, too. Messages that were on their way are lost, and so are communicators
    /// that came from this one. The new communicator's `lostRanks` names those that are gone.
    ///
    /// - Throws: `MessagingError` if the transport cannot go on without a rank (MPI without ULFM), or if a rank that lives does not come.
    public func recover(file: StaticString = #fileID, line: UInt32 = #line) throws -> Communicator {
        let site = CallSite(file, line)
        guard transport.survivesFailures else {
            throw argumentError(.recover, "\(transport.name) cannot go on after the loss of a rank", site)
        }
        transport.revoke()
        do {
            let (shrunk, survivors) = try transport.shrink()
            let communicator = Communicator(transport: shrunk, options: watch.options)
            communicator.name = "\(name)/recovered"
            communicator.deadline = deadline
            communicator.errorPolicy = errorPolicy
            communicator.attributes = attributes
            communicator.lostRanks = (0..<size).filter { !survivors.contains($0) }
            communicator.watch.statistics = watch.statistics
            watch.successor = communicator
            return communicator
        } catch {
            throw located(error) { self.describe(.recover, "", site) }
        }
    }
}
