import Datasets
import Execution

extension PartExchange {
    /// Sends cells from parts to parts; by rising sender. Collective.
    func exchangeFragments(_ outgoing: [[(part: Int, fragment: Fragment)]], context: ExecutionContext) throws -> [[Fragment]] {
        var incoming = [[Fragment]](repeating: [], count: held.count)
        for messages in outgoing {
            for message in messages { incoming[message.part].append(message.fragment) }
        }
        return incoming
    }
}

extension PartExchange {
    /// Sends datasets from parts to parts; by rising sender. Collective.
    func exchangeDatasets(_ outgoing: [[(part: Int, dataset: Dataset)]], context: ExecutionContext) throws -> [[Dataset]] {
        var incoming = [[Dataset]](repeating: [], count: held.count)
        for messages in outgoing {
            for message in messages { incoming[message.part].append(message.dataset) }
        }
        return incoming
    }
}
