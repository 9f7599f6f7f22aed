import Dataflow
import Datasets
import Execution

/// Pieces that this rank has been given or has made already, as the source of what comes behind.
struct PreparedSource: Source {
    let name: String
    let signature: String
    /// What was made, said to answer pieces.
    let description: DatasetDescription
    /// By the request that they answer.
    let pieces: [UpdateRequest: Dataset]

    init(name: String, signature: String, description: DatasetDescription, pieces: [UpdateRequest: Dataset]) {
        self.name = name
        self.signature = "prepared " + signature
        var description = description
        description.splitting = .pieces
        self.description = description
        self.pieces = pieces
    }

    func describe() throws -> DatasetDescription { description }

    func produce(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset {
        guard let piece = pieces[request] else {
            throw DatasetError("\(name): piece \(request.piece) of \(request.pieceCount) with \(request.ghostLevels) ghost levels was not prepared on this rank")
        }
        return piece
    }
}
