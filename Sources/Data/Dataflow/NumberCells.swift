import Datasets
import Execution

/// Hands on what it gets, with cells numbered anew from 0: for chains of filters whose cells would need longer keys than there are.
///
/// A stage that needs the whole: memory holds what it hands on whole.
struct NumberCells: Stage {
    var name: String { "number cells" }
    var needsWhole: Bool { true }

    func describe(_ inputs: [DatasetDescription]) throws -> DatasetDescription {
        var result = inputs[0]
        result.numberCells(upTo: nil)
        result.splitting = .none
        return result
    }

    func request(_ request: UpdateRequest, from inputs: [DatasetDescription]) throws -> [UpdateRequest] { [request] }

    func produce(_ request: UpdateRequest, from inputs: [Dataset], context: ExecutionContext) throws -> Dataset { inputs[0] }
}
