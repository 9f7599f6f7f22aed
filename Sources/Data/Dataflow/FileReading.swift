import Datasets
import Execution

/// Reads datasets of one file; made by parsing the file's structure only.
///
/// Readers map the file and touch what was asked for: arrays, pieces, sub-extents as far as `describe().splitting` says.
public protocol DatasetReader: Sendable {
    /// What the file holds, from its structure; reads no array.
    func describe() throws -> DatasetDescription
    /// What the request asks for, or more. Only arrays that `request.arrays` wants need come.
    func read(_ request: UpdateRequest, context: ExecutionContext) throws -> Dataset
}
