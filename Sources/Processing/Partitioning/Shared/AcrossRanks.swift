import Dataflow
import Datasets
import Execution
import Messaging

extension PartExchange {
    /// One part a rank. Collective.
    init(_ communicator: Communicator) throws {
        try self.init(held: 1, carrier: CommunicatorCarrier(communicator: communicator))
    }
}

extension GhostExchange {
    /// This rank's piece with its ghosts, where every rank has one. Collective.
    ///
    /// - Throws: on every rank where pieces do not fit together.
    public func callAsFunction(_ piece: Dataset, over communicator: Communicator, context: ExecutionContext = ExecutionContext()) throws -> Dataset {
        if communicator.size == 1 { return piece }
        return try exchange([piece], try PartExchange(communicator), context: context)[0]
    }
}

/// Makes ghosts by exchange between the ranks of a communicator, for an executor that needs them.
public struct RankGhosts: GhostProvider {
    public let communicator: Communicator

    public init(_ communicator: Communicator) { self.communicator = communicator }

    public func addGhosts(_ levels: Int, to piece: Dataset, context: ExecutionContext) throws -> Dataset {
        try context.trace.timing("ghost exchange") { try GhostExchange(levels: levels)(piece, over: communicator, context: context) }
    }
}

extension Redistribute {
    /// This rank's part of the cells that all ranks have. Collective.
    public func callAsFunction(_ piece: Dataset, over communicator: Communicator, context: ExecutionContext = ExecutionContext()) throws -> Dataset {
        try redistribute([piece], into: communicator.size, try PartExchange(communicator), context: context)[0]
    }
}

extension IdentifyPoints {
    /// This rank's piece with names of its cells and points that hold across ranks. Collective.
    public func callAsFunction(_ piece: Dataset, over communicator: Communicator, context: ExecutionContext = ExecutionContext()) throws -> Dataset {
        try identify([piece], try PartExchange(communicator), context: context)[0]
    }
}
