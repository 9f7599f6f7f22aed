import Dataflow
import Datasets
import Execution

extension Filter {
    /// The piece that `request` asks for of a result that was made of the whole input, as filters do that need all of it at once.
    func piece(_ request: UpdateRequest, ofWhole result: Dataset, context: ExecutionContext) throws -> Dataset {
        if request.pieceCount == 1 { return result }
        return try ExtractPiece().extract(request, from: normalized(result, context: context), wholeExtent: result.extent, context: context)
    }
}

extension Dataset {
    /// The name of each point in the order of all points; nil in a whole dataset, where it is its index.
    ///
    /// - Throws: `DatasetError` where the piece holds points that a filter made, which have no place in that order yet.
    func orderedPointNames(for filter: String) throws -> Buffer<PointIdentity>? {
        guard let names = Numbering(of: self)?.pointIdentities else { return nil }
        if names.elements.contains(where: { !$0.isSource }) {
            throw DatasetError("\(filter) cannot order the points of one piece that other filters made: run it on the whole dataset")
        }
        return names
    }
}
