import Messaging

/// Ranks of a communicator.
struct CommunicatorCarrier: RankCarrier {
    let communicator: Communicator

    var rank: Int { communicator.rank }
    var size: Int { communicator.size }

    func exchange(_ messages: [[UInt8]]) throws -> [[UInt8]] { try communicator.allToAll(messages) }
    func sum(_ values: [UInt64]) throws -> [UInt64] { try communicator.allReduce(values, .sum) }
}
